"""Kafka: the wire form of events (CloudEvents 1.0), the connection, the publisher, and the live tail."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from bson import Timestamp
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import ValidationError

from chassis.recorded import moment_of
from chassis.settings import Settings
from contracts.messages import Event
from contracts.topics import EVENTS

Headers = list[tuple[str, bytes]]
LARGEST_BATCH = 512 * 1024
LIVE_WAIT_MS = 150  # the embedded broker does not wake who waits for news: it looks again when the wait is over
STOPPING = 5.0  # seconds

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """A record is not a CloudEvent of ours in binary mode."""


@dataclass(frozen=True)
class Record:
    """One record to publish."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass(frozen=True)
class Heard:
    """An event as it was heard: what it says, and what its envelope told."""

    event: Event
    id: UUID
    at: datetime
    replayed: bool
    recorded: str | None
    traceparent: str | None


def security(settings: Settings) -> BaseSecurity:
    """TLS and SASL as set."""
    tls = settings.kafka_security_protocol.endswith("SSL")
    context = ssl.create_default_context(cafile=settings.kafka_ca_file) if tls else None
    if not settings.kafka_security_protocol.startswith("SASL"):
        return BaseSecurity(context, tls)
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else ""
    return kinds[settings.kafka_sasl_mechanism](settings.kafka_username or "", password, context, tls)


def connection(settings: Settings) -> dict[str, Any]:
    """How an aiokafka client reaches the brokers."""
    return {"bootstrap_servers": settings.kafka_url, **parse_security(security(settings))}


def record_of(row: dict[str, Any], organization: str, replayed: bool, recorded: str) -> Record:
    """An outbox document in its wire form: CloudEvents 1.0, Kafka binary content mode."""
    kind = row["type"]
    service = row["aggregatetype"].split(".")[0]
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", row["_id"].encode()),
        ("ce_source", f"/folkmoot/{organization}/{service}".encode()),
        ("ce_type", kind.encode()),
        ("ce_time", row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()),
        ("ce_subject", row["aggregateid"].encode()),
        ("content-type", b"application/json"),
        ("recorded", recorded.encode()),
    ]
    if trace := row.get("traceparent"):
        headers.append(("traceparent", trace.encode()))
    if acted_by := row.get("acted_by"):
        headers.append(("ce_actedby", acted_by.encode()))
    if replayed:
        headers.append(("replayed", b"1"))
    return Record(row["aggregatetype"], row["aggregateid"].encode(), row["payload"].encode(), headers)


def recorded_in(record: Record) -> Timestamp:
    """When what is published was recorded."""
    return moment_of(dict(record.headers)["recorded"].decode())


def header(record: ConsumerRecord, name: str) -> str | None:
    """A header as text, if the record has it."""
    for key, value in record.headers:
        if key == name:
            return (value or b"").decode("utf-8", "replace")
    return None


def kind_of(record: ConsumerRecord) -> str | None:
    """The CloudEvents type of a record, if it has one."""
    return header(record, "ce_type")


def heard(record: ConsumerRecord) -> Heard:
    """The event of a record. Raises `Unreadable`, saying why."""
    try:
        headers = {name: (value or b"").decode() for name, value in record.headers}
        event = EVENTS[headers["ce_type"]].model_validate_json(record.value)
        return Heard(
            event=event,
            id=UUID(headers["ce_id"]),
            at=_moment(headers["ce_time"]),
            replayed="replayed" in headers,
            recorded=headers.get("recorded"),
            traceparent=headers.get("traceparent"),
        )
    except (KeyError, ValueError, ValidationError, TypeError, OverflowError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}"[:500]) from error


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("ce_time has no zone")
    return at.astimezone(UTC)


class Publisher:
    """Sends records in rounds: one record batch per partition, the next round after every answer (P20)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self.newest: dict[tuple[str, int], Record] = {}  # what was last acknowledged on each topic and partition

    async def start(self) -> AIOKafkaProducer:
        """A producer; a new one after `drop`."""
        if self._producer is None:
            producer = AIOKafkaProducer(
                **connection(self._settings),
                acks="all",
                enable_idempotence=self._settings.kafka_idempotence,
                linger_ms=0,
                max_batch_size=LARGEST_BATCH,
                max_request_size=4 * LARGEST_BATCH,
                request_timeout_ms=10_000,
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def drop(self) -> None:
        """Let go of the producer: after a failed send its state is not to be trusted (P20)."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(STOPPING):
                    await producer.stop()
            except (KafkaError, TimeoutError):
                logger.warning("the producer did not stop cleanly")

    async def round(self, records: Sequence[Record]) -> int:
        """Publish as many of the first records as fit in one batch per partition, and return how many.

        Either all of those are acknowledged, or the producer is dropped and the error raised: publish them again.
        """
        producer = await self.start()
        try:
            batches: dict[tuple[str, int], Any] = {}
            newest: dict[tuple[str, int], Record] = {}
            taken = 0
            for record in records:
                place = record.topic, await self._partition(producer, record)
                if place not in batches:
                    batches[place] = producer.create_batch()
                fits = batches[place].append(key=record.key, value=record.value, timestamp=None, headers=record.headers)
                if not fits:
                    break
                newest[place] = record
                taken += 1
            sent = [
                await producer.send_batch(batch, topic, partition=partition)
                for (topic, partition), batch in batches.items()
                if batch.record_count()
            ]
            async with asyncio.timeout(30):
                await asyncio.gather(*sent)
        except BaseException:
            await self.drop()
            raise
        self.newest |= newest
        return taken

    async def _partition(self, producer: AIOKafkaProducer, record: Record) -> int:
        partitions = await producer.partitions_for(record.topic)
        return _hashed(record.key) % len(partitions)


@lru_cache(maxsize=50_000)
def _hashed(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


async def tail(settings: Settings, topics: Iterable[str]) -> AsyncIterator[list[Heard]]:
    """Everything said on these topics from now on, in batches, without a group; reconnects by itself, for ever.

    Yields an empty list once each time it has connected, so that the caller knows that it listens.
    """
    names = list(topics)
    while True:
        consumer = AIOKafkaConsumer(
            **connection(settings), enable_auto_commit=False, auto_offset_reset="latest", fetch_max_wait_ms=LIVE_WAIT_MS
        )
        try:
            await consumer.start()
            partitions = [
                TopicPartition(name, number)
                for name in names
                for number in sorted(consumer.partitions_for_topic(name) or await _known(consumer, name))
            ]
            consumer.assign(partitions)
            await consumer.seek_to_end(*partitions)
            yield []
            while True:
                fetched = await consumer.getmany(timeout_ms=1000, max_records=1000)
                if batch := _readable(record for records in fetched.values() for record in records):
                    yield batch
        except (KafkaError, OSError, TimeoutError) as away:
            logger.warning("the live tail lost the broker: %s", away)
            await asyncio.sleep(1)
        finally:
            await consumer.stop()


async def _known(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.force_metadata_update()
    await consumer.topics()
    partitions: set[int] | None = consumer.partitions_for_topic(topic)
    if not partitions:
        raise TimeoutError(f"topic {topic} is not there yet")
    return partitions


def _readable(records: Iterable[ConsumerRecord]) -> list[Heard]:
    found = []
    for record in records:
        if kind_of(record) in EVENTS:
            try:
                found.append(heard(record))
            except Unreadable as error:
                logger.warning("the live tail skipped a record of %s: %s", record.topic, error)
    return found
