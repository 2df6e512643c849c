"""Approval: every paper marks as many options as it likes, and the most marks win."""

from services.voting.counting.papers import Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def approval(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options that most papers mark.

    Source: Brams and Fishburn, "Approval Voting", American Political Science Review 72 (1978).
    """
    return single_round(tally.marked, seats, chain)
