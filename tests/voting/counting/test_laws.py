"""The laws that counting keeps, whatever was voted."""

import random
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.voting import Method, Position
from services.voting.counting.approval import approval
from services.voting.counting.borda import borda
from services.voting.counting.dot import dot
from services.voting.counting.duels import duels
from services.voting.counting.equal_shares import equal_shares
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.knapsack import knapsack
from services.voting.counting.pairwise import pairwise
from services.voting.counting.papers import Approvals, Rankings, Tally
from services.voting.counting.plurality import plurality
from services.voting.counting.quadratic import quadratic
from services.voting.counting.rounds import Chain, Count, Step
from services.voting.counting.schulze import schulze
from services.voting.counting.score import score_mean, score_sum
from services.voting.counting.single_transferable import single_transferable
from services.voting.counting.stance import Stances
from services.voting.outcome import Declared, decide_stance
from tests.voting.counting.elections import A, B, C, D, as_papers, marks, orders

OPTIONS = [A, B, C, D]
COSTS = {A: 3, B: 2, C: 4, D: 3}
EARLIER = Chain((Step.EARLIER_ROUNDS,))
EVERY_STEP = Chain((Step.EARLIER_ROUNDS, Step.LOT), seed="published beforehand")

Papers = Iterable[Mapping[UUID, int]]
Rule = Callable[[Papers, Chain], Count]


def summed(rule: Callable[..., Count]) -> Rule:
    return lambda papers, chain: rule(Tally(OPTIONS, papers), 1, chain)


def ranked(rule: Callable[..., Count], *seats: int) -> Rule:
    return lambda papers, chain: rule(Rankings(OPTIONS, papers), *seats, chain)


def funded(rule: Callable[..., Count]) -> Rule:
    return lambda papers, chain: rule(Approvals(OPTIONS, papers), COSTS, 7, chain)


def stance(papers: Papers, chain: Chain) -> Count:
    """Odd marks are for an option, even ones against it."""
    stances = (
        {option: (Position.DISAGREE, Position.AGREE)[mark % 2] for option, mark in paper.items()} for paper in papers
    )
    return decide_stance(Declared(Method.STANCE, tuple(OPTIONS), chain=chain), stances).count


