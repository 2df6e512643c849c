"""From papers in the store to what is told of a ballot's outcome (V6), and the same by other people's libraries."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from uuid import UUID, uuid4

import pyrankvote  # type: ignore[import-untyped]
import pytest
from votelib.convert import ApprovalToSimpleVotes, ScoreToSimpleVotes  # type: ignore[import-untyped]
from votelib.evaluate.core import Tie, get_n_best  # type: ignore[import-untyped]
from votelib.evaluate.sequential import TransferableVoteSelector  # type: ignore[import-untyped]

from chassis.attempt import Work
from chassis.service import Errand
from contracts.voting import (
    BallotDecided,
    BallotState,
    CastVote,
    Counts,
    Method,
    OutcomesOf,
    Position,
    Round,
    Terms,
    TieBreak,
    Verdict,
)
from services.voting.ballot import Ballot
from services.voting.documents import BALLOTS, OPTIONS, PAPERS, Option, option_key
from services.voting.paper import Paper
from tests.stage import ANN, BOB, EVE, Place, member, now, said
from tests.voting.conftest import BURRITO, GOAL, SOUP, TACO, closed, news, opened, paper, put_to_vote
from tests.voting.counting.elections import option, random_orders

PEOPLE = [member(f"m{number}") for number in range(12)]


async def handed_in(place: Place, ballot: UUID, *papers: Sequence[UUID | tuple[UUID, int]]) -> None:
    """Papers of as many members."""
    for by, marks in zip(PEOPLE, papers, strict=False):
        await place.tell(paper(ballot, *marks, by=by))


# -- what is told -----------------------------------------------------------------------------------------------------


async def test_every_round_of_an_instant_runoff_is_told_and_kept(place: Place) -> None:
    ballot = await put_to_vote(place)
    papers = [[TACO], [TACO], [BURRITO, TACO], [BURRITO], [SOUP, BURRITO], [TACO, SOUP], [SOUP, BURRITO], [BURRITO]]
    await handed_in(place, ballot, *papers)

    event = await closed(place, ballot)

    first = Round(standing={TACO: 3, BURRITO: 3, SOUP: 2}, eliminated=(SOUP,))
    last = Round(standing={TACO: 3, BURRITO: 5}, elected=(BURRITO,))
    assert event.count == (first, last)
    assert (event.verdict, event.winners, event.tied, event.decided_by) == (Verdict.WON, (BURRITO,), (), ())
    assert (event.turnout, event.eligible, event.rounds, event.support) == (8, None, (), {})
    [outcome] = await place.ask(OutcomesOf(viewer=ANN, ballot_ids=(ballot,)))
    assert dict(outcome) == {name: value for name, value in dict(event).items() if name in dict(outcome)}


async def test_papers_that_run_out_are_told(place: Place) -> None:
    ballot = await put_to_vote(place)
    await handed_in(place, ballot, [TACO], [TACO], [BURRITO], [BURRITO], [BURRITO], [SOUP], [TACO, SOUP])
    await place.tell(paper(ballot, TACO, BURRITO, by=EVE))

    event = await closed(place, ballot)

    assert [step.exhausted for step in event.count] == [0, 1]


async def test_a_tie_by_hand_is_the_outcome(place: Place) -> None:
    ballot = await put_to_vote(place, method=Method.SINGLE)
    await handed_in(place, ballot, [TACO], [SOUP])

    event = await closed(place, ballot)

    assert (event.verdict, event.winners, event.tied, event.decided_by) == (Verdict.TIE, (), (TACO, SOUP), ())


async def test_a_tie_goes_to_the_earliest_option_where_that_is_declared(place: Place) -> None:
    options = [uuid4() for _ in range(8)]
    ballot = await put_to_vote(place, options, method=Method.SINGLE, tie_break=TieBreak.EARLIEST_OPTION)
    await handed_in(place, ballot, *([option] for option in reversed(options)))

    event = await closed(place, ballot)

    assert (event.verdict, event.winners, event.tied) == (Verdict.WON, (options[0],), ())
    assert event.decided_by == (TieBreak.EARLIEST_OPTION,)
    assert event.count[0].tie_broken_by is TieBreak.EARLIEST_OPTION
    assert list(event.count[0].standing) == options


async def test_as_many_win_as_declared(place: Place) -> None:
    ballot = await put_to_vote(place, method=Method.APPROVAL, winners=2)
    await handed_in(place, ballot, [(TACO, 1), (SOUP, 1)], [(SOUP, 1)], [(BURRITO, 1), (SOUP, 1), (TACO, 1)])

    assert (await closed(place, ballot)).winners == (SOUP, TACO)


@pytest.mark.parametrize(
    ("quorum", "voters", "verdict"),
    [(0.3, 2, Verdict.NO_QUORUM), (0.3, 3, Verdict.WON), (0.1, 1, Verdict.WON), (1.0, 9, Verdict.NO_QUORUM)],
)
async def test_a_quorum_is_the_share_of_the_electorate_that_must_vote(
    place: Place, quorum: float, voters: int, verdict: Verdict
) -> None:
    """Three of ten are 0.3 of them, though the float of 0.3 is less and that of 0.1 more."""
    ballot = await put_to_vote(place, method=Method.SINGLE, quorum=quorum, electorate=10)
    await handed_in(place, ballot, *([TACO] for _ in range(voters)))

    event = await closed(place, ballot)

    assert (event.verdict, event.turnout, event.eligible) == (verdict, voters, 10)
    assert event.winners == ((TACO,) if verdict is Verdict.WON else ())
    assert event.count[0].standing[TACO] == voters


async def test_a_ballot_that_nobody_voted_on_has_no_quorum(place: Place) -> None:
    ballot = await put_to_vote(place)

    event = await closed(place, ballot)

    assert (event.verdict, event.winners, event.tied, event.turnout) == (Verdict.NO_QUORUM, (), (), 0)


async def test_a_stance_ballot_of_its_own_has_a_winner_and_a_standing_ballot_none(place: Place) -> None:
    standing = await opened(place)
    own = await put_to_vote(place, method=Method.STANCE)
    for ballot, choice in ((standing, Position.AGREE), (own, Position.SUPPORT)):
        await place.tell(said(CastVote, BOB, ballot_id=ballot, option_id=TACO, choice=choice))

    told = [await closed(place, ballot) for ballot in (standing, own)]

    assert [(event.verdict, event.winners) for event in told] == [(None, ()), (Verdict.WON, (TACO,))]
    counts: list[tuple[Counts, ...]] = [({TACO: {Position.AGREE: 1}},), ({TACO: {Position.SUPPORT: 1}},)]
    assert [event.rounds for event in told] == counts
    assert [event.support for event in told] == [{TACO: 1}, {TACO: 1}]
    assert [event.count for event in told] == [(), ()]


async def test_a_stance_ballot_of_which_no_paper_can_count_is_decided_all_the_same(place: Place) -> None:
    ballot = await put_to_vote(place, method=Method.STANCE, at_least=3, at_most=2)
    await place.tell(said(CastVote, BOB, ballot_id=ballot, option_id=TACO, choice=Position.SUPPORT))

    event = await closed(place, ballot)

    assert (event.verdict, event.turnout, event.rounds) == (Verdict.NO_QUORUM, 0, ({},))


async def test_no_option_left_is_no_winner(place: Place) -> None:
    for method in (Method.INSTANT_RUNOFF, Method.SCORE):
        ballot = await put_to_vote(place, method=method)
        await place.tell(paper(ballot, TACO))
        await place.database.collection("options").update_many({"ballot_id": ballot}, {"$set": {"dropped": True}})

        event = await closed(place, ballot)

        assert (event.verdict, event.winners, event.tied) == (Verdict.NOT_PASSED, (), ())


# -- against other people's libraries ---------------------------------------------------------------------------------

NAMES = [option(name) for name in "ABCDEF"]
Marks = dict[UUID, int]
EACH = 250  # ballots per method: a thousand in all


class ListedFirst:
    """Votelib's seam for ties: keep who has most, then who is listed first."""

    def evaluate(self, votes: dict[UUID, Fraction], n_seats: int) -> list[UUID]:
        return sorted(votes, key=lambda name: (-votes[name], NAMES.index(name)))[:n_seats]


