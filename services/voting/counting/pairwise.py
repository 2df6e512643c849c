"""Pairwise: every paper compares some options two by two, and who wins most of the duels wins."""

from fractions import Fraction

from services.voting.counting.duels import duels, named
from services.voting.counting.papers import Rankings
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def pairwise(rankings: Rankings, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options that win most duels; a drawn duel, or one that nobody judged, is half a win for each.

    A paper compares only what it ranks: "this rather than that" is a paper of two ranks.

    Source: Copeland (1951), as defined in Saari and Merlin, "The Copeland method", Economic Theory 8 (1996).
    """
    prefer = duels(rankings, unranked_are_last=False)
    places = range(len(rankings.options))
    doubled = [
        sum((prefer[a][b] > prefer[b][a]) + (prefer[a][b] >= prefer[b][a]) for b in places if b != a) for a in places
    ]
    wins = {option: Fraction(doubled[place], 2) for place, option in enumerate(rankings.options)}
    count = single_round(wins, seats, chain)
    return Count(count.rounds, count.winners, count.tied, count.open_seats, duels=named(prefer, rankings.options))
