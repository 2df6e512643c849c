"""Asking the services: whatever waits goes together in one request, and comes back each to whoever asked."""

import asyncio
import functools
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from pydantic import TypeAdapter

from contracts.messages import Command, Done, Problem, Query
from gateway.lane import MOST, Lane
from gateway.trouble import Fault, ServiceIsAway, ServiceRefused, Unknown

log = logging.getLogger(__name__)

COMMANDS = "/commands"
PAUSES = (0.0, 0.05, 0.2, 0.5)  # seconds before each try
RECYCLED = 500  # requests after which a connection is given up, so that new replicas get work


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
