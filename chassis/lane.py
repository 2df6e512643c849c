"""The line in which commands wait for the corridor: what comes in while a batch is under way goes into the next."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import prometheus_client as prometheus

from chassis import metrics
from chassis.attempt import HeldBack, Outcome, Work
from contracts.messages import Done, MayBeEarly, Refused

MOST_MESSAGES = 256
MOST_BYTES = 1_000_000
PATIENCE = 2.0  # seconds that an early command waits for what another street may be about to say (P10)
GIVE_UP = 8.0  # seconds after which a command's sender is told that its fate is unknown (P5)

Perform = Callable[[Sequence[Work], float], Awaitable[list[Outcome]]]

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Waiting:
    work: Work
    answer: asyncio.Future[Done]
    since: float
    early: MayBeEarly | None = None


class Lane:
    """Takes commands in order and has them performed a batch at a time. All commands of one key use one lane."""

    def __init__(self, perform: Perform, most: int) -> None:
        self._perform = perform
        self._most = most
        self._queue: deque[_Waiting] = deque()
        self._aside: list[_Waiting] = []
        self._unanswered: dict[asyncio.Future[Done], str] = {}
        self._keys: Counter[str] = Counter()
        self._arrived = asyncio.Event()

    def take(self, work: Work) -> asyncio.Future[Done]:
        """Line a command up; what becomes of it is in the future, which is not to be cancelled."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(work, loop.create_future(), loop.time())
        self._unanswered[waiting.answer] = work.key
        self._keys[work.key] += 1
        waiting.answer.add_done_callback(self._answered)
        self._queue.append(waiting)
        self._arrived.set()
        return waiting.answer

    @property
    def length(self) -> int:
        """How many commands wait or are under way."""
        return len(self._unanswered)

    @property
    def unanswered(self) -> list[asyncio.Future[Done]]:
        """What was taken and is not answered yet."""
        return list(self._unanswered)

    def holds(self, key: str) -> bool:
        """Whether a command of this key waits here or is under way."""
        return key in self._keys

    def _answered(self, answer: asyncio.Future[Done]) -> None:
        key = self._unanswered.pop(answer)
        self._keys[key] -= 1
        if not self._keys[key]:
            del self._keys[key]

    async def run(self) -> None:
        """Perform whatever comes, for ever."""
        while True:
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            batch = self._next_batch()
            if batch:
                await self._settle(batch)

    def take_up(self) -> None:
        """Try again what was too early; in the order it came."""
        if self._aside:
            self._queue.extendleft(reversed(self._aside))
            self._aside.clear()
            self._arrived.set()

    def _next_batch(self) -> list[_Waiting]:
        held = {waiting.work.key for waiting in self._aside}
        batch: list[_Waiting] = []
        size = 0
        while self._queue and len(batch) < self._most and size < MOST_BYTES:
            waiting = self._queue.popleft()
            if waiting.work.key in held:  # keep the order of a key whose earlier command waits
                self._lay_aside(waiting, waiting.early or MayBeEarly())
                continue
            batch.append(waiting)
            size += waiting.work.size
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        patience = max(0.1, GIVE_UP - (loop.time() - min(waiting.since for waiting in batch)))
        try:
            outcomes = await self._perform([waiting.work for waiting in batch], patience)
        except Exception as error:
            logger.exception("a batch of %d commands failed", len(batch))
            outcomes = [error] * len(batch)
        now = loop.time()
        again: list[_Waiting] = []
        held = {waiting.work.key for waiting in self._aside}
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, MayBeEarly) and now < waiting.since + PATIENCE:
                self._lay_aside(waiting, outcome)
                held.add(waiting.work.key)
            elif not isinstance(outcome, HeldBack):
                _measure(waiting, outcome, now)
                _answer(waiting, outcome)
            elif waiting.work.key in held:
                self._lay_aside(waiting, MayBeEarly())
            else:
                again.append(waiting)  # what it waited for has been refused
        self._queue.extendleft(reversed(again))

    def _lay_aside(self, waiting: _Waiting, early: MayBeEarly) -> None:
        waiting.early = early
        self._aside.append(waiting)
        loop = asyncio.get_running_loop()
        loop.call_at(waiting.since + PATIENCE, self.take_up)


def _measure(waiting: _Waiting, outcome: Outcome, now: float) -> None:
    kind = type(waiting.work.message).__name__
    _commands(kind, _told(outcome)).inc()
    _seconds(kind).observe(now - waiting.since)


@lru_cache(maxsize=512)  # finding a metric by its labels takes longer than counting
def _commands(kind: str, outcome: str) -> prometheus.Counter:
    return metrics.COMMANDS.labels(kind, outcome)


@lru_cache(maxsize=512)
def _seconds(kind: str) -> prometheus.Histogram:
    return metrics.COMMAND_SECONDS.labels(kind)


def _answer(waiting: _Waiting, outcome: Outcome) -> None:
    if waiting.answer.done():
        return
    if isinstance(outcome, Done):
        waiting.answer.set_result(outcome)
    else:
        waiting.answer.set_exception(outcome)
        waiting.answer.exception()  # its caller may have left; that is no fault


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Done):
        return "done"
    return "refused" if isinstance(outcome, Refused) else "fault"
