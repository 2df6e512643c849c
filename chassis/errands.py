"""What a service does by itself: deadlines that fall due, and what has to be announced (P4, P16, P17)."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from chassis import metrics
from chassis.attempt import Work
from chassis.kept import Document, Index, Kept
from chassis.mongo import Database
from chassis.service import Errand, Service
from chassis.session import MongoError, Unavailable
from chassis.store import DEADLINES
from chassis.telemetry import quietly
from chassis.work import Corridor

EVERY = 0.25
SWEEP_EVERY = 1.0
MOST = 256
CLAIM = 6.0  # seconds that a long errand is left to whoever began it, renewed while it goes on
DUE = {"$expr": {"$lte": ["$due", "$$NOW"]}}

logger = logging.getLogger(__name__)


class _Row:
    id: UUID


KEPT = Kept(DEADLINES, _Row, indexes=(Index((("due", 1),)),))


class Deadlines:
    """Looks for what is due by MongoDB's clock, on every replica; each deadline fires once, where its commit wins."""

    def __init__(self, service: Service, database: Database, corridor: Corridor) -> None:
        self._service = service
        self._database = database
        self._corridor = corridor
        self._long: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Fire deadlines for ever."""
        try:
            while True:
                try:
                    fired = await self.fire()
                except (MongoError, Unavailable) as away:
                    logger.warning("deadlines wait: %s", str(away)[:200])
                    fired = 0
                if fired < MOST:
                    await asyncio.sleep(EVERY)
        finally:
            for task in self._long:
                task.cancel()

    async def fire(self) -> int:
        """Do everything that is due now, at most 256; how many were due.

        Errands that look things up first may take long: they go on beside, and later ones need not wait for them. What
        only a newer replica knows is left to it.
        """
        handled = self._service.errands
        known = DUE | {"name": {"$in": list(handled)}}
        with quietly():
            due = await self._database.now().find(DEADLINES, known, sort=[("due", 1)], limit=MOST)
        for row in due:
            if handled[row["name"]].before and await self._put_off({"_id": row["_id"]} | DUE, CLAIM):
                self._set_off(row)
        soon = [row for row in due if not handled[row["name"]].before]
        alone = [row for row in soon if handled[row["name"]].fencing]  # nobody should wait for these
        together = [row for row in soon if not handled[row["name"]].fencing]
        for rows in [[row] for row in alone] + ([together] if together else []):
            await self._fire(rows)
        if self._long:
            await asyncio.wait(self._long, timeout=EVERY / 5)
        return len(due)

    def _set_off(self, row: Document) -> None:
        task = asyncio.create_task(self._fire_long(row), name=f"{self._service.name}: {row['name']}")
        self._long.add(task)
        task.add_done_callback(self._long.discard)

    async def _fire_long(self, row: Document) -> None:
        """Fire one errand, claimed meanwhile. If this process dies another takes it up once the claim has run out."""
        firing = asyncio.create_task(self._fire([row]))
        try:
            while not (await asyncio.wait([firing], timeout=CLAIM / 3))[0]:
                await self._put_off({"_id": row["_id"]}, CLAIM)
            await firing
        except (MongoError, Unavailable) as away:
            logger.warning("%s waits: %s", row["name"], str(away)[:200])
        except Exception:
            logger.exception("%s failed and is fired again", row["name"])
        finally:
            firing.cancel()

    async def _fire(self, rows: list[Document]) -> None:
        now = datetime.now(UTC)
        errands = [
            Errand(
                id=row["_id"],
                name=row["name"],
                aggregate_id=row["aggregate_id"],
                arrived=now,
                due=row["due"],
                part=row.get("part"),
            )
            for row in rows
        ]
        outcomes = await self._corridor.perform(
            [Work(errand, errand.id, errand.arrived, errand.key) for errand in errands], patience=10
        )
        for row, outcome in zip(rows, outcomes, strict=True):
            metrics.DEADLINES_FIRED.labels(row["name"]).inc()
            if isinstance(outcome, Exception):
                await self._put_off({"_id": row["_id"]}, min(60, 2 ** min(row["tries"], 6)), tries=1)

    async def _put_off(self, wanted: Document, seconds: float, tries: int = 0) -> bool:
        """Have a deadline fall due that much later, by MongoDB's clock; whether there was one such."""
        change = {
            "due": {"$add": ["$$NOW", int(1000 * seconds)]},
            "tries": {"$add": ["$tries", tries]},
            "rev": {"$add": ["$rev", 1]},
        }
        result = await self._database.collection(DEADLINES).update_one(wanted, [{"$set": change}])
        return bool(result.matched_count)


class Announcer:
    """Runs the errands that follow published events, as often as declared, and sweeps for any left out (P17).

    Commands that are under way go first, for a moment.
    """

    def __init__(self, service: Service, database: Database, corridor: Corridor) -> None:
        self._service = service
        self._database = database
        self._corridor = corridor
        self._by_type = {event.type(): announced for event, announced in service.announcing.items()}
        self._wanted: dict[tuple[str, UUID], str | None] = {}
        self._not_before: dict[tuple[str, UUID], float] = {}
        self._noticed = asyncio.Event()

    def said(self, row: Document) -> None:
        """Notice an event that the relay has published."""
        announced = self._by_type.get(row["type"])
        if announced is not None:
            self._notice(announced.errand, announced.of(row["aggregateid"]), row.get("traceparent"))

    def _notice(self, errand: str, aggregate_id: UUID, trace: str | None) -> None:
        traced = self._wanted.get((errand, aggregate_id))
        self._wanted[errand, aggregate_id] = traced if traced and traced.endswith("1") else trace
        self._noticed.set()

    async def run(self) -> None:
        """Announce for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._noticed.wait()
            self._noticed.clear()
            await self._corridor.calm.wait()
            ready = [each for each in self._wanted if self._not_before.get(each, 0) <= loop.time()]
            if ready:
                await self._announce(ready[:MOST])
            if self._wanted:
                self._noticed.set()
                soonest = min(self._not_before.get(each, 0) for each in self._wanted)
                await asyncio.sleep(max(0.0, soonest - loop.time()))

    async def _announce(self, wanted: list[tuple[str, UUID]]) -> None:
        loop = asyncio.get_running_loop()
        began, now = loop.time(), datetime.now(UTC)
        works = []
        for name, aggregate_id in wanted:
            trace = self._wanted.pop((name, aggregate_id))
            errand = Errand(id=uuid4(), name=name, aggregate_id=aggregate_id, arrived=now)
            works.append(Work(errand, errand.id, now, errand.key, trace))
        await self._corridor.perform(works, patience=2)
        # A large ballot takes longer to read: announce it less often, for a fifth of the time at most.
        rest = 5 * (loop.time() - began) / len(wanted)
        for name, aggregate_id in wanted:
            every = min(each.every for each in self._service.announcing.values() if each.errand == name)
            self._not_before[name, aggregate_id] = began + max(every, rest)
        if len(self._not_before) > 10_000:
            self._not_before = {each: at for each, at in self._not_before.items() if at > loop.time()}

    async def sweep(self) -> None:
        """Every second, notice what still has to be announced, whoever should have done it; the first time, of all."""
        everything = True
        while True:
            try:
                for errand, find in self._service.unannounced.items():
                    with quietly():
                        found: Iterable[UUID] = await find(self._database.now(), everything)
                    for aggregate_id in found:
                        self._notice(errand, aggregate_id, None)
                everything = False
            except (MongoError, Unavailable) as away:
                logger.warning("the sweep waits: %s", str(away)[:200])
            await asyncio.sleep(SWEEP_EVERY)
