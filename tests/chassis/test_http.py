"""The door for requests: batches in, answers out in the same order, and nothing told that should not be (P5, P16)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

import orjson
import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from starlette.applications import Starlette

from chassis import health, http
from chassis.health import Health
from chassis.mongo import Database
from chassis.trust import Door, Signer, new_keys
from contracts.access import ANY_MEMBER, STRATEGISTS, TABLE
from contracts.messages import Command, Done, Member, Query
from contracts.topics import EVENTS
from tests.chassis.jars import JARS, Jars, JarWasLabelled, PeelOff, PutIn, ThingWasPut, jars
from tests.conftest import free_port
from tests.eventually import eventually
from tests.stage import ANN, BOB, Place, Stage, now, said

PRIVATE, PUBLIC = new_keys()
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


class ThingsIn(Query):
    """What is in a jar."""

    answer: ClassVar[Any] = list[str]
    jar_id: UUID


async def things_in(query: ThingsIn, store: Jars) -> list[str]:
    """What is in a jar; a bomb goes off when it is looked at."""
    jar = await store.read(JARS, query.jar_id)
    things = jar.things if jar else []
    if "pandora" in things:
        raise ZeroDivisionError("it went off")
    return things


open_jars = replace(jars, queries={ThingsIn: things_in})


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    type: str = ""
    body: bytes = b""

    def read(self) -> Any:
        """Its JSON."""
        return orjson.loads(self.body)


@dataclass
class Desk:
    """A door to knock at, as the gateway does."""

    place: Place
    health: Health
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        door = Door("jars", PUBLIC)
        place = self.place
        routes = http.HttpDoor(place.service, place.database, place.corridor, self.health, door).routes()
        self.app = Starlette(routes=routes)

    async def knock(self, path: str, body: bytes | None = None, token: str | None = "") -> Answer:
        """One request, straight into the application; GET without a body, in parts of 1 kB with one."""
        authorization = Signer(PRIVATE).sign_for("jars") if token == "" else token
        headers = [] if authorization is None else [(b"authorization", authorization.encode())]
        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": b"",
            "headers": headers,
        }
        parts = [(body or b"")[at : at + 1000] for at in range(0, max(len(body or b""), 1), 1000)]
        answer = Answer()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.type = dict(message["headers"]).get(b"content-type", b"").decode()
            else:
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer

    async def tell(self, *commands: Any) -> Any:
        """The answers to commands."""
        return (await self.knock("/commands", listed(commands))).read()

    async def ask(self, *queries: Any) -> Any:
        """The answers to queries."""
        return (await self.knock("/queries", listed(queries))).read()


def listed(items: Any) -> bytes:
    """Messages as the gateway sends them; what is no message goes as it is."""
    return orjson.dumps([enclosed(each) if isinstance(each, (Command, Query)) else each for each in items])


def enclosed(message: Command | Query, trace: Any = None) -> dict[str, Any]:
    """A message on the wire."""
    told = {"kind": type(message).__name__, "data": message.model_dump(mode="json")}
    return told | ({"traceparent": trace} if trace is not None else {})


def put(jar: UUID, thing: str, by: Member = BOB, **fields: Any) -> PutIn:
    """A command."""
    return said(PutIn, by, jar_id=jar, thing=thing, **fields)


@pytest.fixture
async def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The jars behind their door."""
    for message in (PutIn, PeelOff, ThingsIn):
        monkeypatch.setitem(TABLE, message, ANY_MEMBER)
    for event in (ThingWasPut, JarWasLabelled):
        monkeypatch.setitem(EVENTS, event.type(), event)
    place = await stage.place(open_jars)
    ready = Health(place.database)
    ready.doors_open = True
    return Desk(place, ready)


@pytest.fixture
async def away() -> AsyncIterator[Database]:
    """A MongoDB that is not there."""
    url = f"mongodb://127.0.0.1:{free_port()}"
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, serverSelectionTimeoutMS=100)
    yield Database(client, "jars")
    client.close()


