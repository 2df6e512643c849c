"""A goal and its key results: what is measured, how the goal stands by it, and what is told of that (S2, S4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.strategy import (
    CadenceIsNotPositive,
    CheckedIn,
    Direction,
    GoalHasEnded,
    GoalIsNotActive,
    GoalProgressed,
    GoalState,
    Health,
    KeyResultChanged,
    KeyResultDropped,
    KeyResultSet,
    NoSuchKeyResult,
    TooManyKeyResults,
    WeightIsNotPositive,
)
from services.strategy.goal import MOST_KEY_RESULTS, Goal
from services.strategy.key_result import TrackedKeyResult
from services.strategy.measure import CheckIn, KeyResult
from services.strategy.progress import Rolled
from tests.stage import ANN

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def key_result(cadence_days: int = 7, **figures: Any) -> TrackedKeyResult:
    """Tacos a day, from 20 to 60."""
    asked = {"baseline": 20.0, "target": 60.0, "unit": "tacos", **figures}
    return TrackedKeyResult(uuid4(), "Tacos a day", KeyResult(**asked), cadence_days, NEW_YEAR)


def goal(*key_results: TrackedKeyResult, active: bool = True, **fields: Any) -> Goal:
    """A hundred days from New Year."""
    guests = Goal(uuid4(), "More guests", "The cook", ANN.id, None, NEW_YEAR, NEW_YEAR + 100 * DAY, NEW_YEAR, **fields)
    for each in key_results:
        guests.set_key_result(each)
    if active:
        guests.activate(NEW_YEAR)
    return guests


def told(value: float, days: float = 0, confidence: int = 5, note: str = "") -> CheckIn:
    """A value measured so many days into the year."""
    return CheckIn(NEW_YEAR + days * DAY, value, confidence, note)


def check_in(guests: Goal, of: TrackedKeyResult, value: float, days: float = 0) -> list[Any]:
    """Measure, and see how the goal stands then."""
    return [*guests.check_in(of.id, told(value, days), ANN.id), *guests.stand((), NEW_YEAR + days * DAY)]


# -- key results ------------------------------------------------------------------------------------------------------


def test_a_key_result_is_set_changed_and_dropped_and_each_is_told_in_figures() -> None:
    tacos = key_result(stretch=80.0, weight=2.0)
    guests = goal(active=False)

    [set_] = guests.set_key_result(tacos)
    anew = TrackedKeyResult(tacos.id, "Tacos", KeyResult(30.0, 10.0, "complaints", Direction.DECREASE), 14, NEW_YEAR)
    [changed] = guests.change_key_result(anew)
    [dropped] = guests.drop_key_result(tacos.id)

    assert isinstance(set_, KeyResultSet)
    assert (set_.baseline, set_.target, set_.stretch, set_.weight) == (20, 60, 80, 2)
    assert isinstance(changed, KeyResultChanged)
    assert (changed.target, changed.direction, changed.cadence_days) == (10, Direction.DECREASE, 14)
    assert isinstance(dropped, KeyResultDropped)
    assert [set_.version, changed.version, dropped.version] == [2, 3, 4]
    assert guests.key_results == {}


def test_saying_the_same_again_changes_nothing() -> None:
    tacos = key_result()
    guests = goal(tacos)
    version = guests.version

    assert guests.change_key_result(replace(tacos, set_at=NEW_YEAR + DAY)) == []
    assert guests.version == version


def test_what_was_measured_is_held_against_the_new_figures() -> None:
    tacos = key_result()
    guests = goal(tacos)
    check_in(guests, tacos, 40)

    guests.change_key_result(TrackedKeyResult(tacos.id, tacos.name, KeyResult(20.0, 40.0, "tacos"), 7, NEW_YEAR))
    [progressed] = guests.stand((), NEW_YEAR)

    assert progressed.progress == 1.0


def test_a_goal_has_twenty_key_results_at_most() -> None:
    guests = goal(*(key_result() for _ in range(MOST_KEY_RESULTS)))

    with pytest.raises(TooManyKeyResults):
        guests.set_key_result(key_result())


@pytest.mark.parametrize("cadence_days", [0, -1])
def test_a_cadence_of_no_days_is_refused_where_it_was_given(cadence_days: int) -> None:
    with pytest.raises(CadenceIsNotPositive) as refused:
        key_result(cadence_days)

    assert refused.value.path == ("cadenceDays",)


def test_a_goal_that_has_ended_is_measured_no_more() -> None:
    tacos = key_result()
    guests = goal(tacos)
    guests.achieve()

    for late in (
        lambda: guests.set_key_result(key_result()),
        lambda: guests.change_key_result(tacos),
        lambda: guests.drop_key_result(tacos.id),
        lambda: guests.check_in(tacos.id, told(30), ANN.id),
    ):
        with pytest.raises(GoalHasEnded):
            late()


def test_a_key_result_of_no_goal_is_named() -> None:
    guests = goal()
    for about in (lambda: guests.drop_key_result(uuid4()), lambda: guests.check_in(uuid4(), told(30), ANN.id)):
        with pytest.raises(NoSuchKeyResult) as refused:
            about()
        assert refused.value.path == ("keyResultId",)


def test_the_weight_of_a_goal_is_above_zero() -> None:
    with pytest.raises(WeightIsNotPositive):
        goal(active=False, weight=0.0).set()


# -- check-ins --------------------------------------------------------------------------------------------------------


def test_a_check_in_is_told_without_its_note() -> None:
    tacos = key_result()
    guests = goal(tacos)

    [event] = guests.check_in(tacos.id, told(30, days=1, confidence=8, note="A wedding came by"), ANN.id)

    assert isinstance(event, CheckedIn)
    assert (event.value, event.progress, event.confidence, event.member_id) == (30, 0.25, 8, ANN.id)
    assert event.measured_at == NEW_YEAR + DAY
    assert "wedding" not in event.model_dump_json()


def test_a_draft_takes_no_check_ins() -> None:
    tacos = key_result()

    with pytest.raises(GoalIsNotActive):
        goal(tacos, active=False).check_in(tacos.id, told(30), ANN.id)


def test_what_was_measured_earlier_but_told_later_is_history_only() -> None:
    tacos = key_result()
    guests = goal(tacos)
    check_in(guests, tacos, 40, days=3)
    check_in(guests, tacos, 30, days=2)

    assert tacos.newest == told(40, days=3)
    assert tacos.check_ins == 2


def test_of_two_at_one_time_the_later_told_counts() -> None:
    tacos = key_result()
    guests = goal(tacos)
    check_in(guests, tacos, 40, days=3)
    check_in(guests, tacos, 30, days=3)

    assert tacos.newest == told(30, days=3)


# -- how it stands ----------------------------------------------------------------------------------------------------


def test_a_goal_stands_at_the_weighted_mean_of_what_was_measured() -> None:
    tacos, smiles, other = key_result(weight=1.0), key_result(weight=3.0), key_result(weight=4.0)
    guests = goal(tacos, smiles, other)
    check_in(guests, tacos, 40)

    *_, progressed = check_in(guests, smiles, 60)

    assert isinstance(progressed, GoalProgressed)
    assert progressed.progress == pytest.approx((0.5 + 3 * 1.0) / 4)
    assert progressed.covered == pytest.approx(0.5)
    assert (progressed.pace, progressed.health, progressed.stale) == (0.0, Health.AHEAD, False)
    assert progressed.version == guests.version


def test_goals_below_count_beside_its_own_key_results() -> None:
    tacos = key_result(weight=1.0)
    guests = goal(tacos)
    guests.check_in(tacos.id, told(60), ANN.id)

    [progressed] = guests.stand([(2.0, Rolled(0.25, 1.0)), (1.0, Rolled(None, 0.0))], NEW_YEAR)

    assert progressed.progress == pytest.approx((1.0 + 2 * 0.25) / 3)
    assert progressed.covered == pytest.approx(3 / 4)


def test_nothing_measured_is_nothing_told() -> None:
    guests = goal(key_result())

    assert guests.stand((), NEW_YEAR) == []
    assert (guests.progress, guests.health) == (None, None)


def test_standing_still_is_no_news_and_small_steps_are_once_they_add_up() -> None:
    tacos = key_result(baseline=0.0, target=1_000_000.0)
    guests = goal(tacos)
    check_in(guests, tacos, 500_000)

    assert guests.stand((), NEW_YEAR + DAY / 2) == []
    news = [check_in(guests, tacos, 500_000 + 20 * step)[1:] for step in range(1, 6)]

    assert [len(each) for each in news] == [0, 0, 1, 0, 0]  # 0.50006 is the first that shows in four decimals
    assert guests.progress == 0.5001


def test_dropping_all_that_was_measured_leaves_no_progress() -> None:
    tacos = key_result()
    guests = goal(tacos)
    check_in(guests, tacos, 40)
    guests.drop_key_result(tacos.id)

    [progressed] = guests.stand((), NEW_YEAR)

    assert (progressed.progress, progressed.health) == (None, None)


def test_time_alone_moves_the_health_and_each_look_is_planned_for_the_next_turn() -> None:
    tacos = key_result(cadence_days=1000)
    guests = goal(tacos)
    check_in(guests, tacos, 32)
    turns = []
    while guests.look_at and guests.look_at < guests.ends:
        looked = guests.look_at
        [event] = guests.stand((), looked)
        turns.append((round((looked - NEW_YEAR) / DAY, 2), event.health))

    assert turns == [(20.0, Health.ON_TRACK), (40.0, Health.AT_RISK), (55.0, Health.BEHIND)]


def test_a_goal_is_stale_once_the_cadence_of_one_of_its_key_results_has_passed() -> None:
    weekly, monthly = key_result(7), key_result(30)
    guests = goal(weekly, monthly)
    check_in(guests, weekly, 60)
    check_in(guests, monthly, 60)
    looks = []
    for _ in range(2):
        assert guests.look_at
        looks.append(guests.look_at - NEW_YEAR)
        events = guests.stand((), guests.look_at)

        assert [event.stale for event in events] == ([True] if len(looks) == 1 else [])
    assert looks == [7 * DAY + timedelta(milliseconds=1), 30 * DAY + timedelta(milliseconds=1)]
    assert (weekly.stale, monthly.stale) == (True, True)

    check_in(guests, weekly, 60, days=31)
    *_, fresh = check_in(guests, monthly, 60, days=31)

    assert isinstance(fresh, GoalProgressed)
    assert fresh.stale is False


def test_the_cadence_of_a_goal_that_was_never_measured_runs_from_its_activation() -> None:
    guests = goal(key_result(7))
    guests.stand((), NEW_YEAR)
    assert guests.look_at

    [event] = guests.stand((), guests.look_at)

    assert (event.stale, event.progress, event.health) == (True, None, None)


def test_the_cadence_of_a_key_result_that_came_later_runs_from_then() -> None:
    late = key_result(7)
    late.set_at = NEW_YEAR + 20 * DAY
    guests = goal(late)

    assert guests.stand((), NEW_YEAR + 21 * DAY) == []
    assert guests.look_at == NEW_YEAR + 27 * DAY + timedelta(milliseconds=1)


@pytest.mark.parametrize("end", [Goal.achieve, Goal.miss, Goal.retire])
def test_an_ended_goal_keeps_how_it_stood(end: Any) -> None:
    tacos = key_result()
    guests = goal(tacos)
    check_in(guests, tacos, 40)
    end(guests)

    assert guests.stand([(9.0, Rolled(1.0, 1.0))], NEW_YEAR + 200 * DAY) == []
    assert (guests.progress, guests.look_at) == (0.5, None)


def test_drafts_and_retired_goals_are_no_part_of_what_they_support() -> None:
    parts = {}
    for state in GoalState:
        guests = goal(active=False)
        guests.state, guests.progress, guests.covered = state, 0.5, 1.0
        parts[state] = guests.part

    there = (1.0, Rolled(0.5, 1.0))
    assert parts == {
        GoalState.DRAFT: None,
        GoalState.ACTIVE: there,
        GoalState.ACHIEVED: there,
        GoalState.MISSED: there,
        GoalState.RETIRED: None,
    }
