"""The start-up job: collections and indexes, topics, and a refill of a broker that has forgotten everything (P21)."""

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code
from bson import Timestamp

from chassis import logs
from chassis.aside import HELD
from chassis.attempt import HEARD
from chassis.kafka import Publisher, Record, connection, record_of
from chassis.lease import LEASES
from chassis.mongo import Database, connect
from chassis.outbox import journal
from chassis.recorded import as_moment, moment
from chassis.relay import MARGIN, RELAY, told_on
from chassis.settings import Settings, read_settings, usable
from contracts.topics import TOPICS, Topic
from deploy.declared import SERVICES, dead_topics, kept_by
from deploy.prepared import leave_mark, mark_of

PART = 1000
ODD = (
    "Topic %s has %d partitions where %d are declared, and keeps them. If it was made by accident and nothing is on "
    "it, delete it and run prepare again; see auto.create.topics.enable in docs/operators.md."
)

logger = logging.getLogger(__name__)


class Said(NamedTuple):
    """What a relay has said of one partition: the newest there (None: nothing), and how far it has come by then."""

    newest: Timestamp | None
    until: Timestamp


async def is_new(settings: Settings) -> bool:
    """Whether no start-up has been finished on this broker yet."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        return not {topic.name for topic in dead_topics()} & set(await admin.list_topics())
    finally:
        await admin.close()


async def make_topics(settings: Settings, topics: Sequence[Topic]) -> None:
    """Make those that are not there. A living topic's partitions are never changed (P22), but what is odd is told."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in there]
        if missing:
            made = await admin.create_topics([_new(topic, settings.kafka_replication) for topic in missing])
            for name, code, *_ in made.topic_errors:
                if code not in (NoError.errno, TopicAlreadyExistsError.errno):
                    raise for_code(code)(f"topic {name} could not be made")
        declared = {topic.name: topic.partitions for topic in topics if topic.name in there}
        for found in await admin.describe_topics(list(declared)) if declared else ():
            name, number = found["topic"], len(found["partitions"])
            if number != declared[name]:
                logger.warning(ODD, name, number, declared[name])
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
        since = await _unheard(topic, databases)
        part: list[Record] = []
        async for row in journal(databases[topic.name.partition(".")[0]], topic.name, since):
            part.append(record_of(row, settings.organization, True, moment(row["recorded"])))
            count += 1
            if len(part) == PART:
                part = part[await publisher.round(part) :]
        while part:
            part = part[await publisher.round(part) :]
    await publisher.drop()
    return count


async def _unheard(topic: Topic, databases: dict[str, Database]) -> Timestamp:
    """The moment up to which every group has heard every partition, less the margin; what it set aside is unheard."""
    moments: list[Timestamp] = []
    said = await _said(topic, databases)
    for group in (service.name for service in SERVICES if topic.name in service.hears()):
        origins = [f"{topic.name}:{number}" for number in range(topic.partitions)]
        rows = await databases[group].now().find(HEARD, {"_id": {"$in": origins}})
        heard = {row["_id"]: row["recorded"] for row in rows}
        moments += [_up_to(heard.get(origin), said.get(origin)) for origin in origins]
        held = await databases[group].now().find(HELD, {"_id": {"$regex": f"^{re.escape(topic.name)}:"}})
        moments += [row["recorded"] for row in held if "recorded" in row]
    oldest = min(moments, default=Timestamp(0, 0))
    return as_moment(oldest.as_datetime() - MARGIN) if oldest.time else oldest


async def _said(topic: Topic, databases: dict[str, Database]) -> dict[str, Said]:
    """What the topic's relay has said of each partition; nothing where it does not know it of all there ever was."""
    [state] = await databases[topic.name.partition(".")[0]].now().find(LEASES, {"_id": RELAY}) or [{}]
    told = state.get("told", {})
    if not told.get("whole") or "recorded" not in state:
        return {}
    places = {f"{topic.name}:{number}": told_on(topic.name, number) for number in range(topic.partitions)}
    return {origin: Said(told.get(place), state["recorded"]) for origin, place in places.items()}


def _up_to(heard: Timestamp | None, said: Said | None) -> Timestamp:
    """How far a group has heard a partition: as far as the relay has come, where it has heard the newest there is."""
    if said and (said.newest is None or (heard and heard >= said.newest)):
        return said.until
    return heard or Timestamp(0, 0)


async def prepare(settings: Settings) -> None:
    """Do all of it; running it again changes nothing."""
    with usable():
        client = connect(settings.mongo_url)
    try:
        databases = {service.name: Database(client, service.name) for service in SERVICES}
        for service in SERVICES:
            await databases[service.name].prepare(kept_by(service))
        await make_topics(settings, TOPICS)
        if await is_new(settings):
            count = await refill(settings, databases)
            logger.info("the broker was empty: %d events were said again", count)
        await make_topics(settings, dead_topics())  # last: they tell the next start that the refill was not cut short
        for service in SERVICES:
            await leave_mark(databases[service.name], mark_of(service))
    finally:
        client.close()


def main() -> None:
    """Run the job with the environment's settings."""
    settings = read_settings()
    logs.start(settings.log_level)
    asyncio.run(prepare(settings))


if __name__ == "__main__":
    main()
