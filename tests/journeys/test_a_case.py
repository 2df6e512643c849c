"""One complaint, from the first who has it over all who join to the reply that reaches every one of them."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.eventually import eventually
from tests.journeys.town import ACTIVATE, ERRORS, SET_GOAL, Town
from tests.sink import Sink

FILE = f"mutation($input: FileCaseInput!) {{ fileCase(input: $input) {{ case {{ id }} {ERRORS} }} }}"
JOIN = f"mutation($input: JoinCaseInput!) {{ joinCase(input: $input) {{ case {{ joiners }} {ERRORS} }} }}"
REPLY = f"mutation($input: ReplyToCaseInput!) {{ replyToCase(input: $input) {{ {ERRORS} }} }}"
MINE = """{ myCases { edges { node {
  id body mine { clock { state } } thread { edges { node { text } } } } } } }"""
DESK = "{ desk(first: 1) { edges { node { id body joiners desk { filer { name } nextDue } } } } }"
WATCH = "subscription($id: ID!) { caseChanged(caseId: $id) { version joiners repliedAt desk { breached } } }"
CASES = "query($id: ID!) { goal(id: $id) { casesFiled } }"
COMPLAINT = {"kind": "COMPLAINT", "subject": "The order line is down", "body": "My number is 555 0100."}


async def test_reaches_everyone_whom_it_concerns_and_every_screen_watching(town: Town) -> None:
    rita = await town.member("rita", ("responder",), "employee")
    bob = await town.member("bob")
    crowd = await asyncio.gather(*(town.member(f"joiner-{number}") for number in range(30)))
    case = (await town.do(bob, FILE, **COMPLAINT, postedAt="2026-01-01T00:00:00Z"))["case"]["id"]

    [urgent] = (await town.ask(rita, DESK))["data"]["desk"]["edges"]
    assert urgent["node"]["id"] == case
    assert (urgent["node"]["body"], urgent["node"]["desk"]["filer"]["name"]) == (COMPLAINT["body"], "bob")
    async with town.watching(crowd[0], case, WATCH) as screen:
        assert (await screen.next())["joiners"] == 0
        await asyncio.gather(*(town.do(each, JOIN, caseId=case) for each in crowd))
        seen = await screen.next()
        while seen["joiners"] < len(crowd):
            seen = await screen.next()
        await town.do(rita, REPLY, caseId=case, text="It is back.")
        while not seen["repliedAt"]:
            seen = await screen.next()
    assert (seen["joiners"], seen["desk"]) == (30, None)

    for each, state in ((bob, "SETTLED_LATE"), (crowd[7], "MET")):

        async def settled(each: str = each, state: str = state) -> bool:
            mine: Any = (await town.ask(each, MINE))["data"]["myCases"]
            [edge] = [edge for edge in mine["edges"] if edge["node"]["id"] == case]
            texts = [message["node"]["text"] for message in edge["node"]["thread"]["edges"]]
            private = COMPLAINT["body"] if each == bob else None
            assert (edge["node"]["body"], texts[-1]) == (private, "It is back.")
            return bool(edge["node"]["mine"]["clock"]["state"] == state)

        await eventually(settled)


async def test_is_one_trace_from_the_gateway_to_the_goal_that_counts_it(town: Town, traces: Sink) -> None:
    ann, bob = await town.member("ann", ("organizer", "strategist"), "employee"), await town.member("bob")
    period = {"starts": "2026-01-01T00:00:00Z", "ends": "2036-01-01T00:00:00Z"}
    goal = (await town.do(ann, SET_GOAL, statement="Be reached", advantage="We listen", **period))["goal"]["id"]
    await town.do(ann, ACTIVATE, goalId=goal)

    async def counted(cases: int) -> bool:
        return bool((await town.ask(ann, CASES, id=goal))["data"]["goal"]["casesFiled"] == cases)

    await town.do(bob, FILE, **COMPLAINT, goalId=goal)  # by now responses has heard of the goal
    await eventually(lambda: counted(1), within=15)  # facts that come together are heard in a trace of their own
    trace = uuid4().hex
    header = {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}

    answer = await town.ask(bob, FILE, headers=header, input=COMPLAINT | {"goalId": goal})
    assert answer["data"]["fileCase"]["errors"] == []

    wanted = {
        ("gateway", "mutation fileCase"),
        ("responses", "FileCase"),
        ("responses", "publish"),
        ("strategy", "CaseFiled"),
    }

    def told() -> set[tuple[str, str]]:
        return {(service, span.name) for service, span in traces.spans.get(trace, [])}

    async def whole() -> bool:
        return wanted <= told()

    await eventually(whole, within=15, else_show=lambda: wanted - told())
    ids = {span.span_id for _, span in traces.spans[trace]}
    roots = [span.name for _, span in traces.spans[trace] if span.parent_span_id not in ids]
    assert roots == ["mutation fileCase"]
    await eventually(lambda: counted(2))
