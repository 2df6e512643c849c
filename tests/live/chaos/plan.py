"""What will go wrong, and when: drawn from a seed, so that a run can be played again."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

REPLICAS = ("gateway-1", "gateway-2", "voting-1", "voting-2", "ideas-1", "ideas-2", "responses-1", "responses-2")
SERVERS = ("mongo-1", "kafka")
LINES = ("gateway", "mongo", "kafka")  # between whom connections are cut: to services, to MongoDB, to Kafka
CALM_AT_FIRST = 2.0
GAP = 1.6  # seconds from one accident to the next, on average
RECOVERY = {"mongo-1": 6.0, "kafka": 12.0}  # a server is left alone that long after an accident
CLOSINGS = (0.4, 0.6, 0.8)  # of a run, when a ballot is closed
AIMED = 0.8  # how often a replica of voting stands still just then, with votes in its hands
BACK_SOON = 2.0  # seconds after which anything but the broker is started again, at most
BROKER_AWAY = 12.0
USUAL_PAUSE = 9.0
LONG, LONGEST_PAUSE = 1 / 12, 40.0  # how often something stands still for very long, and how long at most
SKEWS = (0.0, -30.0, -3.0, 3.0, 30.0)


class Kind(StrEnum):
    """What can happen to a process, or to the connections between two."""

    KILL = "killed"
    STOP = "stopped"
    PAUSE = "paused"
    CUT = "cut"
    STALL = "stalled"


@dataclass(frozen=True)
class Accident:
    """One thing that goes wrong, so many seconds after the beginning; `lasts` until it is set right again."""

    at: float
    kind: Kind
    target: str
    lasts: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.at:5.1f} s: {self.target} {self.kind.value}{lasts}"


@dataclass(frozen=True)
class Plan:
    """All accidents of a run, in order; `skew` is by how many seconds the clock of the second gateway is wrong."""

    seed: int
    seconds: float
    accidents: tuple[Accident, ...]
    skew: float

    @classmethod
    def drawn(cls, seed: int, seconds: float) -> "Plan":
        """The plan of a seed: the same for the same numbers, always."""
        chance = Random(f"accidents {seed}")
        accidents = [*_accidents(chance, seconds), *_aimed(chance, seconds), *_long(chance)]
        in_order = tuple(sorted(accidents, key=lambda accident: accident.at))
        return cls(seed, seconds, in_order, Random(f"skew {seed}").choice(SKEWS))


def _accidents(chance: Random, seconds: float) -> Iterator[Accident]:
    """One after another, each set right before the run ends."""
    at = CALM_AT_FIRST
    calm_again: dict[str, float] = {}
    while (at := at + chance.expovariate(1 / GAP)) < seconds:
        kind, target, lasts = _drawn(chance)
        lasts = min(lasts, seconds - at)
        if calm_again.get(target, 0.0) > at:
            continue
        calm_again[target] = at + lasts + RECOVERY.get(target, 3.0)
        yield Accident(round(at, 2), kind, target, round(lasts, 2))


def _aimed(chance: Random, seconds: float) -> Iterator[Accident]:
    """Pauses that begin a moment before a ballot is closed, and end when it is."""
    for share in CLOSINGS:
        early, lasts = chance.uniform(0.01, 0.1), chance.uniform(1.0, 3.0)
        if chance.random() < AIMED:
            target = chance.choice(("voting-1", "voting-2"))
            yield Accident(round(share * seconds - early, 2), Kind.PAUSE, target, round(lasts, 2))


def _long(chance: Random) -> Iterator[Accident]:
    """In one run of twelve something stands still for longer than any lease or time-out."""
    at, lasts = chance.uniform(CALM_AT_FIRST, 6.0), chance.uniform(12.0, LONGEST_PAUSE)
    target = chance.choice((*REPLICAS, *SERVERS))
    if chance.random() < LONG:
        yield Accident(round(at, 2), Kind.PAUSE, target, round(lasts, 2))


def _drawn(chance: Random) -> tuple[Kind, str, float]:
    """Replicas suffer most; each server once or twice in a run of half a minute."""
    what = chance.random()
    if what < 0.25:
        kind = chance.choice((Kind.CUT, Kind.STALL))
        return kind, chance.choice(LINES), chance.uniform(0.5, 4.0) if kind is Kind.STALL else 0.0
    target = chance.choice(SERVERS if what < 0.42 else REPLICAS)
    kind = chance.choice((Kind.KILL, Kind.PAUSE) if target in SERVERS else (Kind.KILL, Kind.STOP, Kind.PAUSE))
    if kind is Kind.PAUSE:
        return kind, target, chance.uniform(0.5, USUAL_PAUSE)
    return kind, target, chance.uniform(0.0, BROKER_AWAY if target == "kafka" else BACK_SOON)
