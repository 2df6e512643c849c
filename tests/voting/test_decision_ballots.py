"""The ballot on which a challenge is decided: opened by a shortlist, closed on time (I5, P8, P9, P14, P15)."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.ideas import DecidingStarted, Decision, IdeaWithdrawn
from contracts.messages import Audience, Event, Window
from contracts.voting import (
    Anonymity,
    BallotClosed,
    BallotDecided,
    BallotIsClosed,
    BallotOpened,
    BallotsNamed,
    CastVote,
    Method,
    NotEligible,
    OptionsPage,
    PaperIsInvalid,
    Position,
    TieBreak,
    Verdict,
    decision_ballot,
    standing_ballot,
)
from services.voting.tally import GATES
from tests.eventually import eventually
from tests.stage import ANN, BOB, EVE, Place, member, now, said
from tests.voting.conftest import BURRITO, GOAL, SOUP, TACO, challenge_opened, decided, idea_submitted, news, paper

AUDIENCES = frozenset({Audience.CUSTOMER, Audience.EMPLOYEE})


def deciding(
    challenge: UUID, *shortlist: UUID, attempt: int = 1, open_for: float = 60, decision: Decision | None = None
) -> DecidingStarted:
    """A shortlist put to the vote."""
    at = now()
    return DecidingStarted(
        challenge_id=challenge,
        version=1 + attempt * 2,
        goal_id=GOAL,
        audiences=AUDIENCES,
        public=False,
        started_at=at,
        votes_open=False,
        attempt=attempt,
        shortlist=shortlist,
        decision=decision or Decision(),
        owner_id=ANN.id,
        ballot_closes_at=at + timedelta(seconds=open_for),
    )


def withdrawn(idea: UUID, challenge: UUID) -> IdeaWithdrawn:
    """An idea taken back."""
    return IdeaWithdrawn(idea_id=idea, challenge_id=challenge, goal_id=GOAL, version=2)


async def gathered(place: Place) -> UUID:
    """A challenge with three ideas."""
    challenge = uuid4()
    await place.hear(challenge_opened(challenge))
    await place.hear(*(idea_submitted(idea, challenge) for idea in (TACO, BURRITO, SOUP)))
    return challenge


async def shown(place: Place, ballot: UUID) -> Any:
    """The ballot, or None."""
    [found] = await place.ask(BallotsNamed(viewer=ANN, ballot_ids=(ballot,)))
    return found


async def test_a_shortlist_opens_the_decision_ballot_as_the_challenge_declared(place: Place) -> None:
    challenge = await gathered(place)
    declared = Decision(
        method=Method.SCORE,
        winners=2,
        quorum=0.5,
        electorate=40,
        tie_break=TieBreak.EARLIEST_OPTION,
        anonymity=Anonymity.CONFIDENTIAL,
    )
    fact = deciding(challenge, SOUP, TACO, decision=declared)

    await place.hear(fact)

    ballot = decision_ballot(challenge, 1)
    found = await shown(place, ballot)
    [event] = [event for event in await news(place, BallotOpened) if event.ballot_id == ballot]
    assert found.terms == event.terms == declared.terms(AUDIENCES, False, fact.ballot_closes_at)
    assert (found.goal_id, found.challenge_id, found.question) == (GOAL, challenge, None)
    assert (event.goal_id, event.challenge_id) == (GOAL, challenge)
    page = await place.ask(OptionsPage(viewer=ANN, ballot_id=ballot, window=Window()))
    assert [(option.id, option.title, option.dropped) for option in page.items] == [
        (SOUP, None, False),
        (TACO, None, False),
    ]


async def test_a_shortlist_keeps_its_order(place: Place) -> None:
    challenge, shortlist = await gathered(place), [uuid4() for _ in range(20)]

    await place.hear(deciding(challenge, *shortlist))

    page = await place.ask(OptionsPage(viewer=ANN, ballot_id=decision_ballot(challenge, 1), window=Window(first=50)))
    assert [option.id for option in page.items] == shortlist


async def test_deciding_without_a_shortlist_opens_no_ballot_and_closes_the_standing_one(place: Place) -> None:
    challenge = await gathered(place)

    await place.hear(deciding(challenge))

    assert await place.count("ballots") == 1
    with pytest.raises(BallotIsClosed):
        await place.tell(
            said(CastVote, BOB, ballot_id=standing_ballot(challenge), option_id=TACO, choice=Position.AGREE)
        )


async def test_facts_from_before_there_were_shortlists_open_none(place: Place) -> None:
    challenge = await gathered(place)
    said_then = deciding(challenge).model_dump(mode="json")
    for later in ("attempt", "shortlist", "decision", "owner_id", "ballot_closes_at"):
        del said_then[later]

    await place.hear(DecidingStarted.model_validate(said_then))

    assert await place.count("ballots") == 1


async def test_only_the_challenges_audiences_vote_and_only_on_the_shortlist(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO))
    ballot = decision_ballot(challenge, 1)

    assert (await place.tell(paper(ballot, BURRITO, TACO))).events
    with pytest.raises(NotEligible):
        await place.tell(paper(ballot, TACO, by=EVE))
    with pytest.raises(PaperIsInvalid) as refused:
        await place.tell(paper(ballot, SOUP))
    assert [problem.code for problem in refused.value.problems] == ["NoSuchOption"]


async def test_it_closes_by_itself_and_tells_who_won(place: Place) -> None:
    challenge = await gathered(place)
    fact = deciding(challenge, TACO, BURRITO, open_for=0.5)
    await place.hear(fact)
    ballot = decision_ballot(challenge, 1)
    for number, options in enumerate([(TACO,), (BURRITO, TACO), (TACO, BURRITO)]):
        await place.tell(paper(ballot, *options, by=member(f"m{number}")))

    event = await decided(place, ballot)

    [end] = [event for event in await news(place, BallotClosed) if event.ballot_id == ballot]
    assert end.closed_at == fact.ballot_closes_at
    assert (event.verdict, event.winners, event.challenge_id) == (Verdict.WON, (TACO,), challenge)
    with pytest.raises(BallotIsClosed):
        await place.tell(paper(ballot, TACO))


async def test_a_ballot_heard_of_after_its_end_is_opened_and_closed_all_the_same(place: Place) -> None:
    """Voting may have been away for longer than the ballot should have been open."""
    challenge = await gathered(place)
    fact = deciding(challenge, TACO, open_for=60)
    long_ago = {"started_at": now() - timedelta(days=2), "ballot_closes_at": now() - timedelta(days=1)}
    await place.hear(fact.model_copy(update=long_ago))

    event = await decided(place, decision_ballot(challenge, 1))

    assert event.verdict is Verdict.NO_QUORUM


async def test_p9_another_attempt_is_another_ballot(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO))
    await place.hear(deciding(challenge, TACO, attempt=2))

    for attempt in (1, 2):
        assert (await place.tell(paper(decision_ballot(challenge, attempt), TACO))).events


async def test_heard_twice_and_by_two_replicas_at_once_it_is_opened_once(place: Place) -> None:
    challenge = await gathered(place)
    fact, name = deciding(challenge, TACO, BURRITO), uuid4()
    other = place.replica("other")

    await asyncio.gather(place.hear(fact, ids=[name]), other.hear(fact, ids=[name]))
    await other.hear(fact, ids=[name])

    ballot = decision_ballot(challenge, 1)
    assert len([event for event in await news(place, BallotOpened) if event.ballot_id == ballot]) == 1
    assert await place.database.collection("options").count_documents({"ballot_id": ballot}) == 2
    assert await place.database.collection("gates").count_documents({"ballot_id": ballot}) == GATES


async def test_two_replicas_close_it_once(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO, open_for=0.2))
    ballot, other = decision_ballot(challenge, 1), place.replica("other")
    await place.tell(paper(ballot, TACO))

    async def told() -> bool:
        await asyncio.gather(place.deadlines.fire(), other.deadlines.fire())
        return any(event.ballot_id == ballot for event in await news(place, BallotDecided))

    await eventually(told)
    await asyncio.gather(place.deadlines.fire(), other.deadlines.fire())
    for kind in (BallotClosed, BallotDecided):
        assert len([event for event in await news(place, kind) if event.ballot_id == ballot]) == 1


# -- across topics there is no order (P9) -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", [order for order in permutations("SWD") if order.index("S") < order.index("W")])
async def test_p9_an_idea_that_was_withdrawn_is_off_the_ballot_in_whatever_order_it_was_heard(
    place: Place, order: tuple[str, ...]
) -> None:
    """Submitted and withdrawn travel on one topic in their order; the shortlist on another."""
    challenge = uuid4()
    await place.hear(challenge_opened(challenge), idea_submitted(TACO, challenge))
    facts: dict[str, Event] = {
        "S": idea_submitted(BURRITO, challenge),
        "W": withdrawn(BURRITO, challenge),
        "D": deciding(challenge, TACO, BURRITO),
    }

    for fact in order:
        await place.hear(facts[fact])

    ballot = decision_ballot(challenge, 1)
    with pytest.raises(PaperIsInvalid) as refused:
        await place.tell(paper(ballot, TACO, BURRITO))
    assert [(problem.code, problem.path) for problem in refused.value.problems] == [("OptionIsDropped", ("marks", "1"))]
    assert (await place.tell(paper(ballot, TACO))).events


async def test_p9_both_facts_in_one_batch_find_each_other(place: Place) -> None:
    for order in (1, -1):
        challenge = await gathered(place)
        facts: list[Event] = [deciding(challenge, TACO, BURRITO), withdrawn(BURRITO, challenge)]
        await place.hear(*facts[::order])

        with pytest.raises(PaperIsInvalid):
            await place.tell(paper(decision_ballot(challenge, 1), BURRITO))


async def test_p8_withdrawing_and_shortlisting_at_once_do_not_miss_each_other(place: Place) -> None:
    other = place.replica("other")
    for _ in range(10):
        challenge = await gathered(place)

        await asyncio.gather(place.hear(deciding(challenge, TACO, BURRITO)), other.hear(withdrawn(BURRITO, challenge)))

        with pytest.raises(PaperIsInvalid):
            await place.tell(paper(decision_ballot(challenge, 1), BURRITO))


async def test_p14_withdrawing_an_idea_writes_every_gate_of_every_ballot_it_is_on(place: Place) -> None:
    challenge = await gathered(place)
    for attempt in (1, 2):
        await place.hear(deciding(challenge, TACO, BURRITO, attempt=attempt))

    await place.hear(withdrawn(BURRITO, challenge))

    for ballot in (standing_ballot(challenge), *(decision_ballot(challenge, attempt) for attempt in (1, 2))):
        assert await place.database.collection("gates").count_documents({"ballot_id": ballot, "n": 1}) == GATES
        row = await place.database.collection("options").find_one({"_id": f"{ballot}:{BURRITO}"})
        assert row is not None
        assert row["dropped"]


async def test_p14_a_gate_that_is_missing_when_an_idea_leaves_is_a_fault(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO))
    ballot = decision_ballot(challenge, 1)
    await place.database.collection("gates").delete_one({"ballot_id": ballot, "gate": 3})

    with pytest.raises(RuntimeError, match="7 of 8"):
        await place.hear(withdrawn(BURRITO, challenge))


async def test_votes_for_an_idea_that_was_withdrawn_move_on(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO, SOUP, open_for=1))
    ballot = decision_ballot(challenge, 1)
    for number, options in enumerate([(BURRITO, SOUP), (BURRITO, SOUP), (TACO,), (BURRITO, SOUP, TACO)]):
        await place.tell(paper(ballot, *options, by=member(f"m{number}")))

    await place.hear(withdrawn(BURRITO, challenge))
    event = await decided(place, ballot)

    assert (event.verdict, event.winners) == (Verdict.WON, (SOUP,))
    assert event.count[0].standing == {TACO: 1, SOUP: 3}


async def test_p14_no_paper_with_a_withdrawn_idea_is_taken_after_it_left(place: Place) -> None:
    """A crowd hands in while the idea leaves: whatever is stored with it was there before its gates were written."""
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO))
    ballot, other = decision_ballot(challenge, 1), place.replica("other")

    async def hand_in(number: int) -> None:
        with suppress(PaperIsInvalid):
            await (place, other)[number % 2].tell(paper(ballot, BURRITO, TACO, by=member(f"m{number}")))

    crowd = [asyncio.create_task(hand_in(number)) for number in range(80)]
    await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
    await place.hear(withdrawn(BURRITO, challenge))
    stored = await place.database.collection("papers").count_documents({"ballot_id": ballot})
    await asyncio.gather(*crowd)

    assert await place.database.collection("papers").count_documents({"ballot_id": ballot}) == stored > 0


async def test_an_idea_withdrawn_after_the_end_leaves_the_final_tally_as_it_was(place: Place) -> None:
    challenge = await gathered(place)
    await place.hear(deciding(challenge, TACO, BURRITO, open_for=0.2))
    ballot = decision_ballot(challenge, 1)
    await place.tell(paper(ballot, TACO))
    await decided(place, ballot)
    [end] = [event for event in await news(place, BallotClosed) if event.ballot_id == ballot]

    await place.hear(withdrawn(TACO, challenge))

    gates = await place.database.collection("gates").find({"ballot_id": ballot}).to_list(None)
    assert sum(gate["n"] for gate in gates) == end.tally_version
