"""Asking the services: whatever waits goes together in one request, and comes back each to whoever asked."""

import asyncio
import functools
import itertools
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from pydantic import TypeAdapter

from contracts.messages import Command, Done, Problem, Query, Refused

log = logging.getLogger(__name__)

COMMANDS = "/commands"
MOST = 256  # messages a request (P1)
HEAVIEST = 900_000  # bytes a request, under the 1 MB that a service takes (P1)
PATIENCE = 10.0  # seconds
PAUSES = (0.0, 0.05, 0.2, 0.5)  # seconds before each try
RECYCLED = 500  # requests after which a connection is given up, so that new replicas get work
GATHERED = 0.8  # of an even share of the crowd, which a batch waits for
LINGER = 0.002  # seconds that a few of a crowd wait for more, when no request is in flight
BEHIND = 0.05  # and when one is, which may be held up
CROWD = 8  # messages under way; fewer wait for nobody
EVEN = 32  # messages under way from which on no batch takes much more than its share
FORGETTING = 0.9  # what is remembered of the crowd with every batch that leaves


class ServiceRefused(Refused):
    """A service said no; its problems are told in its own words."""

    def __init__(self, status: int, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.http_status = status
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the service told."""
        return self._problems


class ServiceIsAway(Refused):
    """The service behind this is starting or away, and nothing was done. Try again in a moment."""

    status = 503
    retryable = True


class Unknown(Exception):
    """There was no answer in time: it may have been done or not (P5). `key` is the idempotency key to repeat with."""

    def __init__(self, key: str | None = None) -> None:
        repeat = f'Repeat it with the idempotencyKey "{key}" to learn which.' if key else "Ask again."
        super().__init__(f"There was no answer in time, so it is not known whether this was done. {repeat}")
        self.key = key


class Fault(Exception):
    """Something broke inside; `trace` finds it in the logs."""

    def __init__(self, trace: str | None = None) -> None:
        super().__init__(trace or "")
        self.trace = trace


@dataclass(slots=True)
class Asked:
    """One message under way."""

    body: bytes
    asker: object
    answer: "asyncio.Future[dict[str, Any]]"
    since: float


class Lane:
    """One door of one service. What comes in while `at_once` requests are in flight goes together into the next.

    A batch costs much the same however small it is, so a crowd travels in even ones: each leaves when about its share
    of all that was under way lately has gathered, or after a moment. A lone message waits for nobody. A request that
    is cancelled never cancels those beside it.

    `apart`: as long as there is room, what one asks travels without what others ask, and at once. Whole pages that
    came together would come back together too, and from then on all be answered last.
    """

    def __init__(
        self, carry: Callable[[bytes, float], Awaitable[list[Any]]], at_once: int, most: int = MOST, apart: bool = False
    ) -> None:
        self._carry = carry
        self._at_once = at_once
        self._most = most
        self._apart = apart
        self._waiting: deque[Asked] = deque()
        self._in_flight: dict[asyncio.Task[None], int] = {}
        self._under_way = 0  # messages that wait or are in flight
        self._crowd = 0.0  # the most of them lately
        self._woken = False
        self._lingering: asyncio.TimerHandle | None = None

    def put(self, body: bytes, asker: object = None) -> "asyncio.Future[dict[str, Any]]":
        """Line a message up, and say on whose behalf; the future holds its answer as it stands on the wire."""
        loop = asyncio.get_running_loop()
        asked = Asked(body, asker, loop.create_future(), time.monotonic())
        self._waiting.append(asked)
        self._under_way += 1
        self._crowd = max(self._crowd, self._under_way)
        if not self._woken and self._may_depart():
            self._woken = True
            loop.call_soon(self._depart)
        return asked.answer

    async def drained(self) -> None:
        """Return when nothing is under way any more."""
        while self._in_flight or self._waiting:
            await asyncio.wait([*self._in_flight]) if self._in_flight else await asyncio.sleep(LINGER)

    def _may_depart(self) -> bool:
        if len(self._in_flight) >= self._at_once:
            return False
        if self._apart or self._crowd < CROWD or len(self._waiting) >= GATHERED * self._crowd / self._at_once:
            return True
        self._linger(BEHIND if self._in_flight else LINGER)
        return False

    def _linger(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._lingering is None or until < self._lingering.when():
            self._end_lingering()
            self._lingering = loop.call_at(until, self._lingered)

    def _lingered(self) -> None:
        self._lingering = None
        if self._waiting and len(self._in_flight) < self._at_once:
            self._set_out()

    def _end_lingering(self) -> None:
        if self._lingering:
            self._lingering.cancel()
            self._lingering = None

    def _depart(self) -> None:
        self._woken = False
        while self._waiting and self._may_depart():
            self._set_out()

    def _set_out(self) -> None:
        self._end_lingering()
        batch = self._boarded(apart=self._apart and len(self._in_flight) < self._at_once - 1)
        self._crowd *= FORGETTING
        if batch:
            task = asyncio.get_running_loop().create_task(self._travel(batch))
            self._in_flight[task] = len(batch)
            task.add_done_callback(self._arrived)

    def _boarded(self, apart: bool) -> list[Asked]:
        batch: list[Asked] = []
        share = ceil(self._crowd / self._at_once / GATHERED)
        most = self._most if self._apart or self._crowd < EVEN else min(self._most, share)
        weight, stale = 0, time.monotonic() - PATIENCE
        while self._waiting and len(batch) < most and weight < HEAVIEST:
            if batch and weight + len(self._waiting[0].body) > HEAVIEST:
                break
            if batch and apart and self._waiting[0].asker is not batch[0].asker:
                break
            asked = self._waiting.popleft()
            if asked.since < stale and not asked.answer.done():
                asked.answer.set_exception(ServiceIsAway())  # it never left
            if asked.answer.done():
                self._under_way -= 1
            else:
                batch.append(asked)
                weight += len(asked.body)
        return batch

    async def _travel(self, batch: list[Asked]) -> None:
        left = max(1.0, batch[0].since + PATIENCE - time.monotonic())
        try:
            answers = await self._carry(b"[" + b",".join([asked.body for asked in batch]) + b"]", left)
        except Exception as trouble:
            for asked in batch:
                if not asked.answer.done():
                    asked.answer.set_exception(trouble)
            return
        for asked, answer in zip(batch, answers, strict=True):
            if not asked.answer.done():
                asked.answer.set_result(answer)

    def _arrived(self, task: "asyncio.Task[None]") -> None:
        self._under_way -= self._in_flight.pop(task)
        self._depart()


class ServiceClient:
    """One service: `send` it commands, `ask` it queries.

    Several base URLs take turns. Whole requests are repeated where that is safe: when nothing was sent, and else
    because a command's id makes its repetition harmless (P3, P4). But what is refused then may still be done by whoever
    had it first and is only slow, so a refusal of a repetition is not told: it is Unknown (P5).
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        session: ClientSession,
        sign_for: Callable[[str], str],
        batching: bool = True,
    ) -> None:
        self.name = name
        self._session = session
        self._sign_for = sign_for
        self._urls = itertools.cycle(urls)
        self._replicas = len(urls)
        self._count = itertools.count(1)
        commands, queries, most = (2, 8, MOST) if batching else (MOST, MOST, 1)
        self._commands = Lane(functools.partial(self._carry, COMMANDS), commands, most)
        self._queries = Lane(functools.partial(self._carry, "/queries"), queries, most, apart=batching)

    async def send(self, command: Command, traceparent: str | None = None) -> Done:
        """Have a command done; raises ServiceRefused, ServiceIsAway, Unknown or Fault."""
        answer = await self._commands.put(_enclosed(command, traceparent))
        if "done" in answer:
            return Done.model_validate(answer["done"])
        raise _trouble(answer)

    async def ask(self, query: Query, traceparent: str | None = None, asker: object = None) -> Any:
        """The answer to a query, of its declared type; raises what `send` raises. One asker's queries go together."""
        answer = await self._queries.put(_enclosed(query, traceparent), asker)
        if "answer" in answer:
            return _answer_of(type(query)).validate_python(answer["answer"])
        raise _trouble(answer)

    async def ready(self) -> bool:
        """Whether one replica says that it is ready."""
        for _ in range(self._replicas):
            try:
                async with self._session.get(next(self._urls) + "/health/ready", timeout=ClientTimeout(2)) as response:
                    if response.status == 200:
                        return True
            except (ClientError, TimeoutError):
                continue
        return False

    async def drained(self) -> None:
        """Return when everything asked has been answered."""
        await asyncio.gather(self._commands.drained(), self._queries.drained())

    async def _carry(self, path: str, body: bytes, patience: float) -> list[Any]:
        until, sent = time.monotonic() + patience, False
        for pause in PAUSES:
            await asyncio.sleep(pause)
            for _ in range(self._replicas):
                try:
                    answers = await self._post(next(self._urls) + path, body, until - time.monotonic())
                    return [_doubted(answer) for answer in answers] if sent and path == COMMANDS else answers
                except ClientConnectorError:
                    continue
                except TimeoutError:
                    raise Unknown from None
                except (ClientError, ConnectionError):
                    sent = True
                if time.monotonic() >= until:
                    raise Unknown
        raise Unknown if sent else ServiceIsAway

    async def _post(self, url: str, body: bytes, patience: float) -> list[Any]:
        headers = {"authorization": self._sign_for(self.name), "content-type": "application/json"}
        if next(self._count) % RECYCLED == 0:
            headers["connection"] = "close"
        timeout = ClientTimeout(total=max(patience, 0.1))
        async with self._session.post(url, data=body, headers=headers, timeout=timeout) as response:
            said = await response.read()
            if response.status == 200:
                return list(orjson.loads(said))
            if response.status in (502, 503, 504):
                raise ClientError(f"{url} answered {response.status}")
        log.error("%s answered %d: %s", url, response.status, said[:300].decode(errors="replace"))
        raise Fault


def _enclosed(message: Command | Query, traceparent: str | None) -> bytes:
    text = f'{{"kind":"{type(message).__name__}","data":{message.model_dump_json()}'
    return (text + (f',"traceparent":"{traceparent}"}}' if traceparent else "}")).encode()


@functools.cache
def _answer_of(kind: type[Query]) -> TypeAdapter[Any]:
    return TypeAdapter(kind.answer)


def _doubted(answer: dict[str, Any]) -> dict[str, Any]:
    return {"problem": {"status": 504}} if "problem" in answer and answer["problem"]["status"] < 500 else answer


def _trouble(answer: dict[str, Any]) -> Exception:
    problem = answer["problem"]
    status = problem["status"]
    if status == 504:
        return Unknown()
    if status >= 500 and not problem.get("errors"):
        return Fault(problem.get("trace"))
    problems = tuple(Problem.model_validate(error) for error in problem.get("errors", ()))
    return ServiceRefused(
        status, problems or (Problem(code=problem["title"], message=problem.get("detail", problem["title"])),)
    )
