"""Who is told when nobody acts (R7)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.responses.calendar import Calendar, Span
from services.responses.escalation import (
    Cause,
    Escalated,
    Escalation,
    Path,
    PathHasNoExecutive,
    PathIsEmpty,
    PathIsTooLong,
    Step,
    WaitIsNegative,
    Whom,
)

HOUR = timedelta(hours=1)
OFFICE = Calendar("UTC", ((Span(540, 1020),),) * 5 + ((), ()))
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday

DESK = Step(Whom.TEAM, "desk", Cause.WARNING)
LEAD = Step(Whom.ROLE, "responder", Cause.BREACH, HOUR)
CHIEF = Step(Whom.PERSON, "0b5e", Cause.SILENCE, 4 * HOUR)


def filed(*steps: Step) -> Escalation:
    return Escalation(Path(steps or (DESK, LEAD, CHIEF)), NINE)


def test_nobody_is_told_before_there_is_a_cause() -> None:
    path = filed()
    assert path.next_at(OFFICE) is None
    assert path.swept(NINE + 100 * HOUR, OFFICE) == (path, ())


def test_a_warning_tells_the_first_step() -> None:
    path, told = filed().warned(NINE + HOUR).swept(NINE + HOUR, OFFICE)
    assert told == (Escalated(1, DESK, NINE + HOUR, last=False),)
    assert path.next_at(OFFICE) is None


def test_a_warning_is_not_a_breach() -> None:
    path = filed(LEAD, CHIEF).warned(NINE)
    assert path.next_at(OFFICE) is None


def test_a_breach_is_a_warning_too_and_each_step_waits_for_the_one_before() -> None:
    path = filed().breached(NINE)
    path, told = path.swept(NINE + HOUR, OFFICE)
    assert [step.step for step in told] == [DESK]
    assert path.next_at(OFFICE) == NINE + 2 * HOUR


def test_the_first_breach_and_the_first_warning_count() -> None:
    assert filed(LEAD, CHIEF).breached(NINE).breached(NINE + HOUR).next_at(OFFICE) == NINE + HOUR
    assert filed(DESK, CHIEF).warned(NINE).warned(NINE + HOUR).next_at(OFFICE) == NINE
    assert filed(DESK, CHIEF).warned(NINE).breached(NINE + HOUR).next_at(OFFICE) == NINE


def test_a_step_is_taken_at_its_time_and_not_before() -> None:
    path = filed(LEAD, CHIEF).breached(NINE)
    assert path.swept(NINE + HOUR - timedelta(milliseconds=1), OFFICE)[1] == ()
    assert path.swept(NINE + HOUR, OFFICE)[1] == (Escalated(1, LEAD, NINE + HOUR, last=False),)


def test_silence_counts_since_the_case_began() -> None:
    assert filed(CHIEF).next_at(OFFICE) == NINE + 4 * HOUR


def test_waits_pass_in_open_time() -> None:
    friday_four = NINE + timedelta(days=4, hours=7)
    assert Escalation(Path((CHIEF,)), friday_four).next_at(OFFICE) == NINE + timedelta(days=7, hours=3)


def test_an_act_lets_the_wait_begin_anew() -> None:
    path = filed(CHIEF).acted(NINE + 3 * HOUR)
    assert path.next_at(OFFICE) == NINE + 7 * HOUR
    assert path.acted(NINE + HOUR).next_at(OFFICE) == NINE + 7 * HOUR


def test_silence_after_an_act_goes_on_where_the_path_stood() -> None:
    path, _ = filed(DESK, CHIEF).warned(NINE).swept(NINE, OFFICE)
    path, told = path.acted(NINE + HOUR).swept(NINE + 5 * HOUR, OFFICE)
    assert told == (Escalated(2, CHIEF, NINE + 5 * HOUR, last=True),)


def test_a_late_sweep_still_gives_the_next_step_its_whole_wait() -> None:
    path, told = filed(Step(Whom.TEAM, "desk", Cause.SILENCE, HOUR), CHIEF).swept(NINE + 3 * HOUR, OFFICE)
    assert len(told) == 1
    assert path.next_at(OFFICE) == NINE + 7 * HOUR


def test_steps_without_a_wait_are_taken_together() -> None:
    everyone = (DESK, Step(Whom.ROLE, "responder", Cause.SILENCE), Step(Whom.PERSON, "0b5e", Cause.SILENCE))
    _, told = filed(*everyone).warned(NINE).swept(NINE, OFFICE)
    assert [(step.number, step.last) for step in told] == [(1, False), (2, False), (3, True)]


def test_after_the_executive_there_is_nobody_left_to_tell() -> None:
    path, _ = filed(CHIEF).swept(NINE + 4 * HOUR, OFFICE)
    assert path.next_at(OFFICE) is None
    assert path.swept(NINE + 40 * HOUR, OFFICE) == (path, ())


def test_a_paused_case_tells_nobody_and_then_goes_on_where_it_stood() -> None:
    path, _ = filed(DESK, CHIEF).warned(NINE).swept(NINE, OFFICE)
    assert path.rested().next_at(OFFICE) is None
    assert path.rested().acted(NINE + HOUR).next_at(OFFICE) is None
    woken = path.rested().woken(NINE + 2 * HOUR)
    assert (woken.taken, woken.next_at(OFFICE)) == (1, NINE + 6 * HOUR)


def test_a_settled_case_begins_its_path_again() -> None:
    path, _ = filed(DESK, CHIEF).breached(NINE).swept(NINE, OFFICE)
    settled = path.settled(NINE)
    assert settled.next_at(OFFICE) is None
    assert settled.woken(NINE + HOUR).next_at(OFFICE) is None
    assert settled.warned(NINE + 2 * HOUR).swept(NINE + 2 * HOUR, OFFICE)[1][0].number == 1
    assert settled.breached(NINE + 2 * HOUR).next_at(OFFICE) == NINE + 2 * HOUR


def test_a_settled_case_that_must_be_acted_on_again_waits_from_then() -> None:
    settled = filed(CHIEF).settled(NINE)
    assert settled.next_at(OFFICE) is None
    assert settled.woken(NINE + HOUR).next_at(OFFICE) == NINE + 5 * HOUR


def test_silence_before_a_case_was_settled_is_forgotten() -> None:
    settled = filed(CHIEF).settled(NINE + 2 * HOUR)
    assert settled.breached(NINE + 3 * HOUR).next_at(OFFICE) == NINE + 6 * HOUR


def test_a_path_has_one_to_twenty_steps() -> None:
    assert len(Path((CHIEF,) * 20).steps) == 20
    with pytest.raises(PathIsTooLong):
        Path((CHIEF,) * 21)
    with pytest.raises(PathIsEmpty):
        Path(())


@pytest.mark.parametrize("step", [DESK, LEAD])
def test_a_path_ends_with_a_named_executive(step: Step) -> None:
    with pytest.raises(PathHasNoExecutive):
        Path((CHIEF, step))


def test_no_step_waits_less_than_no_time() -> None:
    with pytest.raises(WaitIsNegative):
        Step(Whom.TEAM, "desk", Cause.SILENCE, -HOUR)


@given(st.lists(st.sampled_from(["warned", "breached", "acted", "swept", "rested", "woken"]), max_size=40))
def test_every_step_is_taken_once_and_in_order(what: list[str]) -> None:
    path, numbers = filed(), []
    for hour, move in enumerate(what):
        at = NINE + hour * HOUR
        if move == "swept":
            path, told = path.swept(at, OFFICE)
            numbers += [step.number for step in told]
        else:
            path = path.rested() if move == "rested" else getattr(path, move)(at)
    assert numbers == list(range(1, path.taken + 1))
