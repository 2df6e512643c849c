"""Cases concern those who joined and did not leave, and every clock has one end, told once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from contracts.responses import (
    CaseFiled,
    CaseJoined,
    CaseLeft,
    CaseReplied,
    CaseResolved,
    ClockBreached,
    ClockCancelled,
    ClockEvent,
    ClockMet,
    ClockSettledLate,
    ClockWarned,
    JoinersChanged,
)
from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry

CLOCKS = (ClockWarned, ClockBreached, ClockMet, ClockSettledLate, ClockCancelled)


def cases_concern_who_joined(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """R2: filed once, joined once at a time; those who are counted are those who are there."""
    there: defaultdict[object, set[object]] = defaultdict(set)
    for event in books.told(CaseJoined, CaseLeft):
        joins = isinstance(event, CaseJoined)
        if joins is (event.member_id in there[event.case_id]):
            yield f"member {event.member_id} {'joined' if joins else 'left'} case {event.case_id} twice"
        (there[event.case_id].add if joins else there[event.case_id].discard)(event.member_id)
    filed = Counter(event.case_id for event in books.told(CaseFiled))
    cases = {case["_id"]: case for case in books.of("responses", "cases")}
    if set(filed) != set(cases) or set(filed.values()) - {1}:
        yield f"{sum(filed.values())} cases were filed, {len(cases)} are kept"
    kept: defaultdict[object, set[object]] = defaultdict(set)
    for concern in books.of("responses", "concerns"):
        if not concern["filed"] and not concern["left"]:
            kept[concern["case_id"]].add(concern["member_id"])
    counted: Counter[object] = Counter()
    for slot in books.of("responses", "slots"):
        counted[slot["case_id"]] += slot["joined"]
    told = {event.case_id: event.joiners for event in books.told(JoinersChanged)}
    for case_id, case in cases.items():
        numbers = {len(there[case_id]), len(kept[case_id]), counted[case_id], case["joiners"], told.get(case_id, 0)}
        if there[case_id] != kept[case_id] or len(numbers) > 1:
            yield f"case {case_id} is joined by {len(there[case_id])}, and said to be by {sorted(numbers)}"


def nobody_joins_what_is_resolved(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P8, R2: a member has joined before a case was resolved, or was refused."""
    resolved: set[object] = set()
    for event in books.told(CaseResolved, CaseJoined):
        if isinstance(event, CaseResolved):
            resolved.add(event.case_id)
        elif event.case_id in resolved:
            yield f"member {event.member_id} joined case {event.case_id} after it was resolved (P8)"


def clocks_fire_once(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """R6, rule 10; P4: each thing becomes of a clock at most once, and what ends it excludes the rest."""
    became: defaultdict[tuple[str, int], Counter[type[ClockEvent]]] = defaultdict(Counter)
    for event in books.told(*CLOCKS):
        became[event.key, event.number][type(event)] += 1
    for clock, kinds in became.items():
        if max(kinds.values()) > 1 or not _can_be(set(kinds)):
            yield f"clock {clock} came to {', '.join(f'{kind.__name__} x{n}' for kind, n in kinds.items())}"


def every_clock_ends(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P8, R5: by now each clock is breached or settled, and whoever waited when a reply came was reached by it."""
    rounds: Counter[object] = Counter(event.case_id for event in books.told(CaseReplied, CaseResolved))
    for concern in books.of("responses", "concerns"):
        state, owed = concern["clock"]["state"], concern["owed"]
        if state in ("pending", "warned"):
            yield f"the clock of {concern['_id']} still runs"
        if owed and concern["round"] < rounds[concern["case_id"]]:
            yield f"{concern['_id']} waits for a reply that was given (P8)"


def _can_be(kinds: set[type[ClockEvent]]) -> bool:
    met, late, off = ClockMet in kinds, ClockSettledLate in kinds, ClockCancelled in kinds
    breached = ClockBreached in kinds
    return met + late + off <= 1 and not (met and breached) and not (late and not breached)
