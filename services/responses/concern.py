"""What one case is to one member: who filed it or joined it, and the promise that runs for them (R2, R6)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.messages import Audience
from contracts.responses import (
    CaseJoined,
    CaseLeft,
    ClockBreached,
    ClockCancelled,
    ClockKind,
    ClockMet,
    ClockSettledLate,
    ClockWarned,
    ConcernEvent,
    CustomerWrote,
    NotJoined,
    WhyCancelled,
    concern_id,
)
from services.responses import outcomes
from services.responses.calendar import Calendar, Span
from services.responses.case import Case
from services.responses.clock import Clock
from services.responses.facts import Fact, Resolved, StaffWrote, Swept, Voided
from services.responses.outcomes import ClockOutcome, Reason
from services.responses.policy import Kind, Policy, Target
from services.responses.sla import CaseClocks, Outcomes

DAY_AND_NIGHT = Calendar("UTC", ((Span(0, 24 * 60),),) * 7)


class SettledBy(StrEnum):
    """What ends the waiting of everyone at once."""

    REPLY = "reply"
    RESOLUTION = "resolution"


@dataclass
class Settlement:
    """A reply or a resolution, as the clocks of its round see it. The first of a case is number 1."""

    id: str
    case_id: UUID
    number: int
    by: SettledBy
    at: datetime

    @property
    def fact(self) -> Fact:
        """What it is to a clock."""
        return StaffWrote(self.at) if self.by is SettledBy.REPLY else Resolved(self.at)


def settlement_id(case_id: UUID, number: int) -> str:
    """The settlement that ended a round."""
    return f"{case_id}:{number}"


@dataclass
class Concern:
    """One member, one place in a case, with a clock of their own that began when they posted or joined.

    `round` is how many settlements there were by then: the next one settles the clock. `owed` says whether something is
    still promised; `reminded` is when the clock is looked at next.
    """

    id: str
    case_id: UUID
    goal_id: UUID | None
    member_id: UUID
    filed: bool
    since: datetime
    round: int
    clock: Clock
    owed: bool
    left: bool = False
    reminded: datetime | None = None
    version: int = 1

    @classmethod
    def filing(cls, case: Case) -> tuple["Concern", list[ConcernEvent]]:
        """The place of who files; their clock may be warned or breached at birth (rule 1)."""
        clock, passed = _started(case.target, case.posted_at, case.filed_at, number=1)
        own = cls(
            concern_id(case.id, case.filer_id),
            case.id, case.goal_id, case.filer_id, True, case.filed_at, case.round, clock, clock.open,
        )  # fmt: skip
        return own, own._told(passed)

    @classmethod
    def joining(
        cls, case: Case, member_id: UUID, audience: Audience, at: datetime, before: "Concern | None"
    ) -> tuple["Concern", list[ConcernEvent]]:
        """The place of who joins, for the first time or again; their clock starts now (R2)."""
        version, number = (before.version + 1, before.clock.number + 1) if before else (1, 1)
        clock, _ = _started(case.target, at, at, number)
        own = cls(
            concern_id(case.id, member_id),
            case.id, case.goal_id, member_id, False, at, case.round, clock, clock.open, version=version,
        )  # fmt: skip
        return own, [CaseJoined(**own._about, audience=audience, joined_at=at, due_at=clock.due_at)]

    def leave(self, at: datetime) -> list[ConcernEvent]:
        """Be left; what is still promised is off (rule 13). Refuses `NotJoined`."""
        if self.left or self.filed:
            raise NotJoined(path=("caseId",))
        self.left = True
        self.version += 1
        events: list[ConcernEvent] = [CaseLeft(**self._about, left_at=at)]
        return events + (self._after(Voided(at, Reason.WITHDRAWN)) if self.owed else [])

    def write(self, at: datetime) -> list[ConcernEvent]:
        """Have the member add something."""
        self.version += 1
        return [CustomerWrote(**self._about, wrote_at=at)]

    def settle(self, settlement: Settlement) -> list[ConcernEvent]:
        """Have the reply or resolution of one's round; a later one, or the same again, changes nothing."""
        if not self.owed or settlement.number != self.round + 1:
            return []
        return self._after(settlement.fact)

    def is_behind(self, case: Case) -> bool:
        """Whether a reply or resolution has ended its round, and its clock does not say so yet."""
        return self.owed and self.round < case.round

    def sweep(self, at: datetime) -> list[ConcernEvent]:
        """Record what the passing of time alone has done: a breach, else a warning, once (rule 10)."""
        return self._after(Swept(at))

    def _after(self, fact: Fact) -> list[ConcernEvent]:
        clocks, passed = CaseClocks(_plain_hours(self.clock.target), (self.clock,)).after(fact)
        [self.clock] = clocks.clocks
        self.owed = self.clock.open
        return self._told(passed)

    def _told(self, passed: Outcomes) -> list[ConcernEvent]:
        return [event for outcome in passed for event in self._tell(outcome)]

    def _tell(self, outcome: ClockOutcome) -> list[ConcernEvent]:
        at = outcome.at
        match outcome:
            case outcomes.ClockWarned():
                return [ClockWarned(**self._of_clock(), warned_at=at)]
            case outcomes.ClockBreached():
                return [ClockBreached(**self._of_clock(), breached_at=at)]
            case outcomes.ClockMet():
                return [ClockMet(**self._of_clock(), met_at=at)]
            case outcomes.ClockSettledLate(overdue=overdue):
                late = overdue.total_seconds()
                return [ClockSettledLate(**self._of_clock(), settled_at=at, overdue_seconds=late)]
            case outcomes.ClockCancelled(reason=reason):
                return [ClockCancelled(**self._of_clock(), cancelled_at=at, why=WhyCancelled(reason.value))]
            case _:
                return []  # that a clock started is told by the filing or the joining

    def _of_clock(self) -> dict[str, object]:
        """About the clock, in the next version of all this."""
        self.version += 1
        clock = self.clock
        told = {"clock": ClockKind(clock.kind.value), "number": clock.number}
        return self._about | told | {"started_at": clock.started_at, "due_at": clock.due_at}

    @property
    def _about(self) -> dict[str, object]:
        told = {"case_id": self.case_id, "goal_id": self.goal_id, "member_id": self.member_id}
        return told | {"version": self.version}


def _plain_hours(target: Target) -> Policy:
    """A first reply, day and night."""
    return Policy("plain hours", DAY_AND_NIGHT, {Kind.FIRST_RESPONSE: target})


def _started(target: Target, posted_at: datetime, at: datetime, number: int) -> tuple[Clock, Outcomes]:
    clocks, passed = CaseClocks.filed(_plain_hours(target), posted_at, at)
    [clock] = clocks.clocks
    return replace(clock, number=number), passed
