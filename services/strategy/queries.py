"""What strategy answers."""

from collections.abc import Sequence
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.paging import page
from contracts import strategy
from contracts.messages import Page
from contracts.strategy import GoalsNamed, GoalsPage, Voices
from services.strategy.goal import Goal
from services.strategy.store import GOALS, HEARD, Goals


async def goals_named(query: GoalsNamed, goals: Goals) -> list[strategy.Goal | None]:
    """Goals by id."""
    found = await goals.read_all(GOALS, query.goal_ids)
    told = await _told(list(found.values()), goals)
    return [told.get(goal_id) for goal_id in query.goal_ids]


async def goals_page(query: GoalsPage, goals: Goals) -> Page[strategy.Goal]:
    """Goals, newest first."""
    wanted: dict[str, object] = {}
    if query.state:
        wanted["state"] = query.state.value
    if query.supports:
        wanted["supports"] = query.supports
    found = await page(goals.session, GOALS, wanted, "set_at", query.window, descending=True)
    told = await _told(found.items, goals)
    return Page[strategy.Goal](**(dict(found) | {"items": [told[goal.id] for goal in found.items]}))


async def _told(found: Sequence[Goal], goals: Goals) -> dict[UUID, strategy.Goal]:
    heard = await goals.read_all(HEARD, [goal.id for goal in found])
    owners = await goals.read_all(MEMBERS, {goal.owner_id for goal in found})
    return {
        goal.id: strategy.Goal(
            id=goal.id,
            statement=goal.statement,
            advantage=goal.advantage,
            owner_id=goal.owner_id,
            owner_name=owners[goal.owner_id].name if goal.owner_id in owners else None,
            supports=goal.supports,
            starts=goal.starts,
            ends=goal.ends,
            state=goal.state,
            voices=heard[goal.id].told() if goal.id in heard else Voices(),
            version=goal.version,
        )
        for goal in found
    }
