"""The sixteen rules of the clocks, by number."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.responses.calendar import Calendar, NeverOpen, Span
from services.responses.clock import TICK, Clock, rate_met
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
from services.responses.outcomes import (
    ClockBreached,
    ClockBroughtForward,
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockSettledLate,
    ClockStarted,
    ClockWarned,
    Reason,
    State,
)
from services.responses.policy import Kind, Policy, Target
from services.responses.sla import CaseClocks, Outcomes

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OFFICE = Calendar("UTC", ((Span(540, 1020),),) * 5 + ((), ()))  # nine to five
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
FIVE = NINE + 8 * HOUR
FIRST, NEXT = Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE
RESOLUTION, TOTAL = Kind.FIRST_RESOLUTION, Kind.TOTAL_RESOLUTION


def promising(
    answers_count: bool = False, grace: timedelta = timedelta(0), **within: timedelta | tuple[timedelta, timedelta]
) -> Policy:
    """Targets by kind: an open time, or that and when to warn."""
    targets = {
        Kind(kind): Target(*target) if isinstance(target, tuple) else Target(target) for kind, target in within.items()
    }
    return Policy("test", OFFICE, targets, grace=grace, answers_count=answers_count)


ALL = promising(first_response=2 * HOUR, next_response=HOUR, first_resolution=8 * HOUR, total_resolution=16 * HOUR)


def filed(policy: Policy = ALL, posted_at: datetime = NINE, at: datetime | None = None) -> CaseClocks:
    return CaseClocks.filed(policy, posted_at, at or posted_at)[0]


def after(case: CaseClocks, *facts: Fact) -> tuple[CaseClocks, Outcomes]:
    """The case after several facts, with all that came of them."""
    outcomes: Outcomes = ()
    for fact in facts:
        case, more = case.after(fact)
        outcomes += more
    return case, outcomes


def newest(case: CaseClocks, kind: Kind) -> Clock:
    return [clock for clock in case.clocks if clock.kind is kind][-1]


def states(case: CaseClocks, kind: Kind) -> list[State]:
    return [clock.state for clock in case.clocks if clock.kind is kind]


def wrote(at: datetime, reached: datetime | None = None, thanks: bool = False) -> CustomerWrote:
    return CustomerWrote(at, reached or at, thanks)


# -- 1 ----------------------------------------------------------------------------------------------------------------


def test_rule_1_a_clock_starts_when_the_customer_posted() -> None:
    case, outcomes = CaseClocks.filed(ALL, NINE, NINE + HOUR)
    assert newest(case, FIRST).due_at == NINE + 2 * HOUR
    assert outcomes == (
        ClockStarted(FIRST, 1, NINE, NINE + 2 * HOUR),
        ClockStarted(RESOLUTION, 1, NINE, FIVE),
        ClockStarted(TOTAL, 1, NINE, FIVE + DAY),
    )


def test_rule_1_a_clock_may_be_born_breached() -> None:
    case, outcomes = CaseClocks.filed(ALL, NINE, NINE + 3 * HOUR)
    assert outcomes[-1] == ClockBreached(FIRST, 1, NINE + 3 * HOUR, NINE + 2 * HOUR)
    assert states(case, FIRST) == [State.BREACHED]
    assert states(case, RESOLUTION) == [State.PENDING]


def test_rule_1_a_next_response_may_be_born_breached() -> None:
    case, _ = after(filed(), StaffWrote(NINE + MINUTE))
    case, outcomes = after(case, wrote(NINE + HOUR, reached=NINE + 3 * HOUR))
    assert outcomes == (
        ClockStarted(NEXT, 1, NINE + HOUR, NINE + 2 * HOUR),
        ClockBreached(NEXT, 1, NINE + 3 * HOUR, NINE + 2 * HOUR),
    )


def test_rule_1_outside_hours_a_clock_starts_at_the_next_opening() -> None:
    saturday = NINE + 5 * DAY
    assert newest(filed(posted_at=saturday), FIRST).due_at == NINE + 7 * DAY + 2 * HOUR


# -- 2 ----------------------------------------------------------------------------------------------------------------


def test_rule_2_due_is_the_start_and_the_target_in_open_time() -> None:
    assert newest(filed(posted_at=FIVE - HOUR), FIRST).due_at == NINE + DAY + HOUR


def test_rule_2_a_target_that_ends_at_closing_time_is_due_then() -> None:
    assert newest(filed(posted_at=FIVE - 2 * HOUR), FIRST).due_at == FIVE


def test_rule_2_a_schedule_with_no_open_day_is_refused() -> None:
    with pytest.raises(NeverOpen):
        Calendar("UTC", ((),) * 7, frozenset({date(2026, 12, 25)}))


# -- 3 ----------------------------------------------------------------------------------------------------------------


def test_rule_3_a_reply_at_the_due_time_meets_it() -> None:
    case, outcomes = after(filed(), Swept(NINE + 2 * HOUR), StaffWrote(NINE + 2 * HOUR))
    assert outcomes == (ClockMet(FIRST, 1, NINE + 2 * HOUR),)
    assert states(case, FIRST) == [State.MET]


def test_rule_3_a_reply_one_tick_after_does_not() -> None:
    case, _ = after(filed(), StaffWrote(NINE + 2 * HOUR + TICK))
    assert states(case, FIRST) == [State.SETTLED_LATE]


# -- 4 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fact",
    [
        StaffWrote(NINE, public=False),
        StaffWrote(NINE, human=False),
        StaffWrote(NINE, public=False, human=False),
        Reassigned(NINE),
        Resumed(NINE),
        Reopened(NINE),
        AnswerAccepted(NINE),
    ],
)
def test_rule_4_only_a_public_message_of_a_person_of_the_house_stops_a_response_clock(fact: Fact) -> None:
    assert filed().after(fact) == (filed(), ())
    assert states(filed().after(StaffWrote(NINE))[0], FIRST) == [State.MET]


def test_rule_4_an_accepted_answer_stops_a_response_clock_if_so_declared() -> None:
    case = filed(promising(answers_count=True, first_response=HOUR, next_response=HOUR))
    case, outcomes = after(case, AnswerAccepted(NINE + MINUTE), wrote(NINE + HOUR), AnswerAccepted(NINE + 3 * HOUR))
    assert [type(outcome) for outcome in outcomes] == [
        ClockMet,
        ClockStarted,
        ClockBreached,
        ClockSettledLate,
    ]


def test_rule_4_a_reply_stops_no_resolution_clock() -> None:
    case, _ = after(filed(), StaffWrote(NINE))
    assert states(case, RESOLUTION) + states(case, TOTAL) == [State.PENDING, State.PENDING]


def test_rule_4_a_resolution_without_a_reply_does_not_meet_a_response_clock() -> None:
    _, outcomes = after(filed(), Resolved(NINE + HOUR))
    assert outcomes == (
        ClockCancelled(FIRST, 1, NINE + HOUR, State.PENDING, Reason.RESOLVED),
        ClockMet(RESOLUTION, 1, NINE + HOUR),
        ClockMet(TOTAL, 1, NINE + HOUR),
    )


# -- 5 ----------------------------------------------------------------------------------------------------------------


def test_rule_5_there_is_no_next_response_before_the_first() -> None:
    case, outcomes = after(filed(), wrote(NINE + MINUTE))
    assert outcomes == ()
    assert states(case, NEXT) == []


def test_rule_5_next_response_runs_from_the_earliest_unanswered_message() -> None:
    case, outcomes = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), wrote(NINE + HOUR + MINUTE))
    assert outcomes[1:] == (ClockStarted(NEXT, 1, NINE + HOUR, NINE + 2 * HOUR),)
    assert newest(case, NEXT).due_at == NINE + 2 * HOUR


def test_rule_5_an_earlier_message_that_arrives_later_brings_the_clock_forward() -> None:
    case, outcomes = after(
        filed(), StaffWrote(NINE), wrote(NINE + HOUR), wrote(NINE + 30 * MINUTE, reached=NINE + HOUR)
    )
    assert outcomes[-1] == ClockBroughtForward(NEXT, 1, NINE + 30 * MINUTE, NINE + 90 * MINUTE)
    assert newest(case, NEXT).started_at == NINE + 30 * MINUTE
    case, outcomes = after(case, wrote(NINE + 10 * MINUTE, reached=NINE + 80 * MINUTE))
    assert [type(outcome) for outcome in outcomes] == [ClockBroughtForward, ClockBreached]


def test_rule_5_a_clock_that_was_paused_and_is_brought_forward_keeps_its_pause() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), Paused(NINE + 90 * MINUTE))
    brought, outcomes = after(case, wrote(NINE + 50 * MINUTE, reached=NINE + 4 * HOUR))
    assert newest(brought, NEXT).due_at == NINE + 110 * MINUTE  # 30 minutes left at 10:30, less 10
    case, _ = after(case, Resumed(NINE + 3 * HOUR))
    case, outcomes = after(case, wrote(NINE + 50 * MINUTE, reached=NINE + 3 * HOUR))
    assert outcomes == (ClockBroughtForward(NEXT, 1, NINE + 50 * MINUTE, NINE + 3 * HOUR + 20 * MINUTE),)
    assert newest(case, NEXT).left == 20 * MINUTE
    assert newest(case, NEXT).started_at == NINE + 50 * MINUTE


def test_rule_5_a_clock_brought_forward_beyond_its_target_was_due_when_it_last_resumed() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + 2 * HOUR), Paused(NINE + 150 * MINUTE))
    case, outcomes = after(case, Resumed(NINE + 3 * HOUR), wrote(NINE + HOUR, reached=NINE + 3 * HOUR + TICK))
    assert outcomes[-2:] == (
        ClockBroughtForward(NEXT, 1, NINE + HOUR, NINE + 3 * HOUR),
        ClockBreached(NEXT, 1, NINE + 3 * HOUR + TICK, NINE + 3 * HOUR),
    )


def test_rule_5_no_other_clock_is_brought_forward() -> None:
    case, _ = after(filed(posted_at=NINE + HOUR), StaffWrote(NINE + HOUR), wrote(NINE + 2 * HOUR))
    case, outcomes = after(case, wrote(NINE + 90 * MINUTE, reached=NINE + 2 * HOUR), wrote(NINE, NINE + 2 * HOUR))
    assert {outcome.kind for outcome in outcomes if isinstance(outcome, ClockBroughtForward)} == {NEXT}
    assert newest(case, TOTAL).started_at == NINE + HOUR


def test_rule_5_a_message_of_the_same_time_brings_nothing_forward() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR))
    assert case.after(wrote(NINE + HOUR)) == (case, ())


def test_rule_5_a_breached_clock_is_brought_forward_no_more() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), Swept(NINE + 3 * HOUR))
    assert case.after(wrote(NINE + MINUTE, reached=NINE + 3 * HOUR)) == (case, ())


# -- 6 ----------------------------------------------------------------------------------------------------------------


def test_rule_6_while_staff_spoke_last_no_next_response_runs() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), StaffWrote(NINE + HOUR + MINUTE))
    assert states(case, NEXT) == [State.MET]
    case, outcomes = after(case, StaffWrote(NINE + 2 * HOUR), Swept(NINE + 4 * HOUR))
    assert outcomes == ()


def test_rule_6_each_new_wait_is_a_clock_of_its_own() -> None:
    case, outcomes = after(
        filed(), StaffWrote(NINE), wrote(NINE + HOUR), StaffWrote(NINE + 2 * HOUR), wrote(NINE + 3 * HOUR)
    )
    assert outcomes[-1] == ClockStarted(NEXT, 2, NINE + 3 * HOUR, NINE + 4 * HOUR)
    assert states(case, NEXT) == [State.MET, State.PENDING]
    case, _ = after(case, StaffWrote(NINE + 4 * HOUR), wrote(NINE + 5 * HOUR))
    assert [clock.number for clock in case.clocks if clock.kind is NEXT] == [1, 2, 3]


# -- 7 ----------------------------------------------------------------------------------------------------------------


def test_rule_7_resolving_stops_the_waiting_clock() -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), Resolved(NINE + 90 * MINUTE))
    assert states(case, NEXT) == [State.CANCELLED]
    assert case.after(Swept(NINE + 5 * HOUR)) == (case, ())
    assert case.next_due is None


def test_rule_7_resolving_stops_a_paused_clock_too() -> None:
    case, _ = after(filed(), Paused(NINE + HOUR), Resolved(NINE + 30 * HOUR))
    assert [clock.state for clock in case.clocks] == [State.CANCELLED, State.MET, State.MET]


def test_rule_7_a_wait_that_was_overdue_is_breached_when_the_case_is_resolved() -> None:
    _, outcomes = after(filed(), Resolved(NINE + 3 * HOUR))
    assert outcomes[:2] == (
        ClockBreached(FIRST, 1, NINE + 3 * HOUR, NINE + 2 * HOUR),
        ClockSettledLate(FIRST, 1, NINE + 3 * HOUR, HOUR),
    )
    _, outcomes = after(filed(), Swept(NINE + 3 * HOUR), Resolved(NINE + 4 * HOUR))
    assert outcomes[1] == ClockSettledLate(FIRST, 1, NINE + 4 * HOUR, 2 * HOUR)


def test_rule_7_what_was_answered_stays_as_it_was() -> None:
    case, _ = after(filed(), StaffWrote(NINE), Resolved(NINE + HOUR))
    assert states(case, FIRST) == [State.MET]


def test_rule_7_resolving_twice_is_resolving_once() -> None:
    case, _ = after(filed(), Resolved(NINE + HOUR))
    assert case.after(Resolved(NINE + 2 * HOUR)) == (case, ())


def test_rule_7_a_closing_thanks_within_grace_neither_reopens_nor_counts() -> None:
    gracious = promising(grace=DAY, first_response=HOUR, next_response=HOUR, total_resolution=HOUR)
    case, _ = after(filed(gracious), StaffWrote(NINE), Resolved(NINE + MINUTE))
    for later in (timedelta(0), HOUR, DAY):
        thanks = wrote(NINE + MINUTE + later, thanks=True)
        assert case.after(thanks) == (case, ())
        assert not case.reopens(thanks)


@pytest.mark.parametrize(
    "message",
    [wrote(NINE + MINUTE + DAY + TICK, thanks=True), wrote(NINE + 2 * MINUTE), wrote(NINE, reached=NINE + 2 * MINUTE)],
)
def test_rule_7_any_other_message_reopens(message: CustomerWrote) -> None:
    gracious = promising(grace=DAY, first_response=HOUR, next_response=HOUR, total_resolution=HOUR)
    case, _ = after(filed(gracious), StaffWrote(NINE), Resolved(NINE + MINUTE))
    assert case.reopens(message)
    case, _ = after(case, message)
    assert case.resolved_at is None
    assert newest(case, NEXT).started_at == message.posted_at
    assert newest(case, TOTAL).state is not State.MET


def test_rule_7_a_thanks_while_the_case_is_open_counts() -> None:
    case, _ = after(filed(), StaffWrote(NINE))
    thanks = wrote(NINE + HOUR, thanks=True)
    assert not case.reopens(thanks)
    assert states(case.after(thanks)[0], NEXT) == [State.PENDING]


# -- 8 ----------------------------------------------------------------------------------------------------------------


def test_rule_8_dropping_a_target_cancels_its_clock() -> None:
    case, outcomes = after(filed(), TargetDropped(RESOLUTION, NINE + HOUR))
    assert outcomes == (ClockCancelled(RESOLUTION, 1, NINE + HOUR, State.PENDING, Reason.DROPPED),)
    assert states(case, FIRST) + states(case, TOTAL) == [State.PENDING, State.PENDING]
    assert case.after(TargetDropped(RESOLUTION, NINE + HOUR)) == (case, ())


def test_rule_8_a_paused_clock_is_cancelled_too() -> None:
    case, _ = after(filed(), Paused(NINE), TargetDropped(FIRST, NINE + HOUR))
    assert states(case, FIRST) == [State.CANCELLED]


def test_rule_8_a_dropped_target_starts_no_more_clocks() -> None:
    case, _ = after(filed(), TargetDropped(NEXT, NINE), StaffWrote(NINE), wrote(NINE + HOUR))
    assert states(case, NEXT) == []


def test_rule_8_dropping_does_not_hide_a_breach() -> None:
    case, outcomes = after(filed(), TargetDropped(FIRST, NINE + 3 * HOUR), TargetDropped(FIRST, NINE + 4 * HOUR))
    assert outcomes == (ClockBreached(FIRST, 1, NINE + 3 * HOUR, NINE + 2 * HOUR),)
    assert states(case, FIRST) == [State.BREACHED]


def test_rule_8_what_is_settled_is_not_cancelled() -> None:
    case, _ = after(filed(), StaffWrote(NINE), TargetDropped(FIRST, NINE))
    assert states(case, FIRST) == [State.MET]


# -- 9 ----------------------------------------------------------------------------------------------------------------


def test_rule_9_pausing_keeps_the_remaining_open_time() -> None:
    case, outcomes = after(filed(), Paused(NINE + HOUR))
    assert outcomes == (
        ClockPaused(FIRST, 1, NINE + HOUR, HOUR),
        ClockPaused(RESOLUTION, 1, NINE + HOUR, 7 * HOUR),
        ClockPaused(TOTAL, 1, NINE + HOUR, 15 * HOUR),
    )
    assert case.next_due is None
    assert case.wakes_at is None
    assert case.after(Swept(NINE + 9 * DAY)) == (case, ())


def test_rule_9_resuming_makes_it_due_when_the_rest_has_passed() -> None:
    case, outcomes = after(filed(), Paused(NINE + HOUR), Resumed(FIVE - 30 * MINUTE))
    assert outcomes[3] == ClockResumed(FIRST, 1, FIVE - 30 * MINUTE, NINE + DAY + 30 * MINUTE)
    assert newest(case, FIRST).state is State.PENDING


def test_rule_9_a_customer_message_ends_the_pause_when_it_was_posted() -> None:
    case, _ = after(filed(), Paused(NINE + HOUR), wrote(NINE + 3 * HOUR, reached=NINE + 3 * HOUR + MINUTE))
    assert newest(case, FIRST).due_at == NINE + 4 * HOUR


def test_rule_9_a_message_posted_before_the_pause_ends_it_where_it_began() -> None:
    case, _ = after(filed(), Paused(NINE + HOUR), wrote(NINE, reached=NINE + HOUR))
    assert newest(case, FIRST).due_at == NINE + 2 * HOUR


def test_rule_9_pauses_are_counted() -> None:
    case, _ = after(filed(), Paused(NINE), Paused(NINE + HOUR), Resumed(NINE + HOUR), Paused(NINE + 2 * HOUR))
    assert [clock.pauses for clock in case.clocks] == [2, 2, 2]
    assert newest(case, FIRST).left == HOUR


def test_rule_9_what_is_overdue_does_not_pause_but_breaches() -> None:
    case, outcomes = after(filed(), Paused(NINE + 3 * HOUR))
    assert outcomes[0] == ClockBreached(FIRST, 1, NINE + 3 * HOUR, NINE + 2 * HOUR)
    assert [clock.state for clock in case.clocks] == [State.BREACHED, State.PAUSED, State.PAUSED]


def test_rule_9_a_pause_at_the_due_time_leaves_nothing_and_is_no_breach() -> None:
    case, _ = after(filed(), Paused(NINE + 2 * HOUR), Resumed(NINE + 5 * HOUR))
    assert newest(case, FIRST).due_at == NINE + 5 * HOUR
    assert newest(case, FIRST).state is State.PENDING


def test_rule_9_a_reply_during_a_pause_meets_the_clock() -> None:
    _, outcomes = after(filed(), Paused(NINE + HOUR), StaffWrote(NINE + 9 * DAY))
    assert outcomes[-1] == ClockMet(FIRST, 1, NINE + 9 * DAY)


def test_rule_9_what_was_warned_stays_warned_and_is_warned_once() -> None:
    case = filed(promising(first_response=(2 * HOUR, HOUR)))
    case, outcomes = after(case, Swept(NINE + HOUR), Paused(NINE + HOUR), Resumed(NINE + 3 * HOUR))
    assert newest(case, FIRST).state is State.WARNED
    case, outcomes = after(case, Swept(NINE + 4 * HOUR), Swept(NINE + 4 * HOUR + TICK))
    assert [type(outcome) for outcome in outcomes] == [ClockBreached]


# -- 10 ---------------------------------------------------------------------------------------------------------------


def test_rule_10_the_sweep_records_a_breach_once() -> None:
    _, outcomes = after(filed(), Swept(NINE + 2 * HOUR), Swept(NINE + 2 * HOUR + TICK), Swept(NINE + 3 * HOUR))
    assert outcomes == (ClockBreached(FIRST, 1, NINE + 2 * HOUR + TICK, NINE + 2 * HOUR),)


def test_rule_10_a_late_reply_after_the_sweep_is_recorded_apart() -> None:
    _, outcomes = after(filed(), Swept(NINE + 3 * HOUR), StaffWrote(NINE + DAY))
    assert outcomes[1:] == (ClockSettledLate(FIRST, 1, NINE + DAY, 22 * HOUR),)


def test_rule_10_a_late_reply_before_the_sweep_records_the_breach_itself() -> None:
    _, outcomes = after(filed(), StaffWrote(NINE + 3 * HOUR), Swept(NINE + 4 * HOUR), StaffWrote(NINE + 4 * HOUR))
    assert outcomes == (
        ClockBreached(FIRST, 1, NINE + 3 * HOUR, NINE + 2 * HOUR),
        ClockSettledLate(FIRST, 1, NINE + 3 * HOUR, HOUR),
    )


def test_rule_10_a_reply_that_crossed_with_a_recorded_breach_is_late_by_nothing() -> None:
    _, outcomes = after(filed(), Swept(NINE + 2 * HOUR + TICK), StaffWrote(NINE + HOUR))
    assert outcomes[-1] == ClockSettledLate(FIRST, 1, NINE + HOUR, timedelta(0))


# -- 11 ---------------------------------------------------------------------------------------------------------------


def test_rule_11_the_case_says_when_a_sweep_will_find_something() -> None:
    policy = promising(first_response=(2 * HOUR, 30 * MINUTE), total_resolution=8 * HOUR)
    case = filed(policy)
    assert case.wakes_at == NINE + 90 * MINUTE
    case, outcomes = after(case, Swept(NINE + 90 * MINUTE - TICK), Swept(NINE + 90 * MINUTE))
    assert outcomes == (ClockWarned(FIRST, 1, NINE + 90 * MINUTE, NINE + 2 * HOUR),)
    assert newest(case, FIRST).state is State.WARNED
    assert case.wakes_at == NINE + 2 * HOUR + timedelta(milliseconds=1)
    case, outcomes = after(case, Swept(NINE + 2 * HOUR + TICK))
    assert [type(outcome) for outcome in outcomes] == [ClockBreached]
    assert case.wakes_at == FIVE + TICK


def test_rule_11_a_sweep_that_is_late_warns_all_the_same_while_the_promise_can_be_kept() -> None:
    for late in (MINUTE, HOUR):
        _, outcomes = after(filed(promising(first_response=(2 * HOUR, HOUR))), Swept(NINE + HOUR + late))
        assert outcomes == (ClockWarned(FIRST, 1, NINE + HOUR + late, NINE + 2 * HOUR),)


def test_rule_11_a_sweep_that_comes_too_late_to_warn_does_not() -> None:
    _, outcomes = after(filed(promising(first_response=(2 * HOUR, HOUR))), Swept(NINE + 3 * HOUR))
    assert [type(outcome) for outcome in outcomes] == [ClockBreached]


# -- 12 ---------------------------------------------------------------------------------------------------------------


def test_rule_12_reopening_leaves_first_resolution_settled_and_resumes_total_resolution() -> None:
    case, _ = after(filed(), StaffWrote(NINE), Resolved(NINE + 2 * HOUR))
    case, outcomes = after(case, Reopened(NINE + DAY))
    assert outcomes == (ClockResumed(TOTAL, 1, NINE + DAY, NINE + 2 * DAY + 6 * HOUR),)  # 14 hours were left
    assert states(case, RESOLUTION) == [State.MET]
    assert states(case, TOTAL) == [State.PENDING]
    case, outcomes = after(case, Resolved(NINE + DAY + HOUR))
    assert outcomes == (ClockMet(TOTAL, 1, NINE + DAY + HOUR),)


def test_rule_12_what_was_resolved_late_stays_breached_and_is_breached_once() -> None:
    case, _ = after(filed(), Resolved(NINE + 2 * DAY))
    case, outcomes = after(case, Reopened(NINE + 3 * DAY), Swept(NINE + 3 * DAY), Resolved(NINE + 4 * DAY))
    assert outcomes == (
        ClockResumed(TOTAL, 1, NINE + 3 * DAY, FIVE + DAY),
        ClockSettledLate(TOTAL, 1, NINE + 4 * DAY, NINE + 4 * DAY - FIVE - DAY),
    )


def test_rule_12_a_case_resolved_while_paused_resumes_what_was_left() -> None:
    case, _ = after(filed(), Paused(NINE + HOUR), Resolved(NINE + DAY), Reopened(NINE + 2 * DAY))
    assert newest(case, TOTAL).due_at == NINE + 3 * DAY + 7 * HOUR


def test_rule_12_a_message_after_a_resolution_without_reply_starts_a_next_response() -> None:
    case, _ = after(filed(), Resolved(NINE + HOUR), wrote(NINE + 2 * HOUR))
    assert states(case, FIRST) == [State.CANCELLED]
    assert newest(case, NEXT).due_at == NINE + 3 * HOUR


def test_rule_12_a_clock_that_still_runs_is_not_reopened() -> None:
    warned = newest(after(filed(promising(total_resolution=(2 * HOUR, HOUR))), Swept(NINE + HOUR))[0], TOTAL)
    assert warned.state is State.WARNED
    assert warned.reopened(NINE + HOUR, OFFICE) == (warned, ())


def test_rule_12_a_dropped_total_resolution_is_not_resumed() -> None:
    case, _ = after(filed(), TargetDropped(TOTAL, NINE), Resolved(NINE + HOUR), Reopened(NINE + 2 * HOUR))
    assert states(case, TOTAL) == [State.CANCELLED]


# -- 13 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [Reason.SPAM, Reason.MERGED, Reason.WITHDRAWN])
def test_rule_13_a_void_case_is_cancelled_and_outside_all_rates(reason: Reason) -> None:
    case, _ = after(filed(), StaffWrote(NINE), wrote(NINE + HOUR), Swept(NINE + 3 * HOUR))
    case, outcomes = after(case, TargetDropped(RESOLUTION, NINE + 3 * HOUR), Voided(NINE + 4 * HOUR, reason))
    assert outcomes[1:] == (
        ClockCancelled(FIRST, 1, NINE + 4 * HOUR, State.MET, reason),
        ClockCancelled(TOTAL, 1, NINE + 4 * HOUR, State.PENDING, reason),
        ClockCancelled(NEXT, 1, NINE + 4 * HOUR, State.BREACHED, reason),
    )
    assert rate_met(case.clocks) is None
    assert case.next_due is None


def test_rule_13_nothing_moves_the_clocks_of_a_void_case() -> None:
    case, _ = after(filed(), StaffWrote(NINE), Voided(NINE, Reason.SPAM))
    assert after(case, wrote(NINE + HOUR), Resolved(NINE + HOUR), Voided(NINE + HOUR, Reason.MERGED)) == (case, ())


# -- 14 ---------------------------------------------------------------------------------------------------------------


def test_rule_14_the_rate_is_met_of_met_and_breached() -> None:
    met = newest(after(filed(), StaffWrote(NINE))[0], FIRST)
    breached = newest(after(filed(), Swept(NINE + 3 * HOUR))[0], FIRST)
    late = newest(after(filed(), StaffWrote(NINE + 3 * HOUR))[0], FIRST)
    cancelled = newest(after(filed(), Voided(NINE, Reason.SPAM))[0], FIRST)
    paused = newest(after(filed(), Paused(NINE))[0], FIRST)
    pending = newest(filed(), FIRST)
    assert rate_met([met, breached, late, cancelled, paused, pending, met]) == 0.5
    assert rate_met([late]) == 0.0
    assert rate_met([met]) == 1.0


def test_rule_14_no_data_is_no_rate() -> None:
    assert rate_met([]) is None
    assert rate_met(filed().clocks) is None


# -- 15 ---------------------------------------------------------------------------------------------------------------


def test_rule_15_reassignment_never_resets_the_clock() -> None:
    case, _ = after(filed(), Paused(NINE), Resumed(NINE + HOUR))
    assert case.after(Reassigned(NINE + 2 * HOUR)) == (case, ())


def test_rule_15_reassignment_tells_nothing_even_of_an_overdue_clock() -> None:
    assert filed().after(Reassigned(NINE + 9 * DAY)) == (filed(), ())


# -- 16 ---------------------------------------------------------------------------------------------------------------


def test_rule_16_the_next_due_is_that_of_the_earliest_open_clock() -> None:
    case = filed()
    assert case.next_due == NINE + 2 * HOUR
    case, _ = after(case, StaffWrote(NINE + HOUR))
    assert case.next_due == FIVE
    case, _ = after(case, wrote(NINE + 3 * HOUR))
    assert case.next_due == NINE + 4 * HOUR


def test_rule_16_a_breached_clock_is_open_until_it_is_settled() -> None:
    case, _ = after(filed(), Swept(NINE + 5 * HOUR))
    assert case.next_due == NINE + 2 * HOUR
    case, _ = after(case, StaffWrote(NINE + 5 * HOUR), Resolved(NINE + 5 * HOUR))
    assert case.next_due is None


# -- the example of docs/clocks.md ------------------------------------------------------------------------------------


def test_the_example_of_the_page_on_clocks() -> None:
    friday, monday = NINE + 4 * DAY + 7 * HOUR, NINE + 7 * DAY
    case = filed(promising(first_response=2 * HOUR), posted_at=friday)
    assert case.next_due == monday + HOUR
    case, outcomes = after(case, Paused(monday + 15 * MINUTE), Resumed(monday + 5 * HOUR))
    assert outcomes[0] == ClockPaused(FIRST, 1, monday + 15 * MINUTE, 45 * MINUTE)
    due_at = monday + 5 * HOUR + 45 * MINUTE
    assert case.next_due == due_at
    assert states(case.after(StaffWrote(due_at))[0], FIRST) == [State.MET]
    assert states(case.after(StaffWrote(due_at + TICK))[0], FIRST) == [State.SETTLED_LATE]
