"""Measuring with the store: check-ins and their history, goals that move goals, and what time alone moves (S2, S4)."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.attempt import Work
from chassis.service import Errand, Handled
from chassis.store import DEADLINES
from contracts.messages import Window
from contracts.strategy import (
    AchieveGoal,
    ActivateGoal,
    ChangeKeyResult,
    CheckedIn,
    CheckIn,
    CheckInsPage,
    ConfidenceIsOutOfRange,
    DropKeyResult,
    Goal,
    GoalProgressed,
    GoalsNamed,
    Health,
    KeyResultSet,
    MeasuredInTheFuture,
    Measurement,
    NoSuchKeyResult,
    NotAFigure,
    NoUnit,
    RetireGoal,
    SetGoal,
    SetKeyResult,
    TargetIsNotAhead,
)
from deploy.local.process import Process
from services.strategy.app import strategy
from services.strategy.handlers import look_again
from services.strategy.store import LOOK, Goals
from tests.eventually import eventually
from tests.overheard import overhearing, plans, stages
from tests.stage import ANN, BOB, Place, Stage, now, said

DAY = timedelta(days=1)
TACOS: dict[str, Any] = {"name": "Tacos a day", "baseline": 20.0, "target": 60.0, "unit": "tacos"}


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Strategy, without any goal."""
    return await stage.place(strategy)


async def goal(place: Place, since: datetime | None = None, draft: bool = False, **fields: Any) -> UUID:
    """A goal, half of whose period is over."""
    asked: dict[str, Any] = {"statement": "More guests", "advantage": "The cook"}
    asked |= {"starts": now() - 50 * DAY, "ends": now() + 50 * DAY}
    command = said(SetGoal, **(asked | fields))
    await place.tell(command)
    if not draft:
        await place.tell(said(ActivateGoal, goal_id=command.id, arrived=since or now()))
    return command.id


async def key_result(place: Place, of: UUID, **figures: Any) -> UUID:
    """A key result of a goal."""
    command = said(SetKeyResult, goal_id=of, **(TACOS | figures))
    await place.tell(command)
    return command.id


async def measured(place: Place, **fields: Any) -> tuple[UUID, UUID]:
    """A goal with a key result."""
    of = await goal(place, **fields)
    return of, await key_result(place, of)


def checking_in(of: UUID, by: UUID, value: float, **more: Any) -> CheckIn:
    """A check-in."""
    asked: dict[str, Any] = {"goal_id": of, "key_result_id": by, "value": value, "confidence": 5}
    return said(CheckIn, **(asked | more))


async def read(place: Place, *goals: UUID) -> Goal:
    """A goal as a member sees it."""
    [found] = await place.ask(GoalsNamed(goal_ids=goals, viewer=BOB, at=now()))
    assert isinstance(found, Goal)
    return found


async def told(place: Place, of: UUID) -> list[GoalProgressed]:
    """How a goal was told to move."""
    return [each for each in await place.journal() if isinstance(each, GoalProgressed) and each.goal_id == of]


async def settled(*places: Place) -> None:
    """Everything that is due soon has been done."""

    async def quiet() -> bool:
        await asyncio.gather(*(place.deadlines.fire() for place in places))
        soon = {"due": {"$lte": now() + timedelta(seconds=5)}}
        return await places[0].database.collection(DEADLINES).count_documents(soon) == 0

    await eventually(quiet)


async def page(place: Place, of: UUID, by: UUID, **window: Any) -> Any:
    """Part of the history of a key result."""
    return await place.ask(CheckInsPage(viewer=BOB, goal_id=of, key_result_id=by, window=Window(**window)))


# -- key results and check-ins ----------------------------------------------------------------------------------------


async def test_a_check_in_moves_the_goal_in_the_same_commit(place: Place) -> None:
    of, by = await measured(place)

    done = await place.tell(checking_in(of, by, 40))

    assert [event.kind for event in done.events] == ["CheckedIn", "GoalProgressed"]
    shown = await read(place, of)
    assert (shown.progress, shown.covered, shown.health, shown.stale) == (0.5, 1.0, Health.ON_TRACK, False)
    assert shown.pace == pytest.approx(0.5, abs=0.01)
    [figures] = shown.key_results
    assert (figures.value, figures.progress, figures.confidence, figures.unit) == (40, 0.5, 5, "tacos")
    [event] = await told(place, of)
    assert (event.progress, event.version) == (0.5, shown.version)


