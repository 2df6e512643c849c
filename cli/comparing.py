"""What was published against what the API shows: cell by cell and tally by tally. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.polis import Cells, column_sums
from contracts.voting import Position

Tallies = Mapping[str, Mapping[Position, int]]  # comment -> how many stand where


@dataclass(frozen=True)
class Mismatch:
    """One place where the two differ; in words."""

    where: str
    published: str
    shown: str


def cell_mismatches(published: Mapping[tuple[str, str], Position], shown: Cells) -> list[Mismatch]:
    """Every cell that is in one and not in the other, or differs."""
    return [
        Mismatch(f"participant {voter} on comment {comment}", _said(one), _said(other))
        for voter, comment in sorted(published.keys() | shown.keys())
        if (one := published.get((voter, comment))) != (other := shown.get((voter, comment)))
    ]


def tally_mismatches(published: Mapping[tuple[str, str], Position], shown: Tallies, where: str) -> list[Mismatch]:
    """Every comment whose counts are not the sums of its column. A count of none and no count are the same."""
    return list(_differing(column_sums(published), shown, where))


def _differing(sums: Mapping[str, Counter[Position]], shown: Tallies, where: str) -> Iterator[Mismatch]:
    for comment in sorted(sums.keys() | shown.keys()):
        one, other = Counter(sums.get(comment, {})), Counter(shown.get(comment, {}))
        if one != other:
            yield Mismatch(f"{where} of comment {comment}", _counted(one), _counted(other))


def _said(position: Position | None) -> str:
    return position.value if position else "no vote"


def _counted(counts: Counter[Position]) -> str:
    return ", ".join(f"{counts[one]} {one.value}" for one in Position if counts[one]) or "none"
