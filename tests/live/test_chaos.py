"""The harness of accidents: a seed is a plan, a line can be cut, and what was run is not run again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.addresses import HOST
from tests.conftest import free_port
from tests.live.chaos.ledger import Ledger
from tests.live.chaos.plan import Kind, Plan
from tests.live.chaos.proxy import Proxy
from tests.live.chaos.run import Report


def test_a_seed_is_a_plan() -> None:
    assert Plan.drawn(1, 30) == Plan.drawn(1, 30)
    assert Plan.drawn(1, 30).accidents != Plan.drawn(2, 30).accidents
    assert all(accident.at < 30 for accident in Plan.drawn(1, 30).accidents)


def test_something_stands_still_for_very_long_in_some_runs_and_no_other_accident_outlasts_its_run() -> None:
    lasting = [
        [each for each in Plan.drawn(seed, 20).accidents if each.at + each.lasts > 24 and each.kind is Kind.PAUSE]
        for seed in range(200)
    ]
    assert 5 < sum(map(len, lasting)) < 40
    assert max(each.lasts for run in lasting for each in run) > 35


def test_a_run_that_is_in_the_ledger_is_not_left(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs.jsonl")
    assert ledger.left([1, 2]) == [1, 2]
    ledger.note(Report(Plan.drawn(1, 20)), 30.0)
    assert ledger.left([1, 2]) == [2]


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
