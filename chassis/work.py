"""The one corridor: whatever a message asks is done once and wholly, or not at all (P1-P3, P10)."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from opentelemetry.trace import SpanKind

from chassis import metrics
from chassis.attempt import Attempt, HeldBack, Outcome, Work, settle_twins
from chassis.calm import Calm
from chassis.lane import GIVE_UP, MOST_MESSAGES, Lane
from chassis.mongo import Database
from chassis.service import LANE, Errand, Service
from chassis.session import Conflict, Unavailable
from chassis.telemetry import batch as spanning
from contracts.messages import Command, Done, MayBeEarly, Member, Refused

logger = logging.getLogger(__name__)


class Unknown(Exception):
    """It is not known whether this was done. Repeat it with the same key."""


class Corridor:
    """Performs messages in batches, in as many transactions side by side as the service has lanes."""

    def __init__(self, service: Service, database: Database, replica: str, batching: bool = True) -> None:
        self.service = service
        self.database = database
        self._names = [replica, *(f"{replica}{LANE}{number}" for number in range(1, service.lanes))]
        most = MOST_MESSAGES if batching else 1
        self._lanes = [Lane(partial(self.perform, lane=number), most) for number in range(service.lanes)]
        self.calm = Calm()  # broken while the door waits for what it handed in
        self._acquainted: dict[UUID, Member] = {}
        self._running: list[asyncio.Task[None]] = []

    # -- commands ---------------------------------------------------------------------------------------------------

    async def tell(self, command: Command, trace: str | None, size: int = 500) -> Done:
        """Have a command done. Raises what refused it, `Unknown`, or its fault. A cancelled caller cancels nothing."""
        return await asyncio.shield(self.line_up([(command, trace)], size)[0])

    def line_up(self, commands: Sequence[tuple[Command, str | None]], size: int) -> list[asyncio.Future[Done]]:
        """Have commands done that came together, each with its trace and of about this size.

        They take the lane with least to do, but for those whose key is in another one: a key keeps its order. What
        becomes of each is in its future, which is not to be cancelled.
        """
        calm = min(self._lanes, key=lambda lane: lane.length)
        return [self._lined_up(command, trace, size, calm) for command, trace in commands]

    def _lined_up(self, command: Command, trace: str | None, size: int, calm: Lane) -> asyncio.Future[Done]:
        work = Work(command, command.id, command.arrived, command.key, trace, size)
        return next((lane for lane in self._lanes if lane.holds(work.key)), calm).take(work)

    def start(self) -> None:
        """Begin to take commands."""
        self._running = [asyncio.create_task(lane.run(), name=f"{self.service.name}: commands") for lane in self._lanes]

    async def drain(self) -> None:
        """Finish every command that was taken, then stop."""
        if unanswered := [answer for lane in self._lanes for answer in lane.unanswered]:
            await asyncio.wait(unanswered, timeout=GIVE_UP)
        await self.stop()

    async def stop(self) -> None:
        """Stop at once."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    # -- any message ------------------------------------------------------------------------------------------------

    async def react(self, works: Sequence[Work]) -> list[Outcome]:
        """Perform what others said; retried for ever while MongoDB is away. Then take up what was early (P6, P10)."""
        outcomes = await self.perform(works, patience=None)
        for lane in self._lanes:
            lane.take_up()
        return outcomes

    async def perform(self, works: Sequence[Work], patience: float | None, lane: int = 0) -> list[Outcome]:
        """Do messages, each once and wholly, and tell the outcome of each in order.

        Conflicts are retried and split (P2). While MongoDB is away it is tried again for `patience` seconds (None: for
        ever); then the outcome is `Unknown`.
        """
        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience
        outcomes: dict[Work, Outcome] = {}
        failed: set[str] = set()  # keys whose later messages are held back (P7, P10)
        pending: deque[tuple[Sequence[Work], int]] = deque([(works, 0)])
        metrics.BATCH_SIZE.labels(_door(works[0])).observe(len(works))
        with spanning(_name(works[0]), SpanKind.SERVER, [work.trace for work in works]):
            while pending:
                part, tries = pending.popleft()
                outcomes |= {work: HeldBack() for work in part if work.key in failed}
                told, again = await self._tried([work for work in part if work.key not in failed], tries, lane)
                outcomes |= told
                failed |= _failed(told)
                if again and until is not None and loop.time() > until:
                    outcomes |= {work: Unknown() for each in again for work in each}
                elif again:
                    _put_back(pending, again, tries + 1)
                    await asyncio.sleep(_backoff(tries))
        settle_twins(works, outcomes)
        self._log_faults(works, outcomes)
        return [outcomes[work] for work in works]

    async def _tried(
        self, part: Sequence[Work], tries: int, lane: int
    ) -> tuple[dict[Work, Outcome], list[Sequence[Work]]]:
        """Outcomes of one attempt; or, where it came to nothing, the parts in which to try again (P2)."""
        try:
            return (await self._attempt(part, lane) if part else {}), []
        except (Conflict, TimeoutError):
            metrics.CONFLICTS.inc()
            return {}, [part] if tries == 0 else _split(part)
        except Unavailable as away:
            logger.warning("MongoDB is away: %s", str(away)[:200])
            return {}, [part]
        except Exception as fault:  # also what the driver cannot encode, which is no MongoError
            halves = _halved(part)
            return ({}, halves) if halves else ({part[0]: fault}, [])

    async def _attempt(self, part: Sequence[Work], lane: int) -> dict[Work, Outcome]:
        attempt = Attempt(self.service, self.database, self._names[lane], self._acquainted)
        outcomes = await attempt.run(part)
        settle_twins(part, outcomes)
        if len(self._acquainted) > 100_000:
            self._acquainted.clear()
        return outcomes

    def _log_faults(self, works: Iterable[Work], outcomes: dict[Work, Outcome]) -> None:
        for work in works:
            fault = outcomes[work]
            answered = isinstance(fault, (Refused, Unknown)) and isinstance(work.message, Command)
            if isinstance(fault, Exception) and not answered and not isinstance(fault, HeldBack):
                kind = type(work.message).__name__
                logger.error("%s %s failed", kind, work.key, exc_info=fault, extra={"traceparent": work.trace})


