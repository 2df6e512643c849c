"""The corridor: whatever a message asks is done once and wholly, or not at all (P1-P5, P10)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.attempt import Work
from chassis.outbox import fingerprint
from chassis.service import Handled
from chassis.work import Unknown, clamped
from contracts.access import ANY_MEMBER, TABLE
from contracts.messages import KeyReused
from contracts.topics import EVENTS
from deploy.local.process import Process
from tests.chassis.jars import (
    JARS,
    JarIsFull,
    Jars,
    JarWasLabelled,
    NoSuchLabel,
    PeelOff,
    PutIn,
    ThingWasPut,
    jars,
    put_in,
)
from tests.overheard import in_transaction, overhearing
from tests.stage import ANN, BOB, Place, Stage, member, now, said


@pytest.fixture
async def place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The jars."""
    for command in (PutIn, PeelOff):
        monkeypatch.setitem(TABLE, command, ANY_MEMBER)
    for event in (ThingWasPut, JarWasLabelled):
        monkeypatch.setitem(EVENTS, event.type(), event)
    return await stage.place(jars)


def work(command: PutIn) -> Work:
    """A command's place in a batch."""
    return Work(command, command.id, command.arrived, command.key)


async def keep_or_choke(command: PutIn, jars: Jars) -> list[ThingWasPut]:
    """As `put_in`, but "huge" is what MongoDB cannot hold: known only when it is written."""
    if command.thing == "huge":
        jars.staged["jars", command.jar_id] = {"_id": command.jar_id, "size": 2**70}
    return [] if command.thing == "huge" else await put_in(command, jars)


FUSSY = replace(jars, commands={PutIn: Handled(by=keep_or_choke)})


async def things(place: Place, jar: UUID) -> list[str]:
    """What is in a jar."""
    row = await place.database.collection("jars").find_one({"_id": jar})
    return [] if row is None else JARS.load(row).things


async def test_p1_a_batch_is_handled_in_the_order_of_arrival(place: Place) -> None:
    jar = uuid4()
    batch = [said(PutIn, jar_id=jar, thing=str(number)) for number in range(8)]

    await place.corridor.perform([work(command) for command in batch], 5)

    assert await things(place, jar) == [str(number) for number in range(8)]
    assert [event.version for event in await place.journal()] == list(range(1, 9))


async def test_p1_a_refusal_leaves_nothing_for_its_neighbours_to_save(place: Place) -> None:
    jar = uuid4()
    batch = [said(PutIn, jar_id=jar, thing=str(number)) for number in range(12)]

    outcomes = await place.corridor.perform([work(command) for command in batch], 5)

    assert [isinstance(outcome, JarIsFull) for outcome in outcomes] == [False] * 10 + [True] * 2
    assert len(await things(place, jar)) == 10


async def test_p1_a_fault_leaves_nothing_and_its_neighbours_are_done(place: Place) -> None:
    jar = uuid4()
    batch = [said(PutIn, jar_id=jar, thing=thing) for thing in ("salt", "bomb", "pepper")]

    outcomes = await place.corridor.perform([work(command) for command in batch], 5)

    assert isinstance(outcomes[1], ZeroDivisionError)
    assert await things(place, jar) == ["salt", "pepper"]


async def test_p1_a_twin_in_the_same_batch_gets_the_firsts_answer(place: Place) -> None:
    command = said(PutIn, jar_id=uuid4(), thing="salt")

    first, twin = await place.corridor.perform([work(command), work(command)], 5)

    assert first == twin
    assert len(await place.journal()) == 1


async def test_p1_no_answer_leaves_before_the_commit(place: Place, stage: Stage) -> None:
    """Not even a refusal: it may rest on what a neighbour did, which is not so until the commit."""
    jar = uuid4()
    commands = [said(PutIn, jar_id=jar, thing=str(number)) for number in range(11)]
    await stage.fail("commitTransaction", 1, blockConnection=True, blockTimeMS=400)

    answers = [asyncio.create_task(place.tell(command)) for command in commands]
    done, _ = await asyncio.wait(answers, timeout=0.25, return_when=asyncio.FIRST_COMPLETED)

    assert done == set()
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert isinstance(results[-1], JarIsFull)
    assert len(await things(place, jar)) == 10


