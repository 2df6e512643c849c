"""On which real servers the journeys run: never on the embedded broker."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path

from deploy.local.errors import CannotRun
from tests.live.apache import VERSION, apache_kafka, java_and_maven
from tests.live.containers import containers, docker

PATIENCE = 60.0


class Stack(Enum):
    """The servers under a system; the value says so to whoever reads the run."""

    EMBEDDED = "the embedded broker and mongod"
    GIVEN = "the servers at KAFKA_URL and MONGO_URL"
    CONTAINERS = "Apache Kafka and MongoDB in containers"
    JARS = f"Apache Kafka {VERSION} by Java and Maven, and the mongod of this machine"

    @property
    def shared(self) -> bool:
        """Whether all systems of a run have the same servers, and so must not run side by side."""
        return self is Stack.GIVEN

    @asynccontextmanager
    async def servers(self, data: Path) -> AsyncIterator[dict[str, str]]:
        """What a system is to be told to use them; those that are started here are fresh, and gone after the block."""
        if self is Stack.CONTAINERS:
            async with containers() as settings:
                yield settings
        elif self is Stack.JARS:
            broker, url = await apache_kafka(data)
            broker.start()
            try:
                await broker.until_ready(PATIENCE)
                yield {"KAFKA_URL": url}
            finally:
                await broker.stop()
        else:
            yield {}  # what is given stands in our environment, and the embedded ones are the system's own


def chosen(
    environment: Mapping[str, str], docker: Callable[[], bool] = docker, java: Callable[[], bool] = java_and_maven
) -> Stack:
    """Servers that are given, else containers, else jars. Raises CannotRun where there is nothing real to run on."""
    given = [name for name in ("KAFKA_URL", "MONGO_URL") if environment.get(name)]
    if len(given) == 1:
        raise CannotRun(f"{given[0]} alone is given. Give both KAFKA_URL and MONGO_URL, or neither.")
    if given:
        return Stack.GIVEN
    if docker():
        return Stack.CONTAINERS
    if java():
        return Stack.JARS
    raise CannotRun(
        "There is nothing real to run on. Give KAFKA_URL and MONGO_URL, or have a Docker engine answer, or install "
        "Java 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven)."
    )
