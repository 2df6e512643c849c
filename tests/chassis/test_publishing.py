"""Publishing: what was acknowledged is said, in whole rounds, and nothing else counts as said (P20)."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from chassis import kafka
from chassis import relay as rooms
from chassis.kafka import Publisher, Record
from chassis.outbox import EventIsTooLarge
from tests.chassis.jars import ThingWasPut
from tests.chassis.relaying import Flaky, Relaying, contended
from tests.eventually import eventually
from tests.kafka import all_on


@pytest.mark.parametrize("failures", [["before", "before"], ["after"], ["", "after", "before", "after"]])
async def test_p20_a_broker_that_fails_loses_nothing_and_keeps_the_order(
    relaying: Relaying, failures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "PAUSE", 0.02)
    monkeypatch.setattr(rooms, "ROUND", 6)
    monkeypatch.setattr(kafka, "LARGEST_BATCH", 1500)  # fewer fit into a round than were read
    named = await contended(relaying, jars_=3, things=4)

    relaying.relay(publisher=Flaky(relaying.stage, failures))

    assert await relaying.first_copies(12) == {jar: [1, 2, 3, 4] for jar in named}


async def test_p20_nothing_counts_as_said_before_it_was_acknowledged(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "PAUSE", 60)
    await relaying.put(uuid4(), "a")
    publisher = Flaky(relaying.stage, ["after"])

    relay = relaying.relay(publisher=publisher)
    await relaying.first_copies(1)

    async def in_trouble() -> bool:
        return relay.trouble is not None

    await eventually(in_trouble)
    assert not publisher.failures
    assert relaying.told == []
    assert "token" not in await relaying.state()


def records(count: int, size: int = 100) -> list[Record]:
    """Records of three keys in turn, numbered."""
    return [Record(ThingWasPut.topic, str(n % 3).encode(), str(n).encode().ljust(size), []) for n in range(count)]


async def test_p20_a_round_is_one_batch_per_partition_and_the_next_waits_for_its_answer(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_batches: list[tuple[str, int]] = []
    most = 0
    send_batch = AIOKafkaProducer.send_batch

    async def noting(producer: AIOKafkaProducer, batch: Any, topic: str, *, partition: int) -> Any:
        nonlocal most
        assert (topic, partition) not in open_batches, "a second batch while the first is under way"
        open_batches.append((topic, partition))
        most = max(most, len(open_batches))
        future = await send_batch(producer, batch, topic, partition=partition)
        future.add_done_callback(lambda _: open_batches.remove((topic, partition)))
        return future

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", noting)
    publisher = Publisher(relaying.stage.settings)
    left, rounds = records(12, size=200_000), []
    while left:
        rounds.append(await publisher.round(left))
        assert open_batches == []
        left = left[rounds[-1] :]
    await publisher.drop()

    found = await all_on(relaying.stage.settings, ThingWasPut.topic)
    assert len(rounds) > 1
    for key in {record.key for record in found}:
        numbers = [int(record.value) for record in found if record.key == key]
        assert numbers == sorted(numbers)
    assert len(found) == 12


async def test_p20_after_a_failed_send_the_producer_is_dropped_and_the_round_said_again(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Publisher(relaying.stage.settings)
    first = await publisher.start()
    send_batch = AIOKafkaProducer.send_batch

    async def failing(producer: AIOKafkaProducer, batch: Any, topic: str, *, partition: int) -> Any:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_exception(KafkaConnectionError("lost"))
        return future

    with monkeypatch.context() as patched:
        patched.setattr(AIOKafkaProducer, "send_batch", failing)
        with pytest.raises(KafkaConnectionError):
            await publisher.round(records(6))
    assert AIOKafkaProducer.send_batch is send_batch

    assert await publisher.round(records(6)) == 6

    assert await publisher.start() is not first
    await publisher.drop()
    assert len(await all_on(relaying.stage.settings, ThingWasPut.topic)) == 6


def thing_of_bytes(letter: str) -> Callable[[int], str]:
    """A text that takes so many bytes."""
    return lambda size: letter * (size // len(letter.encode()))


@pytest.mark.parametrize("letter", ["x", "ß", "☎"])
async def test_p20_an_event_over_256_kb_is_refused_before_the_commit(relaying: Relaying, letter: str) -> None:
    jar, text = uuid4(), thing_of_bytes(letter)

    with pytest.raises(EventIsTooLarge):
        await relaying.put(jar, text(257 * 1024))
    assert await relaying.place.journal() == []
    assert await relaying.place.count("jars") == 0

    await relaying.put(jar, text(255 * 1024))
    relaying.relay()
    assert await relaying.first_copies(1) == {jar: [1]}
