"""Hearing from others: what fails by itself is set aside with its key; what fails for want of a server waits."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaConnectionError
from pymongo.errors import AutoReconnect

from chassis import listener as rooms
from chassis.aside import REDRIVEN
from chassis.kafka import Publisher, Record, header
from chassis.session import Conflict, Unavailable
from contracts.topics import EVENTS, dead_letters
from tests.chassis.hearing import Hearing, Troubles, ids, labelled, new_jar, received, service_of, spoiled
from tests.chassis.jars import JarWasLabelled
from tests.eventually import eventually
from tests.kafka import make_topics
from tests.stage import Stage


@pytest.fixture
async def hearing(street: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hearing]:
    """A group on a topic of its own."""
    name = f"j{uuid4().hex[:8]}"
    topic = f"jars.{name}"
    monkeypatch.setattr(JarWasLabelled, "topic", topic)
    monkeypatch.setitem(EVENTS, JarWasLabelled.type(), JarWasLabelled)
    monkeypatch.setattr(rooms, "FIRST_REST", 0.01)
    await make_topics(street.settings, topic, dead_letters(topic, name))
    troubles = Troubles(set(), set(), set(), [])
    hearing = Hearing(await street.place(service_of(name, troubles)), street, troubles, topic)
    yield hearing
    await hearing.hush()
    await hearing.publisher.drop()
    await hearing.dead_letters.drop()


# -- what is an attempt, and what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("commitTransaction", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        ("commitTransaction", {"errorCode": 262, "errorLabels": ["UnknownTransactionCommitResult"]}),
        ("find", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        ("find", {"closeConnection": True}),
    ],
    ids=["conflict", "time-out", "conflict while reading", "connection"],
)
async def test_p6_trouble_with_mongodb_is_no_attempt(
    hearing: Hearing, command: str, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes more often than the driver tries by itself, and a single attempt is allowed."""
    jar = new_jar()
    monkeypatch.setattr(rooms, "ATTEMPTS", 1)
    await hearing.stage.fail(command, 3, **how)

    await hearing.hear(labelled(jar, "spices"))

    assert await hearing.label_of(jar) == "spices"
    assert await hearing.aside() == []


