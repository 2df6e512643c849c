"""Goals, as the browser sees them: what they are measured by, how they stand, and each time that moves."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.strategy import GoalProgressed, Health
from gateway.nodes import global_id
from tests.gateway.conftest import ANN_ID, House, News
from tests.gateway.standin import done, refused
from tests.gateway.test_pages import goal as plain_goal
from tests.gateway.test_watching import watching

GOAL, KEY_RESULT = uuid4(), uuid4()
MOMENT = "2026-11-23T12:00:00Z"
FIGURES = {"name": "Tacos a day", "baseline": 20, "target": 60, "unit": "tacos"}
WATCH = "subscription W($id: ID!) { goalProgressed(goalId: $id) { version progress health stale } }"


def key_result(**changed: Any) -> dict[str, Any]:
    return {
        "id": str(KEY_RESULT),
        "name": "Tacos a day",
        "baseline": 20,
        "target": 60,
        "stretch": 80,
        "unit": "tacos",
        "direction": "increase",
        "weight": 1,
        "cadence_days": 7,
        "value": 70,
        "progress": 1,
        "stretched": 0.5,
        "confidence": 8,
        "measured_at": MOMENT,
        "stale": False,
    } | changed


def goal(id: str = str(GOAL), **changed: Any) -> dict[str, Any]:
    return (
        plain_goal(id)
        | {"weight": 2, "key_results": [key_result()], "progress": 1, "covered": 0.5, "pace": 0.25}
        | {"health": "ahead", "stale": True, "ideas": 40, "adopted_ideas": 1, "cases": 31}
        | changed
    )


def check_in(value: float) -> dict[str, Any]:
    return {
        "value": value,
        "progress": 0.5,
        "confidence": 5,
        "note": "A wedding",
        "measured_at": MOMENT,
        "arrived": MOMENT,
        "member_id": str(ANN_ID),
        "member_name": "Ann",
    }


def page(items: list[Any]) -> dict[str, Any]:
    cursors = [f"c{number}" for number in range(len(items))]
    told = {"items": items, "cursors": cursors, "has_next": False, "has_previous": False, "total": len(items)}
    return {"answer": told}


@pytest.fixture
def street(house: House) -> House:
    house.strategy.answers |= {
        "GoalsNamed": lambda data: {"answer": [goal(each) for each in data["goal_ids"]]},
        "GoalsPage": lambda data: page([goal(str(uuid4()), supports=str(GOAL)) for _ in range(50)]),
        "CheckInsPage": lambda data: page([check_in(30), check_in(40)]),
    }
    return house


async def test_a_goal_shows_what_it_is_measured_by_how_it_stands_and_what_was_heard_for_it(street: House) -> None:
    answer = await street.ask(
        """query Q($id: ID!) { goal(id: $id) {
          weight progress covered pace health stale ideasSubmitted ideasAdopted casesFiled voices { voters }
          keyResults { id name baseline target stretch unit direction weight cadenceDays
            value progress stretched confidence measuredAt stale } } }""",
        {"id": global_id("Goal", GOAL)},
    )

    assert answer["data"]["goal"] == {
        "weight": 2,
        "progress": 1,
        "covered": 0.5,
        "pace": 0.25,
        "health": "AHEAD",
        "stale": True,
        "ideasSubmitted": 40,
        "ideasAdopted": 1,
        "casesFiled": 31,
        "voices": {"voters": 2},
        "keyResults": [
            {
                "id": global_id("KeyResult", KEY_RESULT),
                "name": "Tacos a day",
                "baseline": 20,
                "target": 60,
                "stretch": 80,
                "unit": "tacos",
                "direction": "INCREASE",
                "weight": 1,
                "cadenceDays": 7,
                "value": 70,
                "progress": 1,
                "stretched": 0.5,
                "confidence": 8,
                "measuredAt": "2026-11-23T12:00:00+00:00",
                "stale": False,
            }
        ],
    }
    assert street.strategy.told("GoalsNamed")[0]["at"]


@pytest.mark.parametrize(
    ("more", "requests"),
    [
        ("keyResults { value progress stale }", 1),
        ("supports { id progress }", 2),
        ("keyResults { checkIns(last: 2) { edges { node { value note member { name } } } } }", 2),
    ],
)
async def test_g5_a_page_of_fifty_goals_asks_once_for_each_kind_of_thing(
    street: House, more: str, requests: int
) -> None:
    query = "{ goals(first: 50) { edges { node { id health voices { heard } ideasAdopted MORE } } } }"

    answer = await street.ask(query.replace("MORE", more))

    assert len(answer["data"]["goals"]["edges"]) == 50
    assert street.requests == requests


async def test_a_history_is_shown_with_who_told_it(street: House) -> None:
    query = """query Q($id: ID!) { goal(id: $id) { keyResults {
      checkIns(last: 1) { edges { node { value note confidence member { id name } } } } } } }"""

    answer = await street.ask(query, {"id": global_id("Goal", GOAL)})

    [*_, newest] = answer["data"]["goal"]["keyResults"][0]["checkIns"]["edges"]
    ann = {"id": global_id("Member", ANN_ID), "name": "Ann"}
    assert newest["node"] == {"value": 40, "note": "A wedding", "confidence": 5, "member": ann}
    [asked] = street.strategy.told("CheckInsPage")
    assert (asked["goal_id"], asked["key_result_id"]) == (str(GOAL), str(KEY_RESULT))
    assert asked["window"] == {"first": None, "after": None, "last": 1, "before": None}


async def test_goals_are_found_as_a_page_needs_them(street: House) -> None:
    answer = await street.ask(
        """query Q($owner: ID!) {
          goals(first: 5, state: ACTIVE, top: true, owner: $owner, health: BEHIND, order: ENDING) { totalCount } }""",
        {"owner": global_id("Member", ANN_ID)},
    )

    assert answer["data"]["goals"]["totalCount"] == 50
    [asked] = street.strategy.told("GoalsPage")
    wanted = {"state": "active", "top": True, "owner_id": str(ANN_ID), "health": "behind", "order": "ending"}
    assert {name: asked[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("mutation", "more", "kind", "told"),
    [
        ("setKeyResult", {**FIGURES, "stretch": 80, "weight": 2}, "SetKeyResult", {"stretch": 80, "weight": 2}),
        (
            "changeKeyResult",
            {**FIGURES, "keyResultId": global_id("KeyResult", KEY_RESULT), "direction": "INCREASE", "cadenceDays": 14},
            "ChangeKeyResult",
            {"key_result_id": str(KEY_RESULT), "cadence_days": 14, "stretch": None, "direction": "increase"},
        ),
        (
            "dropKeyResult",
            {"keyResultId": global_id("KeyResult", KEY_RESULT)},
            "DropKeyResult",
            {"key_result_id": str(KEY_RESULT)},
        ),
        (
            "checkIn",
            {
                "keyResultId": global_id("KeyResult", KEY_RESULT),
                "value": 40.5,
                "confidence": 8,
                "note": "A wedding",
                "measuredAt": MOMENT,
            },
            "CheckIn",
            {"key_result_id": str(KEY_RESULT), "value": 40.5, "confidence": 8, "note": "A wedding"},
        ),
    ],
)
async def test_what_is_asked_of_a_goal_arrives_and_its_goal_comes_back(
    street: House, mutation: str, more: dict[str, Any], kind: str, told: dict[str, Any]
) -> None:
    street.strategy.answers[kind] = lambda data: done("GoalProgressed", 4)
    name = mutation[0].upper() + mutation[1:]
    query = f"""mutation M($input: {name}Input!) {{ {mutation}(input: $input) {{
      goal {{ id progress }} events {{ kind version }} errors {{ code }} }} }}"""

    answer = await street.ask(query, {"input": {"goalId": global_id("Goal", GOAL), **more}})

    assert answer["data"][mutation] == {
        "goal": {"id": global_id("Goal", GOAL), "progress": 1},
        "events": [{"kind": "GoalProgressed", "version": 4}],
        "errors": [],
    }
    [sent] = street.strategy.told(kind)
    assert {field: sent[field] for field in told} == told
    assert sent["goal_id"] == str(GOAL)


async def test_a_new_key_result_is_named_by_its_command(street: House) -> None:
    street.strategy.answers["SetKeyResult"] = lambda data: done("KeyResultSet")
    query = "mutation M($input: SetKeyResultInput!) { setKeyResult(input: $input) { keyResultId errors { code } } }"

    answer = await street.ask(query, {"input": {"goalId": global_id("Goal", GOAL), **FIGURES}})

    [sent] = street.strategy.told("SetKeyResult")
    assert answer["data"]["setKeyResult"] == {"keyResultId": global_id("KeyResult", UUID(sent["id"])), "errors": []}


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"keyResultId": global_id("Goal", GOAL)}, "NotAnId", ["keyResultId"]),
        ({"note": "x" * 2001}, "Invalid", ["note"]),
        ({"confidence": 11}, "ConfidenceIsOutOfRange", ["confidence"]),
    ],
)
async def test_what_is_wrong_with_a_check_in_is_said_at_its_field(
    street: House, changed: dict[str, Any], code: str, path: list[str]
) -> None:
    street.strategy.answers["CheckIn"] = lambda data: refused("ConfidenceIsOutOfRange", path=["confidence"])
    query = "mutation M($input: CheckInInput!) { checkIn(input: $input) { goal { id } errors { code path } } }"
    asked = {"goalId": global_id("Goal", GOAL), "keyResultId": global_id("KeyResult", KEY_RESULT), "value": 1}

    answer = await street.ask(query, {"input": {**asked, "confidence": 5, **changed}})

    assert answer["data"]["checkIn"] == {"goal": None, "errors": [{"code": code, "path": path}]}


# -- watching ---------------------------------------------------------------------------------------------------------


def moved(version: int) -> News:
    told = {"progress": 0.5, "covered": 1.0, "pace": 0.5, "health": Health.ON_TRACK, "stale": False}
    return News(GoalProgressed(goal_id=GOAL, version=version, stood_at=MOMENT, **told))


def shown(house: House, version: int) -> None:
    told = goal(version=version, progress=version / 10, stale=False)
    house.strategy.answers["GoalsNamed"] = lambda data: {"answer": [told]}


def seen(version: int) -> dict[str, Any]:
    told = {"version": version, "progress": version / 10, "health": "AHEAD", "stale": False}
    return {"data": {"goalProgressed": told}}


async def test_a_goal_is_shown_and_then_each_time_it_moves_and_nothing_older_p12(house: House) -> None:
    shown(house, 4)
    async with watching(house, WATCH, global_id("Goal", GOAL)) as screen:
        assert await screen.next() == seen(4)

        house.topics.put_nowait([moved(3), moved(4)])
        shown(house, 6)
        house.topics.put_nowait([moved(6)])

        assert await screen.next() == seen(6)
    assert {asked["viewer"]["name"] for asked in house.strategy.told("GoalsNamed")} == {"Ann"}


async def test_after_a_gap_a_goal_is_shown_as_it_is(house: House) -> None:
    shown(house, 4)
    async with watching(house, WATCH, global_id("Goal", GOAL)) as screen:
        await screen.next()
        shown(house, 9)

        house.topics.put_nowait([])

        assert await screen.next() == seen(9)


async def test_a_goal_that_is_not_there_or_not_for_visitors_is_not_watched(house: House) -> None:
    house.strategy.answers["GoalsNamed"] = lambda data: {"answer": [None]}
    async with watching(house, WATCH, global_id("Goal", GOAL)) as screen:
        assert (await screen.next())["errors"][0]["extensions"]["code"] == "NothingToWatch"

    house.strategy.answers["GoalsNamed"] = lambda data: refused("SignInFirst", "Sign in.", 403)
    async with watching(house, WATCH, global_id("Goal", GOAL), by=None) as screen:
        assert (await screen.next())["errors"][0]["extensions"]["code"] == "SignInFirst"
    assert house.front.live.watching == 0
