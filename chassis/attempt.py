"""One attempt at a batch: a transaction in which each message is handled in turn, and all that was accepted commits."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from bson import Timestamp

from chassis.kept import Document, Kept, Ref
from chassis.mongo import Database
from chassis.outbox import OUTBOX, RECEIPTS, answer_of, fingerprint, receipt, rows, traces_of
from chassis.service import Errand, Service
from chassis.session import Conflict, MongoError, Session, Unavailable
from chassis.store import DEADLINES, Documents
from contracts.access import TABLE, admit
from contracts.messages import Command, Done, Event, KeyReused, MayBeEarly, Member

BATCH_SECONDS = 5  # P1
MEMBERS: Kept[Member] = Kept("members", Member)
HEARD = "heard"


class HeldBack(Exception):
    """An earlier message of the same key failed or is early; this one waits for it (P7, P10)."""


@dataclass(eq=False)
class Work:
    """One message on its way through the corridor."""

    message: Command | Event | Errand
    id: UUID
    at: datetime
    key: str
    trace: str | None = None
    size: int = 0
    recorded: Timestamp | None = None
    origin: str = ""  # topic and partition it was heard on

    @cached_property
    def fingerprint(self) -> str | None:
        """What was asked (P4)."""
        return fingerprint(self.message)


Outcome = Done | Exception


@dataclass
class Attempt:
    """Handles a batch once. Outcomes may be told once `run` has returned: none leaves before the commit (P1)."""

    service: Service
    database: Database
    replica: str
    acquainted: dict[UUID, Member]  # members whose record is known to be as it is here
    outcomes: dict[Work, Outcome] = field(default_factory=dict)
    _met: dict[UUID, Member] = field(default_factory=dict)

    async def run(self, batch: Sequence[Work]) -> dict[Work, Outcome]:
        """Outcomes of every message. Raises `Conflict` or `Unavailable`, or what MongoDB said of the writes."""
        for work in batch:
            await self._look_up(work)
        async with asyncio.timeout(BATCH_SECONDS):
            async with self.database.transaction() as session:
                await self._perform(batch, session)
        self.acquainted |= self._met
        return self.outcomes

    async def _not_done(self, batch: Sequence[Work], documents: Documents) -> list[Work]:
        """Messages that are neither done nor a twin of one before them (P1, P3); the others are answered.

        Asked of the same snapshot that the handlers see: a twin committed in between would look like nothing to do.
        """
        fresh: dict[UUID, Work] = {}
        for work in batch:
            trace = await self._trace(work, documents)
            if trace is not None:
                answer, asked = answer_of(trace)
                self.outcomes[work] = answer if asked == work.fingerprint else KeyReused()
            elif work.id not in fresh:
                fresh[work.id] = work
            elif fresh[work.id].fingerprint != work.fingerprint:
                self.outcomes[work] = KeyReused()
        return list(fresh.values())

    async def _trace(self, work: Work, documents: Documents) -> Document | None:
        if not self.service.handled(work.message).receipt:
            return None
        event, receipt = traces_of(work.id, self.service.name)
        return await documents.get(event) or await documents.get(receipt)

    def _touched(self, work: Work) -> list[Ref]:
        """All that is known to be read for a message, so that a batch reads it at once."""
        handled, message = self.service.handled(work.message), work.message
        touched: list[Ref] = [*traces_of(work.id, self.service.name)] if handled.receipt else []
        if isinstance(message, Errand) and message.due:
            touched.append((DEADLINES, message.id))
        if isinstance(message, Command) and self.acquainted.get(message.member.id) != message.member:
            touched.append(MEMBERS.ref(message.member.id))
        if work.recorded:
            touched.append((HEARD, work.origin))
        for touch in handled.touching:
            touched.extend(touch(message, self.replica))
        return touched

    async def _look_up(self, work: Work) -> None:
        handled = self.service.handled(work.message)
        if handled.before and isinstance(work.message, Errand):
            found = await handled.before(work.message, self.database)
            work.message = work.message.model_copy(update={"found": found})

    async def _perform(self, batch: Sequence[Work], session: Session) -> None:
        for work in batch:
            await self._fence(work, session)
        documents = Documents(session)
        await documents.fetch(ref for work in batch for ref in self._touched(work))
        fresh = await self._not_done(batch, documents)
        outbox: list[Document] = []
        receipts: list[Document] = []
        failed: set[str] = set()
        for work in fresh:
            if work.key in failed:
                self.outcomes[work] = HeldBack()
                continue
            try:
                self.outcomes[work] = await self._handle(work, documents, outbox, receipts)
            except (Conflict, Unavailable, MongoError, TimeoutError):
                raise
            except Exception as fault:
                self.outcomes[work] = fault
                if isinstance(fault, MayBeEarly) or not isinstance(work.message, Command):
                    failed.add(work.key)
        await self._note_heard(fresh, documents)
        await documents.conclude({OUTBOX: outbox, RECEIPTS: receipts})

    async def _fence(self, work: Work, session: Session) -> None:
        fencing = self.service.handled(work.message).fencing
        if fencing is None:
            return
        fence = fencing(work.message)
        matched = await session.update_all(fence.collection, fence.wanted, fence.change)
        if matched not in (0, fence.expected):
            raise RuntimeError(f"{matched} of {fence.expected} documents of {fence.collection} stood for {work.key}")

    async def _handle(
        self, work: Work, documents: Documents, outbox: list[Document], receipts: list[Document]
    ) -> Outcome:
        """Run one handler; what it saved and said is taken over only after it has returned."""
        message = work.message
        if isinstance(message, Command) and not TABLE[type(message)].owner:
            admit(message)
        store = self.service.store(documents, self.replica)
        if isinstance(message, Errand) and message.due and await documents.get((DEADLINES, message.id)) is None:
            return Done()  # taken back, or fired already by another replica
        handled = self.service.handled(message)
        events = await handled.by(message, store)
        said, answer = rows(message, work.id, work.at, self.service.name, events, work.trace)
        if isinstance(message, Errand) and message.due:
            store.staged[DEADLINES, message.id] = None
        if isinstance(message, Command) and self.acquainted.get(message.member.id) != message.member:
            self._met[message.member.id] = message.member
            known = await documents.get(MEMBERS.ref(message.member.id))
            if known is None or MEMBERS.load(known) != message.member:
                store.write(MEMBERS, message.member)
        documents.merge(store.staged)
        outbox.extend(said)
        if not said and handled.receipt:
            receipts.append(receipt(message, work.id, work.at))
        return answer

    async def _note_heard(self, works: list[Work], documents: Documents) -> None:
        """Remember the newest moment heard per topic and partition, for a refill of the broker (P21)."""
        newest: dict[str, Timestamp] = {}
        for work in works:
            if work.recorded and not isinstance(self.outcomes.get(work), Exception):
                newest[work.origin] = max(newest.get(work.origin, work.recorded), work.recorded)
        for origin, recorded in newest.items():
            before = await documents.get((HEARD, origin))
            if before is None or before["recorded"] < recorded:
                documents.merge({(HEARD, origin): {"_id": origin, "recorded": recorded}})


def settle_twins(batch: Sequence[Work], outcomes: dict[Work, Outcome]) -> None:
    """Give every twin the first's answer (P1)."""
    if len(outcomes) >= len(batch):
        return
    first = {work.id: outcomes[work] for work in reversed(batch) if work in outcomes}
    for work in batch:
        with suppress(KeyError):
            outcomes.setdefault(work, first[work.id])
