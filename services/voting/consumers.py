"""What voting does when others speak."""

from collections.abc import Sequence

from contracts.ideas import ChallengeOpened, DecidingStarted, Decision, IdeaSubmitted, IdeaWithdrawn, PhaseEvent
from contracts.messages import Event
from contracts.strategy import GoalActivated, GoalEvent
from contracts.voting import BallotOpened, decision_ballot, standing_ballot
from services.voting.ballot import Ballot
from services.voting.documents import GOALS, IDEAS, OPTIONS, KnownGoal, KnownIdea
from services.voting.handlers import stop_taking_votes
from services.voting.store import Ballots


async def learn_goal(event: GoalEvent, ballots: Ballots) -> list[Event]:
    """Remember whether a goal is active (S5); an older fact changes nothing (P11)."""
    known = await ballots.read(GOALS, event.goal_id)
    if known is None or known.version < event.version:
        ballots.write(GOALS, KnownGoal(event.goal_id, isinstance(event, GoalActivated), event.version))
    return []


async def open_standing_ballot(event: ChallengeOpened, ballots: Ballots) -> Sequence[BallotOpened]:
    """Give a challenge the ballot that stands while it gathers (I3)."""
    terms = event.stance.terms(event.audiences, event.public, event.votes_until)
    ballot_id = standing_ballot(event.challenge_id)
    opened_at = event.opened_at
    ballot = Ballot(ballot_id, terms, event.owner_id, event.goal_id, event.challenge_id, None, opened_at)
    events = ballot.open()
    await ballots.set_up(ballot)
    return events


async def follow_phase(event: PhaseEvent, ballots: Ballots) -> list[Event]:
    """Close the standing ballot when its challenge enters a phase without votes."""
    ballot = await ballots.get(standing_ballot(event.challenge_id))
    if not event.votes_open:
        stop_taking_votes(ballot, ballots, event.started_at)
    return []


async def begin_deciding(event: DecidingStarted, ballots: Ballots) -> Sequence[BallotOpened]:
    """Follow the phase, and open the decision ballot over the shortlist, in its order (I5).

    An idea that was withdrawn meanwhile is on it as one that was dropped: both facts write what is known of the idea,
    so neither misses the other (P8, P9).
    """
    await follow_phase(event, ballots)
    if not event.shortlist:
        return []
    decision = event.decision or Decision()
    terms = decision.terms(event.audiences, event.public, event.ballot_closes_at)
    standing = await ballots.get(standing_ballot(event.challenge_id))
    ballot_id, owner_id = decision_ballot(event.challenge_id, event.attempt), event.owner_id or standing.owner_id
    ballot = Ballot(ballot_id, terms, owner_id, event.goal_id, event.challenge_id, None, event.started_at)
    events = ballot.open(len(event.shortlist))
    await ballots.set_up(ballot)
    known = await ballots.read_all(IDEAS, event.shortlist)
    for place, idea_id in enumerate(event.shortlist):
        idea = known.get(idea_id) or KnownIdea(idea_id)
        idea.ballots.append(ballot_id)
        ballots.write(IDEAS, idea)
        ballots.put_up(ballot_id, idea_id, None, event.started_at, place, dropped=idea.withdrawn)
    return events


async def put_idea_up(event: IdeaSubmitted, ballots: Ballots) -> list[Event]:
    """Make an idea an option of its challenge's standing ballot (I3), be that open yet or not (P9)."""
    ballots.put_up(standing_ballot(event.challenge_id), event.idea_id, None, event.submitted_at)
    return []


async def drop_idea(event: IdeaWithdrawn, ballots: Ballots) -> list[Event]:
    """Take a withdrawn idea off its ballots, and all their gates are written (P14).

    Those of the standing ballot are by now, or guarded if there are none yet.
    """
    standing = standing_ballot(event.challenge_id)
    if await ballots.known(standing) is None:
        await ballots.guard(standing)
    idea = await ballots.read(IDEAS, event.idea_id) or KnownIdea(event.idea_id)
    idea.withdrawn = True
    ballots.write(IDEAS, idea)
    for ballot_id in idea.ballots:
        if not (await ballots.get(ballot_id)).is_over:
            await ballots.fence(ballot_id)
    for ballot_id in (standing, *idea.ballots):
        option = await ballots.option(ballot_id, event.idea_id)
        option.dropped = True
        ballots.write(OPTIONS, option)
    return []
