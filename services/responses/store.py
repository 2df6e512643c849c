"""What responses keeps: cases, what each is to whom, what was written on them, and the slots that count joiners."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Index, Kept, Ref
from chassis.mongo import Database
from chassis.service import Errand, Fence
from chassis.session import Session
from chassis.store import Store
from contracts.access import RESPONDERS
from contracts.responses import CaseCommand, ConcernEvent, MessageKind, NoSuchCase, concern_id
from services.responses.case import Case
from services.responses.concern import Concern, Settlement, settlement_id
from services.responses.joiners import SLOTS as SLOTS_OF_A_CASE
from services.responses.joiners import Slot, slot_id, slot_ids, slot_of

EVERYONE = "everyone"  # whom the case concerns
DESK = "desk"
LAG = timedelta(seconds=5)  # a reply that arrived in time may still be on its way: sweep no nearer to now (P16)
AT_ONCE = 200  # clocks settled in one transaction


@dataclass
class Message:
    """Something written on a case. `reader` is everyone, the desk alone, or the member (by id) who wrote it."""

    id: UUID
    case_id: UUID
    kind: MessageKind
    reader: str
    author_id: UUID
    text: str
    written_at: datetime


@dataclass
class KnownGoal:
    """What responses knows of a goal."""

    id: UUID
    active: bool
    version: int


CASES = Kept(
    "cases",
    Case,
    indexes=(
        Index((("state", 1), ("due", 1), ("_id", 1), ("kind", 1), ("breached", 1))),
        Index((("state", 1), ("assignee_id", 1), ("due", 1), ("_id", 1), ("kind", 1), ("breached", 1))),
        Index((("state", 1), ("filed_at", -1), ("_id", -1), ("kind", 1))),
        Index((("words", 1), ("state", 1), ("filed_at", -1), ("_id", -1), ("kind", 1))),
    ),
)
CONCERNS = Kept(
    "concerns",
    Concern,
    indexes=(
        Index((("case_id", 1), ("owed", 1), ("round", 1), ("clock.due_at", 1))),
        Index((("member_id", 1), ("left", 1), ("since", -1), ("_id", -1))),
    ),
)
MESSAGES = Kept(
    "messages",
    Message,
    indexes=(
        Index((("case_id", 1), ("written_at", 1), ("_id", 1))),
        Index((("case_id", 1), ("reader", 1), ("written_at", 1), ("_id", 1))),
    ),
)
SETTLEMENTS = Kept("settlements", Settlement)
SLOTS = Kept("slots", Slot, indexes=(Index((("moved", 1),)),))
GOALS = Kept("goals", KnownGoal)


class Cases(Store):
    """The state of responses."""

    kept = (CASES, CONCERNS, MESSAGES, SETTLEMENTS, SLOTS, GOALS, MEMBERS)

    # -- what messages touch ----------------------------------------------------------------------------------------

    @staticmethod
    def filing(message: Any, replica: str) -> Iterable[Ref]:
        """What a filing reads."""
        return (GOALS.ref(message.goal_id),) if message.goal_id else ()

    @staticmethod
    def named(message: Any, replica: str) -> Iterable[Ref]:
        """The case that a message is about."""
        return (CASES.ref(message.case_id),)

    @staticmethod
    def concerned(message: Any, replica: str) -> Iterable[Ref]:
        """The case, and what it is to the member."""
        return (CASES.ref(message.case_id), CONCERNS.ref(concern_id(message.case_id, message.member.id)))

    @staticmethod
    def slot(message: Any, replica: str) -> Iterable[Ref]:
        """The slot through which this replica counts."""
        return (SLOTS.ref(slot_id(message.case_id, slot_of(replica))),)

    @staticmethod
    def sweeping(errand: Errand, replica: str) -> Iterable[Ref]:
        """The clock that a sweep looks at, and its case."""
        return (CASES.ref(errand.aggregate_id), CONCERNS.ref(f"{errand.aggregate_id}:{errand.part}"))

    @staticmethod
    def counting(errand: Errand, replica: str) -> Iterable[Ref]:
        """What a count of joiners compares."""
        return (CASES.ref(errand.aggregate_id), *(SLOTS.ref(slot) for slot in slot_ids(errand.aggregate_id)))

    # -- cases ------------------------------------------------------------------------------------------------------

    async def get(self, case_id: UUID) -> Case:
        """A case. Refuses `NoSuchCase`."""
        case = await self.read(CASES, case_id)
        if case is None:
            raise NoSuchCase(path=("caseId",))
        return case

    def say(self, id: UUID, case_id: UUID, kind: MessageKind, by: UUID, text: str, at: datetime) -> None:
        """Keep something written on a case, for those who may read it."""
        reader = {MessageKind.REPLY: EVERYONE, MessageKind.NOTE: DESK}.get(kind, str(by))
        self.write(MESSAGES, Message(id, case_id, kind, reader, by, text, at))

    # -- concerns and their clocks ----------------------------------------------------------------------------------

    async def concern(self, case_id: UUID, member_id: UUID) -> Concern | None:
        """What a case is to a member; None where it never concerned them."""
        return await self.read(CONCERNS, concern_id(case_id, member_id))

    def keep(self, concern: Concern) -> None:
        """Keep a concern, and look at its clock when something may become of it (rule 11)."""
        wakes, part = concern.clock.wakes_at, str(concern.member_id)
        if wakes != concern.reminded:
            if concern.reminded:
                self.unremind("clock", concern.case_id, concern.reminded + LAG, part)
            if wakes:
                self.remind("clock", concern.case_id, wakes + LAG, part)
            concern.reminded = wakes
        self.write(CONCERNS, concern)

    async def caught_up(self, concern: Concern, case: Case) -> list[ConcernEvent]:
        """Let a concern catch up with the reply or resolution that ended its round, if there was one."""
        if not concern.is_behind(case):
            return []
        key = settlement_id(case.id, concern.round + 1)
        settlement = await self.read(SETTLEMENTS, key)
        if settlement is None:
            raise RuntimeError(f"settlement {key} is missing")
        return concern.settle(settlement)

    async def earliest_owed(self, case: Case) -> Concern | None:
        """The concern of this round that is due first."""
        wanted = {"case_id": case.id, "owed": True, "round": case.round}
        found = await self.find(CONCERNS, wanted, sort=[("clock.due_at", 1)], limit=1)
        return found[0] if found else None

    async def owes_a_breached(self, case: Case) -> bool:
        """Whether an open clock of this round is breached."""
        wanted = {"case_id": case.id, "owed": True, "round": case.round, "clock.state": "breached"}
        return bool(await self.find(CONCERNS, wanted, limit=1))

    # -- joiners ----------------------------------------------------------------------------------------------------

    async def count(self, case: Case, change: int, at: datetime) -> None:
        """Count who joined or left through this replica's slot.

        The first of all lays the slots and writes the case for it, so that it conflicts with whoever else does, and
        with a reply, which finds no slots to write (P8).
        """
        number = slot_of(self.replica)
        if not case.slotted:
            case.slotted = True
            self.write(CASES, case)
            self.write(SLOTS, *(Slot(key, case.id, place) for place, key in enumerate(slot_ids(case.id))))
        slot = await self.read(SLOTS, slot_id(case.id, number))
        if slot is None:
            raise RuntimeError(f"slot {number} of case {case.id} is missing")
        slot.n += 1
        slot.joined += change
        slot.moved = at
        self.write(SLOTS, slot)

    async def slots(self, case_ids: Iterable[UUID]) -> dict[UUID, list[Slot]]:
        """All slots of some cases, with one question for all."""
        found = await self.read_all(SLOTS, [key for case_id in case_ids for key in slot_ids(case_id)])
        slots: dict[UUID, list[Slot]] = {}
        for slot in found.values():
            slots.setdefault(slot.case_id, []).append(slot)
        return slots


def all_slots(command: CaseCommand) -> Fence:
    """Every slot of a case, written at once: whatever ends a round does this first (P14).

    A member who joins either has committed before, and is settled by it, or conflicts, comes again and sees it. For who
    is not of the desk there is nothing to fence: the command will be refused.
    """
    ids = slot_ids(command.case_id) if RESPONDERS.by_role(command.member) else []
    change = {"$inc": {"n": 1, "rev": 1}, "$currentDate": {"moved": True}}
    return Fence("slots", {"_id": {"$in": ids}}, change, expected=SLOTS_OF_A_CASE)


async def who_waited(errand: Errand, database: Database) -> list[str]:
    """Concerns of a case that a reply or resolution has not settled yet, at most as many as are settled at once."""
    case = await database.collection(CASES.collection).find_one({"_id": errand.aggregate_id}, {"round": 1})
    if case is None:
        return []
    wanted = {"case_id": errand.aggregate_id, "owed": True, "round": {"$lt": case["round"]}}
    rows = database.collection(CONCERNS.collection).find(wanted, {"_id": 1}, limit=AT_ONCE)
    return [row["_id"] async for row in rows]


async def uncounted(session: Session, everything: bool) -> list[UUID]:
    """Cases whose slots have moved past what was counted: lately, or within a day (as P17).

    A slot moves when its joiner arrived, which may be a quarter of a minute before it was committed.
    """
    since = datetime.now(UTC) - (timedelta(days=1) if everything else timedelta(minutes=1))
    slots = await session.find("slots", {"moved": {"$gte": since}}, fields={"case_id": 1, "slot": 1, "n": 1})
    cases = {slot["case_id"] for slot in slots}
    rows = await session.find("cases", {"_id": {"$in": list(cases)}}, fields={"counted": 1}) if cases else []
    counted = {(row["_id"], int(slot)): n for row in rows for slot, n in row["counted"].items()}
    return list({slot["case_id"] for slot in slots if counted.get((slot["case_id"], slot["slot"]), 0) != slot["n"]})
