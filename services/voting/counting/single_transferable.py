"""Single transferable vote: several winners, each for a quota of papers; what they do not need moves on."""

from fractions import Fraction
from uuid import UUID

from services.voting.counting.papers import Rankings
from services.voting.counting.piles import Piles, next_to_go
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, Round


def single_transferable(rankings: Rankings, seats: int, chain: Chain = NO_CHAIN) -> Count:
    """`seats` winners in proportion.

    Quota: Droop's, the whole part of papers ÷ (seats + 1), plus one. Transfer: weighted inclusive Gregory in exact
    fractions; every paper of a winner moves on, at its weight times surplus ÷ all the weight that the winner holds.
    Winners of one round pass on together, so no tie is about whose surplus goes first. When as many are in play as
    seats are open, all of them are elected. Papers without a preference are in the quota.

    Source: Droop (1881); Scottish Local Government Elections Order 2007, rules 45 to 52, without its rounding to
    five decimals and its order of surpluses.
    """
    piles = Piles(rankings)
    quota = rankings.papers // (seats + 1) + 1
    rounds: list[Round] = []
    winners: tuple[UUID, ...] = ()
    while True:
        standing, exhausted = piles.standing, piles.exhausted
        best_first = sorted(standing, key=standing.__getitem__, reverse=True)
        open_seats = seats - len(winners)
        if len(standing) <= open_seats:
            rounds.append(Round(standing, elected=tuple(best_first), exhausted=exhausted))
            return Count(tuple(rounds), winners + tuple(best_first), quota=quota)

        elected = tuple(option for option in best_first if standing[option] >= quota)
        if elected:
            winners += elected
            rounds.append(Round(standing, elected=elected, exhausted=exhausted))
            if len(winners) == seats:
                return Count(tuple(rounds), winners, quota=quota)
            piles.pass_on((option, Fraction(standing[option] - quota) / standing[option]) for option in elected)
            continue

        going = next_to_go(open_seats, standing, rounds, chain)
        if going.tied:
            rounds.append(Round(standing, exhausted=exhausted))
            return Count(tuple(rounds), winners, going.tied, open_seats, quota)
        rounds.append(Round(standing, excluded=going.best, exhausted=exhausted, tie_broken_by=going.by))
        piles.pass_on((option, 1) for option in going.best)