RULES: dict[str, Rule] = {
    "plurality": summed(plurality),
    "approval": summed(approval),
    "score_sum": summed(score_sum),
    "score_mean": summed(score_mean),
    "dot": summed(dot),
    "quadratic": summed(quadratic),
    "borda": ranked(borda, 1),
    "instant_runoff": ranked(instant_runoff),
    "single_transferable": ranked(single_transferable, 2),
    "schulze": ranked(schulze, 1),
    "pairwise": ranked(pairwise, 1),
    "knapsack": funded(knapsack),
    "equal_shares": funded(equal_shares),
    "stance": stance,
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@every_rule
@given(cast=orders(least=0), chance=st.randoms())
def test_it_does_not_matter_who_cast_which_paper(
    rule: Rule, cast: list[tuple[UUID, ...]], chance: random.Random
) -> None:
    shuffled = chance.sample(cast, len(cast))

    assert rule(as_papers(shuffled), EVERY_STEP) == rule(as_papers(cast), EVERY_STEP)


@every_rule
@pytest.mark.parametrize("chain", [Chain(), EARLIER])
@given(cast=orders(least=0), renamed=st.permutations(OPTIONS))
def test_no_option_counts_for_more_by_its_name(
    rule: Rule, chain: Chain, cast: list[tuple[UUID, ...]], renamed: list[UUID]
) -> None:
    new = dict(zip(OPTIONS, renamed, strict=True))
    costs = dict(COSTS)
    before = rule(as_papers(cast), chain)
    try:
        COSTS.update({new[option]: cost for option, cost in costs.items()})
        after = rule(as_papers([[new[option] for option in order] for order in cast]), chain)
    finally:
        COSTS.update(costs)

    assert {new[option] for option in before.winners} == set(after.winners)
    assert {new[option] for option in before.tied} == set(after.tied)


@given(cast=orders())
def test_schulze_and_pairwise_elect_whoever_beats_everybody(cast: list[tuple[UUID, ...]]) -> None:
    rankings = Rankings(OPTIONS, as_papers(cast))
    for rule, last in ((schulze, True), (pairwise, False)):
        prefer = duels(rankings, unranked_are_last=last)
        for place, option in enumerate(OPTIONS):
            if all(prefer[place][other] > prefer[other][place] for other in range(4) if other != place):
                assert rule(rankings).winners == (option,)


@pytest.mark.parametrize("name", sorted(RULES.keys() - {"pairwise"}))  # there, one mark compares nothing
@pytest.mark.parametrize("voters", [1, 2, 7])
def test_whoever_all_papers_mark_alone_is_elected_or_funded(name: str, voters: int) -> None:
    assert RULES[name]([{B: 1}] * voters, EVERY_STEP).winners[0] == B


MONOTONE = ["plurality", "approval", "score_sum", "dot", "quadratic", "borda", "schulze", "pairwise"]


@pytest.mark.parametrize("name", MONOTONE)
@given(cast=orders(), which=st.integers(0, 11))
def test_more_support_never_makes_a_winner_lose(name: str, cast: list[tuple[UUID, ...]], which: int) -> None:
    """A paper that ranked the winner lower, or left it out, now ranks it first; a score becomes the highest."""
    before = RULES[name](as_papers(cast), Chain())
    papers = as_papers(cast)
    for winner in before.winners:
        order = cast[which % len(cast)]
        if name in ("borda", "schulze", "pairwise"):
            papers[which % len(cast)] = as_papers([(winner, *(other for other in order if other != winner))])[0]
        else:
            papers[which % len(cast)] = papers[which % len(cast)] | {winner: 9}

        assert RULES[name](papers, Chain()).winners == before.winners


@given(cast=marks(), later=marks(), taken=st.data())
def test_a_tally_by_increments_is_a_recount(
    cast: list[dict[UUID, int]], later: list[dict[UUID, int]], taken: st.DataObject
) -> None:
    withdrawn = taken.draw(st.sets(st.integers(0, len(cast) - 1)) if cast else st.just(set()))
    kept = [paper for place, paper in enumerate(cast) if place not in withdrawn] + later
    folds: list[type[Tally | Rankings | Approvals]] = [Tally, Rankings, Approvals]
    for fold in folds:
        live = fold(OPTIONS, cast)
        for paper in later:
            live.add(paper)
        for place in withdrawn:
            live.add(cast[place], -1)

        assert vars(live) == vars(fold(OPTIONS, kept))


@given(
    cast=st.lists(st.dictionaries(st.sampled_from(OPTIONS), st.sampled_from(Position))),
    later=st.lists(st.dictionaries(st.sampled_from(OPTIONS), st.sampled_from(Position))),
)
def test_stances_by_increments_are_a_recount(
    cast: list[dict[UUID, Position]], later: list[dict[UUID, Position]]
) -> None:
    live = Stances(OPTIONS, cast)
    for paper in later:
        live.add(paper)
    for paper in cast:
        live.add(paper, -1)

    assert vars(live) == vars(Stances(OPTIONS, later))


@given(cast=orders(), seats=st.integers(1, 4))
def test_transferable_votes_neither_come_from_nowhere_nor_get_lost(cast: list[tuple[UUID, ...]], seats: int) -> None:
    count = single_transferable(Rankings(OPTIONS, as_papers(cast)), seats, EVERY_STEP)

    assert len(set(count.winners)) == seats
    assert count.quota
    spent = Fraction(0)
    for step in count.rounds:
        assert sum(step.standing.values()) + step.exhausted + spent == len(cast)
        spent += count.quota * len(step.elected)


@given(cast=orders())
def test_one_seat_by_transferable_votes_is_an_instant_runoff(cast: list[tuple[UUID, ...]]) -> None:
    rankings = Rankings(OPTIONS, as_papers(cast))

    assert single_transferable(rankings, 1, EVERY_STEP).winners == instant_runoff(rankings, EVERY_STEP).winners


@given(cast=orders(), budget=st.integers(1, 14))
def test_no_budget_is_overspent(cast: list[tuple[UUID, ...]], budget: int) -> None:
    votes = Approvals(OPTIONS, as_papers(cast))
    for rule in (knapsack, equal_shares):
        winners = rule(votes, COSTS, budget, EVERY_STEP).winners
        left = budget - sum(COSTS[project] for project in winners)
        assert left >= 0
        wanted = {option for option, papers in votes.marked.items() if papers}
        assert all(COSTS[project] > left for project in wanted - set(winners))


@every_rule
@given(cast=orders(least=0))
def test_a_chain_that_ends_in_a_lot_leaves_no_tie(rule: Rule, cast: list[tuple[UUID, ...]]) -> None:
    count = rule(as_papers(cast), EVERY_STEP)

    assert count.tied == ()
    assert count.open_seats == 0


@every_rule
@given(cast=orders(least=0))
def test_a_chain_only_parts_those_who_were_level(rule: Rule, cast: list[tuple[UUID, ...]]) -> None:
    without: Any = rule(as_papers(cast), Chain())
    if not without.tied:
        assert rule(as_papers(cast), EVERY_STEP).winners == without.winners
