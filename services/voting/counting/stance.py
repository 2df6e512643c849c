"""Stance: every paper says where it stands towards each option for itself."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from contracts.voting import Counts, Position

StancePaper = Mapping[UUID, Position]


class Stances:
    """How many papers take each position towards each option. Memory grows with options alone."""

    def __init__(self, options: Sequence[UUID], papers: Iterable[StancePaper] = ()) -> None:
        self.papers = 0
        self.counts: Counts = {option: {} for option in options}
        for paper in papers:
            self.add(paper)

    def add(self, paper: StancePaper, times: int = 1) -> None:
        """Count a paper in, `times` over; -1 takes it out again. Marks on options off the ballot are passed over."""
        self.papers += times
        for option, position in paper.items():
            counts = self.counts.get(option)
            if counts is not None:
                counts[position] = counts.get(position, 0) + times
                if not counts[position]:
                    del counts[position]


def stance(stances: Stances, supporting: frozenset[Position]) -> dict[UUID, int]:
    """The support of each option: its marks in the positions that the ballot declares to be support.

    No option is weighed against another (V1). Source: agree, pass and disagree are those of Small and others, "Polis:
    scaling deliberation by mapping high dimensional opinion spaces", Recerca 26 (2021); agree, abstain, disagree and
    block those of consensus decisions, as in Loomio. Which of them are support is the ballot's to declare.
    """
    return {
        option: sum(papers for position, papers in counts.items() if position in supporting)
        for option, counts in stances.counts.items()
    }
