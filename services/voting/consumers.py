"""What voting does when others speak."""

from collections.abc import Sequence

from contracts.ideas import ChallengeOpened, IdeaSubmitted, IdeaWithdrawn, PhaseEvent
from contracts.messages import Event
from contracts.strategy import GoalActivated, GoalEvent
from contracts.voting import BallotOpened, standing_ballot
from services.voting.ballot import Ballot
from services.voting.handlers import stop_taking_votes
from services.voting.store import GOALS, OPTIONS, Ballots, KnownGoal


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


async def put_idea_up(event: IdeaSubmitted, ballots: Ballots) -> list[Event]:
    """Make an idea an option of its challenge's standing ballot (I3), be that open yet or not (P9)."""
    ballots.put_up(standing_ballot(event.challenge_id), event.idea_id, None, event.submitted_at)
    return []


async def drop_idea(event: IdeaWithdrawn, ballots: Ballots) -> list[Event]:
    """Take a withdrawn idea off the ballot. The gates are written by now, or guarded if there are none yet (P14)."""
    ballot_id = standing_ballot(event.challenge_id)
    option = await ballots.option(ballot_id, event.idea_id)
    if await ballots.known(ballot_id) is None:
        await ballots.guard(ballot_id)
    option.dropped = True
    ballots.write(OPTIONS, option)
    return []
