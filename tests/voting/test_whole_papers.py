"""Whole papers with their store: handed in, changed, withdrawn, counted and told (V1, V2, V4, V10, P13-P17)."""

import asyncio
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.messages import Member, Refused, Window
from contracts.voting import (
    Anonymity,
    BallotClosed,
    BallotIsClosed,
    BallotTakesSingleVotes,
    BallotTakesWholePapers,
    CastVote,
    Change,
    CloseBallot,
    HandInPaper,
    Method,
    MyPapers,
    NothingToWithdraw,
    PaperHandedIn,
    PaperIsInvalid,
    PapersAreSecret,
    PapersPage,
    PaperWithdrawn,
    Position,
    Publication,
    TallyChanged,
    VoteIsFinal,
    WithdrawPaper,
    WithdrawVote,
    paper_id,
)
from deploy.local.process import Process
from tests.overheard import overhearing
from tests.stage import ANN, BOB, Place, member, said
from tests.voting.conftest import BURRITO, GOAL, SOUP, TACO, closed, decided, news, opened, paper, put_to_vote, tally
from tests.voting.recounting import numbers_of, recount_whole

WHOLE = [method for method in Method if method is not Method.STANCE]


def withdrawal(ballot: UUID, by: Member = BOB) -> WithdrawPaper:
    """A whole paper taken back."""
    return said(WithdrawPaper, by, ballot_id=ballot)


async def problems(place: Place, command: HandInPaper) -> list[tuple[str, tuple[str, ...]]]:
    """Everything that is wrong with a paper, and where."""
    with pytest.raises(PaperIsInvalid) as refused:
        await place.tell(command)
    return [(problem.code, problem.path) for problem in refused.value.problems]


# -- handing in -------------------------------------------------------------------------------------------------------


async def test_a_paper_is_kept_counted_and_told(place: Place) -> None:
    ballot = await put_to_vote(place)

    await place.tell(paper(ballot, BURRITO, TACO))

    [mine] = await place.ask(MyPapers(viewer=BOB, ballot_ids=(ballot,)))
    found = await tally(place, ballot)
    [event] = await news(place, PaperHandedIn)
    assert (mine.numbers, mine.marks, mine.counted, mine.version) == ({BURRITO: 1, TACO: 2}, {}, True, 1)
    assert (found.turnout, found.version, found.counts) == (1, 1, {})
    assert found.standing is not None
    assert {option: papers for option, papers in found.standing.items() if papers} == {BURRITO: 1}
    assert (event.key, event.member_id, event.goal_id) == (paper_id(ballot, BOB.id), BOB.id, GOAL)
    assert event.marks == {BURRITO: 1, TACO: 2}


async def test_another_paper_replaces_the_first(place: Place) -> None:
    ballot = await put_to_vote(place, method=Method.SCORE)
    await place.tell(paper(ballot, (TACO, 3), (SOUP, 2)))

    await place.tell(paper(ballot, (TACO, 7), (BURRITO, 1)))

    found = await tally(place, ballot)
    assert (found.turnout, found.standing) == (1, {TACO: 7, SOUP: 0, BURRITO: 1})
    assert [event.version for event in await news(place, PaperHandedIn)] == [1, 2]


async def test_the_same_paper_again_is_nothing_new(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO))

    done = await place.tell(paper(ballot, TACO))

    assert done.events == ()
    assert (await tally(place, ballot)).version == 1


async def test_a_withdrawn_paper_leaves_no_trace_in_the_tally_and_another_may_follow(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO, SOUP))

    await place.tell(withdrawal(ballot))

    found = await tally(place, ballot)
    [event] = await news(place, PaperWithdrawn)
    assert (found.turnout, found.standing) == (0, {TACO: 0})
    assert (event.version, event.member_id) == (2, BOB.id)
    assert await place.ask(MyPapers(viewer=BOB, ballot_ids=(ballot,))) == [None]
    assert (await place.tell(paper(ballot, BURRITO))).events[0].version == 3


