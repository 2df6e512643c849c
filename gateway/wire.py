"""GraphQL over HTTP: what a request asks for, and in which form its answer goes out."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Message, Receive, Scope, Send

from contracts.messages import Refused

LARGEST_BODY = 1_000_000  # bytes
JSON = b"application/json; charset=utf-8"
GRAPHQL = b"application/graphql-response+json; charset=utf-8"
STREAM = b"text/event-stream"


class BodyIsTooLarge(Refused):
    """A request has at most 1 MB. Ask in several requests."""

    status = 413


class BodyIsNotJson(Refused):
    """The body is not JSON in UTF-8."""

    status = 400


class NotAGraphQLRequest(Refused):
    """Send a JSON object with `query` (text), and where needed `variables` (an object) and `operationName` (text)."""

    status = 400


class NotThisContentType(Refused):
    """Send the request as application/json. Files are not taken."""

    status = 415


class NotThisMethod(Refused):
    """Send queries by POST or GET, and mutations by POST."""

    status = 405


class Gone(Exception):
    """The client went away before its request was read."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the text of a document, its variables, and which operation of it."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None


def before_leaving(send: Send, receive: Receive) -> Send:
    """A `send` that takes in the rest of a refused body between the answer and the connection's end.

    A sender who is cut off in the middle of a body never hears why.
    """

    async def kindly(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({**message, "more_body": True})
        await _discard(receive)
        await send({"type": "http.response.body", "body": b""})

    return kindly


async def _discard(receive: Receive) -> None:
    left = 20 * LARGEST_BODY
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))


async def read_body(receive: Receive, length: bytes | None) -> bytes:
    """The body of a request; refuses one that is too large without reading it to its end."""
    if length is not None and length.isdigit() and int(length) > LARGEST_BODY:
        raise BodyIsTooLarge
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > LARGEST_BODY:
            raise BodyIsTooLarge
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
    if len(body) > LARGEST_BODY:
        raise BodyIsTooLarge
    return body


def posted(body: bytes, content_type: bytes) -> Request:
    """What a POST asks."""
    if content_type != b"application/json" and not _is_json(content_type):
        raise NotThisContentType
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BodyIsNotJson from None
    if not isinstance(said, dict):
        raise NotAGraphQLRequest
    return _request(said)


def gotten(query: bytes) -> Request:
    """What a GET asks."""
    try:
        fields = parse_qs(query.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
        said: dict[str, Any] = {name: values[-1] for name, values in fields.items()}
        for name in ("variables", "extensions"):
            if name in said:
                said[name] = orjson.loads(said[name]) if said[name] else None
    except ValueError:
        raise NotAGraphQLRequest from None
    said["operationName"] = said.get("operationName") or None
    return _request(said)


def _request(said: dict[str, Any]) -> Request:
    query, variables, operation = said.get("query"), said.get("variables"), said.get("operationName")
    if (
        not isinstance(query, str)
        or not isinstance(variables, dict | None)
        or not isinstance(operation, str | None)
        or not isinstance(said.get("extensions"), dict | None)
    ):
        raise NotAGraphQLRequest
    return Request(query, variables, operation)


@lru_cache(maxsize=256)
def _is_json(content_type: bytes) -> bool:
    kind, *parameters = content_type.decode("latin-1").lower().split(";")
    charset = next((part.strip() for part in parameters if part.strip().startswith("charset=")), "charset=utf-8")
    return kind.strip() == "application/json" and charset.strip('"').removeprefix("charset=").strip('"') == "utf-8"


@lru_cache(maxsize=1024)
def answered_as(accept: bytes) -> bytes:
    """The form that a client wants most by its Accept header, by q-value and then by its order; JSON unless said."""
    offers = {"application/graphql-response+json": GRAPHQL, "application/json": JSON, "text/event-stream": STREAM}
    wanted: list[tuple[float, int, bytes]] = []
    for place, part in enumerate(accept.decode("latin-1").lower().split(",")):
        kind, *parameters = [piece.strip() for piece in part.split(";")]
        form = offers.get(kind) or (JSON if kind in ("*/*", "application/*") else None)
        weight = _weight(parameters)
        if form is not None and weight > 0:
            wanted.append((-weight, place, form))
    return min(wanted)[2] if wanted else JSON


def _weight(parameters: list[str]) -> float:
    said = next((part.partition("=")[2] for part in parameters if part.startswith("q=")), "1")
    try:
        return float(said)
    except ValueError:
        return 0.0


def wants_page(accept: bytes) -> bool:
    """Whether a browser asks for a page to look at."""
    return b"text/html" in accept


async def answer(
    send: Send, status: int, body: bytes, form: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """Send a whole response."""
    own = [(b"content-type", form), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request by their lower-case names; the last of each."""
    return dict(scope["headers"])
