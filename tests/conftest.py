"""The ground under the tests: a real mongod with its failpoints on, a real broker, and members to act."""

import os
import socket
from collections.abc import AsyncIterator

import pytest
from hypothesis import settings as hypothesis_settings

from chassis.settings import Settings
from deploy.local.addresses import HOST
from deploy.local.broker import embedded_broker
from deploy.local.errors import CannotRun
from deploy.local.mongo import embedded_mongo, url_of
from deploy.local.process import Process
from tests.live.stack import Stack, chosen
from tests.stage import Stage

hypothesis_settings.register_profile("unhurried", deadline=None)  # a busy machine is no counterexample
hypothesis_settings.load_profile("unhurried")
FOR_TESTS = (
    *("--setParameter", "enableTestCommands=1"),
    # Dropped collections keep their files open until the first checkpoint after that, and each test has dozens of them:
    # in the 300 s that are usual a fast machine came to 20,000, all that mongod may open, and it aborted.
    *("--setParameter", "minSnapshotHistoryWindowInSeconds=10", "--syncdelay", "15"),
)
STACK = pytest.StashKey[Stack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--live`: journeys run on the most real servers that can be reached."""
    parser.addoption("--live", action="store_true", help="run journeys on Apache Kafka and MongoDB, never embedded")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the servers and say which; what is not there ends the run here."""
    try:
        config.stash[STACK] = chosen(os.environ) if config.getoption("--live") else Stack.EMBEDDED
    except CannotRun as trouble:
        raise pytest.UsageError(str(trouble)) from trouble
    if config.getoption("--live"):
        config.get_terminal_writer().line(f"On {config.stash[STACK].value}.")


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    """The servers under whole systems."""
    return pytestconfig.stash[STACK]


@pytest.fixture(scope="session")
async def mongod(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Process, str]]:
    """A mongod for this session, and its address."""
    port, data = free_port(), tmp_path_factory.mktemp("mongo")
    process = embedded_mongo(data, port, data / "mongo.log", FOR_TESTS)
    async with running(process):
        yield process, url_of(port)


@pytest.fixture(scope="session")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Process, str]]:
    """A broker for this session, and its address."""
    port, data = free_port(), tmp_path_factory.mktemp("kafka")
    process = embedded_broker(data, port, data / "kafka.log")
    async with running(process):
        yield process, f"{HOST}:{port}"


@pytest.fixture
async def stage(mongod: tuple[Process, str]) -> AsyncIterator[Stage]:
    """A place to run services inside the test, on databases of its own; without a broker."""
    async with Stage(Settings(mongo_url=mongod[1], kafka_idempotence=False)) as there:
        yield there


@pytest.fixture
async def street(mongod: tuple[Process, str], broker: tuple[Process, str]) -> AsyncIterator[Stage]:
    """The same with a broker, its topics cleared of nothing: every test uses ids of its own."""
    async with Stage(Settings(mongo_url=mongod[1], kafka_url=broker[1], kafka_idempotence=False)) as there:
        yield there


class running:  # noqa: N801 (read as a word: async with running(process))
    """A process alive inside the block."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def __aenter__(self) -> Process:
        self._process.start()
        await self._process.until_ready(30)
        return self._process

    async def __aexit__(self, *_: object) -> None:
        await self._process.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