@pytest.mark.parametrize("trouble", [AutoReconnect("gone"), Unavailable("gone"), Conflict("first"), TimeoutError()])
async def test_p6_trouble_while_a_handler_reads_is_no_attempt(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    jar = new_jar()
    monkeypatch.setattr(rooms, "ATTEMPTS", 1)
    hearing.troubles.away += [trouble] * 4

    await hearing.take(labelled(jar, "spices"))

    assert await hearing.label_of(jar) == "spices"
    assert await hearing.aside() == []


async def test_p6_a_batch_that_waits_for_a_server_is_told_and_not_taken_for_a_stuck_consumer(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing.listener, "_lag", lambda: {"somewhere:0": 1})
    told: list[str | None] = []
    stuck: list[bool] = []

    async def take(records: Any) -> None:
        hearing.listener._progress = 0.0
        stuck.append(hearing.listener._is_stuck())
        told.append(hearing.listener._pause)
        if len(told) < 3:
            raise ConnectionError("nobody answers")

    monkeypatch.setattr(hearing.listener, "take", take)
    hearing.listener._progress = 0.0
    assert hearing.listener._is_stuck()

    await hearing.hear(labelled(new_jar(), "spices"))

    assert stuck == [False] * 3
    assert told == [None, *["ConnectionError: nobody answers"] * 2]
    assert hearing.listener._pause is None


async def test_p6_a_broker_that_takes_no_set_aside_message_is_no_attempt(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar, other = new_jar(), new_jar()
    round_, failures = hearing.dead_letters.round, iter(range(4))

    async def failing(records: Any) -> int:
        if next(failures, None) is not None:
            raise KafkaConnectionError("the broker is away")
        return await round_(records)

    monkeypatch.setattr(hearing.dead_letters, "round", failing)
    hearing.troubles.faulty.add("bad")

    await hearing.hear(labelled(jar, "bad"), labelled(other, "fine"))

    assert len(await hearing.aside()) == 1
    assert await hearing.label_of(other) == "fine"


async def test_p6_a_handlers_fault_is_set_aside_after_three_attempts_with_its_story(hearing: Hearing) -> None:
    hearing.troubles.faulty.add("bad")
    record = labelled(new_jar(), "bad")

    await hearing.take(record)

    [dead] = await hearing.aside()
    assert (dead.key, dead.value) == (record.key, record.value)
    assert header(dead, "aside_reason") == "LabelIsTorn: it is torn"
    assert header(dead, "aside_attempts") == "3"
    assert (header(dead, "aside_topic"), header(dead, "aside_offset")) == (hearing.topic, "0")
    assert set(record.headers) <= set(dead.headers)


async def test_p6_a_fault_that_passes_by_itself_sets_nothing_aside(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = new_jar()
    hearing.troubles.faulty.add("shaky")
    react, tries = hearing.place.corridor.react, iter(range(2))

    async def mending(works: Any) -> Any:
        if next(tries, None) is None:
            hearing.troubles.faulty.clear()
        return await react(works)

    monkeypatch.setattr(hearing.place.corridor, "react", mending)
    await hearing.take(labelled(jar, "shaky"))

    assert await hearing.label_of(jar) == "shaky"
    assert await hearing.aside() == []


async def test_p6_a_refusal_out_of_a_reaction_is_a_fault(hearing: Hearing) -> None:
    hearing.troubles.refused.add("never")
    await hearing.take(labelled(new_jar(), "never"))
    assert [header(dead, "aside_attempts") for dead in await hearing.aside()] == ["3"]


async def test_p6_what_can_not_be_kept_is_a_fault_and_its_neighbours_are_done(hearing: Hearing) -> None:
    """The driver refuses it while the batch is written, in words of its own."""
    jar, others = new_jar(), [new_jar() for _ in range(4)]
    hearing.troubles.unkeepable.add("huge")

    await hearing.take(labelled(jar, "huge"), *(labelled(other, "fine") for other in others))

    assert [await hearing.label_of(other) for other in others] == ["fine"] * 4
    assert len(await hearing.aside()) == 1


async def test_p6_what_can_not_be_read_is_set_aside_at_once(hearing: Hearing) -> None:
    await hearing.take(spoiled(labelled(new_jar(), "spices")))
    assert [header(dead, "aside_attempts") for dead in await hearing.aside()] == ["1"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-26T09:00:00"])
async def test_p6_a_time_that_is_no_moment_is_set_aside_and_its_neighbours_are_done(
    hearing: Hearing, time: str
) -> None:
    """One without a zone is another moment for every reader; the others have no UTC."""
    jar, odd = new_jar(), labelled(new_jar(), "odd")
    headers = [(name, time.encode() if name == "ce_time" else value) for name, value in odd.headers]

    await hearing.take(spoiled(odd, headers, odd.value), labelled(jar, "fine"))

    assert len(await hearing.aside()) == 1
    assert await hearing.label_of(jar) == "fine"


async def test_p6_kinds_that_nobody_reacts_to_are_skipped(hearing: Hearing) -> None:
    jar = new_jar()
    unknown = [
        (name, b"org.folkmoot.jars.JarWasSold.v1" if name == "ce_type" else value)
        for name, value in labelled(jar, "x").headers
    ]

    await hearing.take(spoiled(labelled(jar, "x"), unknown), labelled(jar, "spices"))

    assert await hearing.label_of(jar) == "spices"
    assert await hearing.aside() == []


async def test_p6_a_strange_header_costs_no_neighbour_its_delivery(hearing: Hearing) -> None:
    jar, odd = new_jar(), labelled(new_jar(), "odd")
    strange: list[tuple[str, Any]] = [("note", b"\xff\xfe"), ("note", None), ("recorded", b"lately")]
    await hearing.say(
        labelled(jar, "first"),
        *(spoiled(odd, [pair for pair in odd.headers if pair[0] != each[0]] + [each], odd.value) for each in strange),
        labelled(jar, "last"),
    )

    hearing.listen()

    await hearing.wears(jar, "last")
    assert await hearing.labels_put(jar) == ["first", "last"]


# -- setting aside by key ---------------------------------------------------------------------------------------------


async def test_p7_later_messages_of_a_key_follow_it_aside_and_other_keys_move_on(hearing: Hearing) -> None:
    jar, other = new_jar(), new_jar()
    hearing.troubles.faulty.add("bad")
    bad, later, last = labelled(jar, "bad"), labelled(jar, "later"), labelled(jar, "last")

    await hearing.take(bad, labelled(other, "one"))
    await hearing.take(later, labelled(other, "two"))
    await hearing.take(last)

    assert await hearing.labels_put(jar) == []
    assert await hearing.labels_put(other) == ["one", "two"]
    dead = await hearing.aside()
    assert ids(dead) == ids([bad, later, last])
    assert {record.key for record in dead} == {bad.key}
    assert len({record.partition for record in dead}) == 1


async def test_p7_within_a_batch_a_failing_message_holds_back_its_key(hearing: Hearing) -> None:
    jar, other = new_jar(), new_jar()
    hearing.troubles.faulty.add("bad")
    batch = [labelled(jar, "before"), labelled(jar, "bad"), labelled(other, "fine"), labelled(jar, "after")]

    await hearing.take(*batch)

    assert await hearing.labels_put(jar) == ["before"]
    assert await hearing.labels_put(other) == ["fine"]
    dead = await hearing.aside()
    assert ids(dead) == ids([batch[1], batch[3]])
    assert [header(record, "aside_attempts") for record in dead] == ["3", "0"]


async def test_p7_within_a_batch_a_message_that_can_not_be_read_holds_back_its_key(hearing: Hearing) -> None:
    jar, other = new_jar(), new_jar()
    batch = [spoiled(labelled(jar, "torn")), labelled(jar, "after"), labelled(other, "fine")]

    await hearing.take(*batch)

    assert await hearing.labels_put(jar) == []
    assert await hearing.labels_put(other) == ["fine"]
    assert ids(await hearing.aside()) == ids(batch[:2])


async def test_p7_a_key_is_held_back_too_where_the_batch_had_to_be_halved(hearing: Hearing) -> None:
    jar, other = new_jar(), new_jar()
    hearing.troubles.unkeepable.add("huge")
    batch = [labelled(jar, "huge"), labelled(other, "fine"), labelled(jar, "after"), labelled(jar, "last")]

    await hearing.take(*batch)

    assert await hearing.labels_put(jar) == []
    assert await hearing.labels_put(other) == ["fine"]
    assert ids(await hearing.aside()) == ids([batch[0], *batch[2:]])


async def test_p7_what_is_set_aside_for_two_reasons_keeps_its_order(hearing: Hearing) -> None:
    jar = new_jar()
    hearing.troubles.faulty.add("bad")
    batch = [labelled(jar, "bad"), spoiled(labelled(jar, "torn")), labelled(jar, "after")]

    await hearing.take(*batch)

    assert ids(await hearing.aside()) == ids(batch)


async def test_p7_redriven_messages_are_done_in_order_and_free_their_key(hearing: Hearing) -> None:
    jar = new_jar()
    hearing.troubles.faulty.add("bad")
    await hearing.say(*(labelled(jar, text) for text in ("bad", "b", "c")))
    await hearing.hear_all()
    assert await hearing.labels_put(jar) == []

    hearing.troubles.faulty.clear()
    assert await hearing.redrive() == 3
    await hearing.hear_all()

    assert await hearing.labels_put(jar) == ["bad", "b", "c"]
    assert await hearing.held() == 0
    assert await hearing.redrive() == 0
    await hearing.take(labelled(jar, "d"))
    assert await hearing.labels_put(jar) == ["bad", "b", "c", "d"]


async def test_p7_a_redriven_message_that_fails_again_keeps_its_key_waiting(hearing: Hearing) -> None:
    jar = new_jar()
    hearing.troubles.faulty.add("bad")
    await hearing.say(labelled(jar, "bad"), labelled(jar, "b"))
    await hearing.hear_all()

    assert await hearing.redrive() == 2
    await hearing.hear_all()

    again = await hearing.aside()
    assert ids(again[2:]) == ids(again[:2])
    assert await hearing.labels_put(jar) == []
    hearing.troubles.faulty.clear()
    assert await hearing.redrive() == 2
    await hearing.hear_all()
    assert await hearing.labels_put(jar) == ["bad", "b"]
    assert await hearing.held() == 0


async def test_p7_a_redrive_ends_though_what_it_puts_back_fails_again(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing.troubles.faulty.add("bad")
    await hearing.take(labelled(new_jar(), "bad"))
    round_ = Publisher.round

    async def failing_again(publisher: Publisher, records: Any) -> int:
        taken = await round_(publisher, records)
        if not records[0].topic.endswith(".dead"):
            await hearing.take(*records[:taken])
        return taken

    monkeypatch.setattr(Publisher, "round", failing_again)

    assert await hearing.redrive() == 1
    assert len(await hearing.aside()) == 2


def redriven(dead: ConsumerRecord, group: str) -> Record:
    """A set-aside record as the redrive puts it back."""
    kept = [pair for pair in dead.headers if pair[0] not in ("aside_reason", "aside_attempts")]
    return Record(dead.topic.removesuffix(f".{group}.dead"), dead.key, dead.value, [*kept, (REDRIVEN, group.encode())])


async def test_p7_a_message_without_an_id_is_known_again_however_often_it_is_put_back(hearing: Hearing) -> None:
    group = hearing.place.service.name
    nameless = spoiled(labelled(new_jar(), "x"), headers=[])
    await hearing.listener.take([received(nameless, offset=4)])
    for offset in (17, 23):
        dead = (await hearing.aside())[-1]
        await hearing.listener.take([received(redriven(dead, group), offset)])

    dead = await hearing.aside()

    assert [header(record, "aside_offset") for record in dead] == ["4", "4", "4"]
    [held] = await hearing.place.database.collection("held").find({}).to_list(None)
    assert held["waiting"] == ["0:4"]


async def test_p7_what_is_redriven_for_one_group_is_not_for_another(hearing: Hearing) -> None:
    jar = new_jar()
    record = labelled(jar, "not for us")
    theirs = Record(record.topic, record.key, record.value, [*record.headers, (REDRIVEN, b"somebody-else")])

    await hearing.take(theirs)

    assert await hearing.label_of(jar) is None
    assert await hearing.aside() == []


async def test_p7_a_later_message_does_not_pass_one_that_is_on_its_way_back(hearing: Hearing) -> None:
    jar, group = new_jar(), hearing.place.service.name
    hearing.troubles.faulty.add("bad")
    await hearing.take(labelled(jar, "bad"), labelled(jar, "b"))
    first, second = await hearing.aside()
    hearing.troubles.faulty.clear()

    await hearing.take(redriven(second, group))  # its turn has not come
    await hearing.take(labelled(jar, "live"), redriven(first, group))

    assert await hearing.labels_put(jar) == ["bad"]
    assert ids((await hearing.aside())[2:])[0] == ids([second])[0]


async def test_p7_a_redriven_message_that_nobody_reacts_to_any_more_frees_its_key(hearing: Hearing) -> None:
    jar, group = new_jar(), hearing.place.service.name
    hearing.troubles.faulty.add("bad")
    await hearing.take(labelled(jar, "bad"))
    [dead] = await hearing.aside()
    hearing.listener._kinds.clear()

    await hearing.take(redriven(dead, group))

    assert await hearing.held() == 0


async def test_p7_nothing_overtakes_where_the_process_dies_between_hold_and_publish(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process is gone."""

    async def die(records: Any) -> int:
        raise Killed

    jar = new_jar()
    hearing.troubles.faulty.add("bad")
    bad, later = labelled(jar, "bad"), labelled(jar, "later")
    with monkeypatch.context() as patched:
        patched.setattr(hearing.dead_letters, "round", die)
        with pytest.raises(Killed):
            await hearing.take(bad)
    assert await hearing.aside() == []

    hearing.troubles.faulty.clear()
    hearing.restarted()
    await hearing.take(bad, later)

    assert ids(await hearing.aside()) == ids([bad, later])
    assert await hearing.labels_put(jar) == []


# -- at least once ----------------------------------------------------------------------------------------------------


async def test_p1_offsets_are_stored_after_the_commit_and_not_before(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies in the middle of a batch leaves it to the next; and a new group hears from the beginning."""
    jar, worn_by_then = new_jar(), []
    commit = AIOKafkaConsumer.commit

    async def noting(consumer: AIOKafkaConsumer) -> None:
        worn_by_then.append(await hearing.label_of(jar))
        await commit(consumer)

    async def stored() -> bool:
        return bool(worn_by_then)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", noting)
    await hearing.say(labelled(jar, "spices"))

    hearing.listen()
    await eventually(stored, within=20)

    assert worn_by_then[0] == "spices"


async def test_p3_a_message_that_comes_twice_is_done_once(hearing: Hearing) -> None:
    jar = new_jar()
    record = labelled(jar, "spices")
    await hearing.take(record, record)
    await hearing.take(record)
    assert await hearing.labels_put(jar) == ["spices"]
