"""A key result of a goal: what it asks for, how often, and what was measured last (S2, S4)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.strategy import CadenceIsNotPositive
from services.strategy.measure import CheckIn, KeyResult
from services.strategy.progress import stale

INSTANT = timedelta(milliseconds=1)


@dataclass
class TrackedKeyResult:
    """A key result with its newest check-in, without the note; `check_ins` numbers them as they were told.

    Refuses `CadenceIsNotPositive`.
    """

    id: UUID
    name: str
    figures: KeyResult
    cadence_days: int
    set_at: datetime
    newest: CheckIn | None = None
    check_ins: int = 0
    stale: bool = False

    def __post_init__(self) -> None:
        if self.cadence_days <= 0:
            raise CadenceIsNotPositive(path=("cadenceDays",))

    @property
    def progress(self) -> float | None:
        """How far it is from baseline to target; None before the first check-in."""
        return self.figures.progress(self.newest.value if self.newest else None)

    def says(self, other: "TrackedKeyResult") -> bool:
        """Whether both ask for the same."""
        return (self.name, self.figures, self.cadence_days) == (other.name, other.figures, other.cadence_days)

    def measure(self, check_in: CheckIn) -> None:
        """Take a check-in; one that tells of an earlier time than the newest is history only."""
        self.check_ins += 1
        if self.newest is None or check_in.at >= self.newest.at:
            self.newest = replace(check_in, note="")

    def watch(self, active_since: datetime, at: datetime) -> datetime | None:
        """See whether it is stale at that time; when it will be, where it is not.

        Its cadence runs from when it was measured, was set or its goal became active, whichever came last.
        """
        since = max(active_since, self.set_at, self.newest.at if self.newest else self.set_at)
        cadence = timedelta(days=self.cadence_days)
        self.stale = stale(None, since, cadence, at)
        return None if self.stale else since + cadence + INSTANT
