"""Subscriptions: what is true now, and then again whenever it changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import orjson
import pytest
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketState
from strawberry.http.exceptions import WebSocketDisconnected

from contracts.ideas import ShortlistingStarted
from contracts.voting import BallotClosed, Counts, Position, TallyChanged
from gateway.nodes import global_id
from gateway.streams import Sockets
from tests.eventually import eventually
from tests.gateway.conftest import ANN, House, News, house_with, token
from tests.gateway.test_pages import challenge
from tests.gateway.test_voting import BALLOT, BALLOT_DATA

OPTION, OTHER = uuid4(), uuid4()
WATCH = "subscription W($id: ID!) { tallyChanged(ballotId: $id) { version turnout counts { optionId support } } }"


def told(version: int, counts: Counts | None) -> dict[str, Any]:
    data = {"ballot_id": str(BALLOT), "version": version, "turnout": version, "counts": None}
    if counts is not None:
        data["counts"] = {str(option): of for option, of in counts.items()}
    return {"answer": [data]}


def moved(version: int, option: UUID = OPTION, replayed: bool = False) -> list[News]:
    counts = {option: {Position.AGREE: version}}
    return [News(TallyChanged(version=version, ballot_id=BALLOT, turnout=version, counts=counts), replayed)]


def shown(house: House, version: int = 5, counts: Counts | None = None, publication: str = "always") -> None:
    ballot = {**BALLOT_DATA, "terms": {"publication": publication}}
    house.voting.answers["BallotsNamed"] = lambda data: {"answer": [ballot]}
    house.voting.answers["TalliesOf"] = lambda data: told(version, counts)


class Screen:
    """A browser that watches by server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> dict[str, Any]:
        """The next payload; `{}` at the end."""
        async with asyncio.timeout(5):
            while line := await self.response.content.readline():
                if line.startswith(b"event: complete"):
                    return {}
                if line.startswith(b"data: "):
                    return dict(orjson.loads(line[6:]))
        return {}


