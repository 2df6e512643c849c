"""A goal: what the organization is trying to achieve, and on which advantage it builds (S1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.strategy import (
    GoalAchieved,
    GoalActivated,
    GoalHasEnded,
    GoalIsNotActive,
    GoalIsNotDraft,
    GoalMissed,
    GoalRetired,
    GoalSet,
    GoalState,
    PeriodIsEmpty,
)

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

    def set(self) -> list[GoalSet]:
        """Write it down. Refuses `PeriodIsEmpty`."""
        if self.ends <= self.starts:
            raise PeriodIsEmpty(path=("ends",))
        told = {"owner_id": self.owner_id, "supports": self.supports, "starts": self.starts, "ends": self.ends}
        return [GoalSet(goal_id=self.id, version=self.version, **told)]

    def activate(self) -> list[GoalActivated]:
        """Let work begin. Refuses `GoalIsNotDraft`, `GoalHasEnded`."""
        self._must_live()
        if self.state is not GoalState.DRAFT:
            raise GoalIsNotDraft
        self._become(GoalState.ACTIVE)
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

    def _become(self, state: GoalState) -> None:
        self.state = state
        self.version += 1

    def _must_live(self) -> None:
        if self.state in ENDED:
            raise GoalHasEnded

    def _must_be_active(self) -> None:
        self._must_live()
        if self.state is not GoalState.ACTIVE:
            raise GoalIsNotActive