async def test_p13_a_confidential_ballot_tells_that_and_not_how(place: Place) -> None:
    ballot = await put_to_vote(place, anonymity=Anonymity.CONFIDENTIAL)
    await place.tell(paper(ballot, TACO))

    [event] = await news(place, PaperHandedIn)

    assert event.marks is None
    with pytest.raises(PapersAreSecret):
        await place.ask(PapersPage(viewer=ANN, ballot_id=ballot, window=Window()))


async def test_a_named_ballot_shows_who_marked_what(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO, SOUP))

    found = await place.ask(PapersPage(viewer=ANN, ballot_id=ballot, window=Window()))

    assert [(each.member_id, each.numbers) for each in found.items] == [(BOB.id, {TACO: 1, SOUP: 2})]


# -- what is valid, told at once and in full (V2) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "marks", "wrong"),
    [
        ({}, [], [("TooFewMarks", ("marks",))]),
        ({}, [(TACO, 1), (SOUP, 3)], [("RankingHasGaps", ("marks",))]),
        ({}, [(TACO, 1), (SOUP, 1)], [("RankingHasGaps", ("marks",))]),
        ({"at_least": 2}, [(TACO, 1)], [("TooFewMarks", ("marks",))]),
        ({"at_most": 1}, [(TACO, 1), (SOUP, 2)], [("TooManyMarks", ("marks",))]),
        ({"method": Method.SINGLE}, [(TACO, 1), (SOUP, 1)], [("TooManyMarks", ("marks",))]),
        ({"method": Method.SINGLE}, [(TACO, 2)], [("MarkIsOutOfRange", ("marks", "0"))]),
        ({"method": Method.APPROVAL}, [(TACO, 1), (SOUP, 0)], [("MarkIsOutOfRange", ("marks", "1"))]),
        ({"method": Method.SCORE, "lowest": -2, "highest": 2}, [(TACO, 3)], [("MarkIsOutOfRange", ("marks", "0"))]),
        (
            {"method": Method.APPROVAL},
            [(TACO, 1), (TACO, 1), (UUID(int=7), 5)],
            [
                ("OptionIsMarkedTwice", ("marks", "1")),
                ("NoSuchOption", ("marks", "2")),
                ("MarkIsOutOfRange", ("marks", "2")),
            ],
        ),
    ],
)
async def test_everything_that_is_wrong_with_a_paper_is_told_at_once(
    place: Place, terms: dict[str, Any], marks: list[tuple[UUID, int]], wrong: list[tuple[str, tuple[str, ...]]]
) -> None:
    ballot = await put_to_vote(place, **terms)

    assert await problems(place, paper(ballot, *marks)) == wrong
    assert await place.count("papers") == 0


async def test_options_of_another_ballot_are_none_of_this_one(place: Place) -> None:
    ballot = await put_to_vote(place)
    await put_to_vote(place, [other := uuid4()])

    assert await problems(place, paper(ballot, other)) == [("NoSuchOption", ("marks", "0"))]


async def test_votes_on_single_options_are_refused_where_whole_papers_are_taken(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO))

    with pytest.raises(BallotTakesWholePapers):
        await place.tell(said(CastVote, BOB, ballot_id=ballot, option_id=TACO, choice=Position.SUPPORT))
    with pytest.raises(BallotTakesWholePapers):
        await place.tell(said(WithdrawVote, BOB, ballot_id=ballot, option_id=TACO))


async def test_whole_papers_are_refused_where_every_option_is_voted_on_by_itself(place: Place) -> None:
    ballot = await opened(place)

    with pytest.raises(BallotTakesSingleVotes):
        await place.tell(paper(ballot, TACO))
    with pytest.raises(BallotTakesSingleVotes):
        await place.tell(withdrawal(ballot))


