"""A goal: what the organization is trying to achieve, on which advantage it builds, and how far it is (S1, S2, S4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.strategy import (
    CheckedIn,
    GoalAchieved,
    GoalActivated,
    GoalHasEnded,
    GoalIsNotActive,
    GoalIsNotDraft,
    GoalMissed,
    GoalProgressed,
    GoalRetired,
    GoalSet,
    GoalState,
    Health,
    KeyResultChanged,
    KeyResultDropped,
    KeyResultSet,
    NoSuchKeyResult,
    PeriodIsEmpty,
    TooManyKeyResults,
)
from services.strategy.key_result import TrackedKeyResult
from services.strategy.measure import CheckIn, weight
from services.strategy.progress import Period, Rolled, Standing, next_turn, rolled, standing

MOST_KEY_RESULTS = 20
COUNTED = (GoalState.ACTIVE, GoalState.ACHIEVED, GoalState.MISSED)  # towards the goal that they support
ENDED = (GoalState.ACHIEVED, GoalState.MISSED, GoalState.RETIRED)


@dataclass
class Goal:
    """Draft, then active, then achieved, missed or retired; never back."""

    id: UUID
    statement: str
    advantage: str
    owner_id: UUID
    supports: UUID | None
    starts: datetime
    ends: datetime
    set_at: datetime
    state: GoalState = GoalState.DRAFT
    version: int = 1
    weight: float = 1.0
    key_results: dict[UUID, TrackedKeyResult] = field(default_factory=dict)
    active_since: datetime | None = None
    progress: float | None = None
    covered: float = 0.0
    health: Health | None = None
    stale: bool = False
    told: float | None = None  # the progress last announced
    look_at: datetime | None = None  # when time alone moves how it stands
    top: bool = False  # whether it supports none: kept because an index reads that in order, and not what is absent

    def __post_init__(self) -> None:
        self.top = self.supports is None

    @property
    def part(self) -> tuple[float, Rolled] | None:
        """What the goal that it supports sees of it: weight, and how it stands; None where it does not count there."""
        return (self.weight, Rolled(self.progress, self.covered)) if self.state in COUNTED else None

    @property
    def period(self) -> Period:
        """From when to when it is pursued."""
        return Period(self.starts, self.ends)

    def set(self) -> list[GoalSet]:
        """Write it down. Refuses `PeriodIsEmpty`, `WeightIsNotPositive`, `NotAFigure`."""
        weight(self.weight)
        if self.ends <= self.starts:
            raise PeriodIsEmpty(path=("ends",))
        told = {"owner_id": self.owner_id, "supports": self.supports, "starts": self.starts, "ends": self.ends}
        return [GoalSet(goal_id=self.id, version=self.version, **told)]

    def activate(self, at: datetime) -> list[GoalActivated]:
        """Let work begin. Refuses `GoalIsNotDraft`, `GoalHasEnded`."""
        self._must_live()
        if self.state is not GoalState.DRAFT:
            raise GoalIsNotDraft
        self._become(GoalState.ACTIVE)
        self.active_since = at
        told = {"owner_id": self.owner_id, "starts": self.starts, "ends": self.ends}
        return [GoalActivated(goal_id=self.id, version=self.version, **told)]

    def achieve(self) -> list[GoalAchieved]:
        """Be reached. Refuses `GoalIsNotActive`, `GoalHasEnded`."""
        self._must_be_active()
        self._become(GoalState.ACHIEVED)
        return [GoalAchieved(goal_id=self.id, version=self.version)]

    def miss(self) -> list[GoalMissed]:
        """Not be reached. Refuses `GoalIsNotActive`, `GoalHasEnded`."""
        self._must_be_active()
        self._become(GoalState.MISSED)
        return [GoalMissed(goal_id=self.id, version=self.version)]

    def retire(self) -> list[GoalRetired]:
        """Be dropped, from draft or active. Refuses `GoalHasEnded`."""
        self._must_live()
        self._become(GoalState.RETIRED)
        return [GoalRetired(goal_id=self.id, version=self.version)]

    def set_key_result(self, key_result: TrackedKeyResult) -> list[KeyResultSet]:
        """Be measured by one more figure. Refuses `GoalHasEnded`, `TooManyKeyResults`."""
        self._must_live()
        if len(self.key_results) >= MOST_KEY_RESULTS:
            raise TooManyKeyResults
        self.key_results[key_result.id] = key_result
        return [KeyResultSet(**self._figures(key_result))]

    def change_key_result(self, key_result: TrackedKeyResult) -> list[KeyResultChanged]:
        """Say a key result anew, keeping what was measured. Refuses `GoalHasEnded`, `NoSuchKeyResult`."""
        self._must_live()
        known = self.key_result(key_result.id)
        if known.says(key_result):
            return []
        known.name, known.figures, known.cadence_days = key_result.name, key_result.figures, key_result.cadence_days
        return [KeyResultChanged(**self._figures(known))]

    def drop_key_result(self, key_result_id: UUID) -> list[KeyResultDropped]:
        """Be measured by a figure no more. Refuses `GoalHasEnded`, `NoSuchKeyResult`."""
        self._must_live()
        del self.key_results[self.key_result(key_result_id).id]
        return [KeyResultDropped(goal_id=self.id, version=self._next(), key_result_id=key_result_id)]

    def check_in(self, key_result_id: UUID, check_in: CheckIn, member_id: UUID) -> list[CheckedIn]:
        """Take what was measured. Refuses `GoalIsNotActive`, `GoalHasEnded`, `NoSuchKeyResult`."""
        self._must_be_active()
        key_result = self.key_result(key_result_id)
        key_result.measure(check_in)
        checked_in = CheckedIn(
            goal_id=self.id,
            version=self._next(),
            key_result_id=key_result_id,
            member_id=member_id,
            value=check_in.value,
            progress=key_result.figures.progress(check_in.value),
            confidence=check_in.confidence,
            measured_at=check_in.at,
        )
        return [checked_in]

    def key_result(self, key_result_id: UUID) -> TrackedKeyResult:
        """One of its key results. Refuses `NoSuchKeyResult`."""
        if key_result_id not in self.key_results:
            raise NoSuchKeyResult(path=("keyResultId",))
        return self.key_results[key_result_id]

    def stand(self, below: Iterable[tuple[float, Rolled]], at: datetime) -> list[GoalProgressed]:
        """See how it stands at that time, with the goals right below it, and when to look again because time moves it.

        Only an active goal moves; an ended one keeps how it stood. Small steps are told once they add up (S4).
        """
        self.look_at = None
        if self.state is not GoalState.ACTIVE:
            return []
        own = [(each.figures.weight, each.progress) for each in self.key_results.values()]
        self.progress, self.covered = rolled(own, below)
        since = self.active_since or self.set_at
        looks = [each.watch(since, at) for each in self.key_results.values()]
        looks.append(next_turn(self.progress, self.period, at))
        self.look_at = min((each for each in looks if each), default=None)
        now, stale = standing(self.progress, self.period, at), any(each.stale for each in self.key_results.values())
        if not now.moved_from(Standing(self.told, now.pace, self.health)) and stale == self.stale:
            return []
        self.told, self.health, self.stale = now.progress, now.health, stale
        told = {"progress": self.progress, "covered": self.covered, "pace": now.pace, "health": self.health}
        return [GoalProgressed(goal_id=self.id, version=self._next(), stale=stale, stood_at=at, **told)]

    def _figures(self, key_result: TrackedKeyResult) -> dict[str, object]:
        figures = key_result.figures
        return {
            "goal_id": self.id,
            "version": self._next(),
            "key_result_id": key_result.id,
            "baseline": figures.baseline,
            "target": figures.target,
            "stretch": figures.stretch,
            "direction": figures.direction,
            "weight": figures.weight,
            "cadence_days": key_result.cadence_days,
        }

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _become(self, state: GoalState) -> None:
        self.state = state
        self._next()

    def _must_live(self) -> None:
        if self.state in ENDED:
            raise GoalHasEnded

    def _must_be_active(self) -> None:
        self._must_live()
        if self.state is not GoalState.ACTIVE:
            raise GoalIsNotActive
