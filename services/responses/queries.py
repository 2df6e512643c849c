"""What responses answers, to each what they may see."""

from collections.abc import Collection
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Document
from chassis.paging import page
from contracts import responses as contract
from contracts.access import RESPONDERS
from contracts.messages import Member, Page
from contracts.responses import (
    BodiesOf,
    CasesNamed,
    CasesPage,
    ClockKind,
    ClockState,
    DeskPage,
    MyCases,
    ThreadPage,
    concern_id,
)
from services.responses.case import NEVER, Case, words_of
from services.responses.concern import Concern, settlement_id
from services.responses.joiners import Slot
from services.responses.store import CASES, CONCERNS, EVERYONE, MESSAGES, SETTLEMENTS, Cases, Message


async def cases_named(query: CasesNamed, cases: Cases) -> list[contract.Case | None]:
    """Cases by id."""
    found = await cases.read_all(CASES, query.case_ids)
    told = await _told(found.values(), query.viewer, cases)
    return [told.get(case_id) for case_id in query.case_ids]


async def cases_page(query: CasesPage, cases: Cases) -> Page[contract.Case]:
    """Cases whose subjects hold all the words, newest first."""
    wanted: Document = {"state": query.state.value}
    if query.words:
        wanted["words"] = {"$all": list(words_of(query.words))}
    if query.kind:
        wanted["kind"] = query.kind.value
    found = await page(cases.session, CASES, wanted, "filed_at", query.window, descending=True)
    return await _page(found, query.viewer, cases)


async def my_cases(query: MyCases, cases: Cases) -> Page[contract.Case]:
    """What the viewer has filed or joined, by when they did."""
    if query.viewer is None:
        return Page[contract.Case](items=[], cursors=[], has_next=False, has_previous=False, total=0)
    wanted: Document = {"member_id": query.viewer.id, "left": False}
    found = await page(cases.session, CONCERNS, wanted, "since", query.window, descending=True)
    own = await cases.read_all(CASES, [concern.case_id for concern in found.items])
    items = [own[concern.case_id] for concern in found.items]
    return await _page(Page[Case].model_construct(**(dict(found) | {"items": items})), query.viewer, cases)


async def desk_page(query: DeskPage, cases: Cases) -> Page[contract.Case]:
    """What waits at the desk, by next due (rule 16)."""
    wanted: Document = {"state": query.state.value}
    if query.assignee_id or query.unassigned:
        wanted["assignee_id"] = None if query.unassigned else query.assignee_id
    if query.kind:
        wanted["kind"] = query.kind.value
    if query.breached is not None:
        wanted["breached"] = query.breached
    found = await page(cases.session, CASES, wanted, "due", query.window, descending=False)
    return await _page(found, query.viewer, cases)


async def bodies_of(query: BodiesOf, cases: Cases) -> list[str | None]:
    """Bodies, for whoever wrote them and the desk."""
    found = await cases.read_all(MESSAGES, query.case_ids)
    return [
        found[case_id].text if case_id in found and _reads(query.viewer, found[case_id]) else None
        for case_id in query.case_ids
    ]


async def thread_page(query: ThreadPage, cases: Cases) -> Page[contract.Message]:
    """What was written on a case: all of it for the desk; replies and what is their own for whom it concerns."""
    await cases.get(query.case_id)
    wanted: Document = {"case_id": query.case_id}
    if not RESPONDERS.by_role(query.viewer):
        wanted["reader"] = {"$in": await _reader(query.case_id, query.viewer, cases)}
    found = await page(cases.session, MESSAGES, wanted, "written_at", query.window, descending=False)
    authors = await cases.read_all(MEMBERS, {message.author_id for message in found.items})
    items = [
        contract.Message(
            id=each.id,
            case_id=each.case_id,
            kind=each.kind,
            author_id=each.author_id,
            author_name=authors[each.author_id].name if each.author_id in authors else None,
            text=each.text,
            written_at=each.written_at,
        )
        for each in found.items
    ]
    return Page[contract.Message](**(dict(found) | {"items": items}))


