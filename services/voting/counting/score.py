"""Score: every paper gives points to the options it knows, and the highest sum or mean wins."""

from fractions import Fraction

from services.voting.counting.papers import Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def score_sum(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The highest sums; an option that a paper leaves out gets nothing from it.

    Source: Smith, "Range voting" (2000); the sum of points.
    """
    return single_round(tally.sums, seats, chain)


def score_mean(tally: Tally, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The highest means over the papers that score an option; an option that nobody scores has none and cannot win.

    Source: Smith, "Range voting" (2000); blanks are no opinion.
    """
    sums = tally.sums
    means = {option: Fraction(sums[option], papers) for option, papers in tally.marked.items() if papers}
    return single_round(means, seats, chain)
