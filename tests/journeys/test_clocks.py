"""A thousand clocks fall due while one of two replicas stands still (R6, rules 10 and 11)."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from contracts.responses import CaseBreached, ClockBreached, ClockWarned
from contracts.topics import EVENTS
from deploy.local.system import System
from tests.eventually import eventually
from tests.journeys.town import ERRORS, Town
from tests.live.stack import Stack

CLOCKS = int(os.environ.get("CLOCKS", "1000"))
PROMISED = timedelta(seconds=16)
FILE = f"mutation($input: FileCaseInput!) {{ fileCase(input: $input) {{ case {{ id }} {ERRORS} }} }}"
JOIN = f"mutation($input: JoinCaseInput!) {{ joinCase(input: $input) {{ {ERRORS} }} }}"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(tmp_path: Path, stack: Stack) -> AsyncIterator[Town]:
    """A system with two replicas of responses, which promise a reply within seconds."""
    if stack.shared:
        pytest.skip("it would share its servers with the system of the other journeys")
    settings = {"FIRST_RESPONSE_COMPLAINT": str(PROMISED / timedelta(hours=1)), "FIRST_RESPONSE_WARNING": "0.5"}
    async with (
        stack.servers(tmp_path) as servers,
        System(tmp_path, replicas={"responses": 2}, settings=settings | servers) as system,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session,
    ):
        yield Town(system, session)


async def test_each_is_warned_and_breached_once_within_a_minute(desk: Town) -> None:
    """Half are filed, half have joined one case; the replica stops as the first clocks are being recorded."""
    crowd = await asyncio.gather(*(desk.member(f"crowd-{number}") for number in range(CLOCKS // 2 + 1)))
    first = (await desk.do(crowd[0], FILE, kind="COMPLAINT", subject="No tacos", body="None at all."))["case"]["id"]
    complaints = (desk.do(each, FILE, kind="COMPLAINT", subject="Cold tacos", body="Quite cold.") for each in crowd[1:])
    await asyncio.gather(*complaints, *(desk.do(each, JOIN, caseId=first) for each in crowd[1:]))
    client: Any = AsyncIOMotorClient(desk.system.mongo_url, uuidRepresentation="standard")
    database = client["responses"]
    clocks = 2 * len(crowd) - 1
    assert await database["concerns"].count_documents({}) == clocks

    async def begun() -> bool:
        return bool(await database["outbox"].count_documents({"type": ClockWarned.type()}))

    await eventually(begun, within=30)
    desk.system.pause("responses", 2)
    try:

        async def all_breached() -> bool:
            return bool(await database["outbox"].count_documents({"type": ClockBreached.type()}) >= clocks)

        await eventually(all_breached, within=70)
    finally:
        desk.system.resume("responses", 2)
    await desk.system.process("responses", 2).until_ready(10)  # by then it has done what it had in mind, or lost

    rows = await database["outbox"].find({}).to_list(None)
    news = [EVENTS[row["type"]].model_validate_json(row["payload"]) for row in rows]
    for kind in (ClockWarned, ClockBreached):
        told = Counter(event.key for event in news if isinstance(event, kind))
        assert set(told.values()) == {1}
        assert len(told) == clocks
    assert len([event for event in news if isinstance(event, CaseBreached)]) == len(crowd)
    late = [
        datetime.fromtimestamp(row["recorded"].time, UTC) - event.due_at
        for row, event in zip(rows, news, strict=True)
        if isinstance(event, ClockBreached)
    ]
    print(f"{clocks} clocks; the latest breach was recorded {max(late).total_seconds():.1f} s after it was due")
    assert max(late) < MINUTE
    assert await database["deadlines"].count_documents({}) == 0
    client.close()
