"""The clocks of one case: facts with their times go in, the new clocks and what became of them come out (R6).

Facts are taken in the order in which they reached the case. Numbers in brackets are the SLA rules of R6.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.responses.clock import Clock, Move
from services.responses.facts import (
    AnswerAccepted,
    CustomerWrote,
    Fact,
    Paused,
    Reassigned,
    Reopened,
    Resolved,
    Resumed,
    StaffWrote,
    Swept,
    TargetDropped,
    Voided,
)
from services.responses.outcomes import ClockOutcome
from services.responses.policy import Kind, Policy

TOTAL = (Kind.TOTAL_RESOLUTION,)
RESPONSES = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE)
AT_FILING = (Kind.FIRST_RESPONSE, Kind.FIRST_RESOLUTION, Kind.TOTAL_RESOLUTION)

Outcomes = tuple[ClockOutcome, ...]


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """Every clock that one case ever had, under the policy it was filed with."""

    policy: Policy
    clocks: tuple[Clock, ...] = ()
    dropped: frozenset[Kind] = frozenset()
    responded: bool = False
    resolved_at: datetime | None = None
    void: bool = False

    @classmethod
    def filed(cls, policy: Policy, posted_at: datetime, at: datetime) -> "Turn":
        """Start the clocks of a new case when the customer posted; they may be born breached (1)."""
        clocks = cls(policy)
        outcomes: Outcomes = ()
        for kind in AT_FILING:
            clocks, started = clocks._started(kind, posted_at)
            outcomes += started
        clocks, passed = clocks.after(Swept(at))
        return clocks, outcomes + passed

    @property
    def next_due(self) -> datetime | None:
        """The earliest due time that is still owed, be it past (16)."""
        return min((due for clock in self.clocks if (due := clock.next_due)), default=None)

    @property
    def wakes_at(self) -> datetime | None:
        """The earliest time at which a sweep of this case finds something; sweep within a minute of it (11)."""
        return min((wakes for clock in self.clocks if (wakes := clock.wakes_at)), default=None)

    def reopens(self, message: CustomerWrote) -> bool:
        """Whether a message reopens the case: all do after a resolution, but for thanks within the grace window (7)."""
        return self.resolved_at is not None and not self._is_closing_thanks(message)

    def after(self, fact: Fact) -> "Turn":
        """The clocks once a fact is taken in, and what it did to them. Nothing moves the clocks of a void case (13)."""
        if self.void:
            return self, ()
        calendar = self.policy.calendar
        match fact:
            case CustomerWrote():
                return self._heard(fact)
            case StaffWrote(at):
                return self._answered(at) if fact.public and fact.human else (self, ())  # (4)
            case AnswerAccepted(at):
                return self._answered(at) if self.policy.answers_count else (self, ())
            case Reassigned():
                return self, ()  # (15)
            case Paused(at):
                return self._each(lambda clock: clock.paused(at, calendar))
            case Resumed(at):
                return self._each(lambda clock: clock.resumed(at, calendar))
            case Resolved(at):
                return self._resolved(at)
            case Reopened(at):
                return self._reopened(at)
            case TargetDropped(kind, at):
                without = replace(self, dropped=self.dropped | {kind})
                return without._each(lambda clock: clock.dropped(at), {kind})
            case Voided(at, reason):
                return replace(self, void=True)._each(lambda clock: clock.cancelled(at, reason))
            case _:
                return self._each(lambda clock: clock.swept(fact.at))

    def _heard(self, message: CustomerWrote) -> "Turn":
        """A customer waits: end pauses (9), take back a resolution (12), and run since the earliest message (5)."""
        if self._is_closing_thanks(message):
            return self, ()
        clocks, taken_back = self._reopened(message.posted_at)
        clocks, resumed = clocks.after(Resumed(message.posted_at))
        clocks, waiting = clocks._waiting(message.posted_at)
        clocks, passed = clocks.after(Swept(message.at))
        return clocks, taken_back + resumed + waiting + passed

    def _waiting(self, posted_at: datetime) -> "Turn":
        if not self.responded:
            return self, ()
        if any(clock.open for clock in self.clocks if clock.kind is Kind.NEXT_RESPONSE):
            calendar = self.policy.calendar
            return self._each(lambda clock: clock.begun_earlier(posted_at, calendar), {Kind.NEXT_RESPONSE})
        return self._started(Kind.NEXT_RESPONSE, posted_at)

    def _answered(self, at: datetime) -> "Turn":
        """Nobody waits any more (6)."""
        calendar = self.policy.calendar
        return replace(self, responded=True)._each(lambda clock: clock.settled(at, calendar), RESPONSES)

    def _resolved(self, at: datetime) -> "Turn":
        """Stop the clock of whoever waits for a response (7), and settle what is left: both resolutions."""
        if self.resolved_at is not None:
            return self, ()
        calendar = self.policy.calendar
        clocks = replace(self, resolved_at=at, responded=True)
        clocks, stopped = clocks._each(lambda clock: clock.stopped(at), RESPONSES)
        clocks, settled = clocks._each(lambda clock: clock.settled(at, calendar))
        return clocks, stopped + settled

    def _reopened(self, at: datetime) -> "Turn":
        if self.resolved_at is None:
            return self, ()
        calendar = self.policy.calendar
        return replace(self, resolved_at=None)._each(
            lambda clock: clock.reopened(at, calendar), {Kind.TOTAL_RESOLUTION}
        )

    def _started(self, kind: Kind, at: datetime) -> "Turn":
        target = self.policy.targets.get(kind)
        if target is None or kind in self.dropped:
            return self, ()
        number = 1 + sum(clock.kind is kind for clock in self.clocks)
        clock, outcomes = Clock.started(kind, number, target, at, self.policy.calendar)
        return replace(self, clocks=(*self.clocks, clock)), outcomes

    def _each(self, move: Callable[[Clock], Move], kinds: Collection[Kind] = tuple(Kind)) -> "Turn":
        moved = [move(clock) if clock.kind in kinds else (clock, ()) for clock in self.clocks]
        outcomes = tuple(outcome for _, caused in moved for outcome in caused)
        return replace(self, clocks=tuple(clock for clock, _ in moved)), outcomes

    def _is_closing_thanks(self, message: CustomerWrote) -> bool:
        resolved_at = self.resolved_at
        return resolved_at is not None and message.thanks and message.posted_at - resolved_at <= self.policy.grace


Turn = tuple[CaseClocks, Outcomes]