def elections(method: Method) -> list[list[Marks]]:
    """Random ballots, each with up to 99 papers, on which every option is marked by someone."""
    chance = random.Random(f"a thousand ballots: {method}")
    drawn: list[list[Marks]] = []
    while len(drawn) < EACH:
        orders = random_orders(chance, NAMES, chance.choice((6, 13, 40, 99)))
        if {name for order in orders for name in order} == set(NAMES):
            drawn.append([marks(method, order, chance) for order in orders])
    return drawn


def marks(method: Method, order: Sequence[UUID], chance: random.Random) -> Marks:
    """The paper that a member makes of whom they prefer."""
    if method is Method.SINGLE:
        return {order[0]: 1}
    if method is Method.SCORE:
        return {name: chance.randint(-5, 5) for name in order}
    return {name: rank if method is Method.INSTANT_RUNOFF else 1 for rank, name in enumerate(order, 1)}


async def decided(place: Place, terms: Terms, cast: list[list[Marks]]) -> list[BallotDecided]:
    """What the service tells of closed ballots with these papers in its store."""
    ballots = [Ballot(uuid4(), terms, ANN.id, GOAL, None, "Which?", now(), BallotState.CLOSED, now(), 3) for _ in cast]
    rows: dict[str, list[dict[str, object]]] = {"ballots": [BALLOTS.dump(ballot) for ballot in ballots]}
    for ballot, papers in zip(ballots, cast, strict=True):
        for at, name in enumerate(NAMES):
            added = now().replace(microsecond=1000 * at)
            listed = Option(option_key(ballot.id, name), ballot.id, name, "x", added)
            rows.setdefault("options", []).append(OPTIONS.dump(listed))
        for numbers in papers:
            each = Paper.empty(ballot.id, uuid4())
            each.numbers = numbers
            rows.setdefault("papers", []).append(PAPERS.dump(each))
    for collection, documents in rows.items():
        await place.database.collection(collection).insert_many([{**row, "rev": 1} for row in documents])
    errands = [Errand(id=uuid4(), name="count", aggregate_id=ballot.id, arrived=now()) for ballot in ballots]
    await place.corridor.perform([Work(each, each.id, each.arrived, each.key) for each in errands], patience=30)
    told = {event.ballot_id: event for event in await news(place, BallotDecided)}
    return [told[ballot.id] for ballot in ballots]


