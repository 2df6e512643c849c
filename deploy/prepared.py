"""Whether the start-up job has been done for this version: its mark in a service's database, and the wait for it.

A service that starts before the job would let a broker make topics by itself, with as many partitions as it likes,
and the partitions of a living topic never change (P22).
"""

import asyncio
import json
import logging
import sys
from hashlib import sha256

from chassis import logs
from chassis.mongo import Database, connect
from chassis.service import Service
from chassis.session import MongoError
from chassis.settings import Settings, read_settings, usable
from contracts.topics import TOPICS
from deploy.declared import SERVICES, dead_topics, kept_by

MARKS = "prepared"
GLANCE = 1.0  # seconds
TOLD_EVERY = 15  # glances

logger = logging.getLogger(__name__)


def mark_of(service: Service) -> str:
    """A fingerprint of all that the job makes for a service. A version that needs nothing else has the same."""
    kept = [[each.collection, [[index.keys, index.options] for index in each.indexes]] for each in kept_by(service)]
    topics = [[topic.name, topic.partitions] for topic in (*TOPICS, *dead_topics())]
    return sha256(json.dumps([kept, topics], default=str, sort_keys=True).encode()).hexdigest()


async def leave_mark(database: Database, mark: str) -> None:
    """Say that the job has been done. Marks of other versions stay, so that going back needs no job."""
    await database.collection(MARKS).update_one(
        {"_id": mark}, [{"$set": {"at": {"$ifNull": ["$at", "$$NOW"]}}}], upsert=True
    )


async def until_prepared(settings: Settings, service: Service) -> None:
    """Return once the job has been done for this version; says now and then what it waits for."""
    with usable():
        client = connect(settings.mongo_url)
    glances = 0
    try:
        while (why := await missing(Database(client, service.name), mark_of(service))) is not None:
            if glances % TOLD_EVERY == 0:
                logger.warning("%s waits: %s", service.name, why)
            glances += 1
            await asyncio.sleep(GLANCE)
    finally:
        client.close()


async def missing(database: Database, mark: str) -> str | None:
    """What is not there yet; None where the job has been done."""
    try:
        found = await database.collection(MARKS).find_one({"_id": mark})
    except MongoError as away:
        return f"MongoDB is away ({type(away).__name__})"
    return None if found else "the start-up job (prepare) has not been done for this version"


def main() -> int:
    """Wait for one service's sake: `python -m deploy.prepared SERVICE`."""
    found = {service.name: service for service in SERVICES}
    if len(sys.argv) != 2 or sys.argv[1] not in found:
        print(f"Usage: prepared SERVICE\n  services: {', '.join(found)}", file=sys.stderr)
        return 2
    settings = read_settings()
    logs.start(settings.log_level)
    asyncio.run(until_prepared(settings, found[sys.argv[1]]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
