"""The phases of a challenge with its store: by plan, once; by hand; and never back (I1, P4, P16)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.access import RoleIsMissing
from contracts.ideas import (
    AdvanceChallenge,
    Challenge,
    ChallengesNamed,
    DecidingStarted,
    IdeaSubmitted,
    NoSuchChallenge,
    Phase,
    PhaseEvent,
    PhaseIsPast,
    PhasePlan,
    ShortlistIdeas,
    ShortlistingStarted,
    Switches,
)
from contracts.messages import Audience, Role
from services.ideas import challenge as challenges
from tests.eventually import eventually
from tests.ideas.conftest import opened, purpose, submitted
from tests.stage import ANN, BOB, Place, member, now, said

OTHER_ORGANIZER = member("olga", Audience.EMPLOYEE, Role.ORGANIZER)


def plan(**seconds: float) -> tuple[PhasePlan, ...]:
    """Phases that begin so many seconds from now."""
    return tuple(PhasePlan(phase=Phase(name), starts=now() + timedelta(seconds=s)) for name, s in seconds.items())


async def phase(place: Place, challenge: UUID) -> Phase:
    """Where it stands."""
    [found] = await place.ask(ChallengesNamed(challenge_ids=(challenge,), viewer=ANN))
    assert isinstance(found, Challenge)
    return found.phase


async def news(place: Place) -> list[PhaseEvent]:
    """Every phase that began."""
    return [event for event in await place.journal() if isinstance(event, PhaseEvent)]


async def reminders(place: Place) -> list[object]:
    """When something falls due."""
    return [row["due"] for row in await place.database.collection("deadlines").find({}).to_list(None)]


async def fired(place: Place, *others: Place, phases: int) -> None:
    """Let time come until so many phases have begun."""

    async def begun() -> bool:
        await asyncio.gather(*(each.deadlines.fire() for each in (place, *others)))
        return len(await news(place)) >= phases

    await eventually(begun)


async def test_planned_phases_begin_once_though_two_replicas_look(place: Place) -> None:
    planned = plan(shortlisting=0.1, deciding=0.6)
    challenge = await opened(place, plan=planned)
    idea = await submitted(place, challenge)
    other = place.replica("other")

    await fired(place, other, phases=1)
    await place.tell(said(ShortlistIdeas, ANN, challenge_id=challenge, idea_ids=(idea,)))
    await fired(place, other, phases=2)
    await asyncio.gather(place.deadlines.fire(), other.deadlines.fire())

    first, second = await news(place)
    assert isinstance(first, ShortlistingStarted)
    assert isinstance(second, DecidingStarted)
    assert (first.started_at, second.started_at) == (planned[0].starts, planned[1].starts)
    assert (first.version, second.version) == (2, 4)  # the third told the shortlist
    assert await phase(place, challenge) is Phase.DECIDING
    assert await reminders(place) == []


async def test_a_phase_that_failed_to_begin_begins_later_and_as_planned(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planned = plan(shortlisting=0.1)
    await opened(place, plan=planned)
    advance = challenges.Challenge.advance

    def broken(*_: object) -> list[PhaseEvent]:
        raise ZeroDivisionError

    monkeypatch.setattr(challenges.Challenge, "advance", broken)

    async def tried() -> bool:
        await place.deadlines.fire()
        return "ZeroDivisionError" in caplog.text

    await eventually(tried)
    monkeypatch.setattr(challenges.Challenge, "advance", advance)
    await place.database.collection("deadlines").update_many({}, {"$set": {"due": now()}})
    await fired(place, phases=1)

    [event] = await news(place)
    assert event.started_at == planned[0].starts


async def test_moving_on_by_hand_takes_back_what_was_planned_for_it(place: Place) -> None:
    planned = plan(shortlisting=60, deciding=90)
    challenge = await opened(place, plan=planned)
    assert await reminders(place) == [planned[0].starts]

    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.SHORTLISTING))
    assert await reminders(place) == [planned[1].starts]
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.DECIDED))

    assert await reminders(place) == []
    assert [type(event).__name__ for event in await news(place)] == ["ShortlistingStarted", "ChallengeDecided"]


async def test_a_phase_without_a_time_leaves_the_next_planned_one_standing(place: Place) -> None:
    planned = (PhasePlan(phase=Phase.SHORTLISTING, open=Switches(ideas=True)), *plan(deciding=60))
    challenge = await opened(place, plan=planned)

    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.SHORTLISTING))

    assert await reminders(place) == [planned[1].starts]


async def test_moving_on_by_hand_and_by_plan_at_once_is_one_phase(place: Place) -> None:
    challenge = await opened(place, plan=plan(shortlisting=0.05))
    by_hand = said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.SHORTLISTING)

    async def begun() -> bool:
        await place.replica("other").deadlines.fire()
        return bool(await news(place))

    results = await asyncio.gather(place.tell(by_hand), eventually(begun), return_exceptions=True)

    assert all(result is None or isinstance(result, PhaseIsPast) or result.events for result in results)  # type: ignore[union-attr]
    assert len(await news(place)) == 1


async def test_a_challenge_never_goes_back(place: Place) -> None:
    challenge = await opened(place)
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.DECIDED))

    for past in (Phase.GATHERING, Phase.DECIDING, Phase.DECIDED):
        with pytest.raises(PhaseIsPast):
            await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=past))
    assert await phase(place, challenge) is Phase.DECIDED


async def test_its_owner_moves_it_on_without_a_role_and_organizers_do_so_by_theirs(place: Place) -> None:
    challenge = await opened(place, purpose=purpose(owner_id=BOB.id))

    with pytest.raises(RoleIsMissing):
        await place.tell(said(AdvanceChallenge, member("zoe"), challenge_id=challenge, phase=Phase.DECIDING))
    await place.tell(said(AdvanceChallenge, BOB, challenge_id=challenge, phase=Phase.SHORTLISTING))
    await place.tell(said(AdvanceChallenge, OTHER_ORGANIZER, challenge_id=challenge, phase=Phase.DECIDED))

    assert len(await news(place)) == 2


async def test_a_challenge_that_is_not_there_is_refused_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.lane.PATIENCE", 0.05)

    with pytest.raises(NoSuchChallenge):
        await place.tell(said(AdvanceChallenge, ANN, challenge_id=UUID(int=7), phase=Phase.DECIDED))


async def test_p8_no_idea_is_taken_after_the_phase_that_took_it_has_ended(place: Place) -> None:
    """Each alone would see the other's document as it was; the count, written by both, orders them."""
    other = place.replica("other")
    for number in range(12):
        challenge = await opened(place)
        moved = other.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.SHORTLISTING))
        took = [submitted(place, challenge, member(f"late-{number}-{author}")) for author in range(3)]
        await asyncio.gather(moved, *took, return_exceptions=True)

        told = [event for event in await place.journal() if getattr(event, "challenge_id", None) == challenge]
        [ended] = [place for place, event in enumerate(told) if isinstance(event, ShortlistingStarted)]
        assert not any(isinstance(event, IdeaSubmitted) for event in told[ended:])
