"""One clock: a promise of open time to one customer, from running to settled (R6). A move returns what it caused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.responses.calendar import Calendar
from services.responses.hours import NOTHING
from services.responses.outcomes import (
    ClockBreached,
    ClockBroughtForward,
    ClockCancelled,
    ClockMet,
    ClockOutcome,
    ClockPaused,
    ClockResumed,
    ClockSettledLate,
    ClockStarted,
    ClockWarned,
    Reason,
    State,
)
from services.responses.policy import Kind, Target

TICK = timedelta(milliseconds=1)  # the finest time in the house (P16)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: at `since` it has `left` of open time. `warn_at` is None where no warning is wanted.

    `due_at` means nothing while paused, and stays where it was once the clock is breached or settled. Times given
    earlier than what the clock knows (facts that crossed) take no time off it and give it none.
    """

    kind: Kind
    number: int
    target: Target
    started_at: datetime
    since: datetime
    left: timedelta
    due_at: datetime
    warn_at: datetime | None
    state: State = State.PENDING
    warned: bool = False
    pauses: int = 0

    @classmethod
    def started(cls, kind: Kind, number: int, target: Target, at: datetime, calendar: Calendar) -> "Move":
        """A clock that runs since the customer posted `at`, or the next opening (rule 1)."""
        clock = cls(kind, number, target, at, at, target.within, due_at=at, warn_at=None)._running(calendar)
        return clock, (ClockStarted(kind, number, at, clock.due_at),)

    @property
    def running(self) -> bool:
        """Whether open time is being used up."""
        return self.state in (State.PENDING, State.WARNED)

    @property
    def open(self) -> bool:
        """Whether what was promised is still owed."""
        return self.running or self.state in (State.PAUSED, State.BREACHED)

    @property
    def next_due(self) -> datetime | None:
        """When this clock is due, or was and still is owed; None while nothing is running out."""
        return self.due_at if self.running or self.state is State.BREACHED else None

    @property
    def wakes_at(self) -> datetime | None:
        """The earliest time at which a sweep finds something: a warning, or a breach one tick after due."""
        if not self.running:
            return None
        return self.due_at + TICK if self.state is State.WARNED or self.warn_at is None else self.warn_at

    def swept(self, at: datetime) -> "Move":
        """Record what the passing of time alone has done by `at`: a breach, else a warning."""
        if self._overdue(at):
            return self._breached(at)
        if self.state is State.PENDING and self.warn_at is not None and at >= self.warn_at:
            warned = replace(self, state=State.WARNED, warned=True)
            return warned, (ClockWarned(self.kind, self.number, at, self.due_at),)
        return self, ()

    def settled(self, at: datetime, calendar: Calendar) -> "Move":
        """What was promised came: met if by the due time, inclusive (3), else late, with the breach if new (10)."""
        if self._overdue(at) or self.state is State.BREACHED:
            return self._late(at)
        if self.open:
            return self._still(State.MET, at, calendar), (ClockMet(self.kind, self.number, at),)
        return self, ()

    def paused(self, at: datetime, calendar: Calendar) -> "Move":
        """Keep the remaining open time (9). What is overdue is breached instead; a breached clock does not pause."""
        if self._overdue(at):
            return self._breached(at)
        if not self.running:
            return self, ()
        paused = replace(self._still(State.PAUSED, at, calendar), pauses=self.pauses + 1)
        return paused, (ClockPaused(self.kind, self.number, at, paused.left),)

    def resumed(self, at: datetime, calendar: Calendar) -> "Move":
        """End a pause: due again once the remaining open time has passed (9)."""
        return self._again(at, calendar) if self.state is State.PAUSED else (self, ())

    def reopened(self, at: datetime, calendar: Calendar) -> "Move":
        """Take back that it was settled: a met clock runs on, a late one is breached as before (12)."""
        if self.state is State.MET:
            return self._again(at, calendar)
        if self.state is State.SETTLED_LATE:
            owed = replace(self, state=State.BREACHED)
            return owed, (ClockResumed(self.kind, self.number, at, self.due_at),)
        return self, ()

    def begun_earlier(self, at: datetime, calendar: Calendar) -> "Move":
        """Run since `at` where that is earlier (5); pauses in between stay as they were."""
        if not self.running or at >= self.started_at:
            return self, ()
        if self.pauses:
            used = calendar.open_between(at, self.started_at)
            earlier = replace(self, started_at=at, left=max(self.left - used, NOTHING))
        else:
            earlier = replace(self, started_at=at, since=at)
        earlier = earlier._running(calendar)
        return earlier, (ClockBroughtForward(self.kind, self.number, at, earlier.due_at),)

    def stopped(self, at: datetime) -> "Move":
        """The case was resolved and nobody had answered: late if overdue, else off, for it was not met (4, 7)."""
        if self._overdue(at) or self.state is State.BREACHED:
            return self._late(at)
        return self.cancelled(at, Reason.RESOLVED) if self.open else (self, ())

    def dropped(self, at: datetime) -> "Move":
        """Nothing is promised any more (8). A breach that has happened stays, or dropping would be a way to hide it."""
        if self._overdue(at):
            return self._breached(at)
        return self.cancelled(at, Reason.DROPPED) if self.open and self.state is not State.BREACHED else (self, ())

    def cancelled(self, at: datetime, reason: Reason) -> "Move":
        """Take the clock out of every rate (13), whatever it was."""
        if self.state is State.CANCELLED:
            return self, ()
        cancelled = replace(self, state=State.CANCELLED)
        return cancelled, (ClockCancelled(self.kind, self.number, at, self.state, reason),)

    def _overdue(self, at: datetime) -> bool:
        return self.running and at > self.due_at

    def _breached(self, at: datetime) -> "Move":
        breached = replace(self, state=State.BREACHED)
        return breached, (ClockBreached(self.kind, self.number, at, self.due_at),)

    def _late(self, at: datetime) -> "Move":
        breached, broken = self._breached(at) if self.running else (self, ())
        overdue = ClockSettledLate(self.kind, self.number, at, max(at - self.due_at, NOTHING))
        return replace(breached, state=State.SETTLED_LATE), (*broken, overdue)

    def _still(self, state: State, at: datetime, calendar: Calendar) -> "Clock":
        used = calendar.open_between(self.since, at) if self.running else NOTHING
        return replace(self, state=state, since=max(self.since, at), left=self.left - used)

    def _again(self, at: datetime, calendar: Calendar) -> "Move":
        clock = replace(self, since=max(self.since, at))._running(calendar)
        return clock, (ClockResumed(self.kind, self.number, at, clock.due_at),)

    def _running(self, calendar: Calendar) -> "Clock":
        due_at = calendar.due(self.since, self.left)
        warn_at = calendar.due(self.since, self.left - self.target.warning) if self.target.warning else None
        state = State.WARNED if self.warned else State.PENDING
        return replace(self, state=state, due_at=due_at, warn_at=warn_at)


Move = tuple[Clock, tuple[ClockOutcome, ...]]


def rate_met(clocks: Iterable[Clock]) -> float | None:
    """Met ÷ (met + breached), late ones among the breached; None where there is no such clock (14)."""
    states = [clock.state for clock in clocks]
    met = states.count(State.MET)
    counted = met + states.count(State.BREACHED) + states.count(State.SETTLED_LATE)
    return met / counted if counted else None
