"""The harness of accidents: a seed is a plan, a line can be cut, and a short run keeps every promise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.addresses import HOST
from tests.conftest import free_port
from tests.live.chaos.books import Reader
from tests.live.chaos.house import house
from tests.live.chaos.plan import Plan
from tests.live.chaos.proxy import Proxy
from tests.live.chaos.run import run

SEED, SECONDS = 7, 12.0


def test_a_seed_is_a_plan() -> None:
    assert Plan.drawn(1, 30) == Plan.drawn(1, 30)
    assert Plan.drawn(1, 30).accidents != Plan.drawn(2, 30).accidents
    assert all(accident.at < 30 for accident in Plan.drawn(1, 30).accidents)


@pytest.fixture
async def line() -> AsyncIterator[Proxy]:
    """A line to a server that says back what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(100):
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    async with Proxy(free_port(), server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def test_a_line_passes_on_what_is_said_until_it_is_cut(line: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, line.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"

    line.cut()

    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_line_that_is_held_is_silent_and_loses_nothing(line: Proxy) -> None:
    reader, writer = await asyncio.open_connection(HOST, line.port)
    line.hold()
    writer.write(b"hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), timeout=0.2)

    line.release()

    assert await reader.readexactly(5) == b"hello"
    writer.close()


async def test_a_short_run_keeps_every_promise(jars: None, tmp_path: Path) -> None:
    plan = Plan.drawn(SEED, SECONDS)
    async with house(tmp_path) as there:
        reader = Reader(there.system.mongo_url, there.kafka_url)
        report = await run(there, reader, plan)
        reader.close()
    print(report)
    assert report.broken == []
    assert sum(entry.accepted is not None for entry in report.journal) > 50
