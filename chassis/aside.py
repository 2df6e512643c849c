"""Setting aside: what a group cannot handle waits on a topic of its own, and its key behind it (P7)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from chassis import metrics
from chassis.kafka import Publisher, Record, connection, header
from chassis.kept import Document
from chassis.mongo import Database
from chassis.recorded import moment_of
from chassis.settings import Settings
from contracts.topics import dead_letters

HELD = "held"
REDRIVEN = "redriven"
MARKS = ("aside_reason", "aside_attempts", "aside_topic", "aside_partition", "aside_offset")


@dataclass
class Held:
    """Which keys wait, as one batch sees it: for each, the messages set aside in their order."""

    group: str
    waiting: dict[str, list[str]] = field(default_factory=dict)
    passing: set[str] = field(default_factory=set)  # redriven messages whose predecessors all pass too

    def is_for_us(self, record: ConsumerRecord) -> bool:
        """Whether a record is meant for this group: not one that was redriven to another."""
        return header(record, REDRIVEN) in (None, self.group)

    def must_wait(self, record: ConsumerRecord) -> bool:
        """Whether a record comes behind one that was set aside. A redriven one passes when its turn has come."""
        waiting = self.waiting.get(hold_of(record), [])
        if not waiting:
            return False
        if header(record, REDRIVEN) is None:
            return True
        name = name_of(record)
        if name not in waiting:
            return False  # another copy of one that is done; its receipt knows
        before = waiting[: waiting.index(name)]
        if all(each in self.passing for each in before):
            self.passing.add(name)
            return False
        return True

    def hold(self, record: ConsumerRecord) -> None:
        """Let what comes behind this record wait, and this record with it if it was passing."""
        waiting = self.waiting.setdefault(hold_of(record), [])
        self.passing.discard(name_of(record))
        if name_of(record) not in waiting:
            waiting.append(name_of(record))


class Aside:
    """A group's set-aside messages."""

    def __init__(self, database: Database, group: str, publisher: Publisher) -> None:
        self._held = database.collection(HELD)
        self._group = group
        self._publisher = publisher

    async def held(self, records: Sequence[ConsumerRecord]) -> Held:
        """Which keys of these records wait."""
        holds = list({hold_of(record) for record in records})
        rows = await self._held.find({"_id": {"$in": holds}}).to_list(None)
        return Held(self._group, {row["_id"]: row["waiting"] for row in rows})

    async def put(self, record: ConsumerRecord, held: Held, reason: str, attempts: int) -> None:
        """Set a record aside. Its key is held first, so that nothing overtakes it if this process dies here."""
        change: Document = {"$addToSet": {"waiting": name_of(record)}}
        if recorded := header(record, "recorded"):
            with suppress(ValueError):
                change["$min"] = {"recorded": moment_of(recorded)}  # a refill begins no later (P21)
        await self._held.update_one({"_id": hold_of(record)}, change, upsert=True)
        held.hold(record)
        marks = (reason[:1000], str(attempts), record.topic, *place_of(record))
        kept = [(mark, value) for mark, value in record.headers if mark not in MARKS and mark != REDRIVEN]
        headers = kept + [(mark, value.encode()) for mark, value in zip(MARKS, marks, strict=True)]
        dead = Record(dead_letters(record.topic, self._group), record.key or b"", record.value or b"", headers)
        await self._publisher.round([dead])
        metrics.SET_ASIDE.labels(record.topic).inc()

    async def free(self, record: ConsumerRecord, held: Held) -> None:
        """Note that a redriven record is done; its key is free when none waits any more."""
        if header(record, REDRIVEN) is None:
            return
        hold, name = hold_of(record), name_of(record)
        await self._held.update_one({"_id": hold}, {"$pull": {"waiting": name}})
        await self._held.delete_one({"_id": hold, "waiting": []})
        if name in held.waiting.get(hold, []):
            held.waiting[hold].remove(name)


async def redrive(settings: Settings, topic: str, group: str) -> int:
    """Put what a group set aside back on its topic, in order, for that group alone; how many messages."""
    publisher = Publisher(settings)
    dead = dead_letters(topic, group)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        group_id=f"{group}.redrive",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    count = 0
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        await consumer.topics()
        consumer.assign([TopicPartition(dead, number) for number in consumer.partitions_for_topic(dead) or ()])
        # As far as it reaches now: what fails again comes back behind that, and waits for the next time.
        ends = await consumer.end_offsets(consumer.assignment())
        while [1 for partition, end in ends.items() if await consumer.position(partition) < end]:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=200)
            records = [each for part, found in fetched.items() for each in found if each.offset < ends[part]]
            left = [_back(record, topic, group) for record in records]
            while left:
                left = left[await publisher.round(left) :]
            await consumer.commit()
            count += len(records)
    finally:
        await consumer.stop()
        await publisher.drop()
    return count


def _back(record: ConsumerRecord, topic: str, group: str) -> Record:
    headers = [(name, value) for name, value in record.headers if name not in MARKS or name in MARKS[2:]]
    return Record(topic, record.key, record.value, [*headers, (REDRIVEN, group.encode())])


def hold_of(record: ConsumerRecord) -> str:
    """What is held when a record is set aside: its key on its topic."""
    return f"{record.topic}:{(record.key or b'').decode('utf-8', 'replace')}"


def name_of(record: ConsumerRecord) -> str:
    """A name for a record that stays the same when it is redriven: its event's id, or where it first stood."""
    return header(record, "ce_id") or ":".join(place_of(record))


def place_of(record: ConsumerRecord) -> tuple[str, str]:
    """The partition and offset where a record first stood."""
    partition, offset = header(record, "aside_partition"), header(record, "aside_offset")
    return (partition, offset) if partition and offset else (str(record.partition), str(record.offset))
