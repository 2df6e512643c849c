"""Keeps a copy of what Folkmoot says, each event once: `python subscriber.py KAFKA GROUP FILE TOPIC...`

Kafka hands out every record at least once, and again after a crash, a rebalance or a replay. So the id of an event and
its effect are written in one transaction, here of SQLite, and only then is Kafka told how far we are. Any database
that refuses to write the same id twice will do.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRecord

TABLES = """
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, subject TEXT, time TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS totals (type TEXT PRIMARY KEY, heard INTEGER);
"""
EVENT = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)"
EFFECT = "INSERT INTO totals VALUES (?, 1) ON CONFLICT DO UPDATE SET heard = heard + 1"


def copy_in(file: str) -> sqlite3.Connection:
    """The copy, its tables made."""
    copy = sqlite3.connect(file)
    copy.executescript(TABLES)
    return copy


def keep(copy: sqlite3.Connection, records: Iterable[ConsumerRecord]) -> list[str]:
    """Keep what is new, with its effect, all or nothing; what it was, a line each."""
    lines = []
    with copy:  # one transaction
        for record in records:
            told = {name: value.decode() for name, value in record.headers}
            if "ce_id" not in told:
                continue  # not one of Folkmoot's
            event = (told["ce_id"], told["ce_type"], told["ce_subject"], told["ce_time"], record.value.decode())
            if copy.execute(EVENT, event).rowcount:
                copy.execute(EFFECT, (told["ce_type"],))
                lines.append(" ".join(event[:4]))
    return lines


async def listen(kafka: str, group: str, file: str, topics: list[str]) -> None:
    """Listen for ever. Several of these in one group, with one database, share the work."""
    copy = copy_in(file)
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,  # after a crash its share is taken over that soon
        heartbeat_interval_ms=2000,
    )
    await consumer.start()
    try:
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
            for line in keep(copy, [record for records in fetched.values() for record in records]):
                print(line, flush=True)
            await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
