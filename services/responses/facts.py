"""What may happen to a case that its clocks care about (R6).

`posted_at` is when a customer wrote, `at` when it reached the case; both are aware.
"""

from dataclasses import dataclass
from datetime import datetime

from services.responses.outcomes import Reason
from services.responses.policy import Kind


@dataclass(frozen=True, slots=True)
class CustomerWrote:
    """The customer wrote again. `thanks`: there is nothing in it to answer."""

    posted_at: datetime
    at: datetime
    thanks: bool = False


@dataclass(frozen=True, slots=True)
class StaffWrote:
    """Someone of the house wrote: `public` is False for a note, `human` is False for a bot."""

    at: datetime
    public: bool = True
    human: bool = True


@dataclass(frozen=True, slots=True)
class AnswerAccepted:
    """The answer of a peer was accepted."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reassigned:
    """The case went to someone else, or to nobody."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """The case waits for someone outside the house."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """Staff ended the pause."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """The case was resolved."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reopened:
    """The resolution did not hold."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TargetDropped:
    """The policy of the case promises this no longer."""

    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Voided:
    """The case is none: spam, merged into another, or withdrawn."""

    at: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Swept:
    """Time has passed. No fact with an earlier time may still be on its way, or a reply in time would be late."""

    at: datetime


Fact = (
    CustomerWrote
    | StaffWrote
    | AnswerAccepted
    | Reassigned
    | Paused
    | Resumed
    | Resolved
    | Reopened
    | TargetDropped
    | Voided
    | Swept
)
