"""The services' own doors, which answer the gateway alone: strangers at them, and a gateway that talks nonsense."""

from random import Random
from typing import Any
from uuid import uuid4

import aiohttp

from contracts.access import TABLE
from contracts.messages import Command, Query
from contracts.topics import SERVICES
from tests.contracts.examples import fields_of
from tests.hostile.tokens import bad_service_headers
from tests.hostile.wild import as_json, mangled, spoilt, wild


def kinds_of(service: str, base: type[Command] | type[Query]) -> list[Any]:
    """The commands or queries of a service."""
    return [kind for kind in TABLE if issubclass(kind, base) and kind.__module__ == f"contracts.{service}"]


def drawn(hand: Random, key: str, fine: dict[str, str]) -> tuple[str, str, str | None, bytes]:
    """A service, a path, an Authorization header and a body. `fine` are good headers by service."""
    service = hand.choice(SERVICES)
    path = hand.choice(("/commands", "/queries"))
    if hand.random() < 0.3:
        other = fine[hand.choice([name for name in SERVICES if name != service])]
        return service, path, bad_service_headers(hand, key, service, other), as_json([_item(hand, service, path)])
    kind = hand.randrange(5)
    items = [_item(hand, service, path) for _ in range(hand.choice((1, 2, 5)))]
    if kind == 0:
        body = mangled(hand, as_json(items))
    elif kind == 1:
        body = hand.choice(
            (b"", b"[]", b"{}", b"null", b"[" * 50_000, as_json([wild(hand)] * 257), b"[" + b"1," * 300 + b"1]")
        )
    elif kind == 2:
        body = as_json([wild(hand) for _ in range(3)])
    else:
        body = as_json(items)
    return service, path, fine[service], body


def _item(hand: Random, service: str, path: str) -> Any:
    kind = hand.choice(kinds_of(service, Command if path == "/commands" else Query))
    data = _plain(fields_of(kind)) | ({"id": str(uuid4())} if path == "/commands" else {})
    for _ in range(hand.randrange(3)):
        data = spoilt(hand, data)
    item = {"kind": kind.__name__, "data": data, "traceparent": wild(hand)}
    return spoilt(hand, item) if hand.random() < 0.2 else item


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


async def exchanged(
    session: aiohttp.ClientSession, url: str, authorization: str | None, body: bytes
) -> tuple[str, str]:
    """What the door answers: its status, and the body."""
    headers = {"content-type": "application/json"} | ({"authorization": authorization} if authorization else {})
    try:
        async with session.post(url, data=body, headers=headers) as response:
            return str(response.status), (await response.read()).decode(errors="replace")
    except TimeoutError:
        return "hung", ""
    except (aiohttp.ClientError, ConnectionError) as cut:
        return "cut", type(cut).__name__
