"""Where a clock stands, and what becomes of it: plain facts that a handler tells on (R6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.responses.policy import Kind


class State(StrEnum):
    """Where a clock stands. Pending and warned run; these, paused and breached are open; the rest are settled."""

    PENDING = "pending"
    WARNED = "warned"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    SETTLED_LATE = "settled_late"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a clock was cancelled."""

    DROPPED = "dropped"
    RESOLVED = "resolved"
    SPAM = "spam"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ClockOutcome:
    """Something that became of a clock at `at`. `kind` and `number` name the clock within its case."""

    kind: Kind
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockStarted(ClockOutcome):
    """A promise began to run, at the time the customer posted."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockBroughtForward(ClockOutcome):
    """An earlier unanswered message came to light: the promise runs since then."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockWarned(ClockOutcome):
    """A promise has little open time left."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockBreached(ClockOutcome):
    """A promise was not kept. It was broken after `due_at`; `at` is when that was recorded: once, ever."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockMet(ClockOutcome):
    """A promise was kept."""


@dataclass(frozen=True, slots=True)
class ClockSettledLate(ClockOutcome):
    """What was promised came after the breach. `overdue` is true time since the clock was due, not open time."""

    overdue: timedelta


@dataclass(frozen=True, slots=True)
class ClockPaused(ClockOutcome):
    """A promise stands still with `left` of its open time remaining."""

    left: timedelta


@dataclass(frozen=True, slots=True)
class ClockResumed(ClockOutcome):
    """A promise runs again, after a pause or because the case was reopened: what was settled no longer is."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockCancelled(ClockOutcome):
    """A promise is off, and counts in no rate; `was` is the state that it may have been counted in until now."""

    was: State
    reason: Reason
