"""The rules against other people's libraries, on thousands of elections with ties and papers cut short."""

import os
import random
import string
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from uuid import UUID

import pyrankvote  # type: ignore[import-untyped]
import pytest
from schulze_condorcet import schulze_evaluate
from votelib.component.rankscore import Borda  # type: ignore[import-untyped]
from votelib.convert import (  # type: ignore[import-untyped]
    ApprovalToSimpleVotes,
    RankedToCondorcetVotes,
    RankedToFirstPreference,
    RankedToPositionalVotes,
    ScoreToSimpleVotes,
)
from votelib.evaluate.condorcet import Copeland, Schulze, pairwise_wins  # type: ignore[import-untyped]
from votelib.evaluate.core import Tie, get_n_best  # type: ignore[import-untyped]
from votelib.evaluate.sequential import TransferableVoteSelector  # type: ignore[import-untyped]

from services.voting.counting.approval import approval
from services.voting.counting.borda import borda
from services.voting.counting.dot import dot
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.pairwise import pairwise
from services.voting.counting.papers import Rankings, Tally
from services.voting.counting.plurality import plurality
from services.voting.counting.quadratic import quadratic
from services.voting.counting.rounds import Chain, Count, Step
from services.voting.counting.schulze import schulze
from services.voting.counting.score import score_mean, score_sum
from services.voting.counting.single_transferable import single_transferable
from tests.voting.counting.elections import as_papers, option, random_orders

OPTIONS = [option(name) for name in "ABCDEF"]
NAME = dict(zip(OPTIONS, string.ascii_uppercase, strict=False))
LISTED_FIRST = Chain((Step.LISTED_FIRST,))
Orders = list[tuple[UUID, ...]]
ELECTIONS = int(os.environ.get("ELECTIONS", "1000"))  # of each kind, full papers and papers cut short


@cache
def elections(count: int, full: bool = False) -> list[Orders]:
    """Elections of up to 40 papers over six options; every option is ranked by someone."""
    chance = random.Random(f"{count} {full}")
    drawn: list[Orders] = []
    while len(drawn) < count:
        orders = random_orders(chance, OPTIONS, chance.choice((4, 9, 40)))
        orders = [tuple(chance.sample(OPTIONS, 6)) for _ in orders] if full else orders
        if {name for order in orders for name in order} == set(OPTIONS):
            drawn.append(orders)
    return drawn


def same(count: Count, theirs: Sequence[UUID | Tie]) -> bool:
    """Whether both elect the same, or find the same options level."""
    sure = {name for name in theirs if not isinstance(name, Tie)}
    level = {name for tie in theirs if isinstance(tie, Tie) for name in tie}
    return set(count.winners) == sure and set(count.tied) == level


class ListedFirst:
    """Votelib's seam for ties: keep who has most, then who is listed first."""

    def evaluate(self, votes: dict[UUID, Fraction], n_seats: int) -> list[UUID]:
        return sorted(votes, key=lambda name: (-votes[name], OPTIONS.index(name)))[:n_seats]


@pytest.mark.parametrize("seats", [1, 2])
def test_plurality_equals_votelib(seats: int) -> None:
    for orders in elections(ELECTIONS):
        theirs = get_n_best(dict.fromkeys(OPTIONS, 0) | RankedToFirstPreference().convert(Counter(orders)), seats)
        assert same(plurality(Tally(OPTIONS, ({order[0]: 1} for order in orders)), seats), theirs)


@pytest.mark.parametrize("seats", [1, 3])
def test_approval_equals_votelib(seats: int) -> None:
    for orders in elections(ELECTIONS):
        theirs = get_n_best(ApprovalToSimpleVotes().convert(Counter(map(frozenset, orders))), seats)
        assert same(approval(Tally(OPTIONS, as_papers(orders)), seats), theirs)


@pytest.mark.parametrize(
    ("rule", "function"), [(score_sum, "sum"), (dot, "sum"), (quadratic, "sum"), (score_mean, "mean")]
)
def test_score_equals_votelib(rule: Callable[[Tally], Count], function: str) -> None:
    for orders in elections(ELECTIONS):
        theirs = ScoreToSimpleVotes(function).convert(Counter(frozenset(paper.items()) for paper in as_papers(orders)))
        ours = rule(Tally(OPTIONS, as_papers(orders)))
        assert same(ours, get_n_best(theirs, 1))
        assert ours.rounds[0].standing == theirs


