"""Papers in piles, each with the option that holds it now, as both transferable rules count them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.voting.counting.papers import Rankings
from services.voting.counting.rounds import Chain, Choice, Number, Round


class Piles:
    """Every distinct order lies whole on the pile of the best option it names that is still in play."""

    def __init__(self, rankings: Rankings) -> None:
        self._options = rankings.options
        self._place = {option: place for place, option in enumerate(self._options)}
        self._held: dict[int, list[tuple[tuple[int, ...], Number]]] = {place: [] for place in range(len(self._options))}
        self.exhausted: Number = 0
        for order, papers in rankings.orders.items():
            self._lay(order, papers)

    @property
    def standing(self) -> dict[UUID, Number]:
        """The weight of each pile in play, in the listed order."""
        return {self._options[place]: sum(weight for _, weight in pile) for place, pile in self._held.items()}

    def pass_on(self, shares: Iterable[tuple[UUID, Number]]) -> None:
        """Take options out of play, all at once, and pass the named share of each one's papers to the next in play."""
        leaving = [(self._held.pop(self._place[option]), share) for option, share in shares]
        for pile, share in leaving:
            for order, weight in pile:
                if share:
                    self._lay(order, weight * share)

    def _lay(self, order: tuple[int, ...], weight: Number) -> None:
        for place in order:
            if place in self._held:
                self._held[place].append((order, weight))
                return
        self.exhausted += weight


def next_to_go(keep: int, standing: Mapping[UUID, Number], rounds: Sequence[Round], chain: Chain) -> Choice:
    """Who leaves for want of support: the last one, or all at once who hold nothing while `keep` others stay.

    Leaving together changes nothing for those who hold nothing, and spares the chain a tie that decides nothing.
    """
    unwanted = tuple(option for option, weight in standing.items() if not weight)
    if unwanted and len(standing) - len(unwanted) >= keep:
        return Choice(unwanted)
    staying = chain.choose(len(standing) - 1, standing, rounds)
    if staying.tied:
        return staying
    return Choice(tuple(option for option in standing if option not in staying.best), by=staying.by)
