"""Borda: a place is worth one point for every option below it, and the most points win."""

from fractions import Fraction

from services.voting.counting.papers import Rankings
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def borda(rankings: Rankings, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The most points: of m options the first gets m-1, the last 0; those a paper leaves out share what is left.

    Sharing is what keeps a short paper from counting for more than a full one. Source: de Borda (1784); the shared
    points are those of Black, "Partial justification of the Borda count", Public Choice 28 (1976).
    """
    options = len(rankings.options)
    doubled = [0] * options
    for order, papers in rankings.orders.items():
        left_over = options - 1 - len(order)
        for place in range(options):
            doubled[place] += left_over * papers
        for rank, place in enumerate(order):
            doubled[place] += (2 * (options - 1 - rank) - left_over) * papers
    points = {option: Fraction(twice, 2) for option, twice in zip(rankings.options, doubled, strict=True)}
    return single_round(points, seats, chain)
