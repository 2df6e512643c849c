"""The escalation path: who is told next when a promise is in danger, broken, or nobody does anything (R7)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.messages import Invalid
from services.responses.calendar import Calendar

MOST_STEPS = 20


class PathIsEmpty(Invalid):
    """An escalation path needs at least one step: the executive who answers for it."""


class PathIsTooLong(Invalid):
    """An escalation path has at most 20 steps. Leave some out."""


class PathHasNoExecutive(Invalid):
    """An escalation path must end with a named person, the executive who answers for it, and not a team or role."""


class WaitIsNegative(Invalid):
    """A step may wait no time at all, but not less."""


class Whom(StrEnum):
    """Who may be told."""

    PERSON = "person"
    TEAM = "team"
    ROLE = "role"


class Cause(StrEnum):
    """What a step waits upon: a warned clock, a breached clock, or only that nobody acts."""

    WARNING = "warning"
    BREACH = "breach"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Step:
    """Tell `name`, a person's id or the name of a team or role, `wait` of open time after `on`, if nobody acts."""

    whom: Whom
    name: str
    on: Cause
    wait: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.wait < timedelta(0):
            raise WaitIsNegative()


@dataclass(frozen=True, slots=True)
class Path:
    """One to twenty steps in order, the last of them a named executive."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise PathIsEmpty()
        if len(self.steps) > MOST_STEPS:
            raise PathIsTooLong()
        if self.steps[-1].whom is not Whom.PERSON:
            raise PathHasNoExecutive()


@dataclass(frozen=True, slots=True)
class Escalated:
    """A step was taken: `number` (from 1) of the path; `last` when this is the executive at its end."""

    number: int
    step: Step
    at: datetime
    last: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far one case has gone along its path.

    A step is due once its wait has passed, in open time, since the latest of: its cause, the step before, and the last
    time that somebody acted. So an act does not end the path: silence after it goes on where it stood.
    """

    path: Path
    began_at: datetime
    taken: int = 0
    moved_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    resting: bool = False

    def warned(self, at: datetime) -> "Escalation":
        """A clock of the case was warned; the first time counts. It ends a rest."""
        return replace(self, warned_at=self.warned_at or at, resting=False)

    def breached(self, at: datetime) -> "Escalation":
        """A clock of the case was breached, which is a warning too; the first time counts. It ends a rest."""
        return replace(self.warned(at), breached_at=self.breached_at or at)

    def acted(self, at: datetime) -> "Escalation":
        """Somebody did something about the case: the wait begins anew."""
        return replace(self, moved_at=max(self.moved_at or at, at))

    def rested(self) -> "Escalation":
        """Nobody need act for now: the case is paused."""
        return replace(self, resting=True)

    def settled(self, at: datetime) -> "Escalation":
        """Nothing is owed any more: the path rests, and would begin again now at its first step."""
        return Escalation(self.path, began_at=at, resting=True)

    def woken(self, at: datetime) -> "Escalation":
        """Somebody must act again: the rest is over, and the wait begins now."""
        return replace(self.acted(at), resting=False)

    def next_at(self, calendar: Calendar) -> datetime | None:
        """When the next step is due if nobody acts; None while nothing has caused it, at rest, and after the last."""
        if self.resting or self.taken == len(self.path.steps):
            return None
        step = self.path.steps[self.taken]
        causes = {Cause.WARNING: self.warned_at, Cause.BREACH: self.breached_at, Cause.SILENCE: self.began_at}
        caused_at = causes[step.on]
        return None if caused_at is None else calendar.due(max(caused_at, self.moved_at or caused_at), step.wait)

    def swept(self, at: datetime, calendar: Calendar) -> "tuple[Escalation, tuple[Escalated, ...]]":
        """Take the steps that are due by `at`. Each later step waits since the one before was really taken."""
        due_at = self.next_at(calendar)
        if due_at is None or at < due_at:
            return self, ()
        number = self.taken + 1
        last = number == len(self.path.steps)
        told = Escalated(number, self.path.steps[self.taken], at, last)
        further, more = replace(self, taken=number, moved_at=at).swept(at, calendar)
        return further, (told, *more)
