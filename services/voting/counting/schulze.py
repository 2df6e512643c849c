"""Schulze: whoever has the stronger path of won duels to everybody else wins."""

from collections.abc import Sequence

from services.voting.counting.duels import Duels, duels, named
from services.voting.counting.papers import Rankings
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, single_round


def schulze(rankings: Rankings, seats: int = 1, chain: Chain = NO_CHAIN) -> Count:
    """The options that nobody beats by a stronger path. Those a paper leaves out are below those it ranks.

    A won duel is as strong as the papers that won it; of two with as many, the one that fewer opposed. The standing of
    an option is how many layers lie below its own; each layer is beaten only by those above. Several seats are filled
    layer by layer, which is not proportional.

    Source: Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
    election method", Social Choice and Welfare 36 (2011), sections 2.2 and 2.3, strength by winning votes.
    """
    prefer = duels(rankings, unranked_are_last=True)
    layers = _layers(_strongest_paths(prefer))
    standing = {option: layers[place] for place, option in enumerate(rankings.options)}
    count = single_round(standing, seats, chain)
    return Count(count.rounds, count.winners, count.tied, count.open_seats, duels=named(prefer, rankings.options))


def _strongest_paths(prefer: Duels) -> list[list[int]]:
    """A path is as strong as its weakest won duel (Floyd and Warshall's order of loops)."""
    options = range(len(prefer))
    more_than_any = 1 + max(map(max, prefer))
    strength = [
        [prefer[a][b] * more_than_any - prefer[b][a] if prefer[a][b] > prefer[b][a] else 0 for b in options]
        for a in options
    ]
    for through in options:
        onward = strength[through]
        for a in options:
            so_far = strength[a][through]
            if so_far:
                strength[a] = [
                    old if old >= so_far or old >= new else min(so_far, new)
                    for old, new in zip(strength[a], onward, strict=True)
                ]
    return strength


def _layers(strength: Sequence[Sequence[int]]) -> list[int]:
    """How many layers lie below each option's own. Beating by path is transitive, so no layer is empty."""
    in_play = set(range(len(strength)))
    above: list[set[int]] = []
    while in_play:
        above.append({a for a in in_play if all(strength[a][b] >= strength[b][a] for b in in_play)})
        in_play -= above[-1]
    below = {place: len(above) - 1 - depth for depth, layer in enumerate(above) for place in layer}
    return [below[place] for place in range(len(strength))]