@asynccontextmanager
async def watching(
    house: House, query: str = WATCH, id: str | None = None, by: str | None = ANN
) -> AsyncIterator[Screen]:
    headers = {"accept": "text/event-stream"} | ({"authorization": by} if by else {})
    body = {"query": query, "variables": {"id": id or global_id("Ballot", BALLOT)}}
    async with house.browser.post("/graphql", json=body, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        yield Screen(response)


def seen(version: int, option: UUID = OPTION, support: int | None = None) -> dict[str, Any]:
    counts = [{"optionId": global_id("Idea", option), "support": version if support is None else support}]
    return {"data": {"tallyChanged": {"version": version, "turnout": version, "counts": counts}}}


async def test_a_screen_is_shown_what_is_true_and_then_what_moves(house: House) -> None:
    shown(house, 5, {OPTION: {Position.AGREE: 5}})
    async with watching(house) as screen:
        assert await screen.next() == seen(5)

        house.topics.put_nowait(moved(6, OTHER))

        assert await screen.next() == seen(6, OTHER)


async def test_nothing_older_than_the_last_is_shown_nor_what_is_only_told_again_p12_p21(house: House) -> None:
    shown(house, 5, {OPTION: {Position.AGREE: 5}})
    async with watching(house) as screen:
        await screen.next()

        house.topics.put_nowait([*moved(4), *moved(5), *moved(9, replayed=True), *moved(7), *moved(6), *moved(8)])

        assert await screen.next() == seen(7)
        assert await screen.next() == seen(8)


async def test_after_a_gap_in_what_is_heard_a_screen_is_shown_what_is_true(house: House) -> None:
    shown(house, 5, {OPTION: {Position.AGREE: 5}})
    async with watching(house) as screen:
        await screen.next()
        shown(house, 9, {OPTION: {Position.AGREE: 9}})

        house.topics.put_nowait([])

        assert await screen.next() == seen(9)


async def test_counts_that_are_hidden_are_shown_to_nobody_before_the_close(house: House) -> None:
    shown(house, 5, None, "at_close")
    async with watching(house) as screen:
        assert (await screen.next())["data"]["tallyChanged"]["counts"] is None

        shown(house, 6, None, "at_close")
        house.topics.put_nowait(moved(6))  # even if the event told them
        assert (await screen.next())["data"]["tallyChanged"] == {"version": 6, "turnout": 6, "counts": None}

        shown(house, 6, {OPTION: {Position.AGREE: 6}}, "at_close")
        house.topics.put_nowait([News(closed())])
        assert await screen.next() == seen(6)


def closed() -> BallotClosed:
    return BallotClosed.model_validate(
        {
            "version": 2,
            "ballot_id": BALLOT,
            "goal_id": None,
            "challenge_id": None,
            "closed_at": "2026-11-23T12:00:00Z",
            "turnout": 6,
            "tally_version": 6,
            "counts": {},
        }
    )


@pytest.mark.parametrize(("id", "code"), [("garbage", "NotAnId"), (global_id("Ballot", BALLOT), "NothingToWatch")])
async def test_what_may_not_be_seen_may_not_be_watched(house: House, id: str, code: str) -> None:
    house.voting.answers["BallotsNamed"] = lambda data: {"answer": [None]}
    house.voting.answers["TalliesOf"] = lambda data: {"answer": [None]}
    async with watching(house, id=id) as screen:
        answer = await screen.next()

        assert answer["errors"][0]["extensions"]["code"] == code
        assert await screen.next() == {}
    assert house.front.live.watching == 0


async def test_a_screen_that_is_switched_off_is_forgotten(house: House) -> None:
    shown(house, 5, {})
    async with watching(house) as screen:
        await screen.next()
        assert house.front.live.watching == 1

    await eventually(lambda: _watching(house, 0))


async def _watching(house: House, screens: int) -> bool:
    return house.front.live.watching == screens


async def test_a_stream_ends_when_its_token_expires(house: House) -> None:
    shown(house, 5, {})
    async with watching(house, by=token("ann", lasts=1.2)) as screen:
        await screen.next()

        assert await screen.next() == {}


async def test_open_streams_end_when_the_gateway_goes_down() -> None:
    async with house_with() as house:
        shown(house, 5, {})
        async with watching(house) as screen:
            await screen.next()

            house.front.live.end()

            assert await screen.next() == {}


async def test_a_challenge_is_shown_each_time_it_moves_on(house: House) -> None:
    asked = uuid4()
    query = "subscription W($id: ID!) { challengeChanged(challengeId: $id) { version phase } }"
    versions = iter([1, 1, 2])
    house.ideas.answers["ChallengesNamed"] = lambda data: {
        "answer": [{**challenge(str(asked)), "version": next(versions)}]
    }
    async with watching(house, query, global_id("Challenge", asked)) as screen:
        assert (await screen.next())["data"]["challengeChanged"]["version"] == 1

        for _ in range(2):
            house.topics.put_nowait([News(_moved_on(asked))])

        assert (await screen.next())["data"]["challengeChanged"]["version"] == 2


def _moved_on(challenge_id: UUID) -> Any:
    return ShortlistingStarted(
        version=2,
        challenge_id=challenge_id,
        goal_id=uuid4(),
        audiences=frozenset(),
        public=True,
        votes_open=False,
        started_at=datetime.now(UTC),
    )


@asynccontextmanager
async def socket(house: House, payload: dict[str, Any] | None = None) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with house.browser.ws_connect("/graphql", protocols=["graphql-transport-ws"]) as ws:
        await ws.send_json({"type": "connection_init"} | ({"payload": payload} if payload is not None else {}))
        yield ws


async def test_a_socket_shows_the_same(house: House) -> None:
    shown(house, 5, {OPTION: {Position.AGREE: 5}})
    async with socket(house, {"authorization": ANN}) as ws:
        assert (await ws.receive_json(timeout=5))["type"] == "connection_ack"
        body = {"query": WATCH, "variables": {"id": global_id("Ballot", BALLOT)}}

        await ws.send_json({"id": "1", "type": "subscribe", "payload": body})
        assert await ws.receive_json(timeout=5) == {"id": "1", "type": "next", "payload": seen(5)}
        house.topics.put_nowait(moved(6))
        assert await ws.receive_json(timeout=5) == {"id": "1", "type": "next", "payload": seen(6)}
        await ws.send_json({"id": "1", "type": "complete"})

        await eventually(lambda: _watching(house, 0))
    assert house.voting.told("BallotsNamed")[0]["viewer"]["name"] == "Ann"


async def test_a_socket_answers_queries_too_and_tells_what_is_wrong_with_them(house: House) -> None:
    async with socket(house, {"Authorization": ANN}) as ws:
        await ws.receive_json(timeout=5)
        for number, query in enumerate(["{ viewer { name } }", "{ nonsense }"]):
            await ws.send_json({"id": str(number), "type": "subscribe", "payload": {"query": query}})

        answers = [await ws.receive_json(timeout=5) for _ in range(3)]

    by_type = {answer["type"]: answer for answer in answers}
    assert by_type["next"]["payload"] == {"data": {"viewer": {"name": "Ann"}}}
    assert by_type["error"]["payload"][0]["extensions"] == {"code": "QueryIsNotValid"}


@pytest.mark.parametrize(
    "frame",
    [
        "7",
        "true",
        '["x"]',
        '{"type": 7}',
        "9" * 5000,
        "[" * 100_000,
        '{"type": "ping", "payload": NaN}',
        '{"type": "complete", "id": []}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{ viewer { id } }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { id } }", "variables": [1]}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { id } }", "variables": {"x": "\\ud800"}}}',
        '{"type": "' + "x" * 500 + '"}',
    ],
    ids=lambda frame: frame[:40],
)
async def test_a_frame_that_is_no_message_closes_the_socket_and_says_so(
    house: House, frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with socket(house, {"authorization": ANN}) as ws:
        await ws.receive_json(timeout=5)
        await ws.send_str(frame)

        assert (await ws.receive(timeout=5)).type == aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 4400
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_socket_that_is_closed_already_may_be_closed_and_spoken_to() -> None:
    """The server closes by itself where bytes are no text, while a message before them is being handled."""

    async def nothing() -> Message:
        return {"type": "websocket.disconnect"}

    async def closed(message: Message) -> None:
        raise RuntimeError(f"Unexpected ASGI message {message['type']}, after sending 'websocket.close'.")

    socket = WebSocket({"type": "websocket", "path": "/graphql", "headers": []}, nothing, closed)
    socket.application_state = WebSocketState.CONNECTED
    view: Any = SimpleNamespace(encode_json=lambda message: "{}")
    adapter = Sockets.websocket_adapter_class(view, socket, socket)

    with pytest.raises(WebSocketDisconnected):
        await adapter.send_json({"type": "pong"})
    await adapter.close(4400, "Not a message")


async def test_a_socket_with_a_bad_token_is_closed(house: House) -> None:
    async with socket(house, {"authorization": "Bearer garbage"}) as ws:
        await ws.receive(timeout=5)

        assert ws.close_code == 4403


async def test_a_socket_is_closed_when_its_token_expires(house: House) -> None:
    async with socket(house, {"authorization": token("ann", lasts=1.2)}) as ws:
        assert (await ws.receive_json(timeout=5))["type"] == "connection_ack"

        await ws.receive(timeout=5)

        assert ws.close_code == 4403


async def test_a_subscription_by_a_plain_request_is_told_how(house: House) -> None:
    answer = await house.ask(WATCH, {"id": "x"})

    assert answer["errors"][0]["extensions"]["code"] == "WatchOverAStream"
