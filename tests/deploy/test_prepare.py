"""The start-up job: topics from the declared list, and a broker that forgot everything filled again (P21, P22)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import InvalidReplicationFactorError
from bson import Timestamp

from chassis.aside import HELD, Aside
from chassis.attempt import HEARD
from chassis.kafka import Heard, Publisher, connection, heard, tail
from chassis.kept import Document
from chassis.lease import LEASES
from chassis.listener import Listener
from chassis.mongo import Database
from chassis.outbox import rows
from chassis.relay import MARGIN, RELAY
from chassis.settings import Settings
from contracts.ideas import ChallengeOpened
from contracts.messages import Event
from contracts.responses import JoinersChanged
from contracts.strategy import GoalSet
from contracts.topics import EVENTS, TOPICS, Topic
from contracts.voting import BallotOpened, TallyChanged
from deploy import prepare as job
from deploy.declared import SERVICES, dead_topics
from deploy.local.addresses import HOST
from deploy.local.broker import embedded_broker
from gateway.live import LiveFeed
from services.responses.app import responses
from services.voting.app import voting
from tests.chassis.jars import PutIn
from tests.conftest import free_port, running
from tests.contracts.examples import example_of
from tests.kafka import all_on, make_topics
from tests.stage import Stage, now, said

NOON = 1_800_000_000
SHORT_LIVED = (TallyChanged.topic, JoinersChanged.topic)
GOALS = next(topic for topic in TOPICS if topic.name == GoalSet.topic)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the broker's program is kept between tests."""
    return tmp_path_factory.mktemp("brokers")


@pytest.fixture
async def settings(mongod: tuple[Any, str], program: Path) -> AsyncIterator[Settings]:
    """A broker that has just been started and knows nothing."""
    port = free_port()
    async with running(embedded_broker(program, port, program / "log")):
        yield Settings(mongo_url=mongod[1], kafka_url=f"{HOST}:{port}", kafka_idempotence=False)


@pytest.fixture
async def databases(settings: Settings) -> AsyncIterator[dict[str, Database]]:
    """The services' databases, under names of the test's own."""
    async with Stage(settings) as stage:
        places = [await stage.place(service) for service in SERVICES]
        yield {place.service.name: place.database for place in places}


async def partitions(settings: Settings) -> dict[str, int]:
    """How many partitions each topic of the broker has."""
    admin = AIOKafkaAdminClient(**connection(settings))
    await admin.start()
    try:
        told = await admin.describe_topics(await admin.list_topics())
        return {topic["topic"]: len(topic["partitions"]) for topic in told}
    finally:
        await admin.close()


async def remember(database: Database, event: Event, second: int) -> str:
    """An event in the outbox, recorded at this second; its id."""
    command = said(PutIn, jar_id=uuid4(), thing="x")
    [row], _ = rows(command, command.id, now(), event.service(), [event], None)
    await database.collection("outbox").insert_one({**row, "recorded": Timestamp(second, 1)})
    return str(row["_id"])


def goal_set(goal_id: UUID | None = None) -> GoalSet:
    """A goal's first event."""
    event = example_of(GoalSet.type()).model_copy(update={"goal_id": goal_id or uuid4()})
    assert isinstance(event, GoalSet)
    return event


async def has_heard(database: Database, seconds: dict[int, int] | int, topic: Topic = GOALS) -> None:
    """A group has heard this topic's partitions up to these seconds."""
    if isinstance(seconds, int):
        seconds = dict.fromkeys(range(topic.partitions), seconds)
    saved: list[Document] = [
        {"_id": f"{topic.name}:{number}", "recorded": Timestamp(second, 1)} for number, second in seconds.items()
    ]
    await database.collection(HEARD).insert_many(saved)


async def refilled(settings: Settings, databases: dict[str, Database], topic: Topic = GOALS) -> list[ConsumerRecord]:
    """What is on a topic once the broker was filled again."""
    await job.make_topics(settings, TOPICS)
    await job.refill(settings, databases)
    return await all_on(settings, topic.name, topic.partitions)


def ids_of(records: Iterable[ConsumerRecord]) -> set[str]:
    """The ids of the events."""
    return {str(heard(record).id) for record in records}


# -- topics -----------------------------------------------------------------------------------------------------------


async def test_p22_every_declared_topic_is_made_and_one_beside_each_that_is_heard(settings: Settings) -> None:
    await job.make_topics(settings, [*TOPICS, *dead_topics()])

    made = await partitions(settings)
    assert made == {topic.name: topic.partitions for topic in [*TOPICS, *dead_topics()]}
    assert {event.topic for event in EVENTS.values()} <= made.keys()
    assert "voting.tallies.ideas.dead" in made
    hearing = {f"{topic}.{service.name}.dead" for service in SERVICES for topic in service.hears()}
    assert hearing <= made.keys()


