"""How votes are counted while they come in: slots for every replica, and announcements (P14, P17)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID
from zlib import crc32

from contracts.voting import Counts, Method, Position, Standing

K = TypeVar("K")

LANES = 2  # of a replica
GATES = 8  # per ballot, for ever: fewer means more conflicts between replicas, more means longer sums (P14)


def gate_of(replica: str, lane: int = 0) -> int:
    """The gate that a replica's lane keeps to: no two lanes of a replica share one."""
    return (crc32(replica.encode()) + lane * (GATES // LANES)) % GATES


def gate_id(ballot_id: UUID, gate: int) -> str:
    """A gate's key."""
    return f"{ballot_id}:{gate}"


def gate_ids(ballot_id: UUID) -> list[str]:
    """The keys of all gates of a ballot."""
    return [gate_id(ballot_id, gate) for gate in range(GATES)]


@dataclass
class Gate:
    """Written by every vote that passes it: `n` votes so far, by `voters` more members than before.

    `papers` is how many papers began here; None on ballots that were opened before that was kept.
    """

    id: str
    ballot_id: UUID
    gate: int
    n: int = 0
    voters: int = 0
    moved: datetime | None = None
    papers: int | None = None


@dataclass
class Count:
    """What votes through one gate did to one option; `n` is the gate's at its last change.

    `counts` are those of positions; `standing` is what whole papers add up to.
    """

    id: str
    ballot_id: UUID
    option_id: UUID
    gate: int
    n: int = 0
    counts: dict[Position, int] = field(default_factory=dict)
    standing: int = 0

    @classmethod
    def none(cls, ballot_id: UUID, option_id: UUID, gate: int) -> "Count":
        """Before any vote."""
        return cls(count_id(ballot_id, option_id, gate), ballot_id, option_id, gate)

    def move(self, before: Position | None, after: Position | None, n: int) -> None:
        """Count one paper's change from one position to another."""
        for position, change in ((before, -1), (after, 1)):
            if position is not None:
                self.counts[position] = self.counts.get(position, 0) + change
        self.n = n

    def weigh(self, change: int, n: int) -> None:
        """Count what one whole paper weighs more on this option than it did."""
        self.standing += change
        self.n = n


@lru_cache(maxsize=4096)  # asked for several times for one vote
def count_id(ballot_id: UUID, option_id: UUID, gate: int) -> str:
    """A count's key."""
    return f"{ballot_id}:{option_id}:{gate}"


@dataclass
class Announced:
    """What was last announced of a ballot: each gate's `n` by then."""

    id: UUID
    vector: dict[int, int] = field(default_factory=dict)


def moved(before: Mapping[K, object], after: Mapping[K, object]) -> list[K]:
    """The options on which two sets of counted marks differ."""
    return list(dict.fromkeys(option for option, _ in before.items() ^ after.items()))


def totals(counts: Iterable[Count]) -> Counts:
    """Counts of all gates, added up per option; positions that nobody holds are left out."""
    found: Counts = {}
    for count in counts:
        option = found.setdefault(count.option_id, {})
        for position, number in count.counts.items():
            option[position] = option.get(position, 0) + number
    return {option: {position: number for position, number in held.items() if number} for option, held in found.items()}


def standings(counts: Iterable[Count]) -> Standing:
    """What whole papers add up to per option, over all gates."""
    found: Standing = {}
    for count in counts:
        found[count.option_id] = found.get(count.option_id, 0) + count.standing
    return found


def shown(method: Method, counts: Iterable[Count]) -> tuple[Counts, Standing | None]:
    """What a tally says: counts of positions on a stance ballot, the standing of each option on another."""
    return (totals(counts), None) if method is Method.STANCE else ({}, standings(counts))
