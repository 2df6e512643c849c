"""Projects in a budget: by votes, and by equal shares."""

from collections.abc import Iterable
from fractions import Fraction
from uuid import UUID

from services.voting.counting.equal_shares import equal_shares
from services.voting.counting.knapsack import knapsack
from services.voting.counting.papers import Approvals, Tally
from services.voting.counting.rounds import Chain, Step
from tests.voting.counting.elections import A, B, C, D, option
from tests.voting.counting.record_pabutools import ELECTIONS, NAMES, recorded

LISTED_FIRST = Chain((Step.LISTED_FIRST,))
RECORDED = recorded()
NAME = {option(name): name for name in NAMES}


def approvals(sets: list[str]) -> Approvals:
    return Approvals(list(NAME), ({option(name): 1 for name in marked} for marked in sets))


def bill(**costs: int) -> dict[UUID, int]:
    """What projects cost; the others cost more than there is."""
    return {option(name): costs.get(name, 1000) for name in NAMES}


def names(projects: Iterable[UUID]) -> str:
    return "".join(sorted(NAME[project] for project in projects))


def test_by_votes_equals_pabutools_with_ties_to_the_first_listed() -> None:
    assert len(RECORDED) == ELECTIONS
    for asked in RECORDED:
        count = knapsack(approvals(asked["sets"]), bill(**asked["costs"]), asked["budget"], LISTED_FIRST)
        assert names(count.winners) == asked["knapsack"], asked
        assert not count.tied


def test_equal_shares_equals_pabutools_with_ties_to_the_first_listed() -> None:
    for asked in RECORDED:
        count = equal_shares(approvals(asked["sets"]), bill(**asked["costs"]), asked["budget"], LISTED_FIRST)
        assert names(count.winners) == asked["equal_shares"], asked
        assert names(count.winners[: len(asked["shares_alone"])]) == asked["shares_alone"]
        assert not count.tied


def test_a_minority_gets_its_share_where_votes_alone_give_it_nothing() -> None:
    votes = approvals(["AB"] * 6 + ["C"] * 4)
    costs = bill(A=50, B=50, C=40)

    assert knapsack(votes, costs, 100).winners == (A, B)
    assert equal_shares(votes, costs, 100, LISTED_FIRST).winners == (A, C)


def test_a_project_that_no_longer_fits_is_passed_over() -> None:
    votes = approvals(["AB", "AB", "ABC", "A"])

    count = knapsack(votes, bill(A=6, B=5, C=3), 9)

    assert count.winners == (A, C)
    assert [dict(step.standing) for step in count.rounds] == [{A: 4, B: 3, C: 1}, {C: 1}]


def test_a_budget_spent_to_the_last_unit_is_not_overspent() -> None:
    votes = approvals(["AB", "A"])

    assert knapsack(votes, bill(A=5, B=4), 9).winners == (A, B)
    assert knapsack(votes, bill(A=5, B=5), 9).winners == (A,)


def test_a_project_nobody_wants_is_not_funded_whatever_is_left() -> None:
    costs = dict.fromkeys(NAME, 1)

    assert knapsack(approvals(["A"]), costs, 100).winners == (A,)
    assert equal_shares(approvals(["A"]), costs, 100).winners == (A,)
    assert knapsack(approvals([]), costs, 100).winners == ()
    assert equal_shares(approvals([]), costs, 100).winners == ()


def test_projects_level_in_votes_need_no_chain_where_all_fit() -> None:
    for papers, budget in ((1, 10), (1, 11), (300, 12)):
        count = knapsack(approvals(["AB"] * papers), bill(A=5, B=5), budget)

        assert count.winners == (A, B)
        assert count.rounds[0].elected == (A, B)
        assert count.decided_by == ()


def test_projects_level_in_votes_that_do_not_all_fit_stay_tied_without_a_chain() -> None:
    count = knapsack(approvals(["CAB", "C"]), bill(A=5, B=5, C=1), 9)

    assert count.winners == (C,)
    assert count.tied == (A, B)
    assert dict(count.rounds[-1].standing) == {A: 1, B: 1}


