"""One key result: where it stood, where it should stand, and how far along a measured value is (S2, S4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from contracts.messages import Invalid
from contracts.strategy import (
    ConfidenceIsOutOfRange,
    Direction,
    NotAFigure,
    NoUnit,
    StretchIsNotAhead,
    TargetIsNotAhead,
    WeightIsNotPositive,
)

LARGEST = 1e15  # beyond this a float no longer keeps tenths, and spans could overflow


class TimeHasNoZone(Invalid):
    """Give the time with its zone or offset."""


def figure(number: float, path: str) -> float:
    """The number itself. Refuses `NotAFigure` (NaN, infinite, too large)."""
    if not abs(number) <= LARGEST:
        raise NotAFigure(path=(path,))
    return number


def weight(number: float) -> float:
    """The weight itself. Refuses `WeightIsNotPositive` (zero included) and `NotAFigure`."""
    if figure(number, "weight") <= 0:
        raise WeightIsNotPositive(path=("weight",))
    return number


def instant(at: datetime) -> datetime:
    """The time in UTC; Python compares two times of one zone by their wall clocks, wrong across a change of hour.

    Refuses `TimeHasNoZone`.
    """
    if at.utcoffset() is None:
        raise TimeHasNoZone
    return at.astimezone(UTC)


@dataclass(frozen=True)
class KeyResult:
    """A figure to move from baseline to target. `weight` is relative to the goal's other key results and sub-goals.

    Refuses `NotAFigure`, `WeightIsNotPositive`, `NoUnit`, `TargetIsNotAhead`, `StretchIsNotAhead`.
    """

    baseline: float
    target: float
    unit: str
    direction: Direction = Direction.INCREASE
    stretch: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        weight(self.weight)
        if not self.unit.strip():
            raise NoUnit(path=("unit",))
        if not self._ahead(figure(self.target, "target"), of=figure(self.baseline, "baseline")):
            raise TargetIsNotAhead(path=("target",))
        if self.stretch is not None and not self._ahead(figure(self.stretch, "stretch"), of=self.target):
            raise StretchIsNotAhead(path=("stretch",))

    def progress(self, value: float | None) -> float | None:
        """How far from baseline to target, 0 to 1, linear, clamped at both. No value is None, never 0 (S4)."""
        return None if value is None else _way(self.baseline, self.target, figure(value, "value"))

    def stretched(self, value: float | None) -> float | None:
        """How far from target to stretch, 0 to 1; None without a value or without a stretch. Never part of progress."""
        return (
            None if value is None or self.stretch is None else _way(self.target, self.stretch, figure(value, "value"))
        )

    def _ahead(self, further: float, of: float) -> bool:
        return further > of if self.direction is Direction.INCREASE else further < of


@dataclass(frozen=True)
class CheckIn:
    """What a person measured, and how sure they are (0 no hope, 10 certain) that the target will be reached.

    The confidence is shown beside the health and never changes it.
    Refuses `NotAFigure`, `ConfidenceIsOutOfRange`, `TimeHasNoZone`.
    """

    at: datetime
    value: float
    confidence: int
    note: str = ""

    def __post_init__(self) -> None:
        instant(self.at)
        figure(self.value, "value")
        if self.confidence not in range(11):
            raise ConfidenceIsOutOfRange(path=("confidence",))


class Point(NamedTuple):
    """One step of a key result's history."""

    at: datetime
    value: float
    progress: float


def history(key_result: KeyResult, check_ins: Iterable[CheckIn]) -> list[Point]:
    """Every check-in in order of its own time (UTC), however late it arrived; of two at one time the later told last.

    The last point is where the key result stands.
    """
    told = sorted(((instant(check_in.at), check_in.value) for check_in in check_ins), key=lambda point: point[0])
    return [Point(at, value, _way(key_result.baseline, key_result.target, value)) for at, value in told]


def _way(start: float, end: float, value: float) -> float:
    return min(1.0, max(0.0, (value - start) / (end - start)))
