"""The door for facts: what other services said, in batches, into the corridor; offsets are stored after the commit."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from chassis import metrics
from chassis.aside import Aside, Held
from chassis.attempt import HeldBack, Outcome, Work
from chassis.kafka import Unreadable, heard, kind_of, security
from chassis.recorded import moment_of
from chassis.service import Service
from chassis.settings import Settings
from chassis.work import Corridor
from contracts.messages import MayBeEarly

ATTEMPTS = 3
FIRST_REST = 0.4  # seconds before the second attempt; four times that before the third
LONGEST_PAUSE = 5.0
STUCK_SECONDS = 60.0
STOPPING = 20.0  # seconds that the batch under way may take
BEHIND = "an earlier message of its key was set aside"

logger = logging.getLogger(__name__)


@dataclass
class _Entry:
    """A record of a batch on its way: to be done, until `given_up` says why it is set aside."""

    record: ConsumerRecord
    work: Work | None = None
    given_up: str | None = None
    attempts: int = 0


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
        self._busy = False
        self._pause: str | None = None
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
                    self.trouble = self._pause or (None if self._assigned() else "no partition is assigned")
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
                async with asyncio.timeout(STOPPING):
                    await broker.stop()
            except (KafkaError, OSError, TimeoutError):
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
            batch_timeout_ms=500,
            max_records=256,
            session_timeout_ms=6000,  # a killed replica's partitions are taken over that soon
            heartbeat_interval_ms=2000,
            parser=self._unparsed,
            decoder=_undecoded,
        )
        self._subscriber(self._hear)
        self._progress = time.monotonic()
        await broker.start()

    async def _unparsed(self, records: Any, original: Any) -> KafkaMessage:
        """The batch as it is: one header that is no text must not cost its neighbours their delivery."""
        return KafkaAckableMessage(raw_message=records, body=b"", consumer=self._subscriber.consumer)

    async def _hear(self, message: KafkaMessage) -> None:
        """Take a batch, again and again until it could be taken: trouble with a server is nobody's attempt (P6)."""
        records = message.raw_message
        pause = 0.05
        self._busy = True
        try:
            while True:
                try:
                    return await self.take(records if isinstance(records, tuple) else (records,))
                except Exception as trouble:
                    self._pause = f"{type(trouble).__name__}: {trouble}"[:200]
                    logger.warning("a batch waits: %s", self._pause)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, 2 * pause)
        finally:
            self._busy, self._pause, self._progress = False, None, time.monotonic()

    async def take(self, records: Sequence[ConsumerRecord]) -> None:
        """Have every record's reaction done, or set it aside; returns when none can be lost (P6, P7)."""
        held = await self._aside.held(records)
        entries = [entry for record in records if (entry := await self._entered(record, held))]
        for attempt in range(1, ATTEMPTS + 1):
            waiting = [entry for entry in entries if entry.work and not entry.given_up]
            if waiting and attempt > 1:
                await asyncio.sleep(FIRST_REST * 4 ** (attempt - 2))
            await self._try(waiting, held, attempt)
        for entry in entries:
            if entry.given_up:
                await self._aside.put(entry.record, held, entry.given_up, entry.attempts)

    async def _try(self, entries: list[_Entry], held: Held, attempt: int) -> None:
        """One attempt. What succeeded has no work any more; what failed for the last time is given up."""
        works = [entry.work for entry in entries if entry.work]
        outcomes = await self._corridor.react(works) if works else []
        for entry, work, outcome in zip(entries, works, outcomes, strict=True):
            metrics.HEARD.labels(type(work.message).__name__, _told(outcome)).inc()
            if not isinstance(outcome, Exception):
                await self._aside.free(entry.record, held)
                entry.work = None
                continue
            entry.attempts += not isinstance(outcome, HeldBack)
            if attempt == ATTEMPTS:
                told = f"{type(outcome).__name__}: {outcome}"
                entry.given_up = BEHIND if isinstance(outcome, HeldBack) else told

    async def _entered(self, record: ConsumerRecord, held: Held) -> _Entry | None:
        """A record as it enters: its work, or why it is given up at once; None if it is not for this group."""
        if not held.is_for_us(record):
            return None
        kind = kind_of(record)
        if kind is not None and kind not in self._kinds:
            await self._aside.free(record, held)
            return None
        if held.must_wait(record):
            return _Entry(record, given_up=BEHIND)
        try:
            return _Entry(record, _work(record))
        except Unreadable as poison:
            held.hold(record)
            return _Entry(record, given_up=str(poison), attempts=1)

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
        if self._busy or not any(self._lag().values()):
            self._progress = time.monotonic()
        return time.monotonic() - self._progress > STUCK_SECONDS


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, HeldBack):
        return "held"
    if isinstance(outcome, MayBeEarly):
        return "early"
    return "fault" if isinstance(outcome, Exception) else "done"


def _work(record: ConsumerRecord) -> Work:
    fact = heard(record)
    try:
        recorded = moment_of(fact.recorded) if fact.recorded else None
    except ValueError as error:
        raise Unreadable(f"its header `recorded` is no moment: {error}") from error
    return Work(
        message=fact.event,
        id=fact.id,
        at=fact.at,
        key=f"{record.topic}:{fact.event.key}",
        trace=fact.traceparent,
        size=len(record.value),
        recorded=recorded,
        origin=f"{record.topic}:{record.partition}",
    )


async def _undecoded(message: Any, original: Any) -> tuple[()]:
    return ()  # the corridor reads the records themselves