def _name(work: Work) -> str:
    return work.message.name if isinstance(work.message, Errand) else type(work.message).__name__


def _door(work: Work) -> str:
    if isinstance(work.message, Errand):
        return "deadline"
    return "http" if isinstance(work.message, Command) else "kafka"


def _split(part: Sequence[Work]) -> list[Sequence[Work]]:
    """Two parts that share no key, so that contended aggregates wait apart and each keeps its order (P2)."""
    keys = list(dict.fromkeys(work.key for work in part))
    first = set(keys[: len(keys) // 2])
    parts = [[work for work in part if (work.key in first) is side] for side in (True, False)]
    return [each for each in parts if each]


def _put_back(pending: deque[tuple[Sequence[Work], int]], parts: list[Sequence[Work]], tries: int) -> None:
    """Queue parts again: behind the others, so that those need not wait, but never behind later ones of their keys."""
    later = {work.key for part, _ in pending for work in part}
    again = [(part, tries) for part in parts]
    if any(work.key in later for part in parts for work in part):
        pending.extendleft(reversed(again))
    else:
        pending.extend(again)


def _failed(outcomes: dict[Work, Outcome]) -> set[str]:
    """The keys of facts that failed and of commands that are early; any other refusal holds nothing back."""
    return {
        work.key
        for work, outcome in outcomes.items()
        if isinstance(outcome, MayBeEarly) or (isinstance(outcome, Exception) and not isinstance(work.message, Command))
    }


def _halved(part: Sequence[Work]) -> list[Sequence[Work]]:
    """Both halves of a part, to find the one message that MongoDB will not take; none for a single message."""
    half = len(part) // 2
    return [part[:half], part[half:]] if half else []


def _backoff(tries: int) -> float:
    """Seconds before the next attempt: doubling from 5 ms to a second, with full jitter."""
    return random.uniform(0.5, 1) * min(1.0, 0.005 * 2.0**tries)


def clamped(arrived: datetime, now: datetime | None = None) -> datetime:
    """The arrival that a service believes: at most five seconds ago and never ahead of its own clock (P16)."""
    now = now or datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return min(max(arrived, now - timedelta(seconds=5)), now)
