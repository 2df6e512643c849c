"""Papers folded for counting: what a count keeps of them. Folding is the same by increments as in one go (V10).

A paper is valid when it comes here (`services.voting.envelope`). Marks on options that are off the ballot are passed
over; in a ranking those below move up.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar
from uuid import UUID

Paper = Mapping[UUID, int]
Key = TypeVar("Key")


class Tally:
    """Sums: of each option, its marks added up and how many papers mark it. Memory grows with options alone."""

    def __init__(self, options: Sequence[UUID], papers: Iterable[Paper] = ()) -> None:
        self.options = tuple(options)
        self.papers = 0
        self._place = {option: place for place, option in enumerate(self.options)}
        self._sums = [0] * len(self.options)
        self._marked = [0] * len(self.options)
        for paper in papers:
            self.add(paper)

    def add(self, paper: Paper, times: int = 1) -> None:
        """Count a paper in, `times` over; -1 takes it out again."""
        self.papers += times
        for option, mark in paper.items():
            place = self._place.get(option)
            if place is not None:
                self._sums[place] += mark * times
                self._marked[place] += times

    @property
    def sums(self) -> dict[UUID, int]:
        """The marks of each option added up."""
        return dict(zip(self.options, self._sums, strict=True))

    @property
    def marked(self) -> dict[UUID, int]:
        """How many papers mark each option."""
        return dict(zip(self.options, self._marked, strict=True))


class Rankings:
    """Rankings: how many papers rank the options in each order. Memory grows with the distinct orders alone.

    An order names options by their place in `options`, best first, and may stop early.
    """

    def __init__(self, options: Sequence[UUID], papers: Iterable[Paper] = ()) -> None:
        self.options = tuple(options)
        self.papers = 0
        self.orders: dict[tuple[int, ...], int] = {}
        self._place = {option: place for place, option in enumerate(self.options)}
        for paper in papers:
            self.add(paper)

    def add(self, paper: Paper, times: int = 1) -> None:
        """Count a paper in, `times` over; -1 takes it out again."""
        self.papers += times
        _pile(self.orders, self._order(paper), times)

    def _order(self, paper: Paper) -> tuple[int, ...]:
        best_first = map(itemgetter(0), sorted(paper.items(), key=itemgetter(1)))
        return tuple(place for place in map(self._place.get, best_first) if place is not None)


class Approvals:
    """Sets: how many papers mark each set of options. Memory grows with the distinct sets alone."""

    def __init__(self, options: Sequence[UUID], papers: Iterable[Paper] = ()) -> None:
        self.options = tuple(options)
        self.papers = 0
        self.sets: dict[frozenset[int], int] = {}
        self._place = {option: place for place, option in enumerate(self.options)}
        for paper in papers:
            self.add(paper)

    def add(self, paper: Paper, times: int = 1) -> None:
        """Count a paper in, `times` over; -1 takes it out again."""
        self.papers += times
        _pile(self.sets, frozenset(place for place in map(self._place.get, paper) if place is not None), times)

    @property
    def marked(self) -> dict[UUID, int]:
        """How many papers mark each option."""
        marked = [0] * len(self.options)
        for places, papers in self.sets.items():
            for place in places:
                marked[place] += papers
        return dict(zip(self.options, marked, strict=True))


def _pile(piles: dict[Key, int], key: Key, times: int) -> None:
    """Nothing stays behind of papers that were all taken out, so that a pile by increments equals a recount."""
    papers = piles.get(key, 0) + times
    if papers:
        piles[key] = papers
    else:
        del piles[key]
