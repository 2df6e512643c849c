"""All that the system has kept and all that it has said, read past its doors when it has come to rest."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from contracts.messages import Event
from contracts.topics import EVENTS, TOPICS, dead_letters
from services.ideas.app import ideas
from services.responses.app import responses
from services.strategy.app import strategy
from services.voting.app import voting

SERVICES = (ideas, voting, responses, strategy)
DEAD = [dead_letters(topic, service.name) for service in SERVICES for topic in service.hears()]
NAMES = [topic.name for topic in TOPICS] + DEAD
Document = dict[str, Any]
TRIES, PATIENCE = 4, 30.0  # seconds to read what is new
SOON = timedelta(minutes=1)  # later deadlines are not of this run


@dataclass(frozen=True)
class Said:
    """One record on a topic."""

    topic: str
    key: str
    id: str
    type: str
    body: str
    replayed: bool


@dataclass
class Fact:
    """One event out of an outbox, with what it says."""

    row: Document

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.row["_id"])

    @cached_property
    def event(self) -> Event:
        """What it says."""
        return EVENTS[self.row["type"]].model_validate_json(self.row["payload"])


@dataclass
class Books:
    """The state of every service by collection, every outbox in the order of its commits, and every topic."""

    kept: dict[str, dict[str, list[Document]]] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    dead: list[Said] = field(default_factory=list)

    def of(self, service: str, collection: str) -> list[Document]:
        """The documents of a collection."""
        return self.kept.get(service, {}).get(collection, [])

    @cached_property
    def by_id(self) -> dict[tuple[str, str], dict[Any, Document]]:
        """All documents by service and collection, then by their ids."""
        return {
            (service, collection): {row["_id"]: row for row in rows}
            for service, collections in self.kept.items()
            for collection, rows in collections.items()
        }

    @cached_property
    def facts(self) -> dict[str, list[Fact]]:
        """Every event of a service, in the order of commits."""
        return {service: [Fact(row) for row in self.of(service, "outbox")] for service in self.kept}

    def told(self, *kinds: type[Event]) -> list[Any]:
        """All events of these kinds, in the order of commits."""
        types = {kind.type() for kind in kinds}
        facts = self.facts.get(kinds[0].service(), [])
        return [fact.event for fact in facts if fact.row["type"] in types]

    @cached_property
    def first_copies(self) -> dict[tuple[str, str], list[Said]]:
        """What was said on each topic under each key, without repetitions."""
        seen: set[str] = set()
        found: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
        for each in self.said:
            if each.id not in seen:
                seen.add(each.id)
                found[each.topic, each.key].append(each)
        return found


class Reader:
    """Reads the books of one system, its topics from where it ended the last time."""

    def __init__(self, mongo_url: str, kafka_url: str) -> None:
        self._client: Any = AsyncIOMotorClient(mongo_url, uuidRepresentation="standard", tz_aware=True)
        self._kafka_url = kafka_url
        self._heard: list[Said] = []
        self._dead: list[Said] = []
        self._from: dict[TopicPartition, int] = {}

    async def read(self) -> Books:
        """Everything, as it is now."""
        await self.listen()
        books = Books(said=self._heard, dead=self._dead)
        for service in SERVICES:
            database = self._client[service.name]
            names = [kept.collection for kept in service.store.kept] + ["receipts", "deadlines", "held"]
            books.kept[service.name] = {name: await database[name].find({}).to_list(None) for name in names}
            outbox = database["outbox"].find({}).sort([("recorded", 1)])
            books.kept[service.name]["outbox"] = await outbox.to_list(None)
        return books

    async def listen(self) -> None:
        """Read on, on every topic; from the beginning again where a broker that has just come back does not answer."""
        for _ in range(TRIES):
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    return await self._listen()
        raise TimeoutError("the broker does not let itself be read")

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka_url, enable_auto_commit=False)
        await consumer.start()
        try:
            await consumer._client.set_topics(NAMES)  # all at once; asked for one by one they take a tenth second each
            ends = await consumer.end_offsets([TopicPartition(name, number) for name in NAMES for number in range(12)])
            news = {part: end for part, end in ends.items() if end > self._from.get(part, 0)}
            consumer.assign(list(news))
            for part in news:
                consumer.seek(part, self._from.get(part, 0))
            found: list[Any] = []
            while any([await consumer.position(part) < end for part, end in news.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            self._from |= {part: await consumer.position(part) for part in news}
        finally:
            await consumer.stop()
        for record in found:
            (self._dead if record.topic in DEAD else self._heard).append(_said(record))

    async def unrest(self) -> dict[str, Any]:
        """What is still on its way; empty when everything has come to rest."""
        return await self._ahead() or await self._unannounced() or await self._unsaid() or await self._unheard()

    async def _ahead(self) -> dict[str, int]:
        """Deadlines that fall due within this run."""
        found = {}
        for service in SERVICES:
            due = {"due": {"$lt": datetime.now(UTC) + SOON}}
            for row in await self._client[service.name]["deadlines"].find(due).to_list(None):
                late = (datetime.now(UTC) - row["due"]).total_seconds()
                found[f"{service.name}: {row['name']} late by {late:.1f} s after {row['tries']} tries"] = 1
        return found

    async def _unsaid(self) -> dict[str, int]:
        """Events that were not published."""
        await self.listen()
        said = {each.id for each in self._heard}
        found = {}
        for service in SERVICES:
            rows = await self._client[service.name]["outbox"].distinct("_id")
            if unsaid := len(set(rows) - said):
                found[f"{service.name}: events not published"] = unsaid
        return found

    async def _unheard(self) -> dict[str, int]:
        """How far each group is behind the ends of its topics."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka_url)
        await admin.start()
        try:
            committed = {service.name: await admin.list_consumer_group_offsets(service.name) for service in SERVICES}
        finally:
            await admin.close()
        found = {}
        for service in SERVICES:
            offsets = committed[service.name]
            heard = [part for part in self._from if part.topic in service.hears()]
            lag = sum(self._from[part] - (offsets[part].offset if part in offsets else 0) for part in heard)
            if lag:
                found[f"{service.name}: events not heard"] = lag
        return found

    async def _unannounced(self) -> dict[str, int]:
        """Ballots whose last tally is not the newest, and cases whose joiners are not counted."""
        found: dict[str, int] = {}
        for service, slots, owner, at in (
            ("voting", "gates", "announced", ("ballot_id", "gate", "vector")),
            ("responses", "slots", "cases", ("case_id", "slot", "counted")),
        ):
            known = {row["_id"]: row[at[2]] async for row in self._client[service][owner].find({})}
            rows = await self._client[service][slots].find({"n": {"$gt": 0}}).to_list(None)
            behind = [row for row in rows if known.get(row[at[0]], {}).get(str(row[at[1]]), 0) != row["n"]]
            if behind:
                found[f"{service}: {slots} not announced"] = len(behind)
        return found

    def close(self) -> None:
        """Let go of the database."""
        self._client.close()


def _said(record: Any) -> Said:
    headers = {name: value.decode() for name, value in record.headers}
    return Said(
        record.topic,
        (record.key or b"").decode(),
        headers.get("ce_id", ""),
        headers.get("ce_type", ""),
        record.value.decode(),
        "replayed" in headers,
    )
