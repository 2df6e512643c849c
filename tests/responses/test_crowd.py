"""Thousands join one case at once, on two replicas, while the desk replies again and again (R2, R5, P8, P14)."""

import asyncio
import os
import time
from collections import Counter
from uuid import UUID

from contracts.responses import CaseJoined, CaseReplied, ClockMet, JoinCase
from tests.responses.conftest import RITA, filed, news, replied, seen, settled
from tests.stage import Place, member, said

JOINERS = int(os.environ.get("JOINERS", "400"))  # JOINERS=5000 make test ARGS="tests/responses/test_crowd.py -s"
REPLIES = 8
AT_ONCE = 101  # members who join at the same time, of those who come one after another


async def test_everyone_is_counted_once_and_settled_by_the_first_reply_after_they_joined(place: Place) -> None:
    other, desk = place.replica("other"), place.replica("desk")
    case = await filed(place)
    crowd = [member(f"crowd-{number}") for number in range(JOINERS)]
    answering: list[asyncio.Task[float]] = []
    joined = 0

    async def join(some: range) -> None:
        nonlocal joined
        for number in some:
            await (place, other)[number % 2].tell(said(JoinCase, crowd[number], case_id=case))
            joined += 1
            if joined % (JOINERS // REPLIES) == 0:
                answering.append(asyncio.create_task(answer()))

    async def answer() -> float:
        asked = time.perf_counter()
        await replied(desk, case)
        return time.perf_counter() - asked

    began = time.perf_counter()
    await asyncio.gather(*(join(range(first, JOINERS, AT_ONCE)) for first in range(AT_ONCE)))
    longest = max(await asyncio.gather(*answering))
    took = time.perf_counter() - began

    concerns = await place.database.collection("concerns").find({"case_id": case, "filed": False}).to_list(None)
    rounds = {concern["member_id"]: concern["round"] for concern in concerns}
    assert len(rounds) == JOINERS == (await seen(place, case)).joiners
    assert await _rounds_as_recorded(place) == rounds
    asked = time.perf_counter()
    await settled(place, case)
    settling = time.perf_counter() - asked

    replies = [event.replied_at for event in await news(place, CaseReplied)]
    met = {event.member_id: event.met_at for event in await news(place, ClockMet)}
    assert len(met) == len(await news(place, ClockMet))
    for who, number in rounds.items():
        assert met.get(who) == (replies[number] if number < len(replies) else None)
    await place.errand("joiners", case)
    waiting = [concern["clock"]["due_at"] for concern in concerns if concern["round"] == len(replies)]
    view = (await seen(place, case, RITA)).desk
    assert view is not None
    assert view.next_due == min(waiting, default=None)
    print(f"\n{JOINERS} joined in {took:.1f} s among {len(replies)} replies, the slowest in {longest:.2f} s;", end=" ")
    print(f"the rest was settled in {settling:.1f} s; rounds with joiners: {len(Counter(rounds.values()))}")


async def _rounds_as_recorded(place: Place) -> dict[UUID, int]:
    """How many replies stood in the journal before each joiner did."""
    replies = 0
    found: dict[UUID, int] = {}
    for event in await place.journal():
        if isinstance(event, CaseReplied):
            replies += 1
        elif isinstance(event, CaseJoined):
            found[event.member_id] = replies
    return found
