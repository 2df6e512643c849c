"""What a service says to MongoDB, listened to in tests: how many round trips it takes, and which indexes serve it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from chassis.mongo import Database
from tests.stage import Place

READS = ("find", "aggregate", "getMore")
NOT_EXPLAINED = ("lsid", "$clusterTime", "$db", "readConcern", "$readPreference", "txnNumber")


class Overheard(CommandListener):
    """Every read that was sent since `anew`, in order; and every command on a collection."""

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []
        self.all: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.all.append(dict(event.command))
        if event.command_name in READS:
            self.reads.append(dict(event.command))

    def of(self, collection: str) -> list[dict[str, Any]]:
        """The commands that mention a collection."""
        return [command for command in self.all if f"'{collection}'" in repr(command)]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to note."""

    def anew(self) -> None:
        """Forget what was heard."""
        self.reads.clear()
        self.all.clear()


def in_transaction(command: dict[str, Any]) -> bool:
    """Whether a command belonged to a transaction."""
    return command.get("autocommit") is False


@contextmanager
def overhearing(place: Place, url: str) -> Iterator[tuple[Place, Overheard]]:
    """The same service on the same database, listened to."""
    heard = Overheard()
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, event_listeners=[heard])
    try:
        yield Place(place.service, Database(client, place.database.name), "overheard"), heard
    finally:
        client.close()


async def plans(place: Place, heard: Overheard) -> list[dict[str, Any]]:
    """How MongoDB did every sorted find that was heard, with what it cost (`executionStats`)."""
    finds = [each for each in heard.reads if each.get("sort")]
    found = []
    for each in finds:
        asked = {name: value for name, value in each.items() if name not in NOT_EXPLAINED}
        told = await place.database.command({"explain": asked, "verbosity": "executionStats"})
        found.append(told)
    return found


def stages(plan: dict[str, Any]) -> set[str]:
    """The names of all stages of a plan that won."""
    return set(_stages(plan["queryPlanner"]["winningPlan"]))


def _stages(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("stage"), str):
            yield node["stage"]
        for each in node.values():
            yield from _stages(each)
    elif isinstance(node, list):
        for each in node:
            yield from _stages(each)
