"""The GraphQL API, as an ordinary client sees it: patient with what passes, plain about what does not."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from cli.errors import Away, Declined, Trouble

PATIENCE = 90.0  # seconds without any progress until we give up: MongoDB frees what a killed process held after 60
LONGEST_PAUSE = 2.0  # seconds between two tries
PASSING = frozenset({"Unknown", "Fault"})  # nobody can tell whether it was done: the same key finds out (P5)

Headers = Mapping[str, str]


class Again(Exception):
    """This did not work now and may a little later."""


@dataclass
class Patience:
    """How long we wait for an API that does not get on: `seconds` since anything last succeeded."""

    seconds: float = PATIENCE
    _last: float = field(default_factory=time.monotonic)

    def rewarded(self) -> None:
        """Something succeeded."""
        self._last = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether nothing has succeeded for too long."""
        return time.monotonic() - self._last > self.seconds


class Api:
    """Sends at most `concurrency` requests at a time, each until it is answered or patience is over.

    A repeated mutation carries the same idempotency key, so it is harmless however often the answer was lost.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, concurrency: int = 64, patience: float = PATIENCE
    ) -> None:
        self.url = base_of(url)
        self.session = session
        self._room = asyncio.Semaphore(concurrency)
        self._patience = Patience(patience)

    async def ask(
        self, document: str, variables: Mapping[str, Any], headers: Headers, there: Callable[[Any], bool] = bool
    ) -> dict[str, Any]:
        """The data that answers a query, asked until `there` is content with it. Raises Trouble, Away in the end."""
        return await self._persist({"query": document, "variables": variables}, headers, there)

    async def tell(self, document: str, key: str, input: Mapping[str, Any], headers: Headers) -> dict[str, Any]:
        """The payload of a mutation, asked under this idempotency key. Raises Declined where a rule refuses it."""
        variables = {"input": {**input, "idempotencyKey": key}}
        data = await self._persist({"query": document, "variables": variables}, headers)
        return dict(next(iter(data.values())))

    async def _persist(
        self, request: Mapping[str, Any], headers: Headers, there: Callable[[Any], bool] = bool
    ) -> dict[str, Any]:
        body = orjson.dumps(request)
        pause = 0.05
        while True:
            try:
                async with self._room:
                    data = await self._post(body, headers)
                if not there(data):
                    raise Again("what was asked for is not there yet")
            except Again as why:
                if self._patience.over:
                    raise Away(
                        f"{self.url} has not got on for {self._patience.seconds:g} s. The last said: {why}"
                    ) from why
            else:
                self._patience.rewarded()
                return data
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _post(self, body: bytes, headers: Headers) -> dict[str, Any]:
        """One try. Raises Again for what may pass, Trouble for what will not."""
        try:
            async with self.session.post(
                f"{self.url}/graphql", data=body, headers={**headers, "Content-Type": "application/json"}
            ) as answer:
                if answer.status >= 500 or answer.status in (408, 429):
                    raise Again(f"status {answer.status}")
                text = await answer.read()
                if answer.status == 401:
                    raise Trouble(f"{self.url} does not accept the token: {text.decode(errors='replace')[:300]}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Again(f"{type(error).__name__}: {error}") from error
        return _data(text, self.url)


def base_of(url: str) -> str:
    """The address of the API without its last part: people give it with and without /graphql."""
    return url.rstrip("/").removesuffix("/graphql")


def connected(concurrency: int) -> aiohttp.ClientSession:
    """Kept-alive connections, at most so many."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency), timeout=aiohttp.ClientTimeout(total=30)
    )


def _data(text: bytes, url: str) -> dict[str, Any]:
    """The data of a GraphQL response; refusals of a payload are Declined, or Again where they may pass."""
    try:
        answer = orjson.loads(text)
        data, errors = answer.get("data"), answer.get("errors") or []
    except (ValueError, AttributeError):
        raise Trouble(f"{url}/graphql does not speak GraphQL. Name the API with --api.") from None
    for error in errors:
        about = error.get("extensions") or {}
        if about.get("retryable") or about.get("code") in PASSING:
            raise Again(error["message"])
        raise Trouble(f"{url} says: {error['message']}")
    for payload in data.values():
        for refused in (payload.get("errors") or []) if isinstance(payload, dict) else []:
            if refused.get("retryable"):
                raise Again(f"{refused['message']} ({refused['code']})")
            raise Declined(refused["code"], refused["message"])
    return dict(data)
