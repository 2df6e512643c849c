"""What responses does when others speak."""

from contracts.messages import Event
from contracts.strategy import GoalActivated, GoalEvent
from services.responses.store import GOALS, Cases, KnownGoal


async def learn_goal(event: GoalEvent, cases: Cases) -> list[Event]:
    """Remember whether a goal is active, so that cases may be filed under it; an older fact changes nothing (P11)."""
    known = await cases.read(GOALS, event.goal_id)
    if known is None or known.version < event.version:
        cases.write(GOALS, KnownGoal(event.goal_id, isinstance(event, GoalActivated), event.version))
    return []