def test_borda_equals_votelib_on_full_papers() -> None:
    for orders in elections(ELECTIONS, full=True):
        theirs = RankedToPositionalVotes(Borda(base=0)).convert(Counter(orders))
        ours = borda(Rankings(OPTIONS, as_papers(orders)))
        assert ours.rounds[0].standing == theirs
        assert same(ours, get_n_best(theirs, 1))


def test_borda_is_every_duel_of_votelib_won_or_shared() -> None:
    for orders in elections(ELECTIONS):
        beats = RankedToCondorcetVotes().convert(Counter(orders))
        theirs = {
            a: sum(Fraction(len(orders) + beats.get((a, b), 0) - beats.get((b, a), 0), 2) for b in OPTIONS if b != a)
            for a in OPTIONS
        }
        assert borda(Rankings(OPTIONS, as_papers(orders))).rounds[0].standing == theirs


@pytest.mark.parametrize("seats", [1, 2, 3, 4])
def test_transferable_votes_equal_votelib_with_ties_to_the_first_listed(seats: int) -> None:
    votelib = TransferableVoteSelector(retainer=ListedFirst(), quota_function="droop")
    for orders in elections(ELECTIONS):
        fractions = {order: Fraction(papers) for order, papers in Counter(orders).items()}
        ours = single_transferable(Rankings(OPTIONS, as_papers(orders)), seats, LISTED_FIRST)
        assert set(ours.winners) == set(votelib.evaluate(fractions, seats)), orders


def test_instant_runoff_equals_votelib_with_ties_to_the_first_listed() -> None:
    votelib = TransferableVoteSelector(retainer=ListedFirst(), quota_function="droop")
    for orders in elections(ELECTIONS):
        ours = instant_runoff(Rankings(OPTIONS, as_papers(orders)), LISTED_FIRST)
        assert list(ours.winners) == votelib.evaluate(Counter(orders), 1), orders


def test_instant_runoff_equals_pyrankvote_where_nobody_ties() -> None:
    candidates = {name: pyrankvote.Candidate(letter) for name, letter in NAME.items()}
    compared = 0
    for orders in elections(ELECTIONS):
        ours = instant_runoff(Rankings(OPTIONS, as_papers(orders)))
        if ours.winners:
            ballots = [pyrankvote.Ballot([candidates[name] for name in order]) for order in orders]
            theirs = pyrankvote.instant_runoff_voting(list(candidates.values()), ballots)
            assert [candidates[name] for name in ours.winners] == theirs.get_winners()
            compared += 1
    assert compared > ELECTIONS // 10


def test_schulze_equals_schulze_condorcet() -> None:
    for orders in elections(ELECTIONS):
        strings = []
        for order in orders:
            levels = [NAME[name] for name in order]
            rest = "=".join(NAME[name] for name in OPTIONS if name not in order)
            strings.append(">".join([*levels, rest] if rest else levels))
        best = schulze_evaluate(strings, list(NAME.values())).split(">")[0].split("=")
        ours = schulze(Rankings(OPTIONS, as_papers(orders)))
        assert [NAME[name] for name in ours.winners or ours.tied] == best


def test_schulze_only_parts_whom_votelib_finds_level() -> None:
    """Votelib leaves out the secondary criterion, the opposition: it finds the same winners, or more of them."""
    alone = 0
    for orders in elections(ELECTIONS):
        ours = schulze(Rankings(OPTIONS, as_papers(orders)))
        path = Schulze.widest_paths(RankedToCondorcetVotes().convert(Counter(orders)))
        theirs = {a for a in OPTIONS if all(path.get((a, b), 0) >= path.get((b, a), 0) for b in OPTIONS)}
        assert set(ours.winners or ours.tied) <= theirs
        alone += len(theirs) == 1
    assert alone > ELECTIONS // 2


def test_pairwise_equals_votelib() -> None:
    for orders in elections(ELECTIONS):
        compared = RankedToCondorcetVotes(unranked_at_bottom=False).convert(Counter(orders))
        scores = dict.fromkeys(OPTIONS, 0) | Copeland.scores(pairwise_wins(compared))
        assert same(pairwise(Rankings(OPTIONS, as_papers(orders))), get_n_best(scores, 1))
