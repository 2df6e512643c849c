"""The whole system on Apache Kafka itself, which is killed and keeps what it was told."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from chassis.kafka import Heard, heard
from deploy.local.process import Process
from deploy.local.system import System
from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA, Town
from tests.live.apache import apache_kafka

VOTERS = 20
PATIENCE = 60.0


@pytest.fixture
async def kafka(jars: None, tmp_path: Path) -> AsyncIterator[tuple[Process, str]]:
    """A broker of the test's own."""
    process, url = await apache_kafka(tmp_path)
    process.start()
    await process.until_ready(PATIENCE)
    yield process, url
    await process.stop()


@pytest.fixture
async def town(kafka: tuple[Process, str], tmp_path: Path) -> AsyncIterator[Town]:
    """A system on it."""
    async with (
        System(tmp_path, settings={"KAFKA_URL": kafka[1]}) as system,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
    ):
        yield Town(system, session)


async def test_votes_are_accepted_while_kafka_is_dead_and_arrive_when_it_is_back(
    town: Town, kafka: tuple[Process, str]
) -> None:
    """P20: first copies keep their order. P21: a broker that kept everything is not filled again."""
    broker, _ = kafka
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    voters = [await town.member(f"voter-{number}") for number in range(VOTERS)]
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")

    await broker.kill()
    for choice in ("PASS", "AGREE"):
        await asyncio.gather(*(town.do(each, CAST, ballotId=ballot, optionId=idea, choice=choice) for each in voters))
    broker.start()
    await broker.until_ready(PATIENCE)
    await town.system.prepare()

    async def arrived() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        return bool(seen["support"]["support"] == seen["goal"]["voices"]["voters"] == VOTERS + 1)

    await eventually(arrived, within=PATIENCE)
    first: dict[UUID, Heard] = {}
    for record in await town.records("voting.votes"):
        first.setdefault(heard(record).id, heard(record))
    versions: dict[str, list[int]] = {}
    for told in first.values():
        versions.setdefault(told.event.key, []).append(told.event.version)
    assert sorted(versions.values()) == [[1], *[[1, 2]] * VOTERS]
    assert [told for told in first.values() if told.replayed] == []
