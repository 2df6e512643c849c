"""The door for facts: what other services said, in batches, into the corridor; offsets are stored after the commit."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from chassis import metrics
from chassis.aside import Aside, Held
from chassis.attempt import Outcome, Work
from chassis.kafka import Unreadable, heard, kind_of, security
from chassis.mongo import moment_of
from chassis.service import Service
from chassis.settings import Settings
from chassis.work import Corridor

ATTEMPTS = 3
STUCK_SECONDS = 60.0

logger = logging.getLogger(__name__)


class Listener:
    """Hears the topics of a service's reactions, as the group of that name, at least once."""

    def __init__(self, service: Service, corridor: Corridor, aside: Aside, settings: Settings) -> None:
        self._service = service
        self._corridor = corridor
        self._aside = aside
        self._settings = settings
        self._kinds = {event.type() for event in service.reactions}
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None
        self._progress = time.monotonic()
        self.trouble: str | None = None

    def told(self) -> dict[str, Any]:
        """Its account for operators: lag by partition, and what troubles it."""
        return {"trouble": self.trouble, "lag": self._lag(), "assigned": len(self._assigned())}

    async def run(self) -> None:
        """Listen for ever. A consumer that makes no progress is replaced; the process is not."""
        while True:
            try:
                await self._start()
                while not self._is_stuck():
                    await asyncio.sleep(1)
                    self.trouble = None if self._assigned() else "no partition is assigned"
                    for partition, lag in self._lag().items():
                        metrics.CONSUMER_LAG.labels(*partition.rsplit(":", 1)).set(lag)
                logger.warning("the consumer makes no progress and is replaced")
            except (KafkaError, OSError, TimeoutError) as away:
                self.trouble = f"{type(away).__name__}: {away}"[:200]
                logger.warning("the broker is away: %s", self.trouble)
                await asyncio.sleep(1)
            finally:
                await self.stop()

    async def stop(self) -> None:
        """Finish the batch under way, store its offsets, leave the group."""
        broker, self._broker = self._broker, None
        if broker is not None:
            try:
                async with asyncio.timeout(20):
                    await broker.stop()
            except (KafkaError, TimeoutError):
                logger.warning("the consumer did not stop cleanly")

    async def _start(self) -> None:
        broker = KafkaBroker(
            self._settings.kafka_url,
            security=security(self._settings),
            graceful_timeout=15.0,
            logger=None,
            allow_auto_create_topics=False,
        )
        self._broker = broker
        self._subscriber = broker.subscriber(
            *self._service.hears(),
            group_id=self._service.name,
            batch=True,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            batch_timeout_ms=20,
            max_records=256,
            session_timeout_ms=6000,  # a killed replica's partitions are taken over that soon
            heartbeat_interval_ms=2000,
            decoder=_undecoded,
        )
        self._subscriber(self._hear)
        self._progress = time.monotonic()
        await broker.start()

    async def _hear(self, message: KafkaMessage) -> None:
        records = message.raw_message
        await self.take(records if isinstance(records, tuple) else (records,))
        self._progress = time.monotonic()

    async def take(self, records: Sequence[ConsumerRecord]) -> None:
        """Have every record's reaction done, or set it aside; returns when none can be lost (P6, P7)."""
        held = await self._aside.held(records)
        works = [(record, work) for record in records if (work := await self._work(record, held))]
        for attempt in range(1, ATTEMPTS + 1):
            if not works:
                break
            outcomes = await self._corridor.react([work for _, work in works])
            await self._free(works, outcomes, held)
            works = [pair for pair, outcome in zip(works, outcomes, strict=True) if isinstance(outcome, Exception)]
            if works and attempt == ATTEMPTS:
                failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
                for (record, _), fault in zip(works, failed, strict=True):
                    await self._aside.put(record, held, f"{type(fault).__name__}: {fault}", ATTEMPTS)
            elif works:
                await asyncio.sleep(0.1 * 4**attempt)

    async def _work(self, record: ConsumerRecord, held: Held) -> Work | None:
        """A record's work; None if it is not for this group, or is set aside with its key."""
        kind = kind_of(record)
        if not held.is_for_us(record) or (kind is not None and kind not in self._kinds):
            return None
        if held.must_wait(record):
            await self._aside.put(record, held, "an earlier message of its key was set aside", 0)
            return None
        try:
            fact = heard(record)
        except Unreadable as poison:
            await self._aside.put(record, held, str(poison), 1)
            return None
        return Work(
            message=fact.event,
            id=fact.id,
            at=fact.at,
            key=f"{record.topic}:{fact.event.key}",
            trace=fact.traceparent,
            size=len(record.value),
            recorded=moment_of(fact.recorded) if fact.recorded else None,
            origin=f"{record.topic}:{record.partition}",
        )

    async def _free(self, works: list[tuple[ConsumerRecord, Work]], outcomes: list[Outcome], held: Held) -> None:
        for (record, _), outcome in zip(works, outcomes, strict=True):
            if not isinstance(outcome, Exception):
                await self._aside.free(record, held)

    def _assigned(self) -> list[Any]:
        consumer = self._subscriber.consumer if self._subscriber else None
        return list(consumer.assignment()) if consumer else []

    def _lag(self) -> dict[str, int]:
        lag: dict[str, int] = {}
        for partition in self._assigned():
            consumer = self._subscriber.consumer
            newest = consumer.highwater(partition)
            state = consumer._subscription.subscription.assignment.state_value(partition)
            if newest is not None and state is not None and state.has_valid_position:
                lag[f"{partition.topic}:{partition.partition}"] = max(0, newest - state.position)
        return lag

    def _is_stuck(self) -> bool:
        """Whether there is something to read, and nothing was read for a minute."""
        if not any(self._lag().values()):
            self._progress = time.monotonic()
        return time.monotonic() - self._progress > STUCK_SECONDS


async def _undecoded(message: Any, original: Any) -> tuple[()]:
    return ()  # the corridor reads the records themselves
