"""The whole system once for all journeys, two replicas of voting in it, every trace sampled."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from deploy.local.system import System
from tests.journeys.town import Town
from tests.live.stack import Stack
from tests.node.conftest import workshop
from tests.sink import Sink

__all__ = ["town", "traces", "workshop"]


@pytest.fixture(scope="session")
async def traces() -> AsyncIterator[Sink]:
    """Where every process sends its spans."""
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory, traces: Sink, stack: Stack) -> AsyncIterator[Town]:
    """The system, up."""
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, "TRACE_SAMPLING": "1", "OTEL_BSP_SCHEDULE_DELAY": "200"}
    data: Path = tmp_path_factory.mktemp("town")
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        stack.servers(data) as servers,
        System(data, replicas={"voting": 2}, settings=settings | servers) as system,
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session,
    ):
        yield Town(system, session)
