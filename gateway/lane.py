"""The way to one door of a service: what waits travels together, and a crowd in even batches."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from gateway.trouble import ServiceIsAway

MOST = 256  # messages a request (P1)
HEAVIEST = 900_000  # bytes a request, under the 1 MB that a service takes (P1)
PATIENCE = 10.0  # seconds
FULL = 64  # messages from which on a batch costs little more for each than a larger one
GATHERED = 0.8  # of a share of the crowd, which a batch waits for
LINGER = 0.0003  # seconds for each of its share that a batch waits for them, when no request is in flight
BEHIND = 0.05  # seconds that it waits when one is, which may be held up
CROWD = 8  # messages under way; fewer wait for nobody
FORGETTING = 0.9  # what is remembered of the crowd with every batch that leaves


@dataclass(slots=True)
class Asked:
    """One message under way."""

    body: bytes
    asker: object
    answer: "asyncio.Future[dict[str, Any]]"
    since: float


class Lane:
    """One door of one service. What comes in while `at_once` requests are in flight goes together into the next.

    A batch costs much the same however small it is, so a crowd travels together, and in even batches once it fills
    several: each leaves when about its share of all that was under way lately has gathered, or after a moment. A lone
    message waits for nobody. A request that is cancelled never cancels those beside it.

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
        if self._apart or self._crowd < CROWD or len(self._waiting) >= GATHERED * self._share():
            return True
        self._linger(BEHIND if self._in_flight else LINGER * self._share())
        return False

    def _share(self) -> float:
        return min(self._most, self._crowd / min(self._at_once, max(1, self._crowd // FULL)))

    def _linger(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        if self._lingering is None or until < self._lingering.when():
            self._end_lingering()
            self._lingering = loop.call_at(until, self._lingered)

    def _lingered(self) -> None:
        self._lingering = None
        if not self._in_flight:
            self._crowd = min(self._crowd, 2 * len(self._waiting))  # the others would have come by now
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
        most = self._most if self._apart else min(self._most, ceil(self._share() / GATHERED))
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
