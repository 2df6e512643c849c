"""Decisions with their store: the shortlist, the outcome in whatever order, and who is there first (I5, P8, P9)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.access import RoleIsMissing
from contracts.ideas import (
    AdvanceChallenge,
    BallotIsDeciding,
    Challenge,
    ChallengesNamed,
    DecidingStarted,
    Decision,
    Idea,
    IdeaAdopted,
    IdeaIsAdopted,
    IdeaIsElsewhere,
    IdeaIsOnTheBallot,
    IdeaIsWithdrawn,
    IdeasNamed,
    IdeaState,
    IdeaTakenOffShortlist,
    IdeaWithdrawn,
    NoSuchIdea,
    NotShortlisting,
    Phase,
    PhaseMissed,
    PhasePlan,
    ReviseIdea,
    Setback,
    ShortlistChanged,
    ShortlistIdeas,
    ShortlistIsEmpty,
    ShortlistIsFull,
    TakeIdeasOffShortlist,
    WithdrawIdea,
)
from contracts.messages import Audience, Event, Member, Role
from contracts.voting import BallotClosed, BallotDecided, Method, Verdict, decision_ballot, standing_ballot
from tests.eventually import eventually
from tests.ideas.conftest import GOAL, opened, purpose, submitted
from tests.ideas.test_pages import answers
from tests.stage import ANN, BOB, EVE, Place, member, now, said

MODERATOR = member("mo", Audience.EMPLOYEE, Role.MODERATOR)


async def shortlisting(place: Place, number: int = 2, **fields: Any) -> tuple[UUID, list[UUID]]:
    """A challenge that is being shortlisted, and its ideas."""
    challenge = await opened(place, **fields)
    ideas = [await submitted(place, challenge, title=f"Idea {each}") for each in range(number)]
    await advance(place, challenge, Phase.SHORTLISTING)
    return challenge, ideas


async def deciding(place: Place, number: int = 2, **fields: Any) -> tuple[UUID, list[UUID]]:
    """A challenge that is being decided on, and its shortlist."""
    challenge, ideas = await shortlisting(place, number, **fields)
    await shortlist(place, challenge, *ideas)
    await advance(place, challenge, Phase.DECIDING)
    return challenge, ideas


async def advance(place: Place, challenge: UUID, phase: Phase) -> None:
    """Move it on by hand."""
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=phase))


async def shortlist(place: Place, challenge: UUID, *ideas: UUID, by: Member = ANN) -> None:
    """Let ideas go on."""
    await place.tell(said(ShortlistIdeas, by, challenge_id=challenge, idea_ids=ideas))


async def seen(place: Place, challenge: UUID) -> Challenge:
    """The challenge as it stands."""
    [found] = await place.ask(ChallengesNamed(viewer=ANN, challenge_ids=(challenge,)))
    assert isinstance(found, Challenge)
    return found


async def read(place: Place, ideas: Sequence[UUID]) -> list[Idea]:
    """Ideas as they stand."""
    return list(await place.ask(IdeasNamed(viewer=ANN, idea_ids=tuple(ideas))))


async def news(place: Place, *kinds: type[Event]) -> list[Any]:
    """Events of some kinds."""
    return [event for event in await place.journal() if isinstance(event, kinds)]


def about(challenge: UUID, attempt: int = 1) -> dict[str, Any]:
    """Which ballot a fact is about."""
    return {"ballot_id": decision_ballot(challenge, attempt), "goal_id": GOAL, "challenge_id": challenge}


def closed(challenge: UUID, attempt: int = 1, at: datetime | None = None) -> BallotClosed:
    """The ballot takes no more votes."""
    told = {"version": 3, "closed_at": at or now(), "turnout": 9, "tally_version": 9, "counts": {}}
    return BallotClosed(**about(challenge, attempt), **told)


def decided(challenge: UUID, verdict: Verdict, *winners: UUID, attempt: int = 1) -> BallotDecided:
    """What the ballot found."""
    told = {"version": 4, "turnout": 9, "rounds": (), "support": {}, "verdict": verdict, "winners": winners}
    return BallotDecided(**about(challenge, attempt), **told)


# -- the shortlist ----------------------------------------------------------------------------------------------------


async def test_ideas_go_on_in_the_order_given_and_are_told_once(place: Place) -> None:
    challenge, (first, second, third) = await shortlisting(place, 3)

    await shortlist(place, challenge, third, first)
    await shortlist(place, challenge, first)
    await place.tell(said(TakeIdeasOffShortlist, ANN, challenge_id=challenge, idea_ids=(third, second)))

    assert (await seen(place, challenge)).shortlist == (first,)
    assert [each.shortlisted for each in await read(place, (first, second, third))] == [True, False, False]
    assert [event.shortlist for event in await news(place, ShortlistChanged)] == [(third, first), (first,)]
    assert [event.idea_id for event in await news(place, IdeaTakenOffShortlist)] == [third]


async def test_organizers_and_the_owner_shortlist_and_nobody_else(place: Place) -> None:
    challenge, (first, second) = await shortlisting(place, purpose=purpose(owner_id=EVE.id))

    for stranger in (BOB, MODERATOR):
        with pytest.raises(RoleIsMissing):
            await shortlist(place, challenge, first, by=stranger)
    await shortlist(place, challenge, first, by=EVE)
    await shortlist(place, challenge, second, by=member("olga", Audience.EMPLOYEE, Role.ORGANIZER))

    assert (await seen(place, challenge)).shortlist == (first, second)


async def test_what_can_not_be_shortlisted_is_refused_and_nothing_of_it_is_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.lane.PATIENCE", 0.05)
    challenge, (first, _, third) = await shortlisting(place, 3)
    _, (elsewhere,) = await shortlisting(place, 1)
    await place.tell(said(WithdrawIdea, BOB, idea_id=third))

    cases: list[tuple[tuple[UUID, ...], type[Exception]]] = [
        ((first, elsewhere), IdeaIsElsewhere),
        ((first, uuid4()), NoSuchIdea),
        ((first, third), IdeaIsWithdrawn),
    ]
    for ideas, refusal in cases:
        with pytest.raises(refusal):
            await shortlist(place, challenge, *ideas)
    fourth = await opened(place)
    with pytest.raises(NotShortlisting):
        await shortlist(place, fourth, await submitted(place, fourth))
    assert await news(place, ShortlistChanged) == []
    assert (await seen(place, challenge)).shortlist == ()


async def test_a_full_shortlist_takes_no_more(place: Place) -> None:
    challenge, ideas = await shortlisting(place, 3, shortlist_limit=2)
    await shortlist(place, challenge, *ideas[:2])

    with pytest.raises(ShortlistIsFull):
        await shortlist(place, challenge, ideas[2])


async def test_p8_two_replicas_at_once_keep_the_limit_of_the_shortlist(place: Place) -> None:
    other = place.replica("other")
    for _ in range(6):
        challenge, (first, second) = await shortlisting(place, 2, shortlist_limit=1)

        results = await asyncio.gather(
            shortlist(place, challenge, first), shortlist(other, challenge, second), return_exceptions=True
        )

        assert sorted(isinstance(result, ShortlistIsFull) for result in results) == [False, True]
        assert len((await seen(place, challenge)).shortlist) == 1


# -- deciding begins --------------------------------------------------------------------------------------------------


async def test_deciding_by_hand_tells_the_shortlist_to_voting(place: Place) -> None:
    decision = Decision(method=Method.APPROVAL, winners=2, open_for=3600)
    challenge, ideas = await deciding(place, decision=decision)

    [event] = await news(place, DecidingStarted)
    shown = await seen(place, challenge)

    assert (event.attempt, event.shortlist, event.decision, event.owner_id) == (1, tuple(ideas), decision, ANN.id)
    assert event.ballot_closes_at == event.started_at + timedelta(hours=1) == shown.ballot_closes_at
    assert (shown.attempt, shown.phase, shown.setback) == (1, Phase.DECIDING, None)


async def test_with_nothing_shortlisted_deciding_is_refused(place: Place) -> None:
    challenge, _ = await shortlisting(place)

    with pytest.raises(ShortlistIsEmpty):
        await advance(place, challenge, Phase.DECIDING)

    assert (await seen(place, challenge)).phase is Phase.SHORTLISTING


async def test_planned_deciding_with_nothing_shortlisted_is_missed_once_and_begins_by_hand(place: Place) -> None:
    plan = (PhasePlan(phase=Phase.DECIDING, starts=now() + timedelta(seconds=0.1)),)
    challenge = await opened(place, plan=plan)
    idea = await submitted(place, challenge)
    places = (place, place.replica("other"))

    async def missed() -> bool:
        await asyncio.gather(*(each.deadlines.fire() for each in places))
        return bool(await news(place, PhaseMissed))

    await eventually(missed)

    shown = await seen(place, challenge)
    assert (shown.phase, shown.missed) == (Phase.SHORTLISTING, Phase.DECIDING)
    [event] = await news(place, PhaseMissed)
    assert (event.phase, event.planned_for) == (Phase.DECIDING, plan[0].starts)
    assert await place.count("deadlines") == 0
    await shortlist(place, challenge, idea)
    await advance(place, challenge, Phase.DECIDING)
    assert (await seen(place, challenge)).missed is None


async def test_while_the_ballot_decides_nobody_does_by_hand(place: Place) -> None:
    challenge, (tacos, _) = await deciding(place)

    for phase in (Phase.DECIDED, Phase.DELIVERED):
        with pytest.raises(BallotIsDeciding):
            await advance(place, challenge, phase)
    with pytest.raises(NotShortlisting):
        await shortlist(place, challenge, tacos)


# -- the ballot's outcome ---------------------------------------------------------------------------------------------


async def test_the_winner_is_adopted_without_anyone_copying_it(place: Place) -> None:
    challenge, (tacos, soup) = await deciding(place)
    at = now() + timedelta(minutes=5)

    await place.hear(closed(challenge, at=at))
    await place.hear(decided(challenge, Verdict.WON, soup))

    shown = await seen(place, challenge)
    assert (shown.phase, shown.adopted) == (Phase.DECIDED, (soup,))
    told = [(each.state, each.shortlisted, each.adopted_at) for each in await read(place, (tacos, soup))]
    assert told == [(IdeaState.OPEN, True, None), (IdeaState.ADOPTED, True, at)]
    [event] = await news(place, IdeaAdopted)
    assert (event.idea_id, event.ballot_id, event.adopted_at) == (soup, decision_ballot(challenge, 1), at)
    assert [type(each).__name__ for each in await place.journal()][-2:] == ["ChallengeDecided", "IdeaAdopted"]


async def test_every_winner_is_adopted_in_the_order_they_won(place: Place) -> None:
    challenge, ideas = await deciding(place, 4, decision=Decision(method=Method.APPROVAL, winners=2))

    await place.hear(decided(challenge, Verdict.WON, ideas[3], ideas[1]))

    assert (await seen(place, challenge)).adopted == (ideas[3], ideas[1])
    assert [event.idea_id for event in await news(place, IdeaAdopted)] == [ideas[3], ideas[1]]


@pytest.mark.parametrize(
    ("verdict", "setback"),
    [
        (Verdict.TIE, Setback.TIE),
        (Verdict.NO_QUORUM, Setback.NO_QUORUM),
        (Verdict.NOT_PASSED, Setback.NOT_PASSED),
    ],
)
async def test_without_a_winner_it_goes_back_to_shortlisting_and_says_why(
    place: Place, verdict: Verdict, setback: Setback
) -> None:
    challenge, (tacos, soup) = await deciding(place)

    await place.hear(closed(challenge), decided(challenge, verdict))

    shown = await seen(place, challenge)
    assert (shown.phase, shown.setback, shown.attempt) == (Phase.SHORTLISTING, setback, 1)
    assert (shown.shortlist, shown.adopted) == ((tacos, soup), ())
    assert [event.reason for event in await news(place, Event) if hasattr(event, "reason")] == [setback]


async def test_a_new_attempt_opens_another_ballot_and_an_old_outcome_comes_too_late(place: Place) -> None:
    challenge, (tacos, soup) = await deciding(place)
    await place.hear(decided(challenge, Verdict.TIE))
    await place.tell(said(TakeIdeasOffShortlist, ANN, challenge_id=challenge, idea_ids=(tacos,)))
    await advance(place, challenge, Phase.DECIDING)

    await place.hear(decided(challenge, Verdict.WON, tacos, attempt=1))
    assert (await seen(place, challenge)).phase is Phase.DECIDING
    await place.hear(decided(challenge, Verdict.WON, soup, attempt=2))

    assert [event.attempt for event in await news(place, DecidingStarted)] == [1, 2]
    assert (await seen(place, challenge)).adopted == (soup,)
    assert (await read(place, (tacos,)))[0].state is IdeaState.OPEN


@pytest.mark.parametrize("order", list(permutations(("begin", "closed", "decided"))), ids="-".join)
async def test_p9_facts_and_the_beginning_come_in_any_order_and_twice(place: Place, order: tuple[str, ...]) -> None:
    """What is heard of a ballot before its attempt has begun waits for it on a skeleton."""
    challenge, (tacos, soup) = await shortlisting(place)
    await shortlist(place, challenge, tacos, soup)
    at = now() + timedelta(minutes=5)
    facts = {"closed": (closed(challenge, at=at), uuid4()), "decided": (decided(challenge, Verdict.WON, soup), uuid4())}

    for each in order:
        if each == "begin":
            await advance(place, challenge, Phase.DECIDING)
            continue
        fact, name = facts[each]
        await place.hear(fact, ids=[name])
        await place.hear(fact, ids=[name])
        await place.hear(fact)  # the same under another name, as a replay from elsewhere would tell it

    assert (await seen(place, challenge)).adopted == (soup,)
    [adopted] = await news(place, IdeaAdopted)
    in_order = order.index("closed") < max(order.index("decided"), order.index("begin"))
    assert (adopted.adopted_at == at) is in_order
    assert len([event for event in await place.journal() if type(event).__name__ == "ChallengeDecided"]) == 1


async def test_p8_p9_an_outcome_and_its_attempts_beginning_at_once_never_miss_each_other(place: Place) -> None:
    other = place.replica("other")
    for _ in range(8):
        challenge, (tacos, soup) = await shortlisting(place)
        await shortlist(place, challenge, tacos, soup)

        await asyncio.gather(
            advance(place, challenge, Phase.DECIDING), other.hear(decided(challenge, Verdict.WON, soup))
        )

        assert (await seen(place, challenge)).adopted == (soup,)


async def test_two_replicas_that_hear_of_the_outcome_adopt_once(place: Place) -> None:
    challenge, (_, soup) = await deciding(place)
    fact, name = decided(challenge, Verdict.WON, soup), uuid4()

    await asyncio.gather(*(each.hear(fact, ids=[name]) for each in (place, place.replica("other"))))

    assert len(await news(place, IdeaAdopted)) == 1


async def test_other_ballots_decide_nothing_here(place: Place) -> None:
    challenge, (_, soup) = await deciding(place)
    mine = decided(challenge, Verdict.WON, soup)
    others: list[dict[str, Any]] = [
        {"ballot_id": standing_ballot(challenge)},
        {"ballot_id": uuid4(), "challenge_id": None},
        {"ballot_id": uuid4()},
        {"verdict": None},
    ]

    for other in others:
        await place.hear(mine.model_copy(update=other))

    assert (await seen(place, challenge)).phase is Phase.DECIDING


# -- withdrawal, in whatever phase ------------------------------------------------------------------------------------


async def test_an_idea_that_is_withdrawn_leaves_the_shortlist(place: Place) -> None:
    challenge, (tacos, soup) = await shortlisting(place)
    await shortlist(place, challenge, tacos, soup)

    await place.tell(said(WithdrawIdea, BOB, idea_id=tacos))

    assert (await seen(place, challenge)).shortlist == (soup,)
    [gone] = await read(place, (tacos,))
    assert (gone.state, gone.shortlisted) == (IdeaState.WITHDRAWN, False)
    assert [type(event).__name__ for event in await place.journal()][-2:] == ["IdeaWithdrawn", "ShortlistChanged"]


async def test_an_idea_that_is_withdrawn_while_it_is_decided_on_is_not_adopted(place: Place) -> None:
    challenge, (tacos, soup) = await deciding(place)
    await place.tell(said(WithdrawIdea, BOB, idea_id=soup))

    await place.hear(decided(challenge, Verdict.WON, soup))

    shown = await seen(place, challenge)
    assert (shown.phase, shown.setback, shown.shortlist) == (Phase.SHORTLISTING, Setback.WINNER_WITHDRAWN, (tacos,))
    assert await news(place, IdeaAdopted) == []


async def test_of_several_winners_those_are_adopted_that_still_stand(place: Place) -> None:
    challenge, (tacos, soup) = await deciding(place, decision=Decision(method=Method.APPROVAL, winners=2))
    await place.tell(said(WithdrawIdea, BOB, idea_id=tacos))

    await place.hear(decided(challenge, Verdict.WON, tacos, soup))

    assert (await seen(place, challenge)).adopted == (soup,)


@pytest.mark.parametrize("phase", [Phase.GATHERING, Phase.SHORTLISTING, Phase.DECIDED, Phase.DELIVERED])
async def test_an_idea_is_withdrawn_in_whatever_phase(place: Place, phase: Phase) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    if phase is not Phase.GATHERING:
        await advance(place, challenge, phase)

    await place.tell(said(WithdrawIdea, BOB, idea_id=idea))

    assert (await read(place, (idea,)))[0].state is IdeaState.WITHDRAWN
    assert (await seen(place, challenge)).idea_count == 0


@pytest.mark.parametrize("by", [BOB, MODERATOR], ids=["author", "moderator"])
async def test_an_adopted_idea_is_neither_withdrawn_nor_revised(place: Place, by: Member) -> None:
    challenge, (tacos, soup) = await deciding(place)
    await place.hear(decided(challenge, Verdict.WON, soup))

    with pytest.raises(IdeaIsAdopted):
        await place.tell(said(WithdrawIdea, by, idea_id=soup))
    with pytest.raises(IdeaIsAdopted):
        await place.tell(said(ReviseIdea, BOB, idea_id=soup, title="Other soup"))
    await place.tell(said(WithdrawIdea, by, idea_id=tacos))


async def test_what_is_voted_on_stays_as_it_is_until_the_ballot_is_decided(place: Place) -> None:
    challenge, (tacos, _) = await deciding(place)
    behind = await read(place, (tacos,))

    with pytest.raises(IdeaIsOnTheBallot):
        await place.tell(said(ReviseIdea, BOB, idea_id=tacos, title="Burritos"))

    assert await read(place, (tacos,)) == behind
    await place.hear(decided(challenge, Verdict.TIE))
    await place.tell(said(ReviseIdea, BOB, idea_id=tacos, title="Burritos"))


async def test_p8_withdrawing_and_the_start_of_deciding_see_each_other(place: Place) -> None:
    """What was withdrawn first is not put to the vote; what is put to the vote and withdrawn after leaves it."""
    other = place.replica("other")
    for _ in range(8):
        challenge, (tacos, soup) = await shortlisting(place)
        await shortlist(place, challenge, tacos, soup)

        await asyncio.gather(
            advance(place, challenge, Phase.DECIDING), other.tell(said(WithdrawIdea, BOB, idea_id=tacos))
        )

        kinds = (DecidingStarted, IdeaWithdrawn)
        told = [event for event in await news(place, *kinds) if event.challenge_id == challenge]
        started = next(event for event in told if isinstance(event, DecidingStarted))
        assert (tacos in started.shortlist) is (told[0] is started)
        assert (await seen(place, challenge)).shortlist == (soup,)


async def test_p8_the_last_of_a_shortlist_is_withdrawn_or_decided_on(place: Place) -> None:
    other = place.replica("other")
    for _ in range(8):
        challenge, (tacos,) = await shortlisting(place, 1)
        await shortlist(place, challenge, tacos)

        started, gone = await asyncio.gather(
            advance(place, challenge, Phase.DECIDING),
            other.tell(said(WithdrawIdea, BOB, idea_id=tacos)),
            return_exceptions=True,
        )

        assert started is None or isinstance(started, ShortlistIsEmpty)
        assert not isinstance(gone, Exception)
        phase = Phase.DECIDING if started is None else Phase.SHORTLISTING
        assert (await seen(place, challenge)).phase is phase


async def test_p8_shortlisting_and_the_start_of_deciding_see_each_other(place: Place) -> None:
    other = place.replica("other")
    for _ in range(8):
        challenge, (tacos, soup) = await shortlisting(place)
        await shortlist(place, challenge, tacos)

        _, late = await asyncio.gather(
            advance(place, challenge, Phase.DECIDING), shortlist(other, challenge, soup), return_exceptions=True
        )

        [started] = [event for event in await news(place, DecidingStarted) if event.challenge_id == challenge]
        assert late is None or isinstance(late, NotShortlisting)
        assert (soup in started.shortlist) is (late is None)
        assert started.shortlist == (await seen(place, challenge)).shortlist


async def test_p8_withdrawing_and_adopting_at_once_is_one_of_the_two(place: Place) -> None:
    other = place.replica("other")
    for _ in range(8):
        challenge, (_, soup) = await deciding(place)

        _, gone = await asyncio.gather(
            place.hear(decided(challenge, Verdict.WON, soup)),
            other.tell(said(WithdrawIdea, BOB, idea_id=soup)),
            return_exceptions=True,
        )

        shown, [idea] = await seen(place, challenge), await read(place, (soup,))
        if isinstance(gone, IdeaIsAdopted):
            assert (shown.phase, idea.state) == (Phase.DECIDED, IdeaState.ADOPTED)
        else:
            assert (shown.setback, idea.state) == (Setback.WINNER_WITHDRAWN, IdeaState.WITHDRAWN)


async def test_the_adopted_stand_in_lists_and_the_shortlisted_are_found(place: Place) -> None:
    challenge, ideas = await deciding(place, 2)
    await place.hear(decided(challenge, Verdict.WON, ideas[1]))

    assert await answers(place, challenge) == [ideas[1], ideas[0]]
    assert await answers(place, challenge, state=IdeaState.ADOPTED) == [ideas[1]]
    assert await answers(place, challenge, shortlisted=True) == [ideas[1], ideas[0]]
    assert await answers(place, challenge, shortlisted=False) == []