# -- batches ----------------------------------------------------------------------------------------------------------


async def test_commands_are_answered_each_in_its_place(desk: Desk) -> None:
    jar = uuid4()
    things = [*"abcdefghij", "one too many", "a"]

    answers = await desk.tell(*(put(jar, thing) for thing in things))

    assert [next(iter(answer)) for answer in answers] == ["done"] * 10 + ["problem", "done"]
    assert [answer["done"]["events"][0]["version"] for answer in answers[:10]] == list(range(1, 11))
    assert answers[11]["done"]["events"] == []
    [event] = answers[0]["done"]["events"]
    assert (event["kind"], event["key"]) == ("ThingWasPut", str(jar))


async def test_queries_are_answered_each_in_its_place(desk: Desk) -> None:
    full, empty = uuid4(), uuid4()
    await desk.tell(put(full, "salt"))

    answers = await desk.ask(*(ThingsIn(viewer=BOB, jar_id=jar) for jar in (empty, full, empty)))

    assert answers == [{"answer": []}, {"answer": ["salt"]}, {"answer": []}]


async def test_a_whole_batch_of_256_goes_in_and_one_more_does_not(desk: Desk) -> None:
    batch = [put(uuid4(), "salt") for _ in range(257)]

    assert (await desk.knock("/commands", listed(batch))).status == 400
    assert await desk.place.count("jars") == 0
    assert len(await desk.tell(*batch[:256])) == 256


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff", b"{}", b'"a"', b"null", b"[]", b"[" * 2000])
@pytest.mark.parametrize("path", ["/commands", "/queries"])
async def test_what_is_no_list_of_messages_is_a_bad_request(desk: Desk, path: str, body: bytes) -> None:
    answer = await desk.knock(path, body)

    assert (answer.status, answer.type) == (400, "application/problem+json")
    assert (answer.read()["title"], answer.read()["status"]) == ("NotAList", 400)


async def test_a_body_too_large_is_refused_before_it_is_read_to_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 5000)
    jar = uuid4()

    answer = await desk.knock("/commands", listed([put(jar, "x" * 6000)]))

    assert (answer.status, answer.read()["title"]) == (413, "TooLarge")
    assert (await desk.tell(put(jar, "x" * 4000)))[0]["done"]


# -- who is let in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "Bearer nonsense", Signer(PRIVATE).sign_for("voting")])
@pytest.mark.parametrize("path", ["/commands", "/queries"])
async def test_only_the_gateway_is_let_in(desk: Desk, path: str, token: str | None) -> None:
    answer = await desk.knock(path, listed([put(uuid4(), "salt")]), token)

    assert (answer.status, answer.type) == (401, "application/problem+json")
    assert answer.read()["title"] == "NotTheGateway"
    assert await desk.place.count("jars") == 0


async def test_who_may_not_is_refused_at_this_door_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for message in (PutIn, ThingsIn):
        monkeypatch.setitem(TABLE, message, STRATEGISTS)

    [bob, ann] = await desk.tell(put(uuid4(), "salt", BOB), put(uuid4(), "salt", ANN))
    [visitor] = await desk.ask(ThingsIn(viewer=None, jar_id=uuid4()))

    assert (bob["problem"]["title"], bob["problem"]["status"]) == ("RoleIsMissing", 403)
    assert ann["done"]["events"]
    assert (visitor["problem"]["title"], visitor["problem"]["status"]) == ("SignInFirst", 403)


# -- problems ---------------------------------------------------------------------------------------------------------


async def test_a_refusal_is_a_problem_with_each_of_its_pieces(desk: Desk) -> None:
    jar = uuid4()
    answers = await desk.tell(*(put(jar, str(number)) for number in range(11)))

    problem = answers[10]["problem"]

    assert problem == {
        "type": "about:blank",
        "title": "JarIsFull",
        "status": 409,
        "detail": "The jar is full.",
        "errors": [{"code": "JarIsFull", "message": "The jar is full.", "path": [], "retryable": False}],
    }


