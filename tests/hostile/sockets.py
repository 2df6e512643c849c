"""WebSockets whose frames come out of turn, in the wrong form, or say what makes no sense."""

import asyncio
import json
from random import Random
from typing import Any

import aiohttp
from aiohttp import WSMsgType

from tests.hostile.requests import Known, mutations, sensible, streams
from tests.hostile.wild import NOT_JSON, as_json, mangled, spoilt, wild

PATIENCE = 20.0
Frame = tuple[WSMsgType, bytes]
PROTOCOLS = (
    *(("graphql-transport-ws",),) * 8,
    *(
        (),
        ("graphql-ws",),
        ("x",),
        ("graphql-transport-ws", "graphql-ws"),
        ("\u00e9",),
        ("mqtt", "graphql-transport-ws"),
    ),
)
WATCH = "subscription($id: ID!) { tallyChanged(ballotId: $id) { version turnout } }"


def drawn(hand: Random, known: Known) -> tuple[tuple[str, ...], list[Frame]]:
    """A subprotocol to ask for, and frames to send."""
    frames = [_frame(hand, known) for _ in range(hand.randrange(1, 5))]
    if hand.random() < 0.7:
        frames.insert(hand.choice((0, 0, 0, len(frames))), _text(_init(hand, known)))
    return hand.choice(PROTOCOLS), frames


def _init(hand: Random, known: Known) -> dict[str, Any]:
    kind = hand.randrange(6)
    if kind < 3:
        return {"type": "connection_init", "payload": {"authorization": f"Bearer {hand.choice(known.good)}"}}
    if kind == 3:
        return {"type": "connection_init", "payload": {"Authorization": known.bad(hand)}}
    if kind == 4:
        return {"type": "connection_init", "payload": {"authorization": wild(hand), "folkmoot-act-as": wild(hand)}}
    return {"type": "connection_init", "payload": wild(hand)}


def _subscribe(hand: Random, known: Known) -> dict[str, Any]:
    asked = sensible(hand, known)
    if hand.random() < 0.5:
        asked = json.loads(streams(hand, known).rpartition(b"\r\n\r\n")[2])
    return {"id": hand.choice(("1", "1", "2", "", "x" * 500)), "type": "subscribe", "payload": asked}


def _frame(hand: Random, known: Known) -> Frame:
    kind = hand.randrange(14)
    if kind < 4:
        return _text(_subscribe(hand, known))
    if kind == 4:
        return _text(spoilt(hand, _subscribe(hand, known)))
    if kind == 5:
        message = _subscribe(hand, known)
        return _text(message | {"payload": spoilt(hand, message["payload"])})
    if kind == 6:
        return WSMsgType.TEXT, mangled(hand, as_json(_subscribe(hand, known)))
    if kind == 7:
        return WSMsgType.BINARY, hand.choice((as_json(_subscribe(hand, known)), hand.randbytes(50)))
    if kind == 8:
        return WSMsgType.TEXT, as_json(wild(hand))
    if kind == 9:
        return WSMsgType.TEXT, hand.choice(
            (*(word.encode() for word in NOT_JSON), b"", b"[" * 100_000, b'{"a":' * 50_000)
        )
    if kind == 10:
        query, _ = hand.choice(mutations())
        text = hand.choice(
            (b'"\\ud800"', b'"\\udfff\\u0000"', b"NaN", b"9" * 5000, b"-Infinity", b"[" * 900 + b"]" * 900)
        )
        fields = b'{"query":' + as_json(query) + b',"variables":{"input":{"idempotencyKey":' + text + b"}}}"
        return WSMsgType.TEXT, b'{"id":"7","type":"subscribe","payload":' + fields + b"}"
    if kind == 11:
        half = {"id": "8", "type": "subscribe", "payload": {"query": WATCH, "variables": {"id": "\ud800"}}}
        return _text(half)
    if kind == 12:
        return _text(
            {"id": wild(hand), "type": hand.choice(("complete", "next", "error", "connection_ack", "start", 7, None))}
        )
    return _text(
        {"type": hand.choice(("ping", "pong", "connection_init", "connection_terminate")), "payload": wild(hand)}
    )


def _text(message: Any) -> Frame:
    return WSMsgType.TEXT, as_json(message)


async def exchanged(
    session: aiohttp.ClientSession, url: str, protocols: tuple[str, ...], frames: list[Frame]
) -> tuple[str, str]:
    """Send frames, then a ping of the protocol: the close code or `answered`, and all that came."""
    told: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE), session.ws_connect(url, protocols=protocols) as socket:
            for kind, data in (*frames, _text({"type": "ping"})):
                await socket.send_frame(data, kind)
            while (message := await socket.receive()).type == WSMsgType.TEXT:
                told.append(message.data)
                if '"pong"' in message.data and frames_answered(told, frames):
                    return "answered", "\n".join(told)
            return str(socket.close_code or 1006), "\n".join([*told, str(message.extra or "")])
    except TimeoutError:
        return "hung", "\n".join(told)
    except aiohttp.WSServerHandshakeError as refused:
        return str(refused.status), refused.message
    except (aiohttp.ClientError, ConnectionError) as cut:
        return "cut", "\n".join([*told, type(cut).__name__])


def frames_answered(told: list[str], frames: list[Frame]) -> bool:
    """Whether as many pongs came as pings were sent: the last tells that every frame was looked at."""
    sent = 1 + sum(1 for kind, data in frames if kind == WSMsgType.TEXT and _is_ping(data))
    return sum(each.startswith('{"type": "pong"') or '"type":"pong"' in each for each in told) >= sent


def _is_ping(data: bytes) -> bool:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(message, dict) and message.get("type") == "ping"
