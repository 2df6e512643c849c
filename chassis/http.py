"""The door for requests: commands and queries from the gateway, in batches; and what operators look at."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from opentelemetry.trace import SpanKind
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.health import Health
from chassis.lane import GIVE_UP
from chassis.metrics import QUERY_SECONDS, metrics
from chassis.mongo import Database
from chassis.service import Service
from chassis.session import Unavailable
from chassis.store import Documents
from chassis.telemetry import span
from chassis.traceparent import well_formed
from chassis.trust import Door
from chassis.work import Corridor, Unknown, clamped
from contracts.access import admit
from contracts.messages import Command, Done, Invalid, Refused

MOST_ITEMS = 256
LARGEST_BODY = 8_000_000
QUERIES_AT_ONCE = 4  # who comes first is answered first; all at once would all be answered last
TIME_OUT = GIVE_UP + 1.5

logger = logging.getLogger(__name__)


class NoSuchKind(Invalid):
    """This service knows no such message."""


class Malformed(Invalid):
    """The message does not have the fields that its kind declares."""


class NotAList(Invalid):
    """The body must be a JSON list of 1 to 256 messages."""

    status = 400


class TooLarge(Invalid):
    """The body is over 8 MB. Send fewer messages at once."""

    status = 413


class HttpDoor:
    """Answers `POST /commands` and `POST /queries`: a list in, a list of answers out, in the same order."""

    def __init__(self, service: Service, database: Database, corridor: Corridor, health: Health, door: Door) -> None:
        self._commands = {kind.__name__: kind for kind in service.commands}
        self._queries = {kind.__name__: kind for kind in service.queries}
        self._service = service
        self._database = database
        self._corridor = corridor
        self._health = health
        self._door = door
        self._room = asyncio.Semaphore(QUERIES_AT_ONCE)

    def routes(self) -> list[Route]:
        """The paths of this door."""
        return [
            Route("/commands", self._answering(self._commanded), methods=["POST"]),
            Route("/queries", self._answering(self._asked), methods=["POST"]),
            Route("/health/live", self._alive),
            Route("/health/ready", self._ready),
            Route("/health", self._told),
            Route("/metrics", metrics),
        ]

    def _answering(
        self, answer: Callable[[list[Any], int], Awaitable[list[bytes]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer_all(request: Request) -> Response:
            try:
                self._door.admit(request.headers.get("authorization"))
                body = await _body(request)
                items = _items(body)
            except Refused as refused:
                told, status = problem(refused, refused.status), refused.status
                return Response(told, status_code=status, media_type="application/problem+json")
            answers = await answer(items, len(body) // len(items))
            return Response(b"[" + b",".join(answers) + b"]", media_type="application/json")

        return answer_all

    async def _commanded(self, items: list[Any], size: int) -> list[bytes]:
        """Hand all commands in and wait for all: one wait, since a task and a timer for each would cost a fifth."""
        now = datetime.now(UTC)
        read = [self._commanding(item, now) for item in items]
        lined_up = iter(self._corridor.line_up([each for each in read if not isinstance(each, Refused)], size))
        answers = [each if isinstance(each, Refused) else next(lined_up) for each in read]
        if waiting := [each for each in answers if isinstance(each, asyncio.Future)]:
            with self._corridor.calm.broken():
                await asyncio.wait(waiting, timeout=TIME_OUT)
        return [_told(each, _trace(item)) for item, each in zip(items, answers, strict=True)]

    def _commanding(self, item: Any, now: datetime) -> tuple[Command, str | None] | Refused:
        try:
            command = _read(item, self._commands)
        except Refused as refused:
            return refused
        arrived = clamped(command.arrived, now)
        if arrived != command.arrived:
            command = command.model_copy(update={"arrived": arrived})
        return command, _trace(item)

    async def _asked(self, items: list[Any], size: int) -> list[bytes]:
        return await asyncio.gather(*(self._answered(item) for item in items))

    async def _answered(self, item: Any) -> bytes:
        trace = _trace(item)
        try:
            async with asyncio.timeout(TIME_OUT), self._room:
                return await self._query(item, trace)
        except Exception as trouble:  # logged where it happened
            return _problem_of(trouble, trace)

    async def _query(self, item: Any, trace: str | None) -> bytes:
        query = _read(item, self._queries)
        admit(query)
        kind: Any = type(query)
        try:
            with span(kind.__name__, SpanKind.SERVER, parent=trace), QUERY_SECONDS.labels(kind.__name__).time():
                async with self._database.snapshot() as session:
                    found = await self._service.queries[kind](query, self._service.store(Documents(session)))
                return b'{"answer":' + _answers(kind).dump_json(found) + b"}"
        except (Refused, Unavailable):
            raise
        except Exception:
            logger.exception("%s failed", kind.__name__, extra={"traceparent": trace})
            raise

    async def _alive(self, request: Request) -> Response:
        """Whether the loop turns. Restarting would mend nothing else: not MongoDB, not the broker."""
        return Response()

    async def _ready(self, request: Request) -> Response:
        ready = await self._health.ready()
        return Response(status_code=200 if ready else 503)

    async def _told(self, request: Request) -> Response:
        return Response(orjson.dumps(await self._health.told()), media_type="application/json")


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _items(body: bytes) -> list[Any]:
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAList from None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise NotAList
    return items


def _trace(item: Any) -> str | None:
    """The traceparent that came with a message; a garbled one counts as none."""
    trace = item.get("traceparent") if isinstance(item, dict) else None
    return trace if isinstance(trace, str) and well_formed(trace) else None


def _read(item: Any, kinds: dict[str, Any]) -> Any:
    kind = item.get("kind") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise NoSuchKind
    try:
        return kinds[kind].model_validate(item.get("data"))
    except OverflowError:  # a moment so near the edge of the calendar that it has no UTC
        raise Malformed("A moment lies outside the calendar.") from None
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Malformed(wrong["msg"], path=tuple(str(part) for part in wrong["loc"])) from None


@lru_cache
def _answers(query: Any) -> TypeAdapter[Any]:
    return TypeAdapter(query.answer)


def _told(answer: asyncio.Future[Done] | Refused, trace: str | None) -> bytes:
    """What became of a command, as far as it is known."""
    if isinstance(answer, Refused):
        return _problem_of(answer, trace)
    if not answer.done():
        return _problem_of(Unknown(), trace)
    if trouble := answer.exception():
        return _problem_of(trouble, trace)
    return b'{"done":' + answer.result().model_dump_json().encode() + b"}"


def _problem_of(trouble: BaseException, trace: str | None) -> bytes:
    if isinstance(trouble, Refused):
        return b'{"problem":' + problem(trouble, trouble.status) + b"}"
    if isinstance(trouble, (Unknown, TimeoutError, Unavailable)):
        return b'{"problem":' + _fault("Unknown", 504, str(Unknown.__doc__), trace) + b"}"
    return b'{"problem":' + _fault("Fault", 500, "Something went wrong on our side.", trace) + b"}"


def problem(refused: Refused, status: int) -> bytes:
    """A refusal as an RFC 9457 problem; `errors` holds each of its pieces."""
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": type(refused).__name__,
            "status": status,
            "detail": str(refused),
            "errors": [each.model_dump(mode="json") for each in refused.problems],
        }
    )


def _fault(title: str, status: int, detail: str, trace: str | None) -> bytes:
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return orjson.dumps(told | ({"trace": trace.split("-")[1]} if trace else {}))
