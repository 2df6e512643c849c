"""What strategy does when asked."""

from collections.abc import Callable, Sequence
from typing import Any

from contracts.access import admit
from contracts.strategy import (
    AchieveGoal,
    ActivateGoal,
    GoalCommand,
    GoalEvent,
    GoalSet,
    MissGoal,
    RetireGoal,
    SetGoal,
)
from services.strategy.goal import Goal
from services.strategy.store import Goals


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
    )
    events = goal.set()
    goals.save(goal)
    return events


async def activate_goal(command: ActivateGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Let work begin under a goal."""
    return await _change(command, goals, Goal.activate)


async def achieve_goal(command: AchieveGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Declare a goal reached."""
    return await _change(command, goals, Goal.achieve)


async def miss_goal(command: MissGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Declare a goal not reached."""
    return await _change(command, goals, Goal.miss)


async def retire_goal(command: RetireGoal, goals: Goals) -> Sequence[GoalEvent]:
    """Drop a goal."""
    return await _change(command, goals, Goal.retire)


async def _change(command: GoalCommand, goals: Goals, change: Callable[[Goal], Any]) -> Sequence[GoalEvent]:
    goal = await goals.get(command.goal_id)
    admit(command, owner=goal.owner_id)
    events: Sequence[GoalEvent] = change(goal)
    goals.save(goal)
    return events
