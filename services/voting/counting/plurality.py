"""Plurality: every paper marks one option, and the most marks win."""

from services.voting.counting.papers import Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def plurality(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options that most papers mark; with several seats, the single non-transferable vote.

    Source: Cox, "Making Votes Count" (1997), chapter 3.
    """
    return single_round(tally.marked, seats, chain)
