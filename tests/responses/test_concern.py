"""The rules of a case and of what it is to one member, without any store (R2, R5, R6)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.messages import Audience
from contracts.responses import (
    CaseIsOpen,
    CaseIsResolved,
    CaseJoined,
    CaseKind,
    CaseLeft,
    CaseState,
    ClockBreached,
    ClockCancelled,
    ClockMet,
    ClockSettledLate,
    ClockState,
    ClockWarned,
    ConcernEvent,
    NotJoined,
    WhyCancelled,
)
from services.responses import outcomes
from services.responses.case import NEVER, Case
from services.responses.concern import Concern, SettledBy, Settlement, settlement_id
from services.responses.policy import Target

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGET = Target(4 * HOUR, HOUR)
BOB, EVE, RITA = uuid4(), uuid4(), uuid4()


def case(posted_at: datetime = NOON) -> Case:
    """A complaint of Bob's at noon."""
    return Case(uuid4(), CaseKind.COMPLAINT, "Down", (), ("down",), None, BOB, posted_at, NOON, TARGET)


def filed(posted_at: datetime = NOON) -> tuple[Case, Concern]:
    """The case, and what it is to Bob."""
    of = case(posted_at)
    concern, _ = Concern.filing(of)
    return of, concern


def ended(of: Case, at: datetime, by: SettledBy = SettledBy.REPLY) -> Settlement:
    """A round of a case, ended."""
    of.reply(RITA, at) if by is SettledBy.REPLY else of.resolve(RITA, at)
    return Settlement(settlement_id(of.id, of.round), of.id, of.round, by, at)


def kinds(events: list[ConcernEvent]) -> list[type[ConcernEvent]]:
    """What was told."""
    return [type(event) for event in events]


def test_a_clock_runs_since_the_customer_posted() -> None:
    _, concern = filed(NOON - 2 * HOUR)

    assert (concern.clock.started_at, concern.clock.due_at) == (NOON - 2 * HOUR, NOON + 2 * HOUR)
    assert concern.clock.wakes_at == NOON + HOUR


def test_a_clock_may_be_born_breached() -> None:
    _, [breached] = Concern.filing(case(NOON - 5 * HOUR))

    assert isinstance(breached, ClockBreached)
    assert (breached.due_at, breached.breached_at, breached.version) == (NOON - HOUR, NOON, 2)


def test_a_joiners_clock_runs_since_they_joined() -> None:
    of, _ = filed()

    concern, [joined] = Concern.joining(of, EVE, Audience.CUSTOMER, NOON + HOUR, None)

    assert isinstance(joined, CaseJoined)
    assert joined.due_at == concern.clock.due_at == NOON + 5 * HOUR


def test_a_reply_meets_every_clock_of_its_round_up_to_its_due_time() -> None:
    of, concern = filed()
    reply = ended(of, concern.clock.due_at)

    assert kinds(concern.settle(reply)) == [ClockMet]
    assert concern.settle(reply) == []
    assert (concern.owed, concern.clock.wakes_at) == (False, None)


def test_a_late_reply_tells_of_the_breach_and_apart_from_it_how_late_it_was() -> None:
    of, concern = filed()

    [breached, late] = concern.settle(ended(of, NOON + 6 * HOUR))

    assert isinstance(breached, ClockBreached)
    assert isinstance(late, ClockSettledLate)
    assert (late.overdue_seconds, late.version) == (7200, breached.version + 1)


def test_a_breach_that_the_sweep_has_told_is_not_told_again() -> None:
    of, concern = filed()
    assert kinds(concern.sweep(NOON + 3 * HOUR)) == [ClockWarned]
    assert kinds(concern.sweep(NOON + 5 * HOUR)) == [ClockBreached]
    assert concern.sweep(NOON + 6 * HOUR) == []

    assert kinds(concern.settle(ended(of, NOON + 7 * HOUR))) == [ClockSettledLate]


def test_a_reply_of_an_earlier_round_settles_nothing() -> None:
    of, _ = filed()
    earlier = ended(of, NOON + HOUR)
    later, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON + 2 * HOUR, None)

    assert not later.is_behind(of)
    assert later.settle(earlier) == []
    reply = ended(of, NOON + 3 * HOUR)
    assert later.is_behind(of)
    assert kinds(later.settle(reply)) == [ClockMet]


