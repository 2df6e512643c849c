"""Everything that may be said to, heard from, and refused by strategy."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.messages import Command, Data, Event, Invalid, Moment, NotFound, Page, Query, Refused, Window

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Unit = Annotated[str, StringConstraints(max_length=50, strip_whitespace=True)]
Note = Annotated[str, StringConstraints(max_length=2000)]


class GoalState(StrEnum):
    """The life of a goal (S1)."""

    DRAFT = "draft"
    ACTIVE = "active"
    ACHIEVED = "achieved"
    MISSED = "missed"
    RETIRED = "retired"


class Direction(StrEnum):
    """Which way is better."""

    INCREASE = "increase"
    DECREASE = "decrease"


class Health(StrEnum):
    """Progress held against the pace."""

    AHEAD = "ahead"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BEHIND = "behind"


# -- said to strategy -------------------------------------------------------------------------------------------------


class SetGoal(Command):
    """Write down a goal, as a draft. The goal takes the command's id. Without an owner, whoever sets it owns it.

    `weight` is relative to the other parts of the goal that it `supports`: that one's key results and sub-goals.
    """

    statement: str = Field(min_length=1, max_length=500)
    advantage: str = Field(min_length=1, max_length=500)
    starts: Moment
    ends: Moment
    owner_id: UUID | None = None
    supports: UUID | None = None
    weight: float = 1.0


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


class KeyResultFigures(GoalCommand):
    """What a key result says: the figure to move from baseline to target, and how often it is measured (S2).

    `weight` is relative to the goal's other key results and sub-goals; `cadence_days` is the most that may go by
    between two check-ins.
    """

    name: Name
    baseline: float
    target: float
    stretch: float | None = None
    unit: Unit
    direction: Direction = Direction.INCREASE
    weight: float = 1.0
    cadence_days: int = Field(default=7, le=3650)


class SetKeyResult(KeyResultFigures):
    """Measure a goal, a draft or an active one, by one more figure. The key result takes the command's id."""


class ChangeKeyResult(KeyResultFigures):
    """Say a key result anew. What was measured so far stays, and is held against the new figures."""

    key_result_id: UUID


class DropKeyResult(GoalCommand):
    """Measure a goal by this figure no more."""

    key_result_id: UUID


class CheckIn(GoalCommand):
    """Tell what was measured, and how sure one is, from 0 to 10, that the target will be reached.

    `measured_at` is when; on arrival unless said. Of two at one time the later told counts. The note stays with
    strategy and is in no event.
    """

    key_result_id: UUID
    value: float
    confidence: int
    note: Note = ""
    measured_at: Moment | None = None


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


class KeyResultEvent(GoalEvent):
    """What a key result asks for."""

    key_result_id: UUID
    baseline: float
    target: float
    stretch: float | None
    direction: Direction
    weight: float
    cadence_days: int


class KeyResultSet(KeyResultEvent):
    """A goal is measured by one more figure."""


class KeyResultChanged(KeyResultEvent):
    """A key result was said anew."""


class KeyResultDropped(GoalEvent):
    """A goal is measured by this figure no more."""

    key_result_id: UUID


class CheckedIn(GoalEvent):
    """A member told what was measured; `progress` is how far that is from baseline to target, 0 to 1."""

    key_result_id: UUID
    member_id: UUID
    value: float
    progress: float
    confidence: int
    measured_at: Moment


class GoalProgressed(GoalEvent):
    """The progress of a goal, its health or its staleness moved, by what was measured or by time alone (S4).

    `progress`, `covered` and `pace` are shares from 0 to 1: `covered` is how much of the goal's weight was measured,
    `pace` how much of its period had gone by at `stood_at`. Without a measurement `progress` and `health` are None.
    """

    progress: float | None
    covered: float
    pace: float
    health: Health | None
    stale: bool
    stood_at: Moment


# -- asked of strategy ------------------------------------------------------------------------------------------------


class Voices(Data):
    """How many distinct members spoke for a goal: in all, by a vote, by an idea."""

    heard: int = 0
    voters: int = 0
    contributors: int = 0


