"""Services inside a test: real corridors over a real MongoDB, on databases of the test's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4, uuid5

from chassis.attempt import Outcome, Work
from chassis.errands import KEPT as DEADLINES
from chassis.errands import Announcer, Deadlines
from chassis.mongo import Database, connect
from chassis.outbox import KEPT as OUTBOX
from chassis.outbox import OUTBOX as JOURNAL
from chassis.service import Errand, Service
from chassis.settings import Settings
from chassis.store import Documents
from chassis.work import Corridor
from contracts.messages import Audience, Command, Done, Event, Member, Query, Role
from contracts.topics import EVENTS

C = TypeVar("C", bound=Command)

ANN = Member(
    id=uuid5(UUID(int=1), "ann"),
    name="Ann",
    audience=Audience.EMPLOYEE,
    roles=frozenset({Role.ORGANIZER, Role.STRATEGIST}),
)
BOB = Member(id=uuid5(UUID(int=1), "bob"), name="Bob", audience=Audience.CUSTOMER)
EVE = Member(id=uuid5(UUID(int=1), "eve"), name="Eve", audience=Audience.VENDOR)


def member(name: str, audience: Audience = Audience.CUSTOMER, *roles: Role) -> Member:
    """Somebody else."""
    return Member(id=uuid5(UUID(int=1), name), name=name.title(), audience=audience, roles=frozenset(roles))


def now() -> datetime:
    """The present, to the millisecond."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def said(kind: type[C], /, by: Member = ANN, **fields: Any) -> C:
    """A command as the gateway would send it."""
    return kind(**({"id": uuid4(), "member": by, "arrived": now()} | fields))


class Place:
    """One service over its database; `replica` gives another replica of it."""

    def __init__(self, service: Service, database: Database, replica: str = "first") -> None:
        self.service = service
        self.database = database
        self.replica_name = replica
        self.corridor = Corridor(service, database, replica)
        self.deadlines = Deadlines(service, database, self.corridor)
        self.announcer = Announcer(service, database, self.corridor)
        self.corridor.start()

        self.replicas: list[Place] = []

    def replica(self, name: str) -> "Place":
        """Another replica of the same service."""
        self.replicas.append(Place(self.service, self.database, name))
        return self.replicas[-1]

    async def stop(self) -> None:
        """Take no more commands; those under way are given up with the test."""
        for replica in self.replicas:
            await replica.stop()
        await self.corridor.stop()

    async def tell(self, command: Command) -> Done:
        """Have a command done."""
        return await self.corridor.tell(command, None)

    async def hear(self, *events: Event, ids: Sequence[UUID] = ()) -> list[Outcome]:
        """Let the service hear events in one batch; raises the first fault."""
        named = list(ids) or [uuid4() for _ in events]
        works = [
            Work(event, each, now(), f"{event.topic}:{event.key}") for event, each in zip(events, named, strict=True)
        ]
        outcomes = await self.corridor.react(works)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes

    async def errand(self, name: str, aggregate_id: UUID) -> Outcome:
        """Run an errand that is no deadline."""
        errand = Errand(id=uuid4(), name=name, aggregate_id=aggregate_id, arrived=now())
        [outcome] = await self.corridor.perform([Work(errand, errand.id, errand.arrived, errand.key)], patience=5)
        return outcome

    async def ask(self, query: Query) -> Any:
        """Have a query answered."""
        async with self.database.snapshot() as session:
            store = self.service.store(Documents(session), self.replica_name)
            return await self.service.queries[type(query)](query, store)

    async def journal(self) -> list[Event]:
        """Every event so far, in the order of its commit."""
        rows = await self.database.collection(JOURNAL).find({}).sort([("recorded", 1)]).to_list(None)
        return [EVENTS[row["type"]].model_validate_json(row["payload"]) for row in rows]

    async def count(self, collection: str) -> int:
        """How many documents a collection holds."""
        return await self.database.collection(collection).count_documents({})


class Stage:
    """Holds the connection, and drops its databases in the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._suffix = uuid4().hex[:8]
        self._client = connect(settings.mongo_url)
        self._databases: dict[str, Database] = {}
        self._places: list[Place] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.fail("find", 0)
        for place in self._places:
            await place.stop()
        for database in self._databases.values():
            await self._client.drop_database(database.name)
        self._client.close()

    async def place(self, service: Service, replica: str = "first") -> Place:
        """A service with its collections made."""
        if service.name not in self._databases:
            database = Database(self._client, f"{service.name}_{self._suffix}")
            await database.prepare([*OUTBOX, DEADLINES, *service.store.kept])
            self._databases[service.name] = database
        self._places.append(Place(service, self._databases[service.name], replica))
        return self._places[-1]

    @asynccontextmanager
    async def nothing_reaches_the_disk(self) -> AsyncIterator[None]:
        """What is written meanwhile is there, and not yet safe: no majority has it before this ends."""
        flush: dict[str, Any] = {"configureFailPoint": "pauseJournalFlusherBeforeFlush"}
        await self._client.admin.command(flush | {"mode": "alwaysOn"})
        try:
            yield
        finally:
            await self._client.admin.command(flush | {"mode": "off"})

    async def fail(self, command: str, times: int, **how: Any) -> None:
        """Have MongoDB fail the next commands of a name (its failCommand failpoint)."""
        mode: Any = {"times": times} if times else "off"
        data = {"failCommands": [command], **how}
        await self._client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})
