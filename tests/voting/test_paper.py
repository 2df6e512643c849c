"""The rules of a paper (V2, V4)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contracts.messages import Audience
from contracts.voting import (
    Anonymity,
    BallotIsClosed,
    BallotState,
    Change,
    Method,
    NotAPosition,
    NotEligible,
    NothingToWithdraw,
    Position,
    Terms,
    TooManyMarks,
    VoteIsFinal,
)
from services.voting.ballot import Ballot
from services.voting.paper import Paper
from services.voting.tally import Count, moved, standings, totals
from tests.stage import ANN, BOB, EVE, now
from tests.voting.recounting import recount, recount_whole

TACO, BURRITO, SOUP = uuid4(), uuid4(), uuid4()
NOON = now()
AGREE, PASS, DISAGREE = Position.AGREE, Position.PASS, Position.DISAGREE


def ballot(**terms: object) -> Ballot:
    """An open ballot for customers."""
    declared = {"positions": (AGREE, PASS, DISAGREE), "audiences": frozenset({Audience.CUSTOMER})} | terms
    return Ballot(uuid4(), Terms(**declared), ANN.id, uuid4(), None, "Which?", NOON)


def paper(on: Ballot) -> Paper:
    """Bob's paper."""
    return Paper.empty(on.id, BOB.id)


def test_a_change_of_mind_replaces_the_earlier_vote() -> None:
    on = ballot()
    bobs = paper(on)
    bobs.mark(TACO, AGREE, on, BOB, NOON)

    [event] = bobs.mark(TACO, DISAGREE, on, BOB, NOON)

    assert event.choice == DISAGREE
    assert event.version == 2
    assert bobs.marks == {str(TACO): DISAGREE}


def test_saying_it_twice_changes_nothing() -> None:
    on = ballot()
    bobs = paper(on)
    bobs.mark(TACO, AGREE, on, BOB, NOON)

    assert bobs.mark(TACO, AGREE, on, BOB, NOON) == []
    assert bobs.version == 1


def test_other_audiences_may_not_vote() -> None:
    with pytest.raises(NotEligible):
        paper(on := ballot()).mark(TACO, AGREE, on, EVE, NOON)


def test_a_vote_at_the_closing_instant_is_refused_and_one_before_it_counts() -> None:
    on = ballot(closes_at=NOON + timedelta(seconds=10))

    assert paper(on).mark(TACO, AGREE, on, BOB, NOON + timedelta(seconds=9.999))
    with pytest.raises(BallotIsClosed):
        paper(on).mark(TACO, AGREE, on, BOB, NOON + timedelta(seconds=10))


def test_a_closing_ballot_refuses_votes_that_arrived_in_time() -> None:
    on = ballot()
    on.begin_closing(NOON)

    assert on.state is BallotState.CLOSING
    with pytest.raises(BallotIsClosed):
        paper(on).mark(TACO, AGREE, on, BOB, NOON - timedelta(seconds=1))


def test_a_position_must_be_declared() -> None:
    with pytest.raises(NotAPosition, match="Choose one of: agree, pass, disagree"):
        paper(on := ballot()).mark(TACO, Position.BLOCK, on, BOB, NOON)


def test_a_confidential_ballot_tells_that_and_not_how() -> None:
    on = ballot(anonymity=Anonymity.CONFIDENTIAL)

    [event] = paper(on).mark(TACO, AGREE, on, BOB, NOON)

    assert event.choice is None
    assert event.member_id == BOB.id


def test_a_full_paper_takes_no_more_marks_until_one_is_withdrawn() -> None:
    on = ballot(at_most=1)
    bobs = paper(on)
    bobs.mark(TACO, AGREE, on, BOB, NOON)
    with pytest.raises(TooManyMarks):
        bobs.mark(SOUP, AGREE, on, BOB, NOON)

    bobs.withdraw(TACO, on, BOB, NOON)

    assert bobs.mark(SOUP, AGREE, on, BOB, NOON)


def test_marks_below_the_least_number_do_not_count_yet() -> None:
    on = ballot(at_least=2)
    bobs = paper(on)
    bobs.mark(TACO, AGREE, on, BOB, NOON)
    assert bobs.counted(2) == {}

    bobs.mark(SOUP, PASS, on, BOB, NOON)

    assert bobs.counted(2) == {str(TACO): AGREE, str(SOUP): PASS}


