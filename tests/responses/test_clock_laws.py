"""What holds of the clocks whatever happens to a case."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from time import process_time
from timeit import repeat
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.responses.calendar import Calendar, Span
from services.responses.clock import TICK, Clock
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
from services.responses.outcomes import ClockBreached, ClockMet, ClockSettledLate, ClockWarned, Reason, State
from services.responses.policy import Kind, Policy, Target
from services.responses.sla import CaseClocks, Outcomes

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FILED = datetime(2026, 10, 23, 13, 20, tzinfo=UTC)  # the Friday before Berlin's clocks go back
CALENDARS = [
    Calendar("Europe/Berlin", ((Span(540, 720), Span(780, 1020)),) * 5 + ((), ()), frozenset({date(2026, 10, 27)})),
    Calendar("Europe/Berlin", ((Span(0, 1440),),) * 7),
    Calendar("America/New_York", ((), (), (), (), (), (Span(60, 150),), (Span(60, 150),))),
]
GAPS = st.integers(0, 36 * 60).map(lambda minutes: minutes * MINUTE)

MAKERS: dict[type, Callable[[datetime], Fact]] = {
    CustomerWrote: CustomerWrote,  # type: ignore[dict-item]
    StaffWrote: StaffWrote,
    AnswerAccepted: AnswerAccepted,
    Reassigned: Reassigned,
    Paused: Paused,
    Resumed: Resumed,
    Resolved: Resolved,
    Reopened: Reopened,
    TargetDropped: lambda at: TargetDropped(Kind.FIRST_RESOLUTION, at),
    Voided: lambda at: Voided(at, Reason.SPAM),
    Swept: Swept,
}


def made(kind: type, at: datetime, posted_ago: timedelta, thanks: bool) -> Fact:
    return CustomerWrote(at - posted_ago, at, thanks) if kind is CustomerWrote else MAKERS[kind](at)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts in the order they arrive; what customers posted may be older. Cases are seldom void."""
    often = [kind for kind in get_args(Fact) if kind is not Voided]
    facts, at = [], FILED
    for _ in range(draw(st.integers(0, 14))):
        at += draw(GAPS)
        facts.append(made(draw(st.sampled_from(often)), at, draw(GAPS) / 6, draw(st.booleans())))
    if draw(st.booleans()):
        facts.append(Voided(at + draw(GAPS), Reason.SPAM))
    return facts


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    targets = {}
    for kind in Kind:
        minutes = draw(st.integers(1, 30 * 60))
        targets[kind] = Target(minutes * MINUTE, draw(st.integers(0, minutes - 1)) * MINUTE)
    calendar = draw(st.sampled_from(CALENDARS))
    return Policy("any", calendar, targets, grace=draw(GAPS), answers_count=draw(st.booleans()))


def lived(policy: Policy, facts: list[Fact]) -> tuple[CaseClocks, Outcomes]:
    case, outcomes = CaseClocks.filed(policy, FILED, FILED)
    for fact in facts:
        case, more = case.after(fact)
        outcomes += more
    return case, outcomes


def breaches(outcomes: Outcomes) -> Counter[tuple[Kind, int]]:
    """How often each clock was breached."""
    return Counter((outcome.kind, outcome.number) for outcome in outcomes if isinstance(outcome, ClockBreached))


@settings(deadline=None)
@given(policies(), histories())
def test_a_breach_is_recorded_exactly_once(policy: Policy, facts: list[Fact]) -> None:
    case, outcomes = lived(policy, facts)
    recorded = breaches(outcomes)
    assert all(count == 1 for count in recorded.values())
    for clock in case.clocks:
        if clock.state in (State.BREACHED, State.SETTLED_LATE):
            assert recorded[clock.kind, clock.number] == 1
        if clock.state in (State.PENDING, State.WARNED, State.PAUSED, State.MET):
            assert recorded[clock.kind, clock.number] == 0


@settings(deadline=None)
@given(policies(), histories())
def test_a_clock_is_warned_at_most_once_and_never_after_its_breach(policy: Policy, facts: list[Fact]) -> None:
    _, outcomes = lived(policy, facts)
    told = [
        (outcome.kind, outcome.number, type(outcome))
        for outcome in outcomes
        if isinstance(outcome, ClockWarned | ClockBreached)
    ]
    assert len(told) == len(set(told))
    for kind, number, what in told:
        if what is ClockBreached:
            assert (kind, number, ClockWarned) not in told[told.index((kind, number, what)) :]


@settings(deadline=None)
@given(policies(), histories())
def test_a_case_owes_at_most_one_of_each_kind_and_its_next_due_is_the_earliest(
    policy: Policy, facts: list[Fact]
) -> None:
    case, _ = lived(policy, facts)
    owed = [clock for clock in case.clocks if clock.open]
    assert len(owed) == len({clock.kind for clock in owed})
    assert case.next_due == min((clock.due_at for clock in owed if clock.state is not State.PAUSED), default=None)
    if case.void or case.resolved_at:
        assert owed == []