def test_projects_level_in_votes_that_do_not_all_fit_go_by_the_chain() -> None:
    count = knapsack(approvals(["AB"]), bill(A=5, B=5), 9, LISTED_FIRST)

    assert count.winners == (A,)
    assert count.decided_by == (Step.LISTED_FIRST,)


def test_knapsack_counts_sums_as_well_as_sets() -> None:
    assert knapsack(Tally([A, B], [{A: 1}, {A: 1, B: 1}]), bill(A=1, B=1), 1).winners == (A,)


def test_every_supporter_pays_the_same_or_the_last_they_have() -> None:
    votes = approvals(["A", "A", "AB", "B"])
    costs = bill(A=3, B=2)

    count = equal_shares(votes, costs, 4)

    # A: three pay 1 each, effectively three votes. B: the third voter has nothing left, the fourth has 1 of 2.
    assert dict(count.rounds[0].standing) == {A: 3, B: 2}
    assert count.winners == (A,)

    # with 6 to spend each holds 1.5; after A the third has 0.5 left, and the fourth pays the last 1.5 for B
    count = equal_shares(votes, costs, 6)
    assert dict(count.rounds[1].standing) == {B: Fraction(2) / Fraction(3, 2)}
    assert count.winners == (A, B)


def test_equal_shares_buys_level_projects_together_where_nobody_pays_for_two() -> None:
    for others in ([], ["C"]):  # C is too dear for its one supporter, who keeps their money
        count = equal_shares(approvals(["A", "B", *others]), bill(A=5, B=5), 10 + 5 * len(others))

        assert count.rounds[0].elected == (A, B)
        assert count.winners == (A, B)
        assert count.decided_by == ()


def test_equal_shares_leaves_a_tie_where_one_purse_would_pay_twice() -> None:
    votes, costs = approvals(["AB", "C"]), bill(A=5, B=5, C=4)

    count = equal_shares(votes, costs, 12)

    assert count.winners == ()
    assert count.tied == (A, B, C)
    assert [dict(step.standing) for step in count.rounds] == [{A: 1, B: 1, C: 1}]
    assert equal_shares(votes, costs, 12, LISTED_FIRST).winners == (A, C)
    assert equal_shares(votes, costs, 12, LISTED_FIRST).decided_by == (Step.LISTED_FIRST,)


def test_all_who_have_little_left_pay_it_and_the_others_the_rest() -> None:
    # 2 each: A takes 1.5 from four; for B two pay their last 0.5 and the third pays 1
    count = equal_shares(approvals(["AB", "AB", "A", "A", "B"]), bill(A=6, B=2), 10)

    assert [dict(step.standing) for step in count.rounds] == [{A: 4, B: 3}, {B: 2}]


def test_earlier_rounds_do_not_part_projects_by_votes() -> None:
    count = knapsack(approvals(["CAB", "C"]), bill(A=5, B=5, C=1), 9, Chain((Step.EARLIER_ROUNDS,)))

    assert count.tied == (A, B)


def test_of_projects_level_in_effective_votes_the_one_with_more_before_is_bought() -> None:
    votes, costs = approvals(["B", "BC", "B", "AC"]), bill(A=2, B=6, C=2)

    count = equal_shares(votes, costs, 8, Chain((Step.EARLIER_ROUNDS,)))

    assert [dict(step.standing) for step in count.rounds] == [{A: 1, B: 3, C: 2}, {A: 1, C: 1}]
    assert count.winners == (B, C)
    assert count.decided_by == (Step.EARLIER_ROUNDS,)
    assert equal_shares(votes, costs, 8).tied == (A, C)


def test_equal_shares_reports_a_tie_for_what_is_left() -> None:
    # 3 each: D takes 1 of each; nobody can pay for A or B alone, and the 8 that are left do not buy both
    votes, costs = approvals(["DA", "DB", "D", "D"]), bill(A=5, B=5, D=4)

    count = equal_shares(votes, costs, 12)

    assert count.winners == (D,)
    assert count.tied == (A, B)
