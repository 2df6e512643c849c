"""Dots: every paper spreads a purse of dots over the options, and the most dots win."""

from services.voting.counting.papers import Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def dot(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options with most dots. The purse is the envelope's: a total cost with exponent 1.

    Source: cumulative voting; Sawyer and MacRae, American Political Science Review 56 (1962).
    """
    return single_round(tally.sums, seats, chain)
