"""The relay: whatever was committed is said, in order, by whichever replica leads (P12, P18-P20)."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from bson import Timestamp
from pymongo.write_concern import WriteConcern

from chassis import calm
from chassis import lease as leases
from chassis import relay as rooms
from chassis.changes import Changes
from chassis.kafka import Publisher, Record, heard
from chassis.kept import Document
from chassis.lease import Lease, LeaseIsLost
from chassis.recorded import moment_of
from chassis.relay import Relay
from contracts.messages import Event
from tests.chassis.jars import ThingWasPut
from tests.chassis.relaying import Relaying, contended
from tests.eventually import eventually
from tests.kafka import all_on

# -- order ------------------------------------------------------------------------------------------------------------


async def test_p12_first_copies_come_in_the_order_of_their_versions(relaying: Relaying) -> None:
    relaying.relay()
    one, other = uuid4(), uuid4()

    await asyncio.gather(relaying.put(one, *"abcdefgh"), relaying.put(other, *"abcdefgh"))

    assert await relaying.first_copies(16) == {one: list(range(1, 9)), other: list(range(1, 9))}


async def test_p18_the_order_recorded_is_the_order_of_each_aggregate_under_many_replicas(relaying: Relaying) -> None:
    named = await contended(relaying)

    journal = [event for event in await relaying.place.journal() if isinstance(event, ThingWasPut)]

    for jar in named:
        assert [event.version for event in journal if event.jar_id == jar] == list(range(1, 9))
    rows = await relaying.place.database.collection("outbox").find({}).to_list(None)
    moments = {row["recorded"] for row in rows}
    assert len(moments) == len(rows)
    assert Timestamp(0, 0) not in moments


async def test_p18_a_sweep_says_everything_in_the_order_recorded(relaying: Relaying) -> None:
    """The documents' own order says nothing: their ids are hashes."""
    named = await contended(relaying)

    relaying.relay()

    assert await relaying.first_copies(32) == {jar: list(range(1, 9)) for jar in named}
    recorded = [row["recorded"] for row in relaying.told]
    assert len(recorded) == 32
    assert recorded == sorted(recorded)


# -- following --------------------------------------------------------------------------------------------------------


async def test_commands_under_way_go_first(relaying: Relaying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "PATIENCE", 60)
    under_way: list[bool] = []

    class Watched(Publisher):
        """A publisher that notes what it takes the time of."""

        async def round(self, records: Sequence[Record]) -> int:
            """Notes whether commands were under way, and publishes."""
            under_way.append(relaying.place.corridor.calm.is_broken)
            return await super().round(records)

    relaying.relay(publisher=Watched(relaying.stage.settings))
    first, *later = (uuid4() for _ in range(11))
    await relaying.put(first, "a")
    await relaying.first_copies(1)

    with relaying.place.corridor.calm.broken():
        for jar in later:
            await relaying.put(jar, "a", "b")

    assert await relaying.first_copies(21) == {first: [1]} | {jar: [1, 2] for jar in later}
    assert not any(under_way)


async def test_p19_what_a_relay_held_back_when_it_ended_the_next_one_says(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar, read, following = uuid4(), asyncio.Event(), Changes.next

    async def noting(changes: Changes) -> list[Document]:
        rows = await following(changes)
        if any(row["aggregateid"] == str(jar) for row in rows):
            read.set()
        return rows

    async def held_back(_: calm.Calm) -> None:
        if read.is_set():
            await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Changes, "next", noting)
        patched.setattr(calm.Calm, "wait", held_back)
        relaying.relay("first")
        await relaying.saved()
        await relaying.put(jar, "a")
        async with asyncio.timeout(10):
            await read.wait()
        ended = await relaying.kill("first")
        assert await relaying.published() == []
        await ended.hand_over()
    relaying.relay("second")

    assert await relaying.first_copies(1) == {jar: [1]}


async def test_a_stream_of_commands_holds_events_back_for_a_moment_only(relaying: Relaying) -> None:
    relaying.relay()
    jar = uuid4()

    with relaying.place.corridor.calm.broken():
        await relaying.put(jar, *"abc")

        assert await relaying.first_copies(3) == {jar: [1, 2, 3]}