class KeyResult(Data):
    """A key result, and where it stands by its newest check-in; `stretched` tells the way from target to stretch."""

    id: UUID
    name: str
    baseline: float
    target: float
    stretch: float | None
    unit: str
    direction: Direction
    weight: float
    cadence_days: int
    value: float | None
    progress: float | None
    stretched: float | None
    confidence: int | None
    measured_at: Moment | None
    stale: bool


class Measurement(Data):
    """One check-in as it is kept, held against its key result as that is now."""

    value: float
    progress: float
    confidence: int
    note: str
    measured_at: Moment
    arrived: Moment
    member_id: UUID
    member_name: str | None


class GoalOrder(StrEnum):
    """How a list of goals is sorted; ties by id."""

    NEWEST = "newest"
    ENDING = "ending"


class Goal(Data):
    """A goal, how it stands, and what was heard for it. `owner_name` is None until strategy has met the owner.

    `progress`, `covered`, `health` and `stale` are as last told by `GoalProgressed`, or finer; `pace` is that of the
    time asked for, None where none was. `ideas` were submitted for it and `adopted_ideas` of them adopted; `cases` were
    filed about it.
    """

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
    weight: float = 1.0
    key_results: tuple[KeyResult, ...] = ()
    progress: float | None = None
    covered: float = 0.0
    pace: float | None = None
    health: Health | None = None
    stale: bool = False
    ideas: int = 0
    adopted_ideas: int = 0
    cases: int = 0


class GoalsNamed(Query):
    """Goals by id, in the order asked; None where there is none to see. `at` is the time whose pace is told."""

    answer = list[Goal | None]

    goal_ids: tuple[UUID, ...] = Field(max_length=1000)
    at: Moment | None = None


class GoalsPage(Query):
    """Goals as sorted. `top` are those that support no other. `at` is the time whose pace is told."""

    answer = Page[Goal]

    state: GoalState | None = None
    supports: UUID | None = None
    top: bool = False
    owner_id: UUID | None = None
    health: Health | None = None
    order: GoalOrder = GoalOrder.NEWEST
    window: Window
    at: Moment | None = None


class CheckInsPage(Query):
    """Every check-in of a key result in the order of its own time, oldest first.

    Refused with `NoSuchGoal`, `NoSuchKeyResult`.
    """

    answer = Page[Measurement]

    goal_id: UUID
    key_result_id: UUID
    window: Window


# -- refused by strategy ----------------------------------------------------------------------------------------------


class NoSuchGoal(NotFound):
    """There is no goal with this id."""


class GoalIsNotDraft(Refused):
    """Only a draft goal can be activated."""


class GoalIsNotActive(Refused):
    """Only an active goal can be achieved or missed, or takes check-ins. Activate it first."""


class GoalHasEnded(Refused):
    """This goal is achieved, missed or retired and does not change any more."""


class PeriodIsEmpty(Invalid):
    """A goal must end after it starts."""


class NoSuchKeyResult(NotFound):
    """This goal has no such key result."""


class TooManyKeyResults(Refused):
    """A goal has at most twenty key results. Drop one, or set a goal of its own that supports this one."""


class MeasuredInTheFuture(Invalid):
    """A check-in tells what was measured already. Give a time that has passed, or none."""


class NotAFigure(Invalid):
    """Give a finite number between -10^15 and 10^15."""


class WeightIsNotPositive(Invalid):
    """Give a weight above zero. What should not count is left out, not weighed with zero."""


class NoUnit(Invalid):
    """Say what the figures count: a unit such as %, days or ideas."""


class TargetIsNotAhead(Invalid):
    """The target must lie beyond the baseline, on the side that is declared better."""


class StretchIsNotAhead(Invalid):
    """The stretch must lie beyond the target, on the side that is declared better."""


class ConfidenceIsOutOfRange(Invalid):
    """Give the confidence as a whole number from 0 to 10."""


class CadenceIsNotPositive(Invalid):
    """The time between measurements must be above zero."""