def test_p22_topics_that_carry_state_are_kept_for_ever_and_never_compacted() -> None:
    for topic in [*TOPICS, *dead_topics()]:
        kept = job._new(topic, 1).topic_configs
        assert kept["cleanup.policy"] == "delete"
        assert kept["retention.ms"] == ("86400000" if topic.name in SHORT_LIVED else "-1")


async def test_p22_the_partitions_of_a_living_topic_are_never_changed_but_told(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await make_topics(settings, GOALS.name, partitions=3)

    await job.make_topics(settings, TOPICS)
    await job.make_topics(settings, TOPICS)

    made = await partitions(settings)
    assert made[GOALS.name] == 3
    assert made.keys() == {topic.name for topic in TOPICS}
    told = [record.getMessage() for record in caplog.records if record.name == job.__name__]
    assert len(told) == 2
    assert all(f"Topic {GOALS.name} has 3 partitions where 12 are declared" in each for each in told)


async def test_a_topic_that_can_not_be_made_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(admin: AIOKafkaAdminClient, topics: Any) -> Any:
        return SimpleNamespace(topic_errors=[(GOALS.name, InvalidReplicationFactorError.errno, "one broker")])

    monkeypatch.setattr(AIOKafkaAdminClient, "create_topics", refused)
    with pytest.raises(InvalidReplicationFactorError):
        await job.make_topics(settings, TOPICS)


# -- refilling --------------------------------------------------------------------------------------------------------


async def test_p21_a_refill_begins_at_the_oldest_moment_heard_less_the_margin(
    settings: Settings, databases: dict[str, Database]
) -> None:
    margin = int(MARGIN.total_seconds())
    await remember(databases["strategy"], goal_set(), NOON - margin - 5)
    within = await remember(databases["strategy"], goal_set(), NOON - margin + 5)
    unheard = await remember(databases["strategy"], goal_set(), NOON + 500)
    await has_heard(databases["voting"], dict.fromkeys(range(12), NOON + 900) | {3: NOON})
    for others in ("ideas", "responses"):
        await has_heard(databases[others], NOON + 900)

    records = await refilled(settings, databases)

    assert ids_of(records) == {within, unheard}


@pytest.mark.parametrize("missing", ["a partition", "a group"])
async def test_p21_what_some_group_has_not_heard_of_at_all_is_said_from_the_beginning(
    settings: Settings, databases: dict[str, Database], missing: str
) -> None:
    first = await remember(databases["strategy"], goal_set(), NOON - 100_000)
    await has_heard(databases["ideas"], NOON)
    if missing == "a partition":
        await has_heard(databases["voting"], dict.fromkeys(range(11), NOON))

    assert ids_of(await refilled(settings, databases)) == {first}


async def told(database: Database, until: int, whole: bool = True, **newest: int) -> None:
    """A relay has come this far, and has said these last, by partition (`of_3`)."""
    said = {f"goals:{name.removeprefix('of_')}": Timestamp(second, 1) for name, second in newest.items()}
    state = {"_id": RELAY, "recorded": Timestamp(until, 1), "told": said | ({"whole": True} if whole else {})}
    await database.collection(LEASES).insert_one(state)


async def test_p21_a_partition_on_which_nothing_new_was_said_keeps_no_refill_back(
    settings: Settings, databases: dict[str, Database]
) -> None:
    """Few keys never reach most partitions, and a quiet one was last heard long ago: neither has anything unheard."""
    await remember(databases["strategy"], goal_set(), NOON - 100_000)
    late = await remember(databases["strategy"], goal_set(), NOON + 10)
    await told(databases["strategy"], NOON, of_3=NOON - 100_000, of_4=NOON)
    for group in ("ideas", "voting", "responses"):
        await has_heard(databases[group], {3: NOON - 100_000, 4: NOON})

    assert ids_of(await refilled(settings, databases)) == {late}


@pytest.mark.parametrize("whole", [True, False])
async def test_p21_what_a_relay_said_last_and_a_group_has_not_heard_is_said_again(
    settings: Settings, databases: dict[str, Database], whole: bool
) -> None:
    """And everything is, where the relay does not know of all there ever was."""
    first = await remember(databases["strategy"], goal_set(), NOON - 100_000)
    unheard = await remember(databases["strategy"], goal_set(), NOON - 50_000)
    await told(databases["strategy"], NOON, whole, of_3=NOON - 50_000)
    await has_heard(databases["ideas"], {3: NOON - 60_000})
    await has_heard(databases["voting"], {3: NOON - 50_000})
    await has_heard(databases["responses"], {3: NOON - 50_000})

    assert ids_of(await refilled(settings, databases)) == ({unheard} if whole else {first, unheard})


async def test_p21_what_was_set_aside_has_not_been_heard(settings: Settings, databases: dict[str, Database]) -> None:
    """Its topic is as empty as all others; its key would wait for ever."""
    goal = goal_set()
    waiting = await remember(databases["strategy"], goal, NOON - 100_000)
    for group in ("ideas", "voting"):
        await has_heard(databases[group], NOON)
    [record] = await refilled(settings, {**databases, "ideas": databases["responses"]})
    publisher = Publisher(settings)
    await job.make_topics(settings, dead_topics())
    aside = Aside(databases["ideas"], "ideas", publisher)
    await aside.put(record, await aside.held([record]), "torn", 3)
    await publisher.drop()

    assert await job._unheard(GOALS, databases) < Timestamp(NOON - 100_000, 0)
    [held] = await databases["ideas"].collection(HELD).find({}).to_list(None)
    assert held["waiting"] == [waiting]


async def test_p21_replayed_events_are_marked_and_keep_the_order_recorded(
    settings: Settings, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "PART", 4)
    goal_id = uuid4()
    said_in_order = [await remember(databases["strategy"], goal_set(goal_id), NOON + n) for n in range(10)]

    records = await refilled(settings, databases)

    assert [str(heard(record).id) for record in records] == said_in_order
    assert all(heard(record).replayed for record in records)
    assert [heard(record).recorded for record in records] == [f"{NOON + n}.1" for n in range(10)]


async def test_p21_screens_skip_what_is_replayed(
    settings: Settings, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveFeed()
    pushed: list[Any] = []
    monkeypatch.setattr(live, "push", pushed.append)
    await job.make_topics(settings, TOPICS)
    batches = tail(settings, [GOALS.name])
    assert await anext(batches) == []
    await remember(databases["strategy"], goal_set(), NOON)
    await job.refill(settings, databases)
    [fact] = await asyncio.wait_for(anext(batches), 5)
    assert isinstance(fact, Heard)
    assert fact.replayed

    async def once() -> AsyncIterator[list[Any]]:
        yield [fact, SimpleNamespace(replayed=False, event="news")]

    await live.follow(once())
    await batches.aclose()  # type: ignore[attr-defined]

    assert pushed == ["news"]


async def test_p21_receipts_make_a_refill_harmless(settings: Settings, databases: dict[str, Database]) -> None:
    topic = next(topic for topic in TOPICS if topic.name == ChallengeOpened.topic)
    challenge = example_of(ChallengeOpened.type()).model_copy(update={"votes_until": None})
    await remember(databases["ideas"], challenge, NOON)
    async with Stage(settings) as stage:
        place = await stage.place(voting)
        dead_letters = Publisher(settings)
        listener = Listener(voting, place.corridor, Aside(place.database, "voting", dead_letters), settings)
        for _ in range(2):
            await listener.take(await refilled(settings, databases, topic))

        assert [type(event) for event in await place.journal()] == [BallotOpened]
        assert await place.count(HELD) == 0
        [origin] = await place.database.collection(HEARD).find({}).to_list(None)
        assert origin["recorded"] == Timestamp(NOON, 1)
        await dead_letters.drop()


async def test_p21_a_refill_that_was_cut_short_is_done_again_and_a_living_broker_is_left_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    async def refill(settings: Settings, databases: dict[str, Database]) -> int:
        tries.append("refill")
        if len(tries) == 1:
            raise ConnectionError("killed")
        return 0

    monkeypatch.setattr(job, "refill", refill)
    monkeypatch.setattr(job, "Database", lambda client, name: Database(client, f"prepare_{name}"))
    with pytest.raises(ConnectionError):
        await job.prepare(settings)

    await job.prepare(settings)
    await job.prepare(settings)

    assert tries == ["refill", "refill"]


# -- keeping ----------------------------------------------------------------------------------------------------------


def test_p22_only_counts_carry_an_expiry_and_none_stands_for_a_receipt() -> None:
    command = said(PutIn, jar_id=uuid4(), thing="x")
    expiring = set()
    for kind, event in EVENTS.items():
        [row], _ = rows(command, command.id, now(), event.service(), [example_of(kind)], None)
        if "expires" in row:
            expiring.add(event)
            assert (row["expires"] - row["at"]).total_seconds() == event.kept_for_seconds
    assert expiring == {TallyChanged, JoinersChanged}
    assert not voting.errands["tally"].receipt
    assert not responses.errands["joiners"].receipt


async def test_p22_nothing_else_in_the_outbox_is_ever_deleted(databases: dict[str, Database]) -> None:
    for database in databases.values():
        outbox = await database.collection("outbox").index_information()
        receipts = await database.collection("receipts").index_information()
        expiring = {index["key"][0][0] for index in outbox.values() if "expireAfterSeconds" in index}
        assert expiring == {"expires"}
        assert not [index for index in receipts.values() if "expireAfterSeconds" in index]