async def test_p19_the_place_is_saved_while_nothing_happens(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a busy neighbour would push it out of MongoDB's history."""
    monkeypatch.setattr(rooms, "IDLE_SAVE", 0.05)
    relaying.relay()
    before = (await relaying.saved())["token"]

    async def moved_on() -> bool:
        await relaying.place.database.collection("neighbour").insert_one({})
        return bool((await relaying.state())["token"] != before)

    await eventually(moved_on)
    assert "recorded" not in await relaying.state()


async def test_p21_the_newest_moment_said_is_saved_for_each_partition_since_ever(relaying: Relaying) -> None:
    """So a refill knows of every partition whether a group has heard all of it."""
    jars = [uuid4() for _ in range(6)]
    for jar in jars:
        await relaying.put(jar, "first")
    relaying.relay()
    await relaying.first_copies(6)
    await relaying.put(jars[0], "second")

    async def told() -> bool:
        said, newest = (await relaying.state()).get("told", {}), await _newest_of_each(relaying)
        return bool(said.get("whole")) and {name: at for name, at in said.items() if name != "whole"} == newest

    await eventually(told)


async def _newest_of_each(relaying: Relaying) -> dict[str, Timestamp]:
    """What lies last on each partition."""
    topic = ThingWasPut.topic
    newest: dict[str, Timestamp] = {}
    for record in await all_on(relaying.stage.settings, topic):
        at = heard(record).recorded
        assert at is not None
        newest[rooms.told_on(topic, record.partition)] = moment_of(at)
    return newest


async def test_p21_who_began_in_the_midst_does_not_claim_to_know_all_there_ever_was(relaying: Relaying) -> None:
    """A lease from before this was saved: whatever was said until then is not among it."""
    lease = {"_id": "relay", "recorded": Timestamp(1_000_000_000, 1), "holder": None}
    await relaying.place.database.collection(leases.LEASES).insert_one(lease)
    relaying.relay()
    await relaying.put(uuid4(), "a")

    async def told() -> bool:
        return bool((await relaying.state()).get("told"))

    await eventually(told)
    assert "whole" not in (await relaying.state())["told"]


async def test_p19_a_relay_goes_on_where_it_stopped(relaying: Relaying) -> None:
    jar = uuid4()
    relaying.relay()
    await relaying.saved()  # what is committed while the relay first sweeps may be said twice (P19)
    await relaying.put(jar, "a", "b")
    await relaying.first_copies(2)
    await relaying_saved_at(relaying, 2)
    await relaying.kill("first")
    await relaying.put(jar, "c", "d")

    relaying.relay()

    assert await relaying.first_copies(4) == {jar: [1, 2, 3, 4]}
    assert [event.version for event in await relaying.published()] == [1, 2, 3, 4]


async def relaying_saved_at(relaying: Relaying, version: int) -> None:
    """Wait until the event of this version is behind the saved place."""
    rows = await relaying.place.database.collection("outbox").find({}, sort=[("recorded", 1)]).to_list(None)

    async def behind() -> bool:
        return bool((await relaying.state()).get("recorded") == rows[version - 1]["recorded"])

    await eventually(behind)


async def test_p19_what_was_said_after_the_history_was_lost_is_swept_up(relaying: Relaying) -> None:
    jar = uuid4()
    relaying.relay()
    await relaying.put(jar, "a", "b")
    await relaying_saved_at(relaying, 2)
    await relaying.kill("first")
    await relaying.put(jar, "c", "d")
    await relaying.forget_history()

    relaying.relay()
    await relaying.first_copies(4)
    await relaying.put(jar, "e")

    assert await relaying.first_copies(5) == {jar: [1, 2, 3, 4, 5]}


async def test_p19_a_sweep_goes_back_no_further_than_twice_a_transactions_life(relaying: Relaying) -> None:
    old, young = uuid4(), uuid4()
    relaying.relay()
    await relaying.put(old, "a")
    await relaying.first_copies(1)
    await relaying_saved_at(relaying, 1)
    await relaying.kill("first")
    outbox = relaying.place.database.collection("outbox")
    row = await outbox.find_one({}) or {}
    long_ago = Timestamp(row["recorded"].time - 3600, 0)
    await outbox.update_one({"_id": row["_id"]}, {"$set": {"recorded": long_ago}})
    within = Timestamp(row["recorded"].time - 100, 0)
    await outbox.insert_one({**row, "_id": str(uuid4()), "recorded": within})
    await relaying.put(young, "b")
    await relaying.forget_history()
    relaying.told.clear()

    relaying.relay()
    await relaying.first_copies(2)

    async def told() -> bool:
        return len(relaying.told) > 0

    await eventually(told)
    assert relaying.told[0]["recorded"] == within
    assert long_ago not in [row["recorded"] for row in relaying.told]


async def test_p19_nothing_falls_between_the_sweep_and_the_stream(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = uuid4()
    await relaying.put(jar, "swept")
    sweep = Relay._sweep

    async def sweep_then_more(relay: Relay, recorded: Any, changes: Changes) -> Any:
        last = await sweep(relay, recorded, changes)
        await relaying.put(jar, "committed right after")
        return last

    monkeypatch.setattr(Relay, "_sweep", sweep_then_more)
    relaying.relay()

    assert await relaying.first_copies(2) == {jar: [1, 2]}


async def test_p19_nor_does_what_no_majority_had_when_the_stream_began(relaying: Relaying) -> None:
    """Such a write is before the stream's beginning; a sweep that does not wait for it would not see it either."""
    database = relaying.place.database
    outbox = database.collection("outbox").with_options(write_concern=WriteConcern(1))

    async def swept() -> list[Document]:
        changes = await Changes.follow(database, "outbox", None)
        rows = await database.collection("outbox").find({}, session=changes.session).to_list(None)
        found = rows or await changes.next()
        await changes.end()
        return found

    async with relaying.stage.nothing_reaches_the_disk():
        await outbox.insert_one({"_id": "in between"})
        sweeping = asyncio.create_task(swept())
        await asyncio.wait([sweeping], timeout=0.5)

    assert [row["_id"] for row in await sweeping] == ["in between"]


async def test_p19_a_stream_that_breaks_is_opened_anew(relaying: Relaying) -> None:
    jar = uuid4()
    relaying.relay()
    await relaying.put(jar, "a")
    await relaying.first_copies(1)
    await relaying.stage.fail("getMore", 1, errorCode=286)

    await relaying.put(jar, "b", "c")

    assert await relaying.first_copies(3) == {jar: [1, 2, 3]}


# -- leading ----------------------------------------------------------------------------------------------------------


async def test_p19_another_replica_takes_over_within_seconds_and_nothing_is_lost(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "SECONDS", 0.6)
    jar, loop = uuid4(), asyncio.get_running_loop()
    leader = relaying.relay("first")
    await relaying.put(jar, "a", "b")
    await relaying.first_copies(2)
    assert leader.told()["leads"]
    other = relaying.relay("second")
    writing = asyncio.create_task(relaying.put(jar, *"cdefghij"))

    await relaying.kill("first")
    since = loop.time()
    await writing
    versions = await relaying.first_copies(10)

    assert versions == {jar: list(range(1, 11))}
    assert loop.time() - since < 5
    assert other.told()["leads"]


async def test_p19_one_that_hands_over_is_followed_at_once(relaying: Relaying) -> None:
    """Though a lease lasts six seconds."""
    first, second = (Lease(relaying.place.database, "relay", name) for name in ("first", "second"))
    assert await first.take()
    assert not await second.take()

    await first.release()

    await eventually(second.take, within=1)
    assert not first.held


async def test_p20_a_relay_that_was_stopped_for_too_long_says_nothing_more(
    relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "SECONDS", 0.2)
    frozen, other = (Lease(relaying.place.database, "relay", name) for name in ("frozen", "other"))
    await frozen.take()
    await eventually(other.take)

    with pytest.raises(LeaseIsLost):
        frozen.must_be_held()
    with pytest.raises(LeaseIsLost):
        await frozen.save({"token": "stale"})
    assert "token" not in await other.state()


async def test_p18_events_are_told_as_they_were_written(relaying: Relaying) -> None:
    jar = uuid4()
    relaying.relay()
    await relaying.put(jar, "a")
    await relaying.first_copies(1)

    told = {event.model_dump_json() for event in await relaying.published()}  # maybe more than once

    written: list[Event] = await relaying.place.journal()
    assert told == {event.model_dump_json() for event in written}
