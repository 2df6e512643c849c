"""The start-up job: collections and indexes, topics, and a refill of a broker that has forgotten everything (P21)."""

import asyncio
import logging

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from bson import Timestamp

from chassis import logs
from chassis.attempt import HEARD
from chassis.errands import KEPT as DEADLINES
from chassis.kafka import Publisher, connection, record_of
from chassis.mongo import Database, as_moment, connect, moment
from chassis.outbox import KEPT as OUTBOX
from chassis.outbox import journal
from chassis.relay import MARGIN
from chassis.settings import Settings, read_settings
from contracts.topics import TOPICS, Topic, dead_letters
from services.ideas.app import ideas
from services.responses.app import responses
from services.strategy.app import strategy
from services.voting.app import voting

SERVICES = (ideas, voting, responses, strategy)

logger = logging.getLogger(__name__)


def topics() -> list[Topic]:
    """The declared topics, and one beside each for what a group sets aside."""
    dead = [Topic(dead_letters(topic, service.name)) for service in SERVICES for topic in service.hears()]
    return [*TOPICS, *dead]


async def make_topics(settings: Settings) -> bool:
    """Make the topics that are not there; whether none was. A living topic's partitions are never changed (P22)."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in topics() if topic.name not in there]
        if missing:
            await admin.create_topics([_new(topic, settings.kafka_replication) for topic in missing])
        return len(missing) == len(topics())
    finally:
        await admin.close()


def _new(topic: Topic, replication: int) -> NewTopic:
    keeps = -1 if topic.keeps_seconds is None else topic.keeps_seconds * 1000
    settings = {"retention.ms": str(keeps), "cleanup.policy": "delete"}
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=settings)


async def refill(settings: Settings, databases: dict[str, Database]) -> int:
    """Say again on an empty broker what some group may not have heard, marked as replayed; how many events."""
    publisher = Publisher(settings)
    count = 0
    for topic in TOPICS:
        heard = await _heard(topic, databases)
        since = min(heard.values(), default=Timestamp(0, 0)) if len(heard) == topic.partitions else Timestamp(0, 0)
        if since.time:
            since = as_moment(since.as_datetime() - MARGIN)
        rows = journal(databases[topic.name.partition(".")[0]], topic.name, since)
        records = [record_of(row, settings.organization, True, moment(row["recorded"])) async for row in rows]
        while records:
            taken = await publisher.round(records[:1000])
            records, count = records[taken:], count + taken
    await publisher.drop()
    return count


async def _heard(topic: Topic, databases: dict[str, Database]) -> dict[str, Timestamp]:
    """For each partition, the newest moment that every listening group has heard."""
    found: dict[str, Timestamp] = {}
    groups = [service.name for service in SERVICES if topic.name in service.hears()]
    for number in range(topic.partitions):
        origin = f"{topic.name}:{number}"
        rows = [await databases[group].collection(HEARD).find_one({"_id": origin}) for group in groups]
        if rows and all(rows):
            found[origin] = min(row["recorded"] for row in rows if row)
    return found


async def prepare(settings: Settings) -> None:
    """Do all of it; running it again changes nothing."""
    client = connect(settings.mongo_url)
    databases = {service.name: Database(client, service.name) for service in SERVICES}
    for service in SERVICES:
        await databases[service.name].prepare([*OUTBOX, DEADLINES, *service.store.kept])
    if await make_topics(settings):
        count = await refill(settings, databases)
        logger.info("the broker was empty: %d events were said again", count)
    client.close()


def main() -> None:
    """Run the job with the environment's settings."""
    settings = read_settings()
    logs.start(settings.log_level)
    asyncio.run(prepare(settings))


if __name__ == "__main__":
    main()