@pytest.mark.parametrize(
    "item",
    [{"kind": "Juggle", "data": {}}, {"kind": ["PutIn"]}, {"kind": 5}, {}, 5, None, "PutIn", [], {"kind": "ThingsIn"}],
)
async def test_what_is_not_known_here_is_named_so_and_its_neighbours_are_done(desk: Desk, item: Any) -> None:
    [wrong, right] = await desk.tell(item, put(uuid4(), "salt"))

    assert (wrong["problem"]["title"], wrong["problem"]["status"]) == ("NoSuchKind", 422)
    assert right["done"]["events"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"thing": None}, ["thing"]),
        ({"jar_id": "x"}, ["jar_id"]),
        ({"member": {"id": str(uuid4()), "name": "Bob", "audience": "neighbour"}}, ["member", "audience"]),
        ({"arrived": "yesterday"}, ["arrived"]),
        ({"arrived": "2026-03-01T12:00:00"}, ["arrived"]),
        ({"arrived": "0001-01-01T00:00:00+14:00"}, []),
    ],
)
async def test_a_field_that_is_missing_or_wrong_is_named(desk: Desk, change: dict[str, Any], path: list[str]) -> None:
    item = enclosed(put(uuid4(), "salt"))
    item["data"] |= change

    [answer, neighbour] = await desk.tell(item, put(uuid4(), "salt"))

    assert (answer["problem"]["title"], answer["problem"]["status"]) == ("Malformed", 422)
    assert answer["problem"]["errors"][0]["path"] == path
    assert neighbour["done"]


async def test_data_that_is_left_out_is_malformed(desk: Desk) -> None:
    [answer] = await desk.tell({"kind": "PutIn"})

    assert answer["problem"]["title"] == "Malformed"


@pytest.mark.parametrize("trace", ["", "garbage", 5, [], {"a": 1}, "00-" + "0" * 32 + "-b7ad6b7169203331-00"])
async def test_a_garbled_trace_harms_nobody(desk: Desk, trace: Any) -> None:
    jar = uuid4()

    [fault, done] = await desk.tell(enclosed(put(jar, "bomb"), trace), enclosed(put(jar, "salt"), trace))
    [answer] = await desk.ask(enclosed(ThingsIn(viewer=BOB, jar_id=jar), trace))

    assert fault["problem"]["status"] == 500
    assert "trace" not in fault["problem"]
    assert done["done"]
    assert answer["answer"] == ["salt"]


async def test_a_fault_is_masked_told_with_its_trace_and_logged_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    jar = uuid4()
    [fault, done] = await desk.tell(enclosed(put(jar, "bomb"), TRACE), put(jar, "pandora"))
    told_by_command = [record for record in caplog.records if record.levelno >= logging.ERROR]
    caplog.clear()
    [query] = await desk.ask(enclosed(ThingsIn(viewer=BOB, jar_id=jar), TRACE))
    told_by_query = [record for record in caplog.records if record.levelno >= logging.ERROR]

    assert done["done"]
    for answer, told in ((fault, told_by_command), (query, told_by_query)):
        assert answer["problem"] == {
            "type": "about:blank",
            "title": "Fault",
            "status": 500,
            "detail": "Something went wrong on our side.",
            "trace": "0af7651916cd43dd8448eb211c80319c",
        }
        [record] = told
        assert record.exc_info is not None
        assert record.exc_info[0] is ZeroDivisionError
        assert cast(Any, record).traceparent == TRACE


async def test_an_answer_that_cannot_be_written_is_a_fault_that_is_logged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Unwritable:
        def dump_json(self, found: Any) -> bytes:
            raise ZeroDivisionError

    monkeypatch.setattr(http, "_answers", lambda kind: Unwritable())

    [answer] = await desk.ask(ThingsIn(viewer=BOB, jar_id=uuid4()))

    assert answer["problem"]["status"] == 500
    assert "ThingsIn failed" in caplog.text