# -- changing one's mind (V4) -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "changes"), [(Change.FINAL, 0), (Change.ONCE, 1)])
async def test_a_paper_may_be_changed_as_often_as_declared(place: Place, change: Change, changes: int) -> None:
    ballot = await put_to_vote(place, change=change)
    for option in (TACO, BURRITO)[: changes + 1]:
        await place.tell(paper(ballot, option))

    with pytest.raises(VoteIsFinal):
        await place.tell(paper(ballot, SOUP))
    with pytest.raises(VoteIsFinal):
        await place.tell(withdrawal(ballot))


async def test_what_was_not_handed_in_cannot_be_withdrawn(place: Place) -> None:
    ballot = await put_to_vote(place)

    with pytest.raises(NothingToWithdraw):
        await place.tell(withdrawal(ballot))


async def test_a_closed_ballot_takes_no_paper_and_gives_none_back(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO))
    await place.tell(said(CloseBallot, ANN, ballot_id=ballot))

    for refused in (paper(ballot, SOUP), withdrawal(ballot)):
        with pytest.raises(BallotIsClosed):
            await place.tell(refused)


# -- gates and closing (P14, P15) -------------------------------------------------------------------------------------


async def test_p14_every_paper_passes_its_replicas_gate_even_if_no_count_moves(place: Place) -> None:
    """Lower ranks move no first choice, and the closing must not miss them all the same."""
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO))
    await place.tell(paper(ballot, TACO, SOUP))
    await place.tell(withdrawal(ballot))

    [gate] = await place.database.collection("gates").find({"n": {"$gt": 0}}).to_list(None)

    assert (gate["n"], gate["voters"]) == (3, 0)


async def test_a_paper_of_many_marks_takes_as_many_questions_as_one_of_two(
    place: Place, mongod: tuple[Process, str]
) -> None:
    options = [uuid4() for _ in range(30)]
    ballot = await put_to_vote(place, options, method=Method.APPROVAL)
    asked = []
    with overhearing(place, mongod[1]) as (listened, heard):
        for number, size in enumerate((2, 30)):
            by = member(f"m{number}")
            await listened.tell(paper(ballot, *((option, 1) for option in options[:size]), by=by))
            heard.anew()
            await listened.tell(paper(ballot, (options[0], 1), by=by))
            await listened.tell(withdrawal(ballot, by))
            asked.append(len(heard.reads))

    assert asked[0] == asked[1]


async def test_p15_no_paper_changes_after_the_fence_and_every_accepted_paper_is_stored(place: Place) -> None:
    """Two replicas under a crowd, closing in the middle: accepted if and only if stored, and counted as stored."""
    chance = Random(15)
    other = place.replica("other")
    for method in WHOLE:
        ballot = await put_to_vote(place, method=method)
        last: dict[UUID, dict[UUID, int]] = {}

        async def hand_in(
            number: int, ballot: UUID = ballot, method: Method = method, last: dict[UUID, dict[UUID, int]] = last
        ) -> None:
            by = member(f"m{number}")
            for _ in range(3):
                marks = drawn(chance, method)
                try:
                    await (place, other)[number % 2].tell(paper(ballot, *marks.items(), by=by))
                except BallotIsClosed:
                    return
                last[by.id] = marks

        crowd = [asyncio.create_task(hand_in(number)) for number in range(60)]
        await asyncio.wait(crowd, return_when=asyncio.FIRST_COMPLETED)
        await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
        await asyncio.gather(*crowd)
        outcome = await decided(place, ballot)

        rows = await place.database.collection("papers").find({"ballot_id": ballot}).to_list(None)
        [final] = [event for event in await news(place, BallotClosed) if event.ballot_id == ballot]
        assert {row["member_id"]: numbers for row, numbers in zip(rows, numbers_of(rows), strict=True)} == last
        assert 0 < final.turnout == outcome.turnout == len(last)
        first = outcome.count[0].standing
        assert {option: number for option, number in final.standing.items() if number} == {
            option: number for option, number in first.items() if number
        }


