"""The counting rules at a glance."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from uuid import UUID

from contracts.voting import Method
from services.voting.counting.approval import approval
from services.voting.counting.borda import borda
from services.voting.counting.dot import dot
from services.voting.counting.equal_shares import equal_shares
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.knapsack import knapsack
from services.voting.counting.pairwise import pairwise
from services.voting.counting.papers import Approvals, Rankings, Tally
from services.voting.counting.plurality import plurality
from services.voting.counting.quadratic import quadratic
from services.voting.counting.rounds import Chain, Count
from services.voting.counting.schulze import schulze
from services.voting.counting.score import score_mean, score_sum
from services.voting.counting.single_transferable import single_transferable


class Rule(StrEnum):
    """The counting rules that no ballot can declare yet; those that one can are its methods (V1)."""

    SCORE_MEAN = "score_mean"
    DOT = "dot"
    QUADRATIC = "quadratic"
    BORDA = "borda"
    SINGLE_TRANSFERABLE = "single_transferable"
    SCHULZE = "schulze"
    PAIRWISE = "pairwise"
    KNAPSACK = "knapsack"
    EQUAL_SHARES = "equal_shares"


SUMMED: dict[Method | Rule, Callable[[Tally, int, Chain], Count]] = {
    Method.SINGLE: plurality,
    Method.APPROVAL: approval,
    Method.SCORE: score_sum,
    Rule.SCORE_MEAN: score_mean,
    Rule.DOT: dot,
    Rule.QUADRATIC: quadratic,
}
RANKED: dict[Method | Rule, Callable[[Rankings, int, Chain], Count]] = {
    Rule.BORDA: borda,
    Method.INSTANT_RUNOFF: lambda rankings, _, chain: instant_runoff(rankings, chain),
    Rule.SINGLE_TRANSFERABLE: single_transferable,
    Rule.SCHULZE: schulze,
    Rule.PAIRWISE: pairwise,
}
FUNDED: dict[Method | Rule, Callable[[Approvals, Mapping[UUID, int], int, Chain], Count]] = {
    Rule.KNAPSACK: knapsack,
    Rule.EQUAL_SHARES: equal_shares,
}
COUNTS_PAPERS: set[Method | Rule] = {Method.SINGLE, Method.APPROVAL, Method.INSTANT_RUNOFF, Method.STANCE}
ONE_MARK_EACH: set[Method | Rule] = {Method.SINGLE, Method.APPROVAL, *FUNDED}
EXPONENT: dict[Method | Rule, int] = {Rule.DOT: 1, Rule.QUADRATIC: 2}
