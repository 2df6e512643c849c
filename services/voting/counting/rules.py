"""The counting rules at a glance."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from uuid import UUID

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
    """The counting rules, named apart from the envelope (V1)."""

    PLURALITY = "plurality"
    APPROVAL = "approval"
    SCORE_SUM = "score_sum"
    SCORE_MEAN = "score_mean"
    DOT = "dot"
    QUADRATIC = "quadratic"
    BORDA = "borda"
    INSTANT_RUNOFF = "instant_runoff"
    SINGLE_TRANSFERABLE = "single_transferable"
    SCHULZE = "schulze"
    PAIRWISE = "pairwise"
    KNAPSACK = "knapsack"
    EQUAL_SHARES = "equal_shares"
    STANCE = "stance"


SUMMED: dict[Rule, Callable[[Tally, int, Chain], Count]] = {
    Rule.PLURALITY: plurality,
    Rule.APPROVAL: approval,
    Rule.SCORE_SUM: score_sum,
    Rule.SCORE_MEAN: score_mean,
    Rule.DOT: dot,
    Rule.QUADRATIC: quadratic,
}
RANKED: dict[Rule, Callable[[Rankings, int, Chain], Count]] = {
    Rule.BORDA: borda,
    Rule.INSTANT_RUNOFF: lambda rankings, _, chain: instant_runoff(rankings, chain),
    Rule.SINGLE_TRANSFERABLE: single_transferable,
    Rule.SCHULZE: schulze,
    Rule.PAIRWISE: pairwise,
}
FUNDED: dict[Rule, Callable[[Approvals, Mapping[UUID, int], int, Chain], Count]] = {
    Rule.KNAPSACK: knapsack,
    Rule.EQUAL_SHARES: equal_shares,
}
COUNTS_PAPERS = {Rule.PLURALITY, Rule.APPROVAL, Rule.INSTANT_RUNOFF, Rule.STANCE}
ONE_MARK_EACH = {Rule.PLURALITY, Rule.APPROVAL, *FUNDED}
EXPONENT = {Rule.DOT: 1, Rule.QUADRATIC: 2}