def settlements(outcomes: Outcomes) -> list[tuple[Kind, int, datetime, str]]:
    """What was met and what came late, when."""
    return sorted(
        (outcome.kind, outcome.number, outcome.at, type(outcome).__name__)
        for outcome in outcomes
        if isinstance(outcome, ClockMet | ClockSettledLate)
    )


@settings(deadline=None)
@given(policies(), histories(), st.lists(st.integers(0, 14), max_size=6))
def test_how_often_time_is_swept_decides_nothing(policy: Policy, facts: list[Fact], where: list[int]) -> None:
    swept = [fact for n, known in enumerate(facts) for fact in (*[Swept(known.at)] * (n in where), known)]
    last: list[Fact] = [Swept(FILED + 60 * 24 * HOUR)]
    rarely, few = lived(policy, facts + last)
    often, many = lived(policy, swept + last)
    assert [clock.state for clock in rarely.clocks] == [clock.state for clock in often.clocks]
    assert settlements(few) == settlements(many)
    if not rarely.void:  # what is void before anybody noticed its breach never had one
        assert breaches(few) == breaches(many)


@settings(deadline=None)
@given(policies(), histories())
def test_a_sweep_finds_something_at_its_time_and_nothing_before(policy: Policy, facts: list[Fact]) -> None:
    case, _ = lived(policy, facts)
    if case.wakes_at is None:
        assert case.after(Swept(FILED + 365 * 24 * HOUR)) == (case, ())
    else:
        assert case.after(Swept(case.wakes_at - TICK))[1] == ()
        assert case.after(Swept(case.wakes_at))[1] != ()


@settings(deadline=None)
@given(
    st.sampled_from(CALENDARS),
    st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE),
    st.lists(st.tuples(GAPS, GAPS), max_size=6),
)
def test_the_open_time_that_a_clock_uses_is_the_same_under_any_pauses(
    calendar: Calendar, target: timedelta, pauses: list[tuple[timedelta, timedelta]]
) -> None:
    clock, _ = Clock.started(Kind.FIRST_RESPONSE, 1, Target(target), FILED, calendar)
    used, since = timedelta(0), FILED
    for run, rest in pauses:
        paused, _ = clock.paused(since + run, calendar)
        if paused.state is State.BREACHED:
            break
        used += calendar.open_between(since, since + run)
        since += run + rest
        clock, _ = paused.resumed(since, calendar)
    assert used + calendar.open_between(since, clock.due_at) == target


@settings(deadline=None)
@given(st.sampled_from(CALENDARS), st.integers(2, 40 * 60), st.data())
def test_a_warning_comes_before_the_due_time_by_its_open_time(
    calendar: Calendar, minutes: int, data: st.DataObject
) -> None:
    warning = data.draw(st.integers(1, minutes - 1)) * MINUTE
    clock, _ = Clock.started(Kind.FIRST_RESPONSE, 1, Target(minutes * MINUTE, warning), FILED, calendar)
    assert clock.warn_at is not None
    assert calendar.open_between(clock.warn_at, clock.due_at) == warning


def test_a_clock_and_the_clocks_of_a_case_do_not_change_in_place() -> None:
    """Every move gives new ones, so that what a handler read before it is still what it read."""
    clock, _ = Clock.started(Kind.FIRST_RESPONSE, 1, Target(HOUR), FILED, CALENDARS[0])
    for made, name in ((clock, "due_at"), (CaseClocks(Policy("any", CALENDARS[0], {})), "clocks")):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, getattr(made, name))


FACTS: dict[str, Callable[[datetime], Fact]] = {
    "a sweep that finds nothing": Swept,
    "a reply": StaffWrote,
    "another message": lambda at: CustomerWrote(at, at),
    "a pause": Paused,
    "a resolution": Resolved,
    "an assignment": Reassigned,
}


@pytest.mark.timing
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer takes longer than what it traces")
@pytest.mark.parametrize(
    ("filed", "at_most"),
    [(FILED - timedelta(weeks=3), 100e-6), (FILED, 200e-6)],
    ids=["a usual week", "a week with a holiday in which clocks are changed"],
)
@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_a_fact_is_as_a_rule_taken_in_within_a_tenth_of_a_millisecond(
    fact: Callable[[datetime], Fact],
    filed: datetime,
    at_most: float,
    record_property: Callable[[str, object], None],
) -> None:
    """All three clocks of a new case run: eight, sixteen and forty open hours, with a warning."""
    promised = {kind: Target(hours * HOUR, HOUR) for kind, hours in zip(Kind, (8, 8, 16, 40), strict=True)}
    case, _ = CaseClocks.filed(Policy("typical", CALENDARS[0], promised), filed, filed)
    told = fact(filed + HOUR)

    seconds = min(repeat(lambda: case.after(told), timer=process_time, number=200, repeat=10)) / 200

    record_property("seconds", seconds)
    assert seconds <= at_most
