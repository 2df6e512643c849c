"""Who may vote on a ballot, and what it may not declare (V3)."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.messages import Audience, Member, Refused, Role
from contracts.voting import (
    Anonymity,
    BallotOpened,
    BallotsNamed,
    CastVote,
    DetachedIsNotOffered,
    ElectorateIsUnknown,
    EnvelopeAdmitsNothing,
    Method,
    NotEligible,
    Position,
    RollIsTheElectorate,
    TooManyToRank,
)
from tests.stage import ANN, BOB, EVE, Place, member, said
from tests.voting.conftest import TACO, goal_activated, news, opening, paper, put_to_vote

MO = member("mo", Audience.CUSTOMER, Role.MODERATOR)


async def takes(place: Place, ballot: Any, by: Member) -> bool:
    """Whether it takes a paper of theirs."""
    try:
        await place.tell(paper(ballot, TACO, by=by))
    except NotEligible:
        return False
    return True


async def test_other_audiences_may_not_vote(place: Place) -> None:
    ballot = await put_to_vote(place, audiences=frozenset({Audience.CUSTOMER}))

    assert [await takes(place, ballot, by) for by in (BOB, EVE, ANN)] == [True, False, False]


async def test_roles_narrow_the_audiences(place: Place) -> None:
    roles = frozenset({Role.MODERATOR, Role.ORGANIZER})
    ballot = await put_to_vote(place, roles=roles, audiences=frozenset({Audience.CUSTOMER}))

    assert [await takes(place, ballot, by) for by in (MO, BOB, ANN)] == [True, False, False]


async def test_a_roll_names_those_who_may_vote_and_how_many_they_are(place: Place) -> None:
    ballot = await put_to_vote(place, roll=[BOB.id, EVE.id, EVE.id])

    assert [await takes(place, ballot, by) for by in (BOB, EVE, ANN)] == [True, True, False]
    [shown] = await place.ask(BallotsNamed(viewer=ANN, ballot_ids=(ballot,)))
    [event] = await news(place, BallotOpened)
    assert (shown.terms.by_roll, shown.terms.electorate) == (event.terms.by_roll, event.terms.electorate) == (True, 2)


async def test_a_roll_holds_for_votes_on_single_options_too(place: Place) -> None:
    ballot = await put_to_vote(place, roll=[BOB.id], method=Method.STANCE)
    vote = {"ballot_id": ballot, "option_id": TACO, "choice": Position.SUPPORT}

    await place.tell(said(CastVote, BOB, **vote))
    with pytest.raises(NotEligible):
        await place.tell(said(CastVote, EVE, **vote))


async def test_a_roll_narrows_the_audiences_and_does_not_widen_them(place: Place) -> None:
    ballot = await put_to_vote(place, roll=[BOB.id, EVE.id], audiences=frozenset({Audience.CUSTOMER}))

    assert [await takes(place, ballot, by) for by in (BOB, EVE)] == [True, False]


async def test_a_roll_of_five_thousand_opens_in_one_go(place: Place) -> None:
    ballot = await put_to_vote(place, roll=[*(uuid4() for _ in range(4_999)), BOB.id])

    assert await place.count("rolls") == 5_000
    assert await takes(place, ballot, BOB)


async def test_nobody_makes_themselves_a_roll_by_the_terms(place: Place) -> None:
    ballot = await put_to_vote(place, by_roll=True)

    assert await takes(place, ballot, BOB)


@pytest.mark.parametrize(
    ("refusal", "path", "more"),
    [
        (DetachedIsNotOffered, ("terms", "anonymity"), {"anonymity": Anonymity.DETACHED}),
        (ElectorateIsUnknown, ("terms", "quorum"), {"quorum": 0.2}),
        (RollIsTheElectorate, ("terms", "electorate"), {"roll": [BOB.id], "electorate": 5}),
        (EnvelopeAdmitsNothing, ("terms", "atLeast"), {"method": Method.APPROVAL, "at_least": 4}),
        (
            TooManyToRank,
            ("options",),
            {"method": Method.INSTANT_RUNOFF, "options": [uuid4() for _ in range(51)]},
        ),
    ],
)
async def test_what_no_ballot_can_keep_is_refused_at_the_opening(
    place: Place, refusal: type[Refused], path: tuple[str, ...], more: dict[str, Any]
) -> None:
    await place.hear(goal_activated())

    with pytest.raises(refusal) as refused:
        await place.tell(opening(**more))

    assert refused.value.path == path
    assert await place.count("ballots") == await place.count("options") == await place.count("rolls") == 0


async def test_a_quorum_is_kept_where_a_roll_says_how_many_they_are(place: Place) -> None:
    ballot = await put_to_vote(place, roll=[BOB.id, EVE.id], quorum=0.5)

    assert await takes(place, ballot, BOB)