def same(event: BallotDecided, theirs: Sequence[UUID | Tie]) -> bool:
    """Whether both elect the same, or find the same options level."""
    sure = {name for name in theirs if not isinstance(name, Tie)}
    level = {name for tie in theirs if isinstance(tie, Tie) for name in tie}
    return set(event.winners) == sure and set(event.tied) == level


SUMS: dict[Method, Callable[[list[Marks]], dict[UUID, int]]] = {
    Method.SINGLE: lambda papers: ApprovalToSimpleVotes().convert(Counter(map(frozenset, papers))),
    Method.APPROVAL: lambda papers: ApprovalToSimpleVotes().convert(Counter(map(frozenset, papers))),
    Method.SCORE: lambda papers: ScoreToSimpleVotes("sum").convert(
        Counter(frozenset(numbers.items()) for numbers in papers)
    ),
}


@pytest.mark.parametrize("seats", [1, 2])
@pytest.mark.parametrize("method", SUMS)
async def test_marks_and_points_equal_votelib(place: Place, method: Method, seats: int) -> None:
    cast = elections(method)
    told = await decided(place, Terms(method=method, lowest=-5, highest=5, winners=seats), cast)

    assert len(told) == EACH
    for event, papers in zip(told, cast, strict=True):
        theirs = dict.fromkeys(NAMES, 0) | SUMS[method](papers)
        assert event.count[0].standing == theirs
        assert same(event, get_n_best(theirs, seats))
    assert {event.verdict for event in told} == {Verdict.WON, Verdict.TIE}


async def test_instant_runoff_equals_votelib_with_ties_to_the_earliest_option(place: Place) -> None:
    cast = elections(Method.INSTANT_RUNOFF)
    votelib = TransferableVoteSelector(retainer=ListedFirst(), quota_function="droop")
    told = await decided(place, Terms(method=Method.INSTANT_RUNOFF, tie_break=TieBreak.EARLIEST_OPTION), cast)

    assert len(told) == EACH
    for event, papers in zip(told, cast, strict=True):
        assert list(event.winners) == votelib.evaluate(Counter(tuple(numbers) for numbers in papers), 1)


async def test_instant_runoff_equals_pyrankvote_where_nobody_ties(place: Place) -> None:
    cast = elections(Method.INSTANT_RUNOFF)
    candidates = {name: pyrankvote.Candidate(str(name)) for name in NAMES}
    told = await decided(place, Terms(method=Method.INSTANT_RUNOFF), cast)

    compared = 0
    for event, papers in zip(told, cast, strict=True):
        if event.winners:
            ballots = [pyrankvote.Ballot([candidates[name] for name in numbers]) for numbers in papers]
            theirs = pyrankvote.instant_runoff_voting(list(candidates.values()), ballots)
            assert [candidates[name] for name in event.winners] == theirs.get_winners()
            compared += 1
    assert compared > 40
