"""What needs real servers runs on them, or not at all: one system on an Apache Kafka that may be ended."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from deploy.local.process import Process
from deploy.local.system import System
from tests.chassis.conftest import Issuer
from tests.journeys.town import Town
from tests.live.apache import apache_kafka
from tests.live.stack import Stack

PATIENCE = 60.0


@dataclass
class Live:
    """A town on a broker that may be ended, with an ideas that stumbles when told to and a gateway of its own trust."""

    town: Town
    broker: Process
    issuer: Issuer  # whom the second gateway believes
    stumbles: Path  # the ballots over whose tallies ideas stumbles


@pytest.fixture(scope="session")
def jars(stack: Stack) -> None:
    """Skips what ends and starts a broker of its own, unless Apache Kafka runs as a process here (`--live`)."""
    if stack is not Stack.JARS:
        pytest.skip("Apache Kafka does not run as a process here: make test-live, with Java 17 and Maven")


@pytest.fixture(scope="session")
async def live(jars: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """The system, up."""
    data: Path = tmp_path_factory.mktemp("live")
    broker, url = await apache_kafka(data)
    broker.start()
    await broker.until_ready(PATIENCE)
    issuer = Issuer()
    issuer.new_key("first")
    sign_in = await issuer.start()
    stumbles = data / "stumbles"
    stumbles.touch()
    async with (
        System(
            data,
            replicas={"voting": 2, "gateway": 2},
            apps={"ideas": "tests.live.stumbling:app"},
            settings={"KAFKA_URL": url, "STUMBLES": str(stumbles)},
            overrides={"gateway-2": {"ISSUER": issuer.url}},
        ) as system,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
    ):
        yield Live(Town(system, session), broker, issuer, stumbles)
    await sign_in.cleanup()
    await broker.stop()
