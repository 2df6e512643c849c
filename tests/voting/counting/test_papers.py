"""Papers folded."""

from itertools import permutations

from services.voting.counting.papers import Approvals, Rankings, Tally
from tests.voting.counting.elections import A, B, C, D, ranks


def test_sums_and_papers_are_kept_apart() -> None:
    tally = Tally([A, B, C], [{A: 5, B: 0}, {A: -2}])

    assert tally.papers == 2
    assert tally.sums == {A: 3, B: 0, C: 0}
    assert tally.marked == {A: 2, B: 1, C: 0}


def test_a_paper_that_speaks_for_three_counts_three_times() -> None:
    tally = Tally([A])
    tally.add({A: 4}, 3)
    rankings = Rankings([A, B])
    rankings.add({B: 1}, 3)
    approvals = Approvals([A, B])
    approvals.add({B: 1}, 3)

    assert (tally.papers, tally.sums, tally.marked) == (3, {A: 12}, {A: 3})
    assert (rankings.papers, rankings.orders) == (3, {(1,): 3})
    assert (approvals.papers, approvals.sets, approvals.marked) == (3, {frozenset({1}): 3}, {A: 0, B: 3})


def test_an_option_off_the_ballot_is_passed_over_and_those_below_move_up() -> None:
    paper = {D: 1, B: 2, A: 3}

    assert Rankings([A, B, C], [paper]).orders == {(1, 0): 1}
    assert Tally([A, B, C], [paper]).sums == {A: 3, B: 2, C: 0}
    assert Approvals([A, B, C], [paper]).sets == {frozenset({0, 1}): 1}


def test_ranks_make_the_order_however_the_paper_was_written() -> None:
    assert Rankings([A, B, C], [{C: 3, A: 2, B: 1}]).orders == {(1, 0, 2): 1}


def test_memory_grows_with_distinct_papers_not_with_papers() -> None:
    papers = [ranks(order) for order in permutations([A, B, C])] * 500

    assert len(Rankings([A, B, C], iter(papers)).orders) == 6
    assert len(Approvals([A, B, C], iter(papers)).sets) == 1
    assert Rankings([A, B, C], iter(papers)).papers == 3000