# -- tallies (P17, V10) -----------------------------------------------------------------------------------------------


def drawn(chance: Random, method: Method) -> dict[UUID, int]:
    """A random valid paper."""
    options = chance.sample((TACO, BURRITO, SOUP), 1 if method is Method.SINGLE else chance.randint(1, 3))
    if method is Method.SCORE:
        return {option: chance.randint(0, 10) for option in options}
    return {option: rank if method is Method.INSTANT_RUNOFF else 1 for rank, option in enumerate(options, 1)}


@pytest.mark.parametrize("method", WHOLE)
async def test_p17_a_tally_equals_its_recount_at_every_moment_and_the_count_begins_with_it(
    place: Place, method: Method
) -> None:
    ballot = await put_to_vote(place, method=method)
    replicas = (place, place.replica("other"))
    chance = Random(f"17 {method}")
    members = [member(f"m{number}") for number in range(10)]

    async def crowd(where: Place) -> None:
        for _ in range(40):
            by = chance.choice(members)
            try:
                if chance.random() < 0.25:
                    await where.tell(withdrawal(ballot, by))
                else:
                    await where.tell(paper(ballot, *drawn(chance, method).items(), by=by))
            except NothingToWithdraw:
                pass

    async def compared() -> None:
        async with place.database.snapshot() as session:
            rows = await session.find("papers", {"ballot_id": ballot})
            counts = await session.find("counts", {"ballot_id": ballot})
            gates = await session.find("gates", {"ballot_id": ballot})
        standing: dict[UUID, int] = {}
        for row in counts:
            standing[row["option_id"]] = standing.get(row["option_id"], 0) + row["standing"]
        told = sum(row["voters"] for row in gates), {option: number for option, number in standing.items() if number}
        assert told == recount_whole(numbers_of(rows), method)

    crowds = [asyncio.create_task(crowd(replicas[number % 2])) for number in range(4)]
    while not all(task.done() for task in crowds):
        await compared()
    await asyncio.gather(*crowds)
    await compared()

    shown = (await tally(place, ballot)).standing
    assert shown is not None
    first = (await closed(place, ballot)).count[0].standing
    assert {option: shown.get(option, 0) for option in first} == first


async def test_p17_an_announcement_tells_exactly_the_options_that_moved(place: Place) -> None:
    ballot = await put_to_vote(place, method=Method.APPROVAL)
    await place.tell(paper(ballot, (TACO, 1), (SOUP, 1)))
    await place.errand("tally", ballot)
    await place.replica("other").tell(paper(ballot, (TACO, 1), by=member("zoe")))

    await place.errand("tally", ballot)

    first, second = await news(place, TallyChanged)
    assert (first.version, first.counts, first.standing) == (1, {}, {TACO: 1, SOUP: 1})
    assert (second.version, second.turnout, second.standing) == (2, 2, {TACO: 2})


@pytest.mark.parametrize("publication", [Publication.AT_CLOSE, Publication.AFTER_VOTE])
async def test_p17_a_standing_that_is_not_public_yet_is_not_told(place: Place, publication: Publication) -> None:
    ballot = await put_to_vote(place, publication=publication)
    await place.tell(paper(ballot, TACO))
    await place.errand("tally", ballot)

    [event] = await news(place, TallyChanged)
    seen, voters = await tally(place, ballot), await tally(place, ballot, BOB)

    assert (event.turnout, event.counts, event.standing) == (1, None, None)
    assert (seen.turnout, seen.counts, seen.standing) == (1, None, None)
    assert (voters.standing is not None) is (publication is Publication.AFTER_VOTE)


async def test_a_paper_refused_changes_nothing(place: Place) -> None:
    ballot = await put_to_vote(place)
    await place.tell(paper(ballot, TACO))
    before = await tally(place, ballot)

    with pytest.raises(Refused):
        await place.tell(paper(ballot, (TACO, 2)))

    assert await tally(place, ballot) == before
