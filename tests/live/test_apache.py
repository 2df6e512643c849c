"""The whole system on Apache Kafka itself, which is killed for a minute and keeps what it was told."""

import asyncio
import os
import time
from itertools import cycle
from uuid import UUID

from chassis.kafka import Heard, heard
from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA
from tests.live.conftest import PATIENCE, Live

VOTERS = 20
AWAY = float(os.environ.get("KAFKA_AWAY_SECONDS", "60"))  # a minute; only CI has less time


async def test_votes_are_accepted_while_kafka_is_dead_and_arrive_when_it_is_back(live: Live) -> None:
    """P20: first copies keep their order. P21: a broker that kept everything is not filled again."""
    town = live.town
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    voters = [await town.member(f"voter-{number}") for number in range(VOTERS)]
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")

    await live.broker.kill()
    dead_until, rounds = time.monotonic() + AWAY, 0
    for choice in cycle(("PASS", "AGREE")):
        await asyncio.gather(*(town.do(each, CAST, ballotId=ballot, optionId=idea, choice=choice) for each in voters))
        rounds += 1
        if choice == "AGREE" and time.monotonic() > dead_until:
            break
        await asyncio.sleep(1)  # a minute of votes, not of load
    live.broker.start()
    await live.broker.until_ready(PATIENCE)

    async def arrived() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        return bool(seen["support"]["support"] == seen["goal"]["voices"]["voters"] == VOTERS + 1)

    await eventually(arrived, within=PATIENCE)
    first: dict[UUID, Heard] = {}
    for record in await town.records("voting.votes"):
        if heard(record).event.key.startswith(town.raw(ballot)):
            first.setdefault(heard(record).id, heard(record))
    versions: dict[str, list[int]] = {}
    for told in first.values():
        versions.setdefault(told.event.key, []).append(told.event.version)
    assert sorted(versions.values()) == [[1], *[list(range(1, rounds + 1))] * VOTERS]
    assert [told for told in first.values() if told.replayed] == []