def test_who_joined_while_the_reply_was_under_way_is_answered_by_it_all_the_same() -> None:
    of, _ = filed()
    joiner, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON + HOUR + timedelta(seconds=1), None)

    assert kinds(joiner.settle(ended(of, NOON + HOUR))) == [ClockMet]


@pytest.mark.parametrize(
    ("at", "told", "state"),
    [
        (NOON + HOUR, [ClockCancelled], ClockState.CANCELLED),
        (NOON + 5 * HOUR, [ClockBreached, ClockSettledLate], ClockState.SETTLED_LATE),
    ],
)
def test_a_resolution_keeps_no_promise(at: datetime, told: list[type[ConcernEvent]], state: ClockState) -> None:
    of, concern = filed()

    assert kinds(concern.settle(ended(of, at, SettledBy.RESOLUTION))) == told
    assert concern.clock.state == state


def test_who_leaves_is_owed_nothing_and_who_comes_again_has_a_new_clock() -> None:
    of, _ = filed()
    concern, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON, None)

    [left, cancelled] = concern.leave(NOON + HOUR)
    again, [joined] = Concern.joining(of, EVE, Audience.CUSTOMER, NOON + 2 * HOUR, concern)

    assert isinstance(left, CaseLeft)
    assert isinstance(cancelled, ClockCancelled)
    assert cancelled.why is WhyCancelled.WITHDRAWN
    assert [left.version, cancelled.version, joined.version] == [2, 3, 4]
    assert (again.clock.number, again.clock.due_at) == (2, NOON + 6 * HOUR)


def test_leaving_takes_back_no_promise_that_was_kept() -> None:
    of, _ = filed()
    concern, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON, None)
    concern.settle(ended(of, NOON + HOUR))

    assert kinds(concern.leave(NOON + 2 * HOUR)) == [CaseLeft]
    with pytest.raises(NotJoined):
        concern.leave(NOON + 3 * HOUR)


def test_a_case_tells_of_the_first_breach_of_a_round_alone() -> None:
    of, _ = filed(NOON - 5 * HOUR)
    other, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON, None)
    breach = Concern.filing(of)[1]

    assert len(of.hear(breach)) == 1
    assert of.hear(other.sweep(NOON + 5 * HOUR)) == []
    of.reply(RITA, NOON + 6 * HOUR)
    assert not of.breached
    next_round, _ = Concern.joining(of, EVE, Audience.CUSTOMER, NOON + 6 * HOUR, None)
    assert len(of.hear(next_round.sweep(NOON + 11 * HOUR))) == 1


def test_a_reply_leaves_nobody_waiting() -> None:
    of, _ = filed()
    of.file(Audience.CUSTOMER, NOON + 4 * HOUR)
    assert of.due == NOON + 4 * HOUR

    of.reply(RITA, NOON + HOUR)
    of.reply(RITA, NOON + 2 * HOUR)

    assert (of.due, of.round, of.replied_at) == (NEVER, 2, NOON + HOUR)


def test_a_resolved_case_takes_nobody_in_until_it_is_reopened() -> None:
    of, _ = filed()
    with pytest.raises(CaseIsOpen):
        of.reopen(RITA, NOON)
    of.resolve(RITA, NOON)
    assert of.resolve(RITA, NOON) == []
    with pytest.raises(CaseIsResolved):
        of.admit_joiners()

    of.reopen(BOB, NOON)

    of.admit_joiners()
    assert (of.state, of.resolved_at) == (CaseState.OPEN, None)


def test_a_count_is_news_only_where_it_differs() -> None:
    of, _ = filed()
    of.file(Audience.CUSTOMER, NOON + 4 * HOUR)

    assert len(of.count(3, {1: 3}, NOON + 4 * HOUR, breached=False)) == 1
    assert of.count(3, {1: 5}, NOON + 4 * HOUR, breached=False) == []
    assert of.counted == {1: 5}


def test_the_language_and_the_rules_name_states_and_reasons_alike() -> None:
    assert {state.value for state in ClockState} == {state.value for state in outcomes.State}
    assert {why.value for why in WhyCancelled} == {reason.value for reason in outcomes.Reason}
