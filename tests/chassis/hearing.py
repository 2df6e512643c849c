"""The jars once more, as a group that hears of labels: on a topic and under a name of the test's own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaMessage

from chassis.aside import HELD, Aside, redrive
from chassis.kafka import Headers, Publisher, Record, header, record_of
from chassis.listener import Listener
from chassis.outbox import rows
from chassis.recorded import moment
from chassis.service import Handled, Service
from contracts.messages import Event, Refused
from contracts.topics import dead_letters
from tests.chassis.jars import LABELS, Jars, JarWasLabelled, PutIn
from tests.chassis.jars import jars as the_jars
from tests.eventually import eventually
from tests.kafka import all_on
from tests.stage import Place, Stage, now, said


class NotNow(Refused):
    """The jar takes no label now."""


class LabelIsTorn(Exception):
    """A fault of the handler's own."""


@dataclass
class Troubles:
    """Which labels the handler stumbles over."""

    faulty: set[str]
    refused: set[str]
    unkeepable: set[str]
    away: list[Exception]


class Hearing:
    """A listener with its group, its topic, and its set-aside topic."""

    def __init__(self, place: Place, stage: Stage, troubles: Troubles, topic: str) -> None:
        self.place, self.stage, self.troubles, self.topic = place, stage, troubles, topic
        self.publisher = Publisher(stage.settings)
        self.dead_letters = Publisher(stage.settings)
        self.listener = self.restarted()
        self._running: list[asyncio.Task[None]] = []
        self._heard: set[tuple[int, int]] = set()

    def restarted(self) -> Listener:
        """Another process of the same group."""
        aside = Aside(self.place.database, self.place.service.name, self.dead_letters)
        self.listener = Listener(self.place.service, self.place.corridor, aside, self.stage.settings)
        return self.listener

    def listen(self) -> None:
        """Begin to hear what is on the topic."""
        self._running.append(asyncio.create_task(self.listener.run()))

    async def hush(self) -> None:
        """Stop hearing."""
        for task in self._running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._running.clear()

    async def say(self, *records: Record) -> None:
        """Put records on the topic, in order."""
        left = list(records)
        while left:
            left = left[await self.publisher.round(left) :]

    async def take(self, *records: Record) -> None:
        """Have records taken as one batch, as if they came from the topic."""
        await self.listener.take([received(record, offset) for offset, record in enumerate(records)])

    async def hear(self, *records: Record) -> None:
        """The same, as the consumer hands it over."""
        batch = tuple(received(record, offset) for offset, record in enumerate(records))
        await self.listener._hear(KafkaMessage(raw_message=batch, body=b"", consumer=None))  # type: ignore[arg-type]

    async def hear_all(self) -> None:
        """Hear what is new on the topic, without the seconds that it takes to join a group."""
        found = await all_on(self.stage.settings, self.topic)
        fresh = [record for record in found if (record.partition, record.offset) not in self._heard]
        self._heard |= {(record.partition, record.offset) for record in fresh}
        await self.listener.take(fresh)

    async def redrive(self) -> int:
        """Put back what was set aside."""
        return await redrive(self.stage.settings, self.topic, self.place.service.name)

    async def label_of(self, jar: UUID) -> str | None:
        """The label that a jar wears."""
        row = await self.place.database.collection(LABELS.collection).find_one({"_id": jar})
        return None if row is None else str(row["text"])

    async def wears(self, jar: UUID, text: str) -> None:
        """Wait until a jar wears a label."""

        async def worn() -> bool:
            return await self.label_of(jar) == text

        await eventually(worn, within=20)

    async def labels_put(self, jar: UUID) -> list[str]:
        """Every label that was put on a jar, in order."""
        row = await self.place.database.collection("history").find_one({"_id": jar})
        return [] if row is None else list(row["texts"])

    async def aside(self) -> list[ConsumerRecord]:
        """What lies on the set-aside topic."""
        return await all_on(self.stage.settings, dead_letters(self.topic, self.place.service.name))

    async def held(self) -> int:
        """How many keys wait."""
        return await self.place.count(HELD)


def service_of(name: str, troubles: Troubles) -> Service:
    """The jars under another name, with a handler that stumbles where it is told to."""

    async def label(event: JarWasLabelled, jars: Jars) -> list[Event]:
        if troubles.away:
            raise troubles.away.pop()
        if event.thing in troubles.faulty:
            raise LabelIsTorn("it is torn")
        if event.thing in troubles.refused:
            raise NotNow
        if event.thing in troubles.unkeepable:
            jars.staged["scraps", uuid4()] = {"_id": uuid4(), "size": 2**70}
        before = jars.staged.get(("history", event.jar_id)) or await jars._documents.get(("history", event.jar_id))
        texts = [*(before["texts"] if before else []), event.thing]
        jars.staged["history", event.jar_id] = {"_id": event.jar_id, "texts": texts}
        jars.staged[LABELS.ref(event.jar_id)] = {"_id": event.jar_id, "id": event.jar_id, "text": event.thing}
        return []

    return replace(the_jars, name=name, reactions={JarWasLabelled: Handled(by=label)}, errands={})


def labelled(jar: UUID, text: str, version: int = 1) -> Record:
    """The record that tells of a label."""
    event = JarWasLabelled(jar_id=jar, thing=text, version=version)
    command = said(PutIn, jar_id=jar, thing=text)
    [row], _ = rows(command, command.id, now(), "elsewhere", [event], None)
    return record_of(row, "acme", False, moment(None))


def spoiled(record: Record, headers: Headers | None = None, value: bytes = b"{") -> Record:
    """The same record with a body, or headers, that nobody can read."""
    return Record(record.topic, record.key, value, record.headers if headers is None else headers)


def received(record: Record, offset: int = 0) -> ConsumerRecord:
    """A record as a consumer gets it."""
    return ConsumerRecord(record.topic, 0, offset, 0, 0, record.key, record.value, None, 0, 0, record.headers)


def ids(records: Sequence[ConsumerRecord | Record]) -> list[str | None]:
    """The event ids of records."""
    return [header(record, "ce_id") for record in records]


def new_jar() -> UUID:
    """A jar nobody has labelled."""
    return uuid4()
