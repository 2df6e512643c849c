"""What ideas does for a decision: shortlists, lets a ballot decide, and takes what it found (I5)."""

from collections.abc import Iterable
from uuid import UUID

from contracts.access import admit
from contracts.ideas import (
    ChallengeEvent,
    IdeaIsElsewhere,
    IdeaState,
    NoSuchIdea,
    Setback,
    ShortlistCommand,
    ShortlistIdeas,
    TakeIdeasOffShortlist,
)
from contracts.messages import Event
from contracts.voting import BallotClosed, BallotDecided, Verdict
from services.ideas.challenge import Challenge
from services.ideas.idea import Idea
from services.ideas.store import ATTEMPTS, CHALLENGES, IDEAS, Attempt, Ideas, decides

# -- the shortlist; the challenge's own document guards it, and its deciding writes that too (P8) ----------------------


async def shortlist_ideas(command: ShortlistIdeas, ideas: Ideas) -> list[Event]:
    """Let ideas go on to the decision."""
    challenge, named = await _named(command, ideas)
    new = challenge.put_on_shortlist(command.idea_ids)
    return _kept(challenge, [(named[each], [*named[each].go_on()]) for each in new], ideas)


async def take_ideas_off_shortlist(command: TakeIdeasOffShortlist, ideas: Ideas) -> list[Event]:
    """Let ideas not go on to the decision."""
    challenge, named = await _named(command, ideas)
    gone = challenge.take_off_shortlist(command.idea_ids)
    return _kept(challenge, [(named[each], [*named[each].stay_behind()]) for each in gone], ideas)


async def leave_shortlist(idea: Idea, ideas: Ideas) -> list[ChallengeEvent]:
    """Strike a withdrawn idea off, also while it is decided on; voting drops it from the ballot."""
    challenge = await ideas.challenge(idea.challenge_id)
    challenge.shortlist.take_off([idea.id])
    events = challenge.shortlist_changed()
    ideas.write(CHALLENGES, challenge)
    return events


async def _named(command: ShortlistCommand, ideas: Ideas) -> tuple[Challenge, dict[UUID, Idea]]:
    challenge = await ideas.challenge(command.challenge_id)
    admit(command, owner=challenge.owner_id)
    found = await ideas.read_all(IDEAS, command.idea_ids)
    if not all(idea_id in found for idea_id in command.idea_ids):
        raise NoSuchIdea(path=("ideaIds",))
    if any(idea.challenge_id != challenge.id for idea in found.values()):
        raise IdeaIsElsewhere(path=("ideaIds",))
    return challenge, found


def _kept(challenge: Challenge, changed: list[tuple[Idea, list[Event]]], ideas: Ideas) -> list[Event]:
    if not changed:
        return []
    events: list[Event] = [*challenge.shortlist_changed()]
    for idea, told in changed:
        events += told
        ideas.write(IDEAS, idea)
    ideas.write(CHALLENGES, challenge)
    return events


# -- the ballot -------------------------------------------------------------------------------------------------------


async def keep_phase(challenge: Challenge, ideas: Ideas) -> list[Event]:
    """Keep a challenge that has moved on; where that began an attempt whose outcome is known already, take it (P9).

    The count is written by every submission too, which must not miss the phase's end (P8).
    """
    await ideas.count(challenge.id, 0)
    events: list[Event] = []
    if challenge.ballot_id:
        attempt = await ideas.attempt(challenge.ballot_id)
        attempt.begun = True
        ideas.write(ATTEMPTS, attempt)
        events += await _settle(challenge, attempt, ideas)
    ideas.write(CHALLENGES, challenge)
    remind(challenge, ideas)
    return events


async def note_closing(event: BallotClosed, ideas: Ideas) -> None:
    """Remember when a decision ballot closed, which is when it was decided; its count comes later."""
    attempt = await ideas.attempt(event.ballot_id)
    attempt.closed_at = event.closed_at
    ideas.write(ATTEMPTS, attempt)


async def adopt_winners(event: BallotDecided, ideas: Ideas) -> list[Event]:
    """Adopt who won the decision, *without a human copying it*; or take the challenge back to shortlisting (I5).

    An outcome that comes again changes nothing, and one of an earlier attempt comes too late.
    """
    if not decides(event) or event.verdict is None or event.challenge_id is None:
        return []
    attempt = await ideas.attempt(event.ballot_id)
    if attempt.verdict:
        return []
    attempt.verdict, attempt.winners = event.verdict, event.winners
    ideas.write(ATTEMPTS, attempt)
    if not attempt.begun:
        return []
    challenge = await ideas.challenge(event.challenge_id)
    events = await _settle(challenge, attempt, ideas)
    ideas.write(CHALLENGES, challenge)
    remind(challenge, ideas)
    return events


async def _settle(challenge: Challenge, attempt: Attempt, ideas: Ideas) -> list[Event]:
    if attempt.verdict is None or attempt.id != challenge.ballot_id:
        return []
    won = attempt.winners if attempt.verdict is Verdict.WON else ()
    found = await ideas.read_all(IDEAS, won)
    winners = [found[each] for each in won if each in found and _stands(found[each], challenge)]
    at = attempt.closed_at or challenge.ballot_closes_at
    assert at is not None
    events: list[Event] = [*challenge.settle(_setback(attempt, winners), (idea.id for idea in winners), at)]
    for idea in winners:
        events += idea.adopt(attempt.id, at)
        ideas.write(IDEAS, idea)
    return events


def _stands(idea: Idea, challenge: Challenge) -> bool:
    return idea.state is IdeaState.OPEN and idea.challenge_id == challenge.id


def _setback(attempt: Attempt, winners: Iterable[Idea]) -> Setback | None:
    if attempt.verdict is Verdict.WON:
        return None if any(winners) else Setback.WINNER_WITHDRAWN
    return Setback(attempt.verdict.value) if attempt.verdict else None


def remind(challenge: Challenge, ideas: Ideas) -> None:
    """Have the next planned phase begin by itself."""
    planned = challenge.next_planned()
    if planned and planned.starts:
        ideas.remind("phase", challenge.id, planned.starts)