async def test_versions_of_a_goal_rise_by_one_with_every_event(place: Place) -> None:
    """P12."""
    of, by = await measured(place)
    for value in (30, 30, 50):
        await place.tell(checking_in(of, by, value))
    await place.tell(said(ChangeKeyResult, goal_id=of, key_result_id=by, **(TACOS | {"target": 50.0})))
    await place.tell(said(DropKeyResult, goal_id=of, key_result_id=by))
    await place.tell(said(AchieveGoal, goal_id=of))

    versions = [event.version for event in await place.journal()]

    assert versions == list(range(1, len(versions) + 1))


async def test_a_check_in_told_twice_is_one(place: Place) -> None:
    """P3."""
    of, by = await measured(place)
    command = checking_in(of, by, 40)

    first, second = await place.tell(command), await place.tell(command)

    assert first == second
    assert (await page(place, of, by)).total == 1


async def test_a_note_stays_with_strategy(place: Place) -> None:
    of, by = await measured(place)
    await place.tell(checking_in(of, by, 40, note="The wedding helped"))

    [kept] = (await page(place, of, by)).items

    assert (kept.note, kept.member_id, kept.member_name) == ("The wedding helped", ANN.id, "Ann")
    assert not [row async for row in place.database.collection("outbox").find({"payload": {"$regex": "wedding"}})]


async def test_the_whole_history_comes_page_by_page_in_the_order_of_its_own_time(place: Place) -> None:
    of, by = await measured(place)
    at, chance = now() - DAY, Random(4)
    days = list(range(9))
    chance.shuffle(days)
    for day in days:
        await place.tell(checking_in(of, by, 20 + day, measured_at=at - day * DAY))

    first = await page(place, of, by, first=4)
    rest = await page(place, of, by, first=9, after=first.cursors[-1])
    newest = await page(place, of, by, last=2)

    values = [each.value for each in [*first.items, *rest.items]]
    assert values == [28, 27, 26, 25, 24, 23, 22, 21, 20]
    assert [each.value for each in newest.items] == [21, 20]
    assert first.total == 9
    assert (await read(place, of)).key_results[0].value == 20


async def test_of_two_check_ins_at_one_time_the_later_told_counts_and_stands_later(place: Place) -> None:
    of, by = await measured(place)
    at = now() - DAY
    for value in (30, 50, 40):
        await place.tell(checking_in(of, by, value, measured_at=at))

    assert [each.value for each in (await page(place, of, by)).items] == [30, 50, 40]
    assert (await read(place, of)).key_results[0].value == 40


