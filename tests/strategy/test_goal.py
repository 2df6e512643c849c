"""The life of a goal: draft, then active, then achieved, missed or retired; and never back (S1)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import Refused
from contracts.strategy import (
    GoalAchieved,
    GoalActivated,
    GoalHasEnded,
    GoalIsNotActive,
    GoalIsNotDraft,
    GoalMissed,
    GoalRetired,
    GoalState,
    PeriodIsEmpty,
)
from services.strategy.goal import ENDED, Goal
from tests.stage import ANN

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SUMMER = NEW_YEAR + timedelta(days=180)
Verb = Callable[[Goal], Sequence[Any]]


def activate(goal: Goal) -> Sequence[Any]:
    """Let work begin on New Year's day."""
    return goal.activate(NEW_YEAR)


VERBS: list[Verb] = [activate, Goal.achieve, Goal.miss, Goal.retire]
ALLOWED: dict[tuple[GoalState, Verb], GoalState] = {
    (GoalState.DRAFT, activate): GoalState.ACTIVE,
    (GoalState.DRAFT, Goal.retire): GoalState.RETIRED,
    (GoalState.ACTIVE, Goal.achieve): GoalState.ACHIEVED,
    (GoalState.ACTIVE, Goal.miss): GoalState.MISSED,
    (GoalState.ACTIVE, Goal.retire): GoalState.RETIRED,
}


def goal(starts: datetime = NEW_YEAR, ends: datetime = SUMMER) -> Goal:
    """More guests by summer."""
    return Goal(uuid4(), "More guests", "The cook knows them all", ANN.id, None, starts, ends, NEW_YEAR)


def test_writing_it_down_tells_whose_it_is_and_for_how_long() -> None:
    guests = goal()

    [event] = guests.set()

    assert (event.goal_id, event.owner_id, event.supports) == (guests.id, ANN.id, None)
    assert (event.starts, event.ends, event.version) == (NEW_YEAR, SUMMER, 1)


@pytest.mark.parametrize("ends", [NEW_YEAR, NEW_YEAR - timedelta(days=1)])
def test_a_goal_ends_after_it_starts(ends: datetime) -> None:
    with pytest.raises(PeriodIsEmpty) as refused:
        goal(ends=ends).set()

    assert refused.value.path == ("ends",)


def test_two_time_zones_are_one_time() -> None:
    east = datetime.fromisoformat("2026-01-01T09:00:00+09:00")

    with pytest.raises(PeriodIsEmpty):
        goal(starts=NEW_YEAR, ends=east).set()


@given(st.lists(st.sampled_from(VERBS), max_size=8))
def test_it_lives_once(verbs: list[Verb]) -> None:
    guests = goal()
    events: list[Any] = []
    for verb in verbs:
        state = guests.state
        expected = ALLOWED.get((state, verb))
        if expected is None:
            with pytest.raises(Refused):
                verb(guests)
            assert guests.state is state
        else:
            events += verb(guests)
            assert guests.state is expected

    assert [event.version for event in events] == list(range(2, len(events) + 2))
    assert guests.version == len(events) + 1


@pytest.mark.parametrize(
    ("verb", "event"), [(Goal.achieve, GoalAchieved), (Goal.miss, GoalMissed), (Goal.retire, GoalRetired)]
)
def test_each_end_has_a_name_of_its_own(verb: Verb, event: type[Any]) -> None:
    guests = goal()
    [activated] = guests.activate(NEW_YEAR)
    [ended] = verb(guests)

    assert (type(activated), type(ended)) == (GoalActivated, event)
    assert guests.state in ENDED


@pytest.mark.parametrize("verb", VERBS)
def test_what_has_ended_says_so(verb: Verb) -> None:
    guests = goal()
    guests.retire()

    with pytest.raises(GoalHasEnded):
        verb(guests)


def test_a_draft_is_not_achieved_and_an_active_goal_not_activated() -> None:
    guests = goal()
    for verb in (guests.achieve, guests.miss):
        with pytest.raises(GoalIsNotActive):
            verb()
    guests.activate(NEW_YEAR)

    with pytest.raises(GoalIsNotDraft):
        guests.activate(NEW_YEAR)
