"""How joiners are counted while thousands come at once: slots for every replica, and a fence over all (P8, P14)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zlib import crc32

SLOTS = (
    8  # per case that was ever joined, for ever: fewer means more conflicts between replicas, more means longer sums
)


@dataclass
class Slot:
    """Written by everyone who joins or leaves through it: `n` times so far, after which `joined` are there."""

    id: str
    case_id: UUID
    slot: int
    n: int = 0
    joined: int = 0
    moved: datetime | None = None


def slot_of(replica: str) -> int:
    """The slot that a replica keeps to."""
    return crc32(replica.encode()) % SLOTS


def slot_id(case_id: UUID, slot: int) -> str:
    """A slot's key."""
    return f"{case_id}:{slot}"


def slot_ids(case_id: UUID) -> list[str]:
    """The keys of all slots of a case."""
    return [slot_id(case_id, slot) for slot in range(SLOTS)]
