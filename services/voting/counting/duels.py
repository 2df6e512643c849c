"""Every option against every other: how many papers prefer the one to the other."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.voting.counting.papers import Rankings

Duels = Sequence[Sequence[int]]


def duels(rankings: Rankings, unranked_are_last: bool) -> Duels:
    """`duels[a][b]` is how many papers prefer a to b, by the options' places.

    Where the unranked are last, whatever a paper ranks is preferred to whatever it leaves out. Else a paper only
    compares what it ranks.
    """
    places = range(len(rankings.options))
    prefer = [[0] * len(places) for _ in places]
    for order, papers in rankings.orders.items():
        below = set(places if unranked_are_last else order)
        for better in order:
            below.remove(better)
            row = prefer[better]
            for worse in below:
                row[worse] += papers
    return prefer


def named(prefer: Duels, options: Sequence[UUID]) -> Mapping[tuple[UUID, UUID], int]:
    """The duels by the options' ids, as an outcome shows them."""
    return {(options[a], options[b]): prefer[a][b] for a, b in pairs(len(options))}


def pairs(options: int) -> Iterable[tuple[int, int]]:
    """Every ordered pair of different places."""
    return ((a, b) for a in range(options) for b in range(options) if a != b)
