"""Rows (g): how fast facts travel, how much memory that takes, and how long a start takes with a long journal."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from bson import Timestamp

from bench.community import gather_community
from bench.processes import Processes, memory_of
from bench.reading import filled
from bench.seeding import SEEDING
from bench.votes import Unsound
from chassis.kept import Document
from chassis.lease import LEASES
from chassis.mongo import Database, connect
from chassis.outbox import OUTBOX, rows
from chassis.relay import RELAY
from chassis.service import Errand
from contracts.messages import Audience, Event, Member
from contracts.topics import TOPICS
from contracts.voting import CastVote, Position, TallyChanged, VoteCast, paper_id
from deploy.local.system import System
from gateway.nodes import parted

FEW, MANY = 10_000, 300_000  # events
TALLY_EVERY, A_SECOND = 100, 10  # votes
PART = 2000  # documents written at a time
STARTS = 3
LATEST = 600.0  # seconds until everything is said and heard
GLANCE = 0.1
HEARS = {"strategy": VoteCast.topic, "ideas": TallyChanged.topic}
PARTITIONS = next(topic.partitions for topic in TOPICS if topic.name == VoteCast.topic)


class Flow(NamedTuple):
    """How fast events passed one place; CPU in milliseconds per event and part."""

    what: str
    events: int
    per_second: float
    cpu: Mapping[str, float]


@dataclass
class Kept:
    """A system with so many events in its journal: how they got there, and how it starts since."""

    events: int
    folder: Path
    flows: list[Flow] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)  # bytes per part, after everything was said and heard
    starts: list[float] = field(default_factory=list)  # seconds
    prepared: list[float] = field(default_factory=list)

    @property
    def start(self) -> float:
        """Seconds of an ordinary start."""
        return median(self.starts)

    @property
    def preparing(self) -> float:
        """Seconds of it that the start-up job takes."""
        return median(self.prepared)


@dataclass(frozen=True)
class Subject:
    """What the votes in the journal are about."""

    ballot: UUID
    goal: UUID
    options: Sequence[UUID]


async def journals(folder: Path, say: Callable[[str], None], at: tuple[int, int] = (FEW, MANY)) -> list[Kept]:
    """Fill a journal of each length, then start both systems by turns."""
    kept = [Kept(events, folder / str(events)) for events in at]
    for each in kept:
        async with System(each.folder) as system:
            await _fill(system, each, say)
    for turn in range(STARTS):
        for each in kept if turn % 2 == 0 else kept[::-1]:
            await _start(each)
            say(f"start {turn + 1} with {each.events:,} events: {each.starts[-1]:.1f} s")
    return kept


async def _start(kept: Kept) -> None:
    def heard(name: str, seconds: float) -> None:
        if name == "prepare-1":
            kept.prepared.append(seconds)

    began = time.monotonic()
    async with System(kept.folder, progress=heard):
        kept.starts.append(time.monotonic() - began)


async def _fill(system: System, kept: Kept, say: Callable[[str], None]) -> None:
    """Write the events while nobody relays, then let them be said, then heard: one after the other."""
    subject = await _subject(system)
    client = connect(system.mongo_url, SEEDING)
    try:
        voting = Database(client, "voting")
        for part in ("voting", "strategy", "ideas"):
            await system.stop(part)
        tallies = kept.events // TALLY_EVERY
        written = {VoteCast.topic: kept.events - tallies, TallyChanged.topic: tallies}
        last = await _write(voting, _events(subject, kept.events))
        say(f"a journal of {kept.events:,} events is there")
        await system.start("voting")
        kept.flows.append(await _flow(system, "relay", kept.events, partial(_said, voting, last)))
        for group in ("strategy", "ideas"):
            handled = await _handled(system, group)
            await system.start(group)
            done = partial(_heard, system, group, handled + written[HEARS[group]])
            kept.flows.append(await _flow(system, f"{group} hears", written[HEARS[group]], done))
        kept.memory = memory_of({name: one.pid for name, one in system.processes.items()})
        for flow in kept.flows:
            say(f"{flow.what}: {flow.events:,} events, {flow.per_second:,.0f}/s")
    finally:
        client.close()


async def _flow(system: System, what: str, events: int, done: Callable[[], Awaitable[bool]]) -> Flow:
    processes = Processes({name: one.pid for name, one in system.processes.items()})
    before, began = processes.cpu(), time.monotonic()
    while not await done():
        if time.monotonic() - began > LATEST:
            raise Unsound(f"{what}: {events} events took more than {LATEST:g} s")
        await asyncio.sleep(GLANCE)
    took = time.monotonic() - began
    cpu = {part: 1000 * (used - before[part]) / max(1, events) for part, used in processes.cpu().items()}
    return Flow(what, events, events / took, cpu)


# -- what is written --------------------------------------------------------------------------------------------------


async def _subject(system: System) -> Subject:
    """A challenge with ideas, whose standing ballot the votes are on."""
    url = system.url("gateway")
    community = await gather_community(url, 50, 2)
    shelf = await filled(url, community, votes_each=1)
    client = connect(system.mongo_url, SEEDING)
    try:
        row = await Database(client, "voting").collection("ballots").find_one({"_id": parted(shelf.ballot)[1]})
    finally:
        client.close()
    if row is None:
        raise Unsound("voting does not know the ballot that it told of")
    return Subject(row["_id"], row["goal_id"], [parted(idea)[1] for idea in shelf.ideas])


def _events(subject: Subject, number: int) -> Iterator[Document]:
    """First votes of as many members, as the corridor would have left them in the outbox, and a tally now and then.

    They are recorded as if ten had come a second until now, the last after everything else: a start says the last two
    minutes again (P21).
    """
    at = datetime.now(UTC).replace(microsecond=0)
    began = int(at.timestamp()) + 2 - number // A_SECOND
    for place in range(number):
        option = subject.options[place % len(subject.options)]
        if place % TALLY_EVERY == TALLY_EVERY - 1:
            errand = Errand(id=uuid4(), name="tally", aggregate_id=subject.ballot, arrived=at)
            said: Event = TallyChanged(
                ballot_id=subject.ballot, version=place + 100, turnout=place, counts={option: {Position.SUPPORT: place}}
            )
            written, _ = rows(errand, errand.id, at, "voting", [said], None)
        else:
            member = Member(id=uuid4(), name="Somebody", audience=Audience.CUSTOMER)
            asked = {"ballot_id": subject.ballot, "option_id": option, "choice": Position.SUPPORT}
            command = CastVote(id=uuid4(), member=member, arrived=at, **asked)
            paper = paper_id(subject.ballot, member.id)
            said = VoteCast(paper_id=paper, version=1, goal_id=subject.goal, member_id=member.id, **asked)
            written, _ = rows(command, command.id, at, "voting", [said], None)
        recorded = Timestamp(began + place // A_SECOND, 1 + place % A_SECOND)
        yield from ({**row, "recorded": recorded} for row in written)


async def _write(voting: Database, events: Iterator[Document]) -> Any:
    """Into the outbox, in order; the moment of the last."""
    last: Document = {}
    while part := list(islice(events, PART)):
        await voting.collection(OUTBOX).insert_many(part)
        last = part[-1]
    return last["recorded"]


# -- whether it was said, and heard -----------------------------------------------------------------------------------


async def _said(voting: Database, last: Any) -> bool:
    """Whether the relay has saved that it published all of it."""
    return bool(await voting.collection(LEASES).find_one({"_id": RELAY, "recorded": {"$gte": last}}))


async def _heard(system: System, group: str, number: int) -> bool:
    return await _handled(system, group) >= number


async def _handled(system: System, group: str) -> int:
    """How many records of its topic of votes or tallies a group has handled so far, by the offsets that it stored.

    Not by how many are left: the embedded broker tells where the last batch begins, not where it ends.
    """
    reader = AIOKafkaConsumer(bootstrap_servers=system.kafka_url, group_id=group, enable_auto_commit=False)
    await reader.start()
    try:
        places = [TopicPartition(HEARS[group], number) for number in range(PARTITIONS)]
        reader.assign(places)
        return sum([await reader.committed(place) or 0 for place in places])
    finally:
        await reader.stop()
