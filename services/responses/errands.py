"""What responses does when time comes: clocks that are swept and settled, and joiners that are counted."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.service import Errand
from contracts.messages import Event
from contracts.responses import ConcernEvent, JoinersChanged
from services.responses.store import AT_ONCE, CASES, CONCERNS, LAG, Cases

TICK = timedelta(milliseconds=1)


async def sweep_clock(errand: Errand, cases: Cases) -> Sequence[Event]:
    """Record what time alone has done to a clock (rules 10 and 11). One that a reply ended is the settling's matter.

    The time is the one it was to be looked at: MongoDB's clock says that it has come, ours may be anywhere (P16).
    """
    case = await cases.get(errand.aggregate_id)
    concern = await cases.read(CONCERNS, f"{errand.aggregate_id}:{errand.part}")
    if concern is None or concern.round < case.round:
        return []
    events = concern.sweep((errand.due or errand.arrived) - LAG)
    cases.keep(concern)
    news = case.hear(events)
    if news:
        cases.write(CASES, case)
    return [*events, *news]


async def settle_clocks(errand: Errand, cases: Cases) -> Sequence[Event]:
    """Settle some of those who waited when a reply or resolution came; then the next, until there are none (R5)."""
    case = await cases.get(errand.aggregate_id)
    events: list[ConcernEvent] = []
    for concern in (await cases.read_all(CONCERNS, errand.found)).values():
        events += await cases.caught_up(concern, case)
        cases.keep(concern)
    if len(errand.found) == AT_ONCE:
        cases.remind("settle", case.id, max(errand.arrived, (errand.due or errand.arrived) + TICK), errand.part)
    return events


async def count_joiners(errand: Errand, cases: Cases) -> Sequence[JoinersChanged]:
    """Bring a case up to date with who joined and left since it was last counted; say so if it differs (rule 16)."""
    case = await cases.read(CASES, errand.aggregate_id)
    if case is None:
        return []
    slots = (await cases.slots([case.id])).get(case.id, [])
    vector = {slot.slot: slot.n for slot in slots if slot.n}
    if vector == case.counted:
        return []
    first = await cases.earliest_owed(case)
    breached = case.breached and await cases.owes_a_breached(case)
    due = first.clock.next_due if first else None
    events = case.count(sum(slot.joined for slot in slots), vector, due, breached)
    cases.write(CASES, case)
    return events
