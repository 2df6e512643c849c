"""The relay: says on Kafka what the outbox holds, in order, by whichever replica holds the lease (P18-P20)."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from chassis import metrics
from chassis.calm import Calm
from chassis.changes import Changes, HistoryIsLost
from chassis.kafka import Publisher, record_of, recorded_in
from chassis.kept import Document
from chassis.lease import Lease, LeaseIsLost
from chassis.mongo import Database
from chassis.outbox import OUTBOX
from chassis.recorded import as_moment, moment
from chassis.session import Conflict, MongoError, Unavailable
from chassis.telemetry import batch, quietly

RELAY = "relay"  # its lease
ROUND = 500
MARGIN = timedelta(minutes=2)  # twice the lifetime that MongoDB allows a transaction (P19)
IDLE_SAVE = 10.0
BUSY_SAVE = 0.3  # not after every round: it costs as much as a vote
PAUSE = 0.5
REST = 0.002  # seconds of rest per event of a round, at most LONGEST_REST: the more is said, the more is said at once
LONGEST_REST = 0.1

logger = logging.getLogger(__name__)


class Relay:
    """Follows the outbox while it leads. It may say a thing twice, never not at all; first copies keep their order.

    It gives way to commands, for a moment each time it looks for news and each time it says them.
    """

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        organization: str,
        replica: str,
        said: Callable[[Document], None],
        calm: Calm,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._organization = organization
        self._said = said
        self._calm = calm
        self._lease = Lease(database, RELAY, replica)
        self._saved = 0.0
        self._unsaved: tuple[Document, Any] | None = None
        self._alive = time.monotonic()
        self.trouble: str | None = None

    @property
    def leads(self) -> bool:
        """Whether it is this replica that relays."""
        return self._lease.held

    def told(self) -> dict[str, Any]:
        """Its account for operators."""
        return {"leads": self.leads, "trouble": self.trouble}

    async def run(self) -> None:
        """Lead whenever the lease is free; for ever."""
        while True:
            try:
                with quietly():
                    leads = await self._lease.take()
                if leads:
                    await self._lead()
            except LeaseIsLost:
                logger.warning("another replica relays now")
            except (KafkaError, OSError, TimeoutError, Conflict, Unavailable, MongoError) as trouble:
                self.trouble = f"{type(trouble).__name__}: {trouble}"[:200]
                logger.warning("the relay pauses: %s", self.trouble)
            await asyncio.sleep(PAUSE)

    async def hand_over(self) -> None:
        """Let another replica lead at once, from where this one ended."""
        try:
            await self._save()
            await self._lease.release()
        except LeaseIsLost:
            pass
        except MongoError:
            logger.warning("the lease could not be handed over and runs out by itself")
        await self._publisher.drop()

    async def _lead(self) -> None:
        keeper = asyncio.create_task(self._lease.keep())
        self._unsaved = None
        try:
            state = await self._lease.state()
            try:
                changes = await Changes.follow(self._database, OUTBOX, state.get("token"))
                missed = "token" not in state
            except HistoryIsLost:
                changes = await Changes.follow(self._database, OUTBOX, None)
                missed = True
            try:
                if missed:  # the stream is open before the sweep begins, so nothing falls between them (P19)
                    self._unsaved = (changes.token, await self._sweep(state.get("recorded"), changes))
                    await self._save(since_ever="recorded" not in state)
                await self._follow(changes)
            finally:
                await changes.end()
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _sweep(self, recorded: Any, changes: Changes) -> Any:
        """Say everything again from a little before that moment; the moment of the last."""
        since = as_moment(recorded.as_datetime() - MARGIN) if recorded else as_moment(datetime.fromtimestamp(0, UTC))
        outbox = self._database.collection(OUTBOX)
        rows = outbox.find({"recorded": {"$gte": since}}, sort=[("recorded", 1)], session=changes.session)
        while part := await rows.to_list(ROUND):
            await self._publish(part)
            recorded = part[-1]["recorded"]
        return recorded

    async def _follow(self, changes: Changes) -> None:
        while True:
            await self._calm.wait()
            with quietly():
                rows = await changes.next()
            if rows:
                await self._calm.wait()
                await self._publish(rows)
                self._unsaved = (changes.token, rows[-1]["recorded"])
                await asyncio.sleep(min(LONGEST_REST, REST * (len(rows) - 1)))
            elif self._unsaved is None:
                self._unsaved = (changes.token, None)
            if time.monotonic() - self._saved > (BUSY_SAVE if self._unsaved[1] else IDLE_SAVE):
                await self._save()
            self.trouble = None

    async def _publish(self, rows: Sequence[Document]) -> None:
        """Publish all of these; whole rounds only, so what is saved after is acknowledged without a gap."""
        with batch("publish", SpanKind.PRODUCER, [row.get("traceparent") for row in rows]):
            left = list(rows)
            while left:
                self._lease.must_be_held()
                taken = await self._publisher.round(
                    [record_of(row, self._organization, False, moment(row["recorded"])) for row in left[:ROUND]]
                )
                for row in left[:taken]:
                    self._said(row)
                for topic, count in Counter(row["aggregatetype"] for row in left[:taken]).items():
                    metrics.PUBLISHED.labels(topic).inc(count)
                metrics.RELAY_LAG_SECONDS.set(max(0.0, time.time() - left[taken - 1]["recorded"].time))
                left = left[taken:]

    async def _save(self, since_ever: bool = False) -> None:
        """Save where to go on, and the newest moment said per topic and partition; all there ever was, where so said.

        What was published since the last time is said twice if this process dies.
        """
        if self._unsaved:
            (token, recorded), self._unsaved = self._unsaved, None
            newest = self._publisher.newest.items()
            told: dict[str, Any] = {f"told.{told_on(*place)}": recorded_in(last) for place, last in newest}
            told |= {"told.whole": True} if since_ever else {}
            with quietly():
                await self._lease.save({"token": token} | ({"recorded": recorded} if recorded else {}) | told)
            self._publisher.newest = {}
            self._saved = time.monotonic()


def told_on(topic: str, partition: int) -> str:
    """Where the relay saves the newest moment that it said there (P21)."""
    return f"{topic.partition('.')[2]}:{partition}"
