"""Instant runoff: the last option goes and its papers move on, until one has more than half of those still counting."""

from services.voting.counting.papers import Rankings
from services.voting.counting.piles import Piles, next_to_go
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, Round


def instant_runoff(rankings: Rankings, chain: Chain = NO_CHAIN) -> Count:
    """One winner. Where several are last, the chain says who goes.

    Source: Ware's method (1871), as in Robert's Rules of Order Newly Revised, "preferential voting".
    """
    piles = Piles(rankings)
    rounds: list[Round] = []
    while True:
        standing, exhausted = piles.standing, piles.exhausted
        leader = max(standing, key=standing.__getitem__)
        if 2 * standing[leader] > sum(standing.values()) or len(standing) == 1:
            rounds.append(Round(standing, elected=(leader,), exhausted=exhausted))
            return Count(tuple(rounds), winners=(leader,))

        going = next_to_go(1, standing, rounds, chain)
        if going.tied:
            rounds.append(Round(standing, exhausted=exhausted))
            return Count(tuple(rounds), winners=(), tied=going.tied, open_seats=1)
        rounds.append(Round(standing, excluded=going.best, exhausted=exhausted, tie_broken_by=going.by))
        piles.pass_on((option, 1) for option in going.best)
