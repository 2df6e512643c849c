"""Everything that may be said to, heard from, and refused by strategy."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.messages import Command, Data, Event, Invalid, Moment, NotFound, Page, Query, Refused, Window


class GoalState(StrEnum):
    """The life of a goal (S1)."""

    DRAFT = "draft"
    ACTIVE = "active"
    ACHIEVED = "achieved"
    MISSED = "missed"
    RETIRED = "retired"


# -- said to strategy -------------------------------------------------------------------------------------------------


class SetGoal(Command):
    """Write down a goal, as a draft. The goal takes the command's id. Without an owner, whoever sets it owns it."""

    statement: str = Field(min_length=1, max_length=500)
    advantage: str = Field(min_length=1, max_length=500)
    starts: Moment
    ends: Moment
    owner_id: UUID | None = None
    supports: UUID | None = None


class GoalCommand(Command):
    """Something asked of one goal."""

    goal_id: UUID

    @property
    def key(self) -> str:
        """The goal."""
        return str(self.goal_id)


class ActivateGoal(GoalCommand):
    """Let work begin under a goal."""


class AchieveGoal(GoalCommand):
    """Declare a goal reached."""


class MissGoal(GoalCommand):
    """Declare a goal not reached."""


class RetireGoal(GoalCommand):
    """Drop a goal that no longer matters."""


# -- heard from strategy ----------------------------------------------------------------------------------------------


class GoalEvent(Event):
    """Something that happened to a goal."""

    topic: ClassVar[str] = "strategy.goals"

    goal_id: UUID

    @property
    def key(self) -> str:
        """The goal."""
        return str(self.goal_id)


class GoalSet(GoalEvent):
    """A goal was written down."""

    owner_id: UUID
    supports: UUID | None
    starts: Moment
    ends: Moment


class GoalActivated(GoalEvent):
    """Work may begin under a goal."""

    owner_id: UUID
    starts: Moment
    ends: Moment


class GoalAchieved(GoalEvent):
    """A goal was reached."""


class GoalMissed(GoalEvent):
    """A goal was not reached."""


class GoalRetired(GoalEvent):
    """A goal was dropped."""


# -- asked of strategy ------------------------------------------------------------------------------------------------


class Voices(Data):
    """How many distinct members spoke for a goal: in all, by a vote, by an idea."""

    heard: int = 0
    voters: int = 0
    contributors: int = 0


class Goal(Data):
    """A goal with the voices heard for it. `owner_name` is None until strategy has met the owner."""

    id: UUID
    statement: str
    advantage: str
    owner_id: UUID
    owner_name: str | None
    supports: UUID | None
    starts: Moment
    ends: Moment
    state: GoalState
    voices: Voices
    version: int


class GoalsNamed(Query):
    """Goals by id, in the order asked; None where there is none to see."""

    answer = list[Goal | None]

    goal_ids: tuple[UUID, ...] = Field(max_length=1000)


class GoalsPage(Query):
    """Goals, newest first."""

    answer = Page[Goal]

    state: GoalState | None = None
    supports: UUID | None = None
    window: Window


# -- refused by strategy ----------------------------------------------------------------------------------------------


class NoSuchGoal(NotFound):
    """There is no goal with this id."""


class GoalIsNotDraft(Refused):
    """Only a draft goal can be activated."""


class GoalIsNotActive(Refused):
    """Only an active goal can be achieved or missed."""


class GoalHasEnded(Refused):
    """This goal is achieved, missed or retired and does not change any more."""


class PeriodIsEmpty(Invalid):
    """A goal must end after it starts."""
