"""What strategy does when asked, and when time comes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.service import Errand
from contracts.access import admit
from contracts.strategy import (
    AchieveGoal,
    ActivateGoal,
    ChangeKeyResult,
    CheckIn,
    DropKeyResult,
    GoalCommand,
    GoalEvent,
    GoalSet,
    KeyResultFigures,
    MeasuredInTheFuture,
    MissGoal,
    RetireGoal,
    SetGoal,
    SetKeyResult,
)
from services.strategy import measure
from services.strategy.goal import Goal
from services.strategy.key_result import TrackedKeyResult
from services.strategy.store import CHECK_INS, Goals, KeptCheckIn, check_in_id


async def set_goal(command: SetGoal, goals: Goals) -> list[GoalSet]:
    """Write down a goal, under another if it supports one."""
    if command.supports:
        await goals.get(command.supports, "supports")
    goal = Goal(
        id=command.id,
        statement=command.statement,
        advantage=command.advantage,
        owner_id=command.owner_id or command.member.id,
        supports=command.supports,
        starts=command.starts,
        ends=command.ends,
        set_at=command.arrived,
        weight=command.weight,
    )
    events = goal.set()
    await goals.save(goal, command.arrived)
    return events


async def activate_goal(command: ActivateGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Let work begin under a goal."""
    return await _change(command, goals, lambda goal: goal.activate(command.arrived))


async def achieve_goal(command: AchieveGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Declare a goal reached."""
    return await _change(command, goals, Goal.achieve)


async def miss_goal(command: MissGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Declare a goal not reached."""
    return await _change(command, goals, Goal.miss)


async def retire_goal(command: RetireGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Drop a goal."""
    return await _change(command, goals, Goal.retire)


async def set_key_result(command: SetKeyResult, goals: Goals) -> Sequence[GoalEvent]:
    """Measure a goal by one more figure."""
    return await _change(command, goals, lambda goal: goal.set_key_result(_tracked(command, command.id)))


async def change_key_result(command: ChangeKeyResult, goals: Goals) -> Sequence[GoalEvent]:
    """Say a key result anew."""
    key_result_id = command.key_result_id
    return await _change(command, goals, lambda goal: goal.change_key_result(_tracked(command, key_result_id)))


async def drop_key_result(command: DropKeyResult, goals: Goals) -> Sequence[GoalEvent]:
    """Measure a goal by this figure no more."""
    return await _change(command, goals, lambda goal: goal.drop_key_result(command.key_result_id))


async def check_in(command: CheckIn, goals: Goals) -> Sequence[GoalEvent]:
    """Take what was measured, and keep it for the history."""
    measured_at = command.measured_at or command.arrived

    def take(goal: Goal) -> Sequence[GoalEvent]:
        if measured_at > command.arrived:
            raise MeasuredInTheFuture(path=("measuredAt",))
        told = measure.CheckIn(measured_at, command.value, command.confidence, command.note)
        events = goal.check_in(command.key_result_id, told, command.member.id)
        kept = KeptCheckIn(
            id=check_in_id(command.key_result_id, goal.key_result(command.key_result_id).check_ins),
            key_result_id=command.key_result_id,
            member_id=command.member.id,
            value=told.value,
            confidence=told.confidence,
            note=told.note,
            measured_at=measured_at,
            arrived=command.arrived,
        )
        goals.write(CHECK_INS, kept)
        return events

    return await _change(command, goals, take)


async def look_again(errand: Errand, goals: Goals) -> Sequence[GoalEvent]:
    """Time moved a goal, or a goal below it did: see how it stands."""
    goal = await goals.get(errand.aggregate_id)
    return await _stand(goal, goals, max(errand.arrived, errand.due or errand.arrived))


async def _change(command: GoalCommand, goals: Goals, change: Callable[[Goal], Any]) -> Sequence[GoalEvent]:
    goal = await goals.get(command.goal_id)
    admit(command, owner=goal.owner_id)
    events: Sequence[GoalEvent] = change(goal)
    return [*events, *await _stand(goal, goals, command.arrived)]


async def _stand(goal: Goal, goals: Goals, at: datetime) -> Sequence[GoalEvent]:
    events = goal.stand(await goals.below(goal), at)
    await goals.save(goal, at)
    return events


def _tracked(command: KeyResultFigures, key_result_id: UUID) -> TrackedKeyResult:
    figures = measure.KeyResult(
        baseline=command.baseline,
        target=command.target,
        unit=command.unit,
        direction=command.direction,
        stretch=command.stretch,
        weight=command.weight,
    )
    return TrackedKeyResult(key_result_id, command.name, figures, command.cadence_days, set_at=command.arrived)