@pytest.mark.parametrize(("change", "changes"), [(Change.FINAL, 0), (Change.ONCE, 1)])
def test_a_mark_may_be_changed_as_often_as_declared(change: Change, changes: int) -> None:
    on = ballot(change=change)
    bobs = paper(on)
    bobs.mark(TACO, AGREE, on, BOB, NOON)
    for position in (DISAGREE,)[:changes]:
        bobs.mark(TACO, position, on, BOB, NOON)

    with pytest.raises(VoteIsFinal):
        bobs.mark(TACO, PASS, on, BOB, NOON)


def test_what_was_not_marked_cannot_be_withdrawn() -> None:
    with pytest.raises(NothingToWithdraw):
        paper(on := ballot()).withdraw(TACO, on, BOB, NOON)


@given(
    some.sampled_from([method for method in Method if method is not Method.STANCE]),
    some.lists(some.tuples(some.sampled_from("abc"), some.permutations([TACO, BURRITO, SOUP]), some.integers(0, 3))),
    some.integers(1, 3),
)
def test_standings_moved_paper_by_paper_equal_a_recount(
    method: Method, steps: list[tuple[str, list[UUID], int]], gates: int
) -> None:
    """Of hand-ins, changes and withdrawals in any order: none of three marks is a paper taken back."""
    on = ballot(method=method, highest=3)
    papers: dict[str, Paper] = {}
    counts: dict[tuple[UUID, int], Count] = {}
    voters = 0
    for number, (name, order, size) in enumerate(steps):
        bobs = papers.setdefault(name, paper(on))
        before, blank = bobs.weights(method), bobs.is_blank
        listed = order[: min(size, 1) if method is Method.SINGLE else size]
        worth = {Method.SCORE: size, Method.INSTANT_RUNOFF: 1}.get(method, 1)
        marks = [(each, at if method is Method.INSTANT_RUNOFF else worth) for at, each in enumerate(listed, 1)]
        if marks:
            bobs.hand_in(marks, dict.fromkeys(order, False), on, BOB, NOON)
        elif not blank:
            bobs.withdraw_whole(on, BOB, NOON)
        voters += blank - bobs.is_blank
        after = bobs.weights(method)
        for each in moved(before, after):
            count = counts.setdefault((each, number % gates), Count.none(on.id, each, number % gates))
            count.weigh(after.get(each, 0) - before.get(each, 0), number)

    turnout, recounted = recount_whole((each.numbers for each in papers.values()), method)

    assert {option: stands for option, stands in standings(counts.values()).items() if stands} == recounted
    assert turnout == voters


votes = some.lists(
    some.tuples(
        some.sampled_from("abc"),
        some.sampled_from([TACO, BURRITO, SOUP]),
        some.sampled_from([AGREE, PASS, DISAGREE, None]),
    )
)


def by_option(paper: Paper) -> dict[UUID, Position]:
    """The marks of a paper."""
    return {UUID(option): choice for option, choice in paper.marks.items()}


@given(votes, some.integers(1, 3), some.integers(1, 3))
def test_counts_moved_vote_by_vote_equal_a_recount(
    votes: list[tuple[str, object, object]], at_least: int, gates: int
) -> None:
    on = ballot()
    papers: dict[str, Paper] = {}
    counts: dict[tuple[object, int], Count] = {}
    for number, (name, option, choice) in enumerate(votes):
        bobs = papers.setdefault(name, paper(on))
        before = bobs.counted(at_least)
        if choice is None:
            if str(option) not in bobs.marks:
                continue
            bobs.withdraw(option, on, BOB, NOON)  # type: ignore[arg-type]
        else:
            bobs.mark(option, choice, on, BOB, NOON)  # type: ignore[arg-type]
        gate = number % gates
        after = bobs.counted(at_least)
        for each in moved(before, after):
            count = counts.setdefault((each, gate), Count.none(on.id, UUID(each), gate))
            count.move(before.get(each), after.get(each), number)

    turnout, recounted = recount((by_option(each) for each in papers.values()), at_least)

    shown = {option: held for option, held in totals(counts.values()).items() if held}
    assert shown == recounted
    assert turnout == sum(bool(each.counted(at_least)) for each in papers.values())
