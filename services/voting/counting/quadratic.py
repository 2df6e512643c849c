"""Quadratic: every paper buys votes for or against options, n votes for n² credits, and the highest sum wins."""

from services.voting.counting.papers import Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def quadratic(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options with most votes, those against taken off. The credits are the envelope's: a cost with exponent 2.

    Source: Lalley and Weyl, "Quadratic Voting", AEA Papers and Proceedings 108 (2018).
    """
    return single_round(tally.sums, seats, chain)
