"""Topics of a test's own on the real broker, and all that lies on them."""

import asyncio

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.kafka import connection
from chassis.settings import Settings


async def make_topics(settings: Settings, *names: str, partitions: int = 3) -> None:
    """New topics."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()


async def all_on(settings: Settings, topic: str, partitions: int = 3) -> list[ConsumerRecord]:
    """Every record on a topic, partition by partition.

    The embedded broker tells the end of a partition by the first record of its last batch, which is read whole anyway.
    """
    consumer = AIOKafkaConsumer(**connection(settings), enable_auto_commit=False, fetch_max_wait_ms=100)
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        ends = {place: end for place, end in (await consumer.end_offsets(places)).items() if end}
        consumer.assign(list(ends))
        for place in ends:
            consumer.seek(place, 0)
        found: list[ConsumerRecord] = []
        async with asyncio.timeout(10):
            while [1 for place, end in ends.items() if await consumer.position(place) < end]:
                fetched = await consumer.getmany(timeout_ms=1000)
                found += [record for records in fetched.values() for record in records]
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()
