"""What strategy answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Document
from chassis.paging import page
from contracts import strategy
from contracts.messages import Page
from contracts.strategy import CheckInsPage, GoalOrder, GoalsNamed, GoalsPage, Measurement
from services.strategy.goal import Goal
from services.strategy.key_result import TrackedKeyResult
from services.strategy.store import CHECK_INS, GOALS, HEARD, Fact, Goals, Heard

SORTED = {GoalOrder.NEWEST: ("set_at", True), GoalOrder.ENDING: ("ends", False)}


async def goals_named(query: GoalsNamed, goals: Goals) -> list[strategy.Goal | None]:
    """Goals by id."""
    await goals.fetch(kept.ref(goal_id) for kept in (GOALS, HEARD) for goal_id in query.goal_ids)
    found = await goals.read_all(GOALS, query.goal_ids)
    told = await _told(list(found.values()), query.at, goals)
    return [told.get(goal_id) for goal_id in query.goal_ids]


async def goals_page(query: GoalsPage, goals: Goals) -> Page[strategy.Goal]:
    """Goals, as sorted."""
    asked: Document = {
        "state": query.state and query.state.value,
        "supports": query.supports,
        "top": query.top or None,
        "owner_id": query.owner_id,
        "health": query.health and query.health.value,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    by, descending = SORTED[query.order]
    found = await page(goals.session, GOALS, wanted, by, query.window, descending=descending)
    told = await _told(found.items, query.at, goals)
    return Page[strategy.Goal](**(dict(found) | {"items": [told[goal.id] for goal in found.items]}))


async def check_ins_page(query: CheckInsPage, goals: Goals) -> Page[Measurement]:
    """The history of a key result. Refuses `NoSuchGoal`, `NoSuchKeyResult`."""
    goal = await goals.get(query.goal_id)
    figures = goal.key_result(query.key_result_id).figures
    wanted = {"key_result_id": query.key_result_id}
    found = await page(goals.session, CHECK_INS, wanted, "measured_at", query.window, descending=False)
    members = await goals.read_all(MEMBERS, {each.member_id for each in found.items})
    items = [
        Measurement(
            value=each.value,
            progress=figures.progress(each.value),
            confidence=each.confidence,
            note=each.note,
            measured_at=each.measured_at,
            arrived=each.arrived,
            member_id=each.member_id,
            member_name=members[each.member_id].name if each.member_id in members else None,
        )
        for each in found.items
    ]
    return Page[Measurement](**(dict(found) | {"items": items}))


async def _told(found: Sequence[Goal], at: datetime | None, goals: Goals) -> dict[UUID, strategy.Goal]:
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
            voices=(heard.get(goal.id) or Heard(goal.id)).told(),
            version=goal.version,
            weight=goal.weight,
            key_results=tuple(_told_of(each) for each in goal.key_results.values()),
            progress=goal.progress,
            covered=goal.covered,
            pace=goal.period.elapsed(at) if at else None,
            health=goal.health,
            stale=goal.stale,
            **_counted(heard.get(goal.id)),
        )
        for goal in found
    }


def _told_of(key_result: TrackedKeyResult) -> strategy.KeyResult:
    figures, newest = key_result.figures, key_result.newest
    return strategy.KeyResult(
        id=key_result.id,
        name=key_result.name,
        baseline=figures.baseline,
        target=figures.target,
        stretch=figures.stretch,
        unit=figures.unit,
        direction=figures.direction,
        weight=figures.weight,
        cadence_days=key_result.cadence_days,
        value=newest.value if newest else None,
        progress=key_result.progress,
        stretched=figures.stretched(newest.value) if newest else None,
        confidence=newest.confidence if newest else None,
        measured_at=newest.at if newest else None,
        stale=key_result.stale,
    )


def _counted(heard: Heard | None) -> dict[str, int]:
    facts = heard.facts if heard else {}
    counted = {"ideas": Fact.IDEA, "adopted_ideas": Fact.ADOPTED_IDEA, "cases": Fact.CASE}
    return {name: facts.get(fact, 0) for name, fact in counted.items()}