@pytest.mark.parametrize(("size", "largest"), [(500, 256), (10_000, 100)])
async def test_p1_a_batch_has_at_most_256_messages_or_a_megabyte(place: Place, size: int, largest: int) -> None:
    sizes: list[int] = []
    attempt = place.corridor._attempt

    async def watched(part: list[Work], lane: int) -> object:
        sizes.append(len(part))
        return await attempt(part, lane)

    place.corridor._attempt = watched  # type: ignore[assignment,method-assign]
    commands = [said(PutIn, jar_id=uuid4(), thing="salt") for _ in range(260)]

    await asyncio.gather(*(place.corridor.tell(command, None, size) for command in commands))

    assert max(sizes) == largest
    assert sum(sizes) == 260


async def test_p1_a_batch_that_takes_too_long_is_given_up(
    place: Place, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction ends, so that what it locked does not stay locked."""
    monkeypatch.setattr("chassis.attempt.BATCH_SECONDS", 0.2)
    begun: list[int] = []

    async def dawdle(command: PutIn, jars: Jars) -> list[ThingWasPut]:
        begun.append(len(begun))
        if len(begun) == 1:
            await asyncio.Event().wait()
        return await put_in(command, jars)

    slow = await stage.place(replace(jars, commands={PutIn: Handled(by=dawdle)}))
    command = said(PutIn, jar_id=uuid4(), thing="salt")

    async with asyncio.timeout(3):
        await slow.tell(command)

    assert await things(place, command.jar_id) == ["salt"]
    assert len(begun) >= 2


async def test_p1_a_member_met_in_vain_is_met_again(place: Place, stage: Stage) -> None:
    """What an attempt learned counts for nothing until it has committed."""
    await stage.fail("commitTransaction", 1, errorCode=112, errorLabels=["TransientTransactionError"])

    await place.tell(said(PutIn, jar_id=uuid4(), thing="salt", by=BOB))

    assert await place.count("members") == 1


async def test_p2_a_handlers_fault_is_left_out_and_not_searched_for(place: Place) -> None:
    batch = [work(said(PutIn, jar_id=uuid4(), thing="bomb" if number == 3 else "salt")) for number in range(16)]
    attempts: list[int] = []
    attempt = place.corridor._attempt

    async def watched(part: list[Work], lane: int) -> object:
        attempts.append(len(part))
        return await attempt(part, lane)

    place.corridor._attempt = watched  # type: ignore[assignment,method-assign]
    outcomes = await place.corridor.perform(batch, 5)

    assert len(attempts) <= 2
    assert [isinstance(outcome, ZeroDivisionError) for outcome in outcomes] == [number == 3 for number in range(16)]


async def test_p2_what_mongodb_will_not_take_is_found_and_its_neighbours_are_done(place: Place, stage: Stage) -> None:
    """The commit does not say which message it was; halving finds it."""
    fussy = await stage.place(FUSSY)
    jars_named = [uuid4() for _ in range(7)]
    batch = [
        work(said(PutIn, jar_id=jar, thing="huge" if number == 4 else "salt")) for number, jar in enumerate(jars_named)
    ]

    outcomes = await fussy.corridor.perform(batch, 5)

    assert [isinstance(outcome, Exception) for outcome in outcomes] == [number == 4 for number in range(7)]
    assert [len(await things(place, jar)) for jar in jars_named] == [1, 1, 1, 1, 0, 1, 1]


async def test_p2_a_duplicate_in_the_outbox_is_looked_up_again(place: Place, stage: Stage) -> None:
    """Someone else has done it in the meantime, or is about to take it back; the next attempt sees which."""
    found = {"keyPattern": {"_id": 1}, "keyValue": {"_id": ""}}
    await stage.fail("insert", 1, errorCode=11000, errorExtraInfo=found)

    answer = await place.tell(said(PutIn, jar_id=uuid4(), thing="salt"))

    assert len(answer.events) == 1
    assert len(await place.journal()) == 1


async def test_p2_a_conflict_is_retried_from_an_empty_map(place: Place, stage: Stage) -> None:
    jar = uuid4()
    await stage.fail("commitTransaction", 3, errorCode=112, errorLabels=["TransientTransactionError"])

    await place.tell(said(PutIn, jar_id=jar, thing="salt"))

    assert await things(place, jar) == ["salt"]
    assert len(await place.journal()) == 1


async def test_p2_replicas_that_contend_lose_and_double_nothing(place: Place) -> None:
    replicas = [place.replica(f"r{number}") for number in range(4)]
    hot = uuid4()
    cold = [uuid4() for _ in range(20)]
    commands = [said(PutIn, jar_id=hot, thing=str(number)) for number in range(10)]
    commands += [said(PutIn, jar_id=jar, thing="salt") for jar in cold]

    await asyncio.gather(*(replicas[n % 4].tell(command) for n, command in enumerate(commands)))

    assert sorted(await things(place, hot), key=int) == [str(number) for number in range(10)]
    assert [len(await things(place, jar)) for jar in cold] == [1] * 20
    versions = [
        event.version for event in await place.journal() if isinstance(event, ThingWasPut) and event.jar_id == hot
    ]
    assert versions == list(range(1, 11))


async def test_p2_after_the_second_conflict_the_contended_wait_apart(place: Place, stage: Stage) -> None:
    """The batch is split by key: each part commits by itself, so the cold need not wait for the hot."""
    jars_named = [uuid4() for _ in range(4)]
    batch = [work(said(PutIn, jar_id=jar, thing=thing)) for jar in jars_named for thing in ("salt", "pepper")]
    sizes: list[int] = []
    attempt = place.corridor._attempt

    async def watched(part: list[Work], lane: int) -> object:
        sizes.append(len(part))
        return await attempt(part, lane)

    place.corridor._attempt = watched  # type: ignore[assignment,method-assign]
    await stage.fail("commitTransaction", 2, errorCode=112, errorLabels=["TransientTransactionError"])

    await place.corridor.perform(batch, 5)

    assert sizes[:3] == [8, 8, 4]
    assert [await things(place, jar) for jar in jars_named] == [["salt", "pepper"]] * 4


async def test_p2_the_order_of_a_key_outlives_splits_and_conflicts(place: Place, stage: Stage) -> None:
    hot, cold = uuid4(), uuid4()
    batch = [work(said(PutIn, jar_id=jar, thing=str(number))) for number in range(8) for jar in (hot, cold)]
    batch[5] = work(said(PutIn, jar_id=uuid4(), thing="huge"))
    await stage.fail("commitTransaction", 7, errorCode=112, errorLabels=["TransientTransactionError"])

    await (await stage.place(FUSSY)).corridor.perform(batch, 5)

    assert await things(place, hot) == [str(number) for number in range(8)]
    assert await things(place, cold) == [str(number) for number in range(8) if number != 2]


async def test_p2_a_cancelled_request_does_not_cancel_its_batch(place: Place, stage: Stage) -> None:
    jar = uuid4()
    await stage.fail("commitTransaction", 1, blockConnection=True, blockTimeMS=200)
    caller = asyncio.create_task(place.tell(said(PutIn, jar_id=jar, thing="salt")))
    neighbour = asyncio.create_task(place.tell(said(PutIn, jar_id=jar, thing="pepper")))
    await asyncio.sleep(0.05)

    caller.cancel()

    async with asyncio.timeout(5):
        assert len((await neighbour).events) == 1
    assert await things(place, jar) == ["salt", "pepper"]


async def test_p3_a_message_repeated_is_answered_as_the_first_time(place: Place) -> None:
    command = said(PutIn, jar_id=uuid4(), thing="salt")

    first = await place.tell(command)
    again = await place.replica("other").tell(command)

    assert first == again
    assert len(first.events) == 1
    assert len(await place.journal()) == 1


async def test_p3_a_message_that_changed_nothing_leaves_a_receipt(place: Place) -> None:
    """Without one it would run again when repeated late, and overwrite what came after it."""
    jar = uuid4()
    await place.tell(said(PutIn, jar_id=jar, thing="salt"))
    nothing_new = said(PutIn, jar_id=jar, thing="salt")
    await place.tell(nothing_new)
    await place.database.collection("jars").delete_one({"_id": jar})

    await place.tell(nothing_new)

    assert await things(place, jar) == []
    assert await place.count("receipts") == 1


async def test_p3_a_refusal_is_not_remembered(place: Place) -> None:
    jar = uuid4()
    for number in range(10):
        await place.tell(said(PutIn, jar_id=jar, thing=str(number)))
    command = said(PutIn, jar_id=jar, thing="one more")
    with pytest.raises(JarIsFull):
        await place.tell(command)
    await place.database.collection("jars").delete_one({"_id": jar})

    await place.tell(command)

    assert await things(place, jar) == ["one more"]


async def test_p3_two_replicas_doing_the_same_message_at_once_do_it_once(place: Place) -> None:
    command = said(PutIn, jar_id=uuid4(), thing="salt")
    replicas = [place.replica(f"r{number}") for number in range(4)]

    answers = await asyncio.gather(*(replica.tell(command) for replica in replicas))

    assert len({answer.events[0].id for answer in answers}) == 1
    assert len(await place.journal()) == 1


async def test_p3_what_is_done_is_looked_up_in_the_snapshot_that_the_handlers_see(
    place: Place, mongod: tuple[Process, str]
) -> None:
    """A twin committed between the look and the snapshot would look like nothing to do, and be answered so."""
    with overhearing(place, mongod[1]) as (listened, heard):
        await listened.tell(said(PutIn, jar_id=uuid4(), thing="salt"))
        await listened.corridor.drain()

        for collection in ("outbox", "receipts"):
            looks = [command for command in heard.of(collection) if command in heard.reads]
            assert looks
            assert all(in_transaction(look) for look in looks)


async def test_p4_twins_that_ask_for_different_things_are_told_apart(place: Place) -> None:
    jar = uuid4()
    command = said(PutIn, jar_id=jar, thing="salt")
    twin = command.model_copy(update={"thing": "pepper"})

    outcomes = await place.corridor.perform([work(command), work(twin)], 5)

    assert isinstance(outcomes[1], KeyReused)
    assert await things(place, jar) == ["salt"]


async def test_p4_what_changed_nothing_is_told_apart_too(place: Place) -> None:
    jar = uuid4()
    await place.tell(said(PutIn, jar_id=jar, thing="salt"))
    nothing_new = said(PutIn, jar_id=jar, thing="salt")
    assert (await place.tell(nothing_new)).events == ()
    assert (await place.tell(nothing_new)).events == ()

    with pytest.raises(KeyReused):
        await place.tell(nothing_new.model_copy(update={"thing": "pepper"}))


async def test_p4_the_same_request_may_come_again_later(place: Place) -> None:
    """When it arrived and through whom is no part of what it asks."""
    command = said(PutIn, jar_id=uuid4(), thing="salt")
    first = await place.tell(command)

    later = command.model_copy(update={"arrived": now() + timedelta(seconds=9), "acted_by": ANN.id})

    assert await place.tell(later) == first


def test_p4_a_fingerprint_tells_kinds_apart() -> None:
    """Two commands with the same fields ask for different things."""
    fields: dict[str, Any] = {"id": uuid4(), "jar_id": uuid4(), "thing": "salt"}

    assert fingerprint(said(PutIn, **fields)) != fingerprint(said(PeelOff, **fields))


async def test_p4_other_input_under_the_same_key_is_refused(place: Place) -> None:
    jar = uuid4()
    command = said(PutIn, jar_id=jar, thing="salt")
    await place.tell(command)

    with pytest.raises(KeyReused):
        await place.tell(command.model_copy(update={"thing": "pepper"}))

    assert await things(place, jar) == ["salt"]


async def test_p5_a_commit_that_may_or_may_not_have_been_kept_is_found_out(place: Place, stage: Stage) -> None:
    jar = uuid4()
    await stage.fail("commitTransaction", 3, closeConnection=True)

    answer = await place.tell(said(PutIn, jar_id=jar, thing="salt"))

    assert len(answer.events) == 1
    assert await things(place, jar) == ["salt"]


async def test_p5_when_mongodb_stays_away_the_answer_is_unknown_and_never_refused(place: Place, stage: Stage) -> None:
    command = said(PutIn, jar_id=uuid4(), thing="salt")
    await stage.fail("find", 10_000, errorCode=262)
    try:
        [outcome] = await place.corridor.perform([work(command)], patience=0.2)
    finally:
        await stage.fail("find", 0)

    assert isinstance(outcome, Unknown)
    assert len((await place.tell(command)).events) == 1


async def test_p10_an_early_command_waits_for_what_another_street_is_about_to_say(place: Place) -> None:
    jar = uuid4()
    early = asyncio.create_task(place.tell(said(PeelOff, jar_id=jar, thing="stamp")))
    await asyncio.sleep(0.1)

    await place.hear(JarWasLabelled(jar_id=jar, thing="spices", version=1))

    async with asyncio.timeout(1):  # at once, and not when its patience ends
        assert len((await early).events) == 1


async def test_p10_after_two_seconds_it_is_refused(place: Place) -> None:
    began = asyncio.get_running_loop().time()

    with pytest.raises(NoSuchLabel):
        await place.tell(said(PeelOff, jar_id=uuid4(), thing="stamp"))

    assert 1.9 < asyncio.get_running_loop().time() - began < 4


async def test_p10_commands_of_one_key_keep_their_order_while_they_wait(place: Place) -> None:
    jar = uuid4()
    first = asyncio.create_task(place.tell(said(PeelOff, jar_id=jar, thing="first")))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(place.tell(said(PutIn, jar_id=jar, thing="second")))
    await asyncio.sleep(0.1)

    await place.hear(JarWasLabelled(jar_id=jar, thing="spices", version=1))
    await asyncio.gather(first, second)

    assert await things(place, jar) == ["first", "second"]


async def test_a_member_is_kept_as_last_met(place: Place) -> None:
    await place.tell(said(PutIn, jar_id=uuid4(), thing="salt", by=BOB))
    await place.tell(said(PutIn, jar_id=uuid4(), thing="salt", by=BOB.model_copy(update={"name": "Robert"})))
    await place.tell(said(PutIn, jar_id=uuid4(), thing="salt", by=member("zoe")))

    rows = await place.database.collection("members").find({}).to_list(None)

    assert {row["name"] for row in rows} == {"Robert", "Zoe"}


def test_p16_an_arrival_is_believed_within_five_seconds() -> None:
    at = now()
    assert (at - clamped(at.replace(year=2020), at)).total_seconds() == 5
    assert clamped(at.replace(year=2040), at) == at


async def test_p10_what_follows_an_early_command_of_its_key_in_the_same_batch_waits_too(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    jar = uuid4()
    first = asyncio.create_task(place.tell(said(PeelOff, jar_id=jar, thing="first")))
    second = asyncio.create_task(place.tell(said(PutIn, jar_id=jar, thing="second")))
    stranger = await place.tell(said(PutIn, jar_id=uuid4(), thing="salt"))
    assert stranger.events
    await place.hear(JarWasLabelled(jar_id=uuid4(), thing="another", version=1))
    assert not second.done()

    await place.hear(JarWasLabelled(jar_id=jar, thing="spices", version=1))
    await asyncio.gather(first, second)

    assert await things(place, jar) == ["first", "second"]
    assert "HeldBack" not in caplog.text  # to wait is no fault


async def test_p10_what_waited_behind_a_command_that_is_refused_is_done(place: Place) -> None:
    jar = uuid4()
    first = asyncio.create_task(place.tell(said(PeelOff, jar_id=jar, thing="first")))
    second = asyncio.create_task(place.tell(said(PutIn, jar_id=jar, thing="second")))

    with pytest.raises(NoSuchLabel):
        await first

    async with asyncio.timeout(1):
        assert (await second).events
