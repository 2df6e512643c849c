"""The example subscriber: every event once by its id, whatever is said again and however often it dies (E3)."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.kafka import Publisher, Record, record_of
from contracts.topics import EVENTS
from examples.subscriber import copy_in, keep
from tests.chassis.test_wire import outbox_row, received
from tests.eventually import eventually
from tests.examples.subscribing import Subscriber
from tests.kafka import make_topics
from tests.stage import Stage

KINDS = sorted(EVENTS)


def record(number: int, topic: str = "told", replayed: bool = False) -> Record:
    """An event, the same for each number."""
    row = outbox_row(KINDS[number % len(KINDS)]) | {"_id": f"00000000-0000-5000-8000-{number:012}"}
    return replace(record_of(row, "acme", replayed, f"{number}.1"), topic=topic, key=str(number % 7).encode())


def ids(count: int) -> set[str]:
    return {f"00000000-0000-5000-8000-{number:012}" for number in range(count)}


def test_the_same_batch_again_changes_nothing(tmp_path: Path) -> None:
    copy = copy_in(str(tmp_path / "copy"))
    batch = [received(record(number)) for number in range(10)]

    assert len(keep(copy, batch)) == 10
    assert keep(copy, [*batch, *batch]) == []
    assert copy.execute("SELECT sum(heard) FROM totals").fetchone() == (10,)


def test_a_batch_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    copy = copy_in(str(tmp_path / "copy"))
    batch = [received(record(1)), received(record(2), value=None)]

    with pytest.raises(AttributeError):
        keep(copy, batch)

    assert copy.execute("SELECT count(*) FROM events").fetchone() == (0,)
    assert copy.execute("SELECT count(*) FROM totals").fetchone() == (0,)


async def test_e3_it_is_killed_and_started_and_has_every_event_once(street: Stage, tmp_path: Path) -> None:
    topics = [f"told.{uuid4().hex[:8]}", f"told.{uuid4().hex[:8]}"]
    await make_topics(street.settings, *topics)
    publisher = Publisher(street.settings)
    subscriber = Subscriber(street.settings.kafka_url, tmp_path / "copy.db", topics)

    async def say(numbers: range, replayed: bool = False) -> None:
        records = [record(number, topics[number % 2], replayed) for number in numbers]
        while records:
            records = records[await publisher.round(records) :]

    async def has(count: int) -> None:
        async def there() -> bool:
            return len(subscriber.kept()) >= count

        await eventually(there, within=30, else_show=lambda: len(subscriber.kept()))

    await say(range(200))
    async with subscriber.alive() as spoke:
        await asyncio.wait_for(spoke.wait(), 30)  # killed in the middle of telling, before Kafka knows
    await say(range(100, 300))
    async with subscriber.alive():
        await has(250)
    await say(range(300), replayed=True)
    await say(range(300, 400))
    async with subscriber.alive():
        await has(400)
    await publisher.drop()

    assert set(subscriber.kept()) == ids(400)
    assert subscriber.totals() == Counter(subscriber.kept().values())
    assert [name for name, times in Counter(subscriber.said).items() if times > 1] == []
