"""Responses through the API."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from contracts.responses import CaseBreached, CaseNoted, JoinersChanged
from gateway.nodes import global_id
from tests.eventually import eventually
from tests.gateway.conftest import ANN_ID, House, News, token
from tests.gateway.standin import done, refused
from tests.gateway.test_pages import MOMENT, goal
from tests.gateway.test_watching import watching

SHOWN = MOMENT.replace("Z", "+00:00")
CASE, GOAL, BOB = uuid4(), uuid4(), uuid4()
CASES = [uuid4() for _ in range(50)]
RITA = token("rita", roles="responder")
CUSTOMER = token("carl", audience="customer")
CLOCK = {"kind": "first_response", "state": "warned", "started_at": MOMENT, "due_at": MOMENT}
DESK = {
    "filer_id": str(BOB),
    "filer_name": "Bob",
    "posted_at": MOMENT,
    "assignee_id": None,
    "assignee_name": None,
    "next_due": MOMENT,
    "breached": True,
}


def case(id: object = CASE, **more: Any) -> dict[str, Any]:
    return {
        "id": str(id),
        "kind": "complaint",
        "subject": "The order line is down",
        "tags": ["web"],
        "goal_id": str(GOAL),
        "state": "open",
        "filed_at": MOMENT,
        "replied_at": None,
        "resolved_at": None,
        "joiners": 30,
        "mine": {"filed": False, "since": MOMENT, "clock": CLOCK},
        "desk": None,
        "version": 7,
        **more,
    }


@pytest.fixture
def full(house: House) -> House:
    page = {"cursors": [f"c{n}" for n in range(50)], "has_next": True, "has_previous": False, "total": 99}
    for kind in ("CasesPage", "MyCases", "DeskPage"):
        house.responses.answers[kind] = lambda data: {
            "answer": {"items": [case(one, desk=DESK) for one in CASES], **page}
        }
    house.responses.answers |= {
        "CasesNamed": lambda data: {"answer": [case(one) for one in data["case_ids"]]},
        "BodiesOf": lambda data: {"answer": [f"body of {one}" for one in data["case_ids"]]},
    }
    house.strategy.answers["GoalsNamed"] = lambda data: {"answer": [goal(one) for one in data["goal_ids"]]}
    return house


async def test_a_case_is_filed_under_its_key_and_read_again(full: House) -> None:
    full.responses.answers["FileCase"] = lambda data: done("CaseFiled")
    query = """mutation F($input: FileCaseInput!) {
      fileCase(input: $input) { case { id subject joiners } events { kind } errors { code } } }"""
    given = {"kind": "COMPLAINT", "subject": "Down", "body": "Since noon.", "goalId": global_id("Goal", GOAL)}

    answer = await full.ask(query, {"input": {**given, "idempotencyKey": "monday"}})

    expected = uuid5(ANN_ID, "fileCase:monday")
    payload = answer["data"]["fileCase"]
    assert payload["case"] == {"id": global_id("Case", expected), "subject": "The order line is down", "joiners": 30}
    assert payload["events"] == [{"kind": "CaseFiled"}]
    [filed] = full.responses.told("FileCase")
    assert (filed["id"], filed["kind"], filed["goal_id"]) == (str(expected), "complaint", str(GOAL))
    assert (filed["posted_at"], filed["tags"]) == (None, [])


@pytest.mark.parametrize(
    ("mutation", "given", "told"),
    [
        ("joinCase", {"addition": "Me too"}, {"addition": "Me too"}),
        ("leaveCase", {}, {}),
        ("writeToCase", {"text": "More"}, {"text": "More"}),
        ("assignCase", {"assigneeId": global_id("Member", BOB)}, {"assignee_id": str(BOB)}),
        ("assignCase", {}, {"assignee_id": None}),
        ("noteCase", {"text": "Hm"}, {"text": "Hm"}),
        ("replyToCase", {"text": "Back"}, {"text": "Back"}),
        ("resolveCase", {}, {}),
        ("reopenCase", {}, {}),
    ],
)
async def test_what_is_asked_of_a_case_reaches_responses(
    full: House, mutation: str, given: dict[str, Any], told: dict[str, Any]
) -> None:
    kind = mutation[0].upper() + mutation[1:]
    full.responses.answers[kind] = lambda data: done("Something")
    query = (
        f"mutation M($input: {kind}Input!) {{ {mutation}(input: $input) {{ case {{ version }} errors {{ code }} }} }}"
    )

    answer = await full.ask(query, {"input": {"caseId": global_id("Case", CASE), **given}})

    assert answer["data"] == {mutation: {"case": {"version": 7}, "errors": []}}
    [command] = full.responses.told(kind)
    assert command["case_id"] == str(CASE)
    assert {name: command[name] for name in told} == told


async def test_what_responses_refuses_is_told_in_the_payload(full: House) -> None:
    full.responses.answers["JoinCase"] = lambda data: refused("CaseIsResolved", "So it is.", path=["caseId"])
    query = "mutation M($input: JoinCaseInput!) { joinCase(input: $input) { case { id } errors { code path } } }"

    answer = await full.ask(query, {"input": {"caseId": global_id("Case", CASE)}})

    assert answer["data"]["joinCase"] == {"case": None, "errors": [{"code": "CaseIsResolved", "path": ["caseId"]}]}


@pytest.mark.parametrize("text", ["", "  ", "x" * 20_001])
async def test_a_text_out_of_bounds_is_named_by_its_field(full: House, text: str) -> None:
    query = "mutation M($input: ReplyToCaseInput!) { replyToCase(input: $input) { errors { code path } } }"

    answer = await full.ask(query, {"input": {"caseId": global_id("Case", CASE), "text": text}})

    assert answer["data"]["replyToCase"]["errors"] == [{"code": "Invalid", "path": ["text"]}]
    assert full.requests == 0


PAGE = """{ %s(first: 50) { totalCount pageInfo { hasNextPage } edges { node {
  id kind subject state joiners version goal { statement }
  mine { filed clock { state dueAt } } desk { filer { name } assignee { name } nextDue breached }
} } } }"""


@pytest.mark.parametrize("name", ["cases", "myCases", "desk"])
async def test_a_page_of_fifty_cases_costs_one_request_per_service(full: House, name: str) -> None:
    answer = await full.ask(PAGE % name, by=RITA)

    assert "errors" not in answer
    page = answer["data"][name]
    assert (page["totalCount"], len(page["edges"])) == (99, 50)
    assert page["edges"][0]["node"] == {
        "id": global_id("Case", CASES[0]),
        "kind": "COMPLAINT",
        "subject": "The order line is down",
        "state": "OPEN",
        "joiners": 30,
        "version": 7,
        "goal": {"statement": "Waste less"},
        "mine": {"filed": False, "clock": {"state": "WARNED", "dueAt": SHOWN}},
        "desk": {"filer": {"name": "Bob"}, "assignee": None, "nextDue": SHOWN, "breached": True},
    }
    assert (len(full.responses.requests), len(full.strategy.requests)) == (1, 1)


async def test_all_bodies_of_a_page_are_one_question(full: House) -> None:
    await full.ask("{ desk(first: 50) { edges { node { body } } } }", by=RITA)

    assert len(full.responses.requests) == 2
    assert len(full.responses.told("BodiesOf")[0]["case_ids"]) == 50


async def test_the_desk_passes_on_what_is_asked(full: House) -> None:
    asked = 'state: RESOLVED, kind: PRAISE, assignee: "%s", unassigned: true, breached: false, last: 3, before: "c9"'

    await full.ask(f"{{ desk({asked % global_id('Member', BOB)}) {{ totalCount }} }}", by=RITA)

    [told] = full.responses.told("DeskPage")
    assert (told["state"], told["kind"], told["assignee_id"]) == ("resolved", "praise", str(BOB))
    assert (told["unassigned"], told["breached"]) == (True, False)
    assert told["window"] == {"first": None, "after": None, "last": 3, "before": "c9"}


async def test_a_search_has_bounds(full: House) -> None:
    answer = await full.ask("query S($words: String) { cases(words: $words) { totalCount } }", {"words": "x" * 201})

    assert answer["errors"][0]["extensions"]["code"] == "SearchIsTooLong"
    assert full.requests == 0


async def test_the_desk_is_not_everybodys(full: House) -> None:
    full.responses.answers["DeskPage"] = lambda data: refused("RoleIsMissing", "Not you.", 403)

    answer = await full.ask("{ desk { totalCount } viewer { name } }")

    assert answer["data"] == {"desk": None, "viewer": {"name": "Ann"}}
    assert answer["errors"][0]["extensions"]["code"] == "RoleIsMissing"


async def test_a_thread_is_read_page_by_page(full: House) -> None:
    message = {"id": str(uuid4()), "case_id": str(CASE), "kind": "reply", "author_id": str(BOB), "author_name": None}
    item = {**message, "text": "It is back.", "written_at": MOMENT}
    full.responses.answers["ThreadPage"] = lambda data: {
        "answer": {"items": [item], "cursors": ["c"], "has_next": False, "has_previous": False, "total": 1}
    }
    query = "query Q($id: ID!) { case(id: $id) { thread { edges { node { kind text author { name } } } } } }"

    answer = await full.ask(query, {"id": global_id("Case", CASE)})

    [edge] = answer["data"]["case"]["thread"]["edges"]
    assert edge["node"] == {"kind": "REPLY", "text": "It is back.", "author": {"name": None}}


async def test_a_case_is_found_again_by_its_id(full: House) -> None:
    answer = await full.ask("query N($id: ID!) { node(id: $id) { __typename id } }", {"id": global_id("Case", CASE)})

    assert answer["data"]["node"] == {"__typename": "Case", "id": global_id("Case", CASE)}


# -- watching ---------------------------------------------------------------------------------------------------------

WATCH = "subscription W($id: ID!) { caseChanged(caseId: $id) { version joiners desk { breached } } }"


def joiners(version: int) -> JoinersChanged:
    return JoinersChanged(version=version, case_id=CASE, joiners=version)


def noted(version: int) -> CaseNoted:
    return CaseNoted(version=version, case_id=CASE, goal_id=None, author_id=BOB, noted_at=datetime.now(UTC))


def pictured(house: House, version: int, desk: bool = False) -> None:
    shown = case(version=version, joiners=version, desk=DESK if desk else None)
    house.responses.answers["CasesNamed"] = lambda data: {"answer": [shown]}


async def test_a_case_is_shown_each_time_it_changes_as_the_viewer_may_see_it(full: House) -> None:
    pictured(full, 1)
    async with watching(full, WATCH, global_id("Case", CASE), CUSTOMER) as screen:
        assert (await screen.next())["data"]["caseChanged"] == {"version": 1, "joiners": 1, "desk": None}

        pictured(full, 5)
        full.topics.put_nowait([News(joiners(3))])

        assert (await screen.next())["data"]["caseChanged"] == {"version": 5, "joiners": 5, "desk": None}
    assert {query["viewer"]["name"] for query in full.responses.told("CasesNamed")} == {"Carl"}


async def test_p12_versions_only_rise_on_a_screen(full: House) -> None:
    pictured(full, 5)
    async with watching(full, WATCH, global_id("Case", CASE)) as screen:
        await screen.next()

        for version in (5, 4):
            pictured(full, version)
            full.topics.put_nowait([News(joiners(version))])
            await _asked(full)
        pictured(full, 6)
        full.topics.put_nowait([News(joiners(6))])

        assert (await screen.next())["data"]["caseChanged"]["version"] == 6


async def _asked(house: House) -> None:
    before = len(house.responses.told("CasesNamed"))

    async def again() -> bool:
        return len(house.responses.told("CasesNamed")) > before

    await eventually(again)


async def test_what_the_desk_does_among_itself_stirs_the_desks_screens_alone(full: House) -> None:
    pictured(full, 1, desk=True)
    async with (
        watching(full, WATCH, global_id("Case", CASE), RITA) as desk,
        watching(full, WATCH, global_id("Case", CASE), CUSTOMER) as customer,
    ):
        await desk.next()
        await customer.next()
        pictured(full, 2, desk=True)
        full.topics.put_nowait([News(noted(2))])
        assert (await desk.next())["data"]["caseChanged"]["version"] == 2

        pictured(full, 3, desk=True)
        breached = CaseBreached(
            version=3, case_id=CASE, goal_id=None, due_at=datetime.now(UTC), breached_at=datetime.now(UTC)
        )
        full.topics.put_nowait([News(breached)])

        assert (await desk.next())["data"]["caseChanged"]["version"] == 3
        assert (await customer.next())["data"]["caseChanged"]["version"] == 3


async def test_a_case_that_may_not_be_seen_may_not_be_watched(full: House) -> None:
    full.responses.answers["CasesNamed"] = lambda data: {"answer": [None]}
    async with watching(full, WATCH, global_id("Case", UUID(int=5))) as screen:
        answer = await screen.next()

        assert answer["errors"][0]["extensions"]["code"] == "NothingToWatch"