async def _reader(case_id: UUID, viewer: Member | None, cases: Cases) -> list[str]:
    """As whom somebody who is not of the desk reads a case."""
    if viewer is None:
        return []
    concern = await cases.concern(case_id, viewer.id)
    return [str(viewer.id), *([EVERYONE] if concern and not concern.left else [])]


def _reads(viewer: Member | None, body: Message) -> bool:
    return RESPONDERS.by_role(viewer) or (viewer is not None and viewer.id == body.author_id)


async def _page(found: Page[Case], viewer: Member | None, cases: Cases) -> Page[contract.Case]:
    told = await _told(found.items, viewer, cases)
    return Page[contract.Case](**(dict(found) | {"items": [told[case.id] for case in found.items]}))


async def _told(found: Collection[Case], viewer: Member | None, cases: Cases) -> dict[UUID, contract.Case]:
    """Cases as the viewer sees them, with one question per collection for all."""
    slots = await cases.slots([case.id for case in found if case.slotted])
    own = await _concerns(found, viewer, cases)
    desk = await _at_the_desk(found, viewer, cases)
    return {
        case.id: contract.Case(
            id=case.id,
            kind=case.kind,
            subject=case.subject,
            tags=case.tags,
            goal_id=case.goal_id,
            state=case.state,
            filed_at=case.filed_at,
            replied_at=case.replied_at,
            resolved_at=case.resolved_at,
            joiners=sum(slot.joined for slot in slots.get(case.id, ())),
            mine=_mine(own.get(case.id)),
            desk=desk.get(case.id),
            version=_version(case, slots.get(case.id, ()), own.get(case.id)),
        )
        for case in found
    }


def _version(case: Case, slots: Collection[Slot], own: Concern | None) -> int:
    """Of the picture: none of its parts ever counts down, so neither does the sum."""
    return case.version + sum(slot.n for slot in slots) + (own.version if own else 0)


async def _concerns(found: Collection[Case], viewer: Member | None, cases: Cases) -> dict[UUID, Concern]:
    """What cases are to the viewer; each clock as the reply that ended its round leaves it, be that written or not."""
    if viewer is None:
        return {}
    own = await cases.read_all(CONCERNS, [concern_id(case.id, viewer.id) for case in found])
    concerns = {concern.case_id: concern for concern in own.values()}
    behind = [concerns[case.id] for case in found if case.id in concerns and concerns[case.id].is_behind(case)]
    keys = [settlement_id(concern.case_id, concern.round + 1) for concern in behind]
    for settlement in (await cases.read_all(SETTLEMENTS, keys)).values():
        concerns[settlement.case_id].settle(settlement)
    return concerns


def _mine(own: Concern | None) -> contract.Mine | None:
    if own is None or own.left:
        return None
    clock = own.clock
    told = contract.Clock(
        kind=ClockKind(clock.kind.value),
        state=ClockState(clock.state.value),
        started_at=clock.started_at,
        due_at=clock.due_at,
    )
    return contract.Mine(filed=own.filed, since=own.since, clock=told)


async def _at_the_desk(found: Collection[Case], viewer: Member | None, cases: Cases) -> dict[UUID, contract.AtTheDesk]:
    """What only the desk sees."""
    if not RESPONDERS.by_role(viewer):
        return {}
    wanted = {case.filer_id for case in found} | {case.assignee_id for case in found if case.assignee_id}
    names = {member.id: member.name for member in (await cases.read_all(MEMBERS, wanted)).values()}
    return {
        case.id: contract.AtTheDesk(
            filer_id=case.filer_id,
            filer_name=names.get(case.filer_id),
            posted_at=case.posted_at,
            assignee_id=case.assignee_id,
            assignee_name=names.get(case.assignee_id) if case.assignee_id else None,
            next_due=None if case.due >= NEVER else case.due,
            breached=case.breached,
        )
        for case in found
    }