# -- what goes first --------------------------------------------------------------------------------------------------


async def test_until_a_command_is_answered_what_can_wait_is_told_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    corridor = desk.place.corridor
    held: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(corridor, "line_up", lambda commands, size: [held])
    telling = asyncio.create_task(desk.tell(put(uuid4(), "a")))

    async def under_way() -> bool:
        return corridor.calm.is_broken

    await eventually(under_way)
    held.set_result(Done())
    await telling

    assert not corridor.calm.is_broken


# -- when it takes too long -------------------------------------------------------------------------------------------


async def test_p5_no_answer_in_time_is_unknown_and_the_same_again_tells_what_became_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = put(uuid4(), "salt")
    let = asyncio.Event()
    attempt = desk.place.corridor._attempt

    async def slow(part: Any, lane: int) -> Any:
        await let.wait()
        return await attempt(part, lane)

    monkeypatch.setattr(desk.place.corridor, "_attempt", slow)
    monkeypatch.setattr(http, "TIME_OUT", 0.05)
    [answer] = await desk.tell(command)
    let.set()
    monkeypatch.setattr(http, "TIME_OUT", 9.5)
    [again] = await desk.tell(command)

    assert (answer["problem"]["title"], answer["problem"]["status"]) == ("Unknown", 504)
    assert again["done"]["events"]
    assert len(await desk.place.journal()) == 1


async def test_a_query_without_mongodb_is_unknown_and_no_fault(desk: Desk, away: Database) -> None:
    lost = Desk(Place(open_jars, away), desk.health)

    [answer] = await lost.ask(ThingsIn(viewer=BOB, jar_id=uuid4()))

    assert answer["problem"]["status"] == 504


# -- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "earliest"), [(-1, -5.0), (0, 0.0), (1, 0.0)])
async def test_p16_an_arrival_is_believed_within_five_seconds_and_never_ahead(
    desk: Desk, hours: int, earliest: float
) -> None:
    began = now()
    await desk.tell(put(uuid4(), "salt", arrived=began + timedelta(hours=hours)))
    ended = now()

    [row] = await desk.place.database.collection("outbox").find({}).to_list(None)

    at: datetime = row["at"]
    assert began + timedelta(seconds=earliest) <= at <= ended + timedelta(seconds=earliest if hours < 0 else 0)


# -- health -----------------------------------------------------------------------------------------------------------


async def test_ready_is_green_while_the_doors_are_open_and_mongodb_answers(desk: Desk) -> None:
    assert (await desk.knock("/health/ready")).status == 200
    desk.health.doors_open = False
    assert (await desk.knock("/health/ready")).status == 503


async def test_ready_is_red_when_mongodb_is_away(desk: Desk, away: Database) -> None:
    lost = Health(away)
    lost.doors_open = True

    assert (await Desk(desk.place, lost).knock("/health/ready")).status == 503


async def test_a_process_lives_whatever_is_away(desk: Desk, away: Database) -> None:
    """Or a cluster would restart every process because MongoDB is away."""
    assert (await Desk(desk.place, Health(away)).knock("/health/live")).status == 200


async def test_ready_is_red_when_mongodb_hangs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        async def answers(self) -> bool:
            await asyncio.Event().wait()
            return True

    monkeypatch.setattr(health, "PATIENCE", 0.05)
    lost = Health(cast(Database, Hanging()))
    lost.doors_open = True

    async with asyncio.timeout(1):
        assert (await Desk(desk.place, lost).knock("/health/ready")).status == 503


async def test_people_are_told_the_whole_story(desk: Desk) -> None:
    async def relay() -> dict[str, Any]:
        return {"leads": True}

    desk.health.parts = {"relay": relay, "listener": lambda: {"lag": 3}}

    answer = await desk.knock("/health")

    told = {"ready": True, "doors_open": True, "relay": {"leads": True}, "listener": {"lag": 3}}
    assert answer.read() == told