async def test_a_history_is_held_against_the_key_result_as_it_is_now(place: Place) -> None:
    of, by = await measured(place)
    await place.tell(checking_in(of, by, 40))
    await place.tell(said(ChangeKeyResult, goal_id=of, key_result_id=by, **(TACOS | {"target": 100.0})))

    [kept] = (await page(place, of, by)).items

    assert kept.progress == 0.25


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"confidence": 11}, ConfidenceIsOutOfRange),
        ({"confidence": -1}, ConfidenceIsOutOfRange),
        ({"value": 1e16}, NotAFigure),
        ({"measured_at": now() + DAY}, MeasuredInTheFuture),
        ({"key_result_id": uuid4()}, NoSuchKeyResult),
    ],
)
async def test_a_check_in_that_makes_no_sense_is_not_kept(
    place: Place, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    of, by = await measured(place)

    with pytest.raises(refusal):
        await place.tell(checking_in(of, by, 40).model_copy(update=wrong))

    assert await place.count("check_ins") == 0


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [({"target": 10.0}, TargetIsNotAhead), ({"unit": " "}, NoUnit), ({"baseline": 1e16}, NotAFigure)],
)
async def test_a_key_result_that_makes_no_sense_is_not_set(
    place: Place, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    of = await goal(place)

    with pytest.raises(refusal):
        await key_result(place, of, **wrong)

    assert not [event for event in await place.journal() if isinstance(event, KeyResultSet)]


async def test_the_history_of_what_is_not_there_is_refused(place: Place) -> None:
    of, _ = await measured(place)

    with pytest.raises(NoSuchKeyResult):
        await page(place, of, uuid4())


async def test_two_replicas_lose_no_check_in_of_one_key_result(place: Place) -> None:
    """P8: the goal is written by each."""
    of, by = await measured(place)
    replicas = [place, place.replica("other")]
    at = now() - DAY

    await asyncio.gather(
        *(
            replicas[number % 2].tell(checking_in(of, by, 20 + number, measured_at=at + timedelta(seconds=number)))
            for number in range(20)
        )
    )

    assert [each.value for each in (await page(place, of, by, first=100)).items] == [20 + n for n in range(20)]
    assert (await read(place, of)).key_results[0].value == 39
    assert len([event for event in await place.journal() if isinstance(event, CheckedIn)]) == 20


# -- goals that move goals --------------------------------------------------------------------------------------------


async def test_a_check_in_reaches_every_goal_above(place: Place) -> None:
    top = await goal(place)
    middle = await goal(place, supports=top, weight=3.0)
    leaf, by = await measured(place, supports=middle)
    beside, other = await measured(place, supports=top, weight=1.0)
    await place.tell(checking_in(leaf, by, 60))
    await place.tell(checking_in(beside, other, 40))

    await settled(place)

    assert (await read(place, middle)).progress == 1.0
    shown = await read(place, top)
    assert shown.progress == pytest.approx((3 * 1.0 + 1 * 0.5) / 4)
    assert shown.covered == 1.0
    assert (await told(place, top))[-1].progress == pytest.approx(0.875)


async def test_a_goal_counts_above_from_its_activation_until_it_is_retired(place: Place) -> None:
    top, top_by = await measured(place)
    await place.tell(checking_in(top, top_by, 60))
    below = await goal(place, supports=top, draft=True)
    await settled(place)
    assert (await read(place, top)).covered == 1.0

    await place.tell(said(ActivateGoal, goal_id=below))
    await settled(place)
    assert (await read(place, top)).covered == 0.5

    by = await key_result(place, below)
    await place.tell(checking_in(below, by, 20))
    await settled(place)
    assert (await read(place, top)).progress == 0.5

    await place.tell(said(RetireGoal, goal_id=below))
    await settled(place)
    assert (await read(place, top)).progress == 1.0


async def test_p8_two_children_measured_at_once_on_two_replicas_are_both_in_the_whole(place: Place) -> None:
    """Whoever looks first may not have seen the other; whoever looks last has, and writes the whole."""
    other = place.replica("other")
    top = await goal(place)
    children = [await measured(place, supports=top) for _ in range(2)]
    for value in (30, 45, 55, 60):
        await asyncio.gather(
            *(
                where.tell(checking_in(of, by, value + number))
                for number, (where, (of, by)) in enumerate(zip((place, other), children, strict=True))
            ),
            place.deadlines.fire(),
            other.deadlines.fire(),
        )

    await settled(place, other)

    shown = [await read(place, of) for of, _ in children]
    assert [each.progress for each in shown] == [1.0, 1.0]
    assert (await read(place, top)).progress == 1.0
    assert (await told(place, top))[-1].progress == 1.0


async def test_p8_a_sum_made_before_a_part_moved_does_not_outlive_the_one_made_after(place: Place) -> None:
    """The one whose sum is old runs again, though the new one changed nothing: a whole is written with every sum."""
    looked, go_on = asyncio.Event(), asyncio.Event()

    async def look_slowly(errand: Errand, goals: Goals) -> Any:
        events = await look_again(errand, goals)
        looked.set()
        await go_on.wait()
        return events

    slow = Place(replace(strategy, errands={LOOK: Handled(by=look_slowly)}), place.database, "slow")
    place.replicas.append(slow)
    top = await goal(place)
    (one, by_one), (two, by_two) = [await measured(place, supports=top) for _ in range(2)]
    await place.tell(checking_in(one, by_one, 40))
    await place.tell(checking_in(two, by_two, 40))
    await settled(place)

    await place.tell(checking_in(one, by_one, 48))
    adding_up = asyncio.create_task(slow.errand(LOOK, top))
    await looked.wait()
    await place.tell(checking_in(two, by_two, 32))
    await place.errand(LOOK, top)
    go_on.set()
    await adding_up

    assert (await read(place, top)).progress == pytest.approx(0.5)


async def test_what_a_neighbour_in_the_batch_has_just_measured_is_in_the_sum(place: Place) -> None:
    top, top_by = await measured(place)
    below, by = await measured(place, supports=top)
    commands = [checking_in(below, by, 20), checking_in(below, by, 60), checking_in(top, top_by, 40)]

    await place.corridor.perform([Work(each, each.id, each.arrived, each.key) for each in commands], patience=5)

    assert (await read(place, top)).progress == 0.75


async def test_many_parts_that_move_at_once_leave_few_words_for_the_whole(place: Place) -> None:
    top = await goal(place)
    children = [await measured(place, supports=top) for _ in range(30)]
    await settled(place)

    await asyncio.gather(*(place.tell(checking_in(of, by, 40)) for of, by in children))

    words = await place.database.collection(DEADLINES).count_documents({"aggregate_id": top})
    assert 1 <= words <= 12
    await settled(place)
    assert (await read(place, top)).progress == 0.5


async def test_the_goals_below_are_read_off_an_index(place: Place, mongod: tuple[Process, str]) -> None:
    top = await goal(place)
    for _ in range(3):
        await measured(place, supports=top)
    found = await place.database.command(
        {"explain": {"find": "goals", "filter": {"supports": top, "state": {"$in": ["active"]}}}}
    )

    assert "COLLSCAN" not in stages(found)


# -- time alone -------------------------------------------------------------------------------------------------------


async def test_time_alone_moves_the_health_once_whichever_replica_looks(place: Place) -> None:
    replicas = [place, place.replica("other"), place.replica("third")]
    of, by = await measured(place, starts=now() - 10 * DAY, ends=now() + timedelta(milliseconds=700))
    await place.tell(checking_in(of, by, 59))
    assert [event.health for event in await told(place, of)] == [Health.ON_TRACK]

    await settled(*replicas)

    assert [event.health for event in await told(place, of)] == [Health.ON_TRACK, Health.BEHIND]
    assert (await read(place, of)).health is Health.BEHIND


async def test_a_goal_is_told_stale_once_its_cadence_has_passed_and_fresh_when_measured(
    place: Place,
) -> None:
    replicas = [place, place.replica("other")]
    of = await goal(place, since=now() - 8 * DAY)
    by = await key_result(place, of, target=40.0, arrived=now() - 8 * DAY)
    await place.tell(checking_in(of, by, 30, arrived=now() - 7.5 * DAY))
    assert not (await read(place, of)).stale

    await settled(*replicas)

    assert [event.stale for event in await told(place, of)] == [False, True]
    shown = await read(place, of)
    assert (shown.stale, shown.key_results[0].stale) == (True, True)
    await place.tell(checking_in(of, by, 30))
    assert [event.stale for event in await told(place, of)] == [False, True, False]


async def test_one_look_is_planned_for_a_goal_and_none_once_it_has_ended(place: Place) -> None:
    of, by = await measured(place)
    for value in (30, 40, 55):
        await place.tell(checking_in(of, by, value))
    assert await place.count(DEADLINES) == 1

    await place.tell(said(AchieveGoal, goal_id=of))

    assert await place.count(DEADLINES) == 0
    assert (await read(place, of)).progress == 0.875


async def test_a_history_is_read_off_an_index_in_its_order(place: Place, mongod: tuple[Process, str]) -> None:
    of, by = await measured(place)
    for value in range(20, 40):
        await place.tell(checking_in(of, by, value))
    with overhearing(place, mongod[1]) as (listened, heard):
        first = await page(listened, of, by, first=3)
        await page(listened, of, by, first=3, after=first.cursors[-1])
        await page(listened, of, by, last=3)
        found = await plans(listened, heard)

    assert isinstance(first.items[0], Measurement)
    assert len(found) == 3
    assert all("IXSCAN" in stages(plan) and not {"SORT", "COLLSCAN"} & stages(plan) for plan in found)
