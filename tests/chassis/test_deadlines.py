"""Deadlines: work due at a time, done once by whichever replica (P4, P16)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from uuid import UUID, uuid4, uuid5

import pytest

from chassis.errands import Deadlines
from chassis.mongo import Database
from chassis.outbox import event_id
from chassis.service import Errand
from chassis.store import deadline_id
from contracts.topics import EVENTS
from tests.chassis.jars import ThingWasPut, jars
from tests.eventually import eventually
from tests.stage import Place, Stage, now


@pytest.fixture
async def place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The jars."""
    monkeypatch.setitem(EVENTS, ThingWasPut.type(), ThingWasPut)
    return await stage.place(jars)


async def remind(place: Place, jar: UUID, in_seconds: float, name: str = "bell") -> None:
    """Have the bell ring."""
    due = now() + timedelta(seconds=in_seconds)
    row = {"_id": deadline_id(name, jar, due), "name": name, "aggregate_id": jar, "due": due, "tries": 0, "rev": 1}
    await place.database.collection("deadlines").insert_one(row)


async def test_fires_once_though_every_replica_sees_it(place: Place) -> None:
    bells = [uuid4() for _ in range(30)]
    for jar in bells:
        await remind(place, jar, -1)
    replicas = [place.replica(f"r{number}") for number in range(4)]

    await asyncio.gather(*(replica.deadlines.fire() for replica in replicas))

    assert len(await place.journal()) == 30
    assert await place.count("deadlines") == 0


async def test_does_not_fire_before_its_time(place: Place) -> None:
    await remind(place, uuid4(), 60)

    assert await place.deadlines.fire() == 0
    assert await place.count("deadlines") == 1


async def test_what_only_a_newer_replica_knows_is_left_to_it(place: Place) -> None:
    """And keeps nobody else waiting."""
    await remind(place, uuid4(), -2, name="a bell of tomorrow")
    await remind(place, uuid4(), -1)

    assert await place.deadlines.fire() == 1

    assert len(await place.journal()) == 1
    assert await place.count("deadlines") == 1


class FastClock(datetime):
    """A replica's clock that runs a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Tomorrow."""
        return datetime.now(tz) + timedelta(days=1)


async def test_p16_deadlines_fall_due_by_mongodbs_clock(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas' clocks differ; the one that all share decides."""
    monkeypatch.setattr("chassis.errands.datetime", FastClock)
    await remind(place, uuid4(), 60)
    await remind(place, uuid4(), -1)

    assert await place.deadlines.fire() == 1
    assert await place.count("deadlines") == 1


def test_p4_a_deadlines_message_id_follows_from_aggregate_name_and_due() -> None:
    """So that it is one deadline however often it is asked for, and another when it is moved."""
    jar, due = uuid4(), now()

    assert deadline_id("bell", jar, due) == uuid5(jar, f"bell:{due.isoformat()}")
    others = {deadline_id("bell", jar, due + timedelta(milliseconds=1)), deadline_id("gong", jar, due)}
    assert len({deadline_id("bell", jar, due), deadline_id("bell", uuid4(), due), *others}) == 4


def test_p4_each_part_of_an_aggregate_has_deadlines_of_its_own() -> None:
    jar, due = uuid4(), now()

    ids = {deadline_id("bell", jar, due, part) for part in (None, "lid", "rim")}

    assert len(ids) == 3
    assert deadline_id("bell", jar, due, "lid") == deadline_id("bell", jar, due, "lid")


async def test_p4_what_a_deadline_causes_has_its_id_from_the_deadline(place: Place) -> None:
    jar = uuid4()
    await remind(place, jar, -1)
    [row] = await place.database.collection("deadlines").find({}).to_list(None)

    await place.deadlines.fire()

    [said] = await place.database.collection("outbox").find({}).to_list(None)
    assert said["_id"] == str(event_id(row["_id"], "jars", 0))


async def test_what_fails_is_tried_again_later_and_never_lost(place: Place, stage: Stage) -> None:
    await remind(place, uuid4(), -1)
    await stage.fail("insert", 1, errorCode=2)

    await place.deadlines.fire()

    row = await place.database.collection("deadlines").find_one({})
    assert row is not None
    assert row["tries"] == 1
    assert row["due"] > now() - timedelta(seconds=1)


async def test_p16_what_fails_is_put_off_by_mongodbs_clock_too(
    place: Place, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.errands.datetime", FastClock)
    await remind(place, uuid4(), -1)
    await stage.fail("insert", 1, errorCode=2)

    await place.deadlines.fire()

    row = await place.database.collection("deadlines").find_one({})
    assert row is not None
    assert row["tries"] == 1
    assert row["due"] < now() + timedelta(minutes=1)


class Slow:
    """A bell that must be looked for, and is not found before it is told to be."""

    def __init__(self) -> None:
        self.found = asyncio.Event()
        self.looked: list[UUID] = []

    async def look(self, errand: Errand, database: Database) -> str:
        """Look for it."""
        self.looked.append(errand.id)
        await self.found.wait()
        return "bell"


@pytest.fixture
async def slow(place: Place) -> AsyncIterator[Slow]:
    """What the errand `gong` waits for."""
    slow = Slow()
    errands = {**jars.errands, "gong": replace(jars.errands["bell"], before=slow.look)}
    for each in (place, place.replica("other")):
        each.deadlines = Deadlines(replace(jars, errands=errands), place.database, each.corridor)
        each.corridor.service = replace(jars, errands=errands)
    yield slow
    slow.found.set()


async def test_an_errand_that_looks_things_up_for_long_keeps_no_other_waiting(place: Place, slow: Slow) -> None:
    """P15: a ballot of a million papers is counted while others close on time."""
    await remind(place, uuid4(), -2, "gong")
    await remind(place, uuid4(), -1)

    await place.deadlines.fire()

    assert len(slow.looked) == 1
    assert [event.key for event in await place.journal()] == [await only(place, "bell")]


async def only(place: Place, thing: str) -> str:
    """The one jar with that in it."""
    [row] = await place.database.collection("jars").find({"things": thing}).to_list(None)
    return str(row["_id"])


async def test_what_takes_long_is_done_by_one_replica(
    place: Place, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it takes longer than it was claimed for."""
    monkeypatch.setattr("chassis.errands.CLAIM", 0.6)
    await remind(place, uuid4(), -1, "gong")
    [other] = place.replicas
    for each in (place, other) * 4:
        await each.deadlines.fire()
    assert len(slow.looked) == 1

    slow.found.set()

    async def done() -> bool:
        await asyncio.gather(place.deadlines.fire(), other.deadlines.fire())
        return await place.count("deadlines") == 0

    await eventually(done)
    assert len(await place.journal()) == 1


async def test_what_takes_long_is_taken_over_from_a_replica_that_died(
    place: Place, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.errands.CLAIM", 0.6)
    await remind(place, uuid4(), -1, "gong")
    running = asyncio.create_task(place.deadlines.run())

    async def begun() -> bool:
        return len(slow.looked) == 1

    await eventually(begun)
    running.cancel()
    await asyncio.wait([running])
    slow.found.set()
    [other] = place.replicas

    async def done() -> bool:
        await other.deadlines.fire()
        return await place.count("deadlines") == 0

    await eventually(done)
    assert (len(slow.looked), len(await place.journal())) == (2, 1)


async def test_looking_for_what_is_due_uses_the_index(place: Place) -> None:
    find = {"find": "deadlines", "filter": {"$expr": {"$lte": ["$due", "$$NOW"]}}, "sort": {"due": 1}, "limit": 256}

    plan = await place.database.command({"explain": find, "verbosity": "queryPlanner"})

    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
