"""The jars, whose events a relay says; and a publisher whose broker comes and goes."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

from aiokafka.errors import KafkaConnectionError

from chassis import lease as leases
from chassis.kafka import Publisher, Record, heard
from chassis.kept import Document
from chassis.relay import Relay
from tests.chassis.jars import PutIn, ThingWasPut
from tests.eventually import eventually
from tests.kafka import all_on
from tests.stage import Place, Stage, said


class Relaying:
    """The jars, whose events go to a topic of the test's own by as many replicas as it likes."""

    def __init__(self, place: Place, stage: Stage) -> None:
        self.place, self.stage = place, stage
        self.told: list[Document] = []
        self._running: dict[str, tuple[Relay, asyncio.Task[None]]] = {}

    def relay(self, replica: str = "first", publisher: Publisher | None = None) -> Relay:
        """A replica's relay, started."""
        publisher = publisher or Publisher(self.stage.settings)
        place = self.place
        relay = Relay(place.database, publisher, "acme", replica, self.told.append, place.corridor.calm)
        self._running[replica] = relay, asyncio.create_task(relay.run())
        return relay

    async def kill(self, replica: str) -> Relay:
        """End a replica without its saying goodbye: its lease stays until it runs out."""
        relay, task = self._running.pop(replica)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await relay._publisher.drop()
        return relay

    async def end(self) -> None:
        """End them all."""
        for replica in list(self._running):
            await self.kill(replica)

    async def put(self, jar: UUID, *things: str) -> None:
        """Put things into a jar."""
        for thing in things:
            await self.place.tell(said(PutIn, jar_id=jar, thing=thing))

    async def published(self) -> list[ThingWasPut]:
        """What is on the topic, each partition in its order."""
        records = await all_on(self.stage.settings, ThingWasPut.topic)
        events = [heard(record).event for record in records]
        return [event for event in events if isinstance(event, ThingWasPut)]

    async def first_copies(self, count: int) -> dict[UUID, list[int]]:
        """Wait for so many different events; the versions of each jar in the order of their first copies."""
        found: dict[UUID, list[int]] = {}

        async def there() -> bool:
            found.clear()
            for event in await self.published():
                versions = found.setdefault(event.jar_id, [])
                if event.version not in versions:
                    versions.append(event.version)
            return sum(map(len, found.values())) >= count

        await eventually(there)
        return found

    async def state(self) -> Document:
        """What the lease keeps for the next holder."""
        return await self.place.database.collection(leases.LEASES).find_one({"_id": "relay"}) or {}

    async def saved(self) -> Document:
        """Wait until the relay has saved where it is."""
        found: Document = {}

        async def there() -> bool:
            found.update(await self.state())
            return "token" in found

        await eventually(there)
        return found

    async def forget_history(self) -> None:
        """MongoDB has no memory of the place to go on from, when it is asked next."""
        await self.saved()
        await self.stage.fail("aggregate", 1, errorCode=286)


class Flaky(Publisher):
    """A publisher with a broker that comes and goes: before it was sent, or after, when only the answer is lost."""

    def __init__(self, stage: Stage, failures: Sequence[str]) -> None:
        super().__init__(stage.settings)
        self.failures = list(failures)

    async def round(self, records: Sequence[Record]) -> int:
        """Fails as told, then works."""
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "before":
            raise KafkaConnectionError("the broker is away")
        taken = await super().round(records)
        if failure == "after":
            await self.drop()
            raise KafkaConnectionError("the answer was lost")
        return taken


async def contended(relaying: Relaying, jars_: int = 4, things: int = 8) -> list[UUID]:
    """Four replicas put things into the same jars at once."""
    replicas = [relaying.place.replica(f"r{number}") for number in range(4)]
    named = [uuid4() for _ in range(jars_)]
    commands = [said(PutIn, jar_id=jar, thing=str(thing)) for thing in range(things) for jar in named]
    await asyncio.gather(*(replicas[n % 4].tell(command) for n, command in enumerate(commands)))
    return named
