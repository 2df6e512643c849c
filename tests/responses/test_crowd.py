"""Thousands join one case at once, on two replicas, while the desk replies (R2, R5, P8, P14)."""

import asyncio
import os
import time
from collections import Counter

from contracts.responses import CaseReplied, ClockMet, JoinCase
from tests.responses.conftest import RITA, filed, news, replied, seen, settled
from tests.stage import Place, member, said

JOINERS = int(os.environ.get("JOINERS", "400"))  # JOINERS=5000 make test ARGS="tests/responses/test_crowd.py -s"
REPLIES = 3


async def test_everyone_is_counted_once_and_settled_by_the_first_reply_after_they_joined(place: Place) -> None:
    other = place.replica("other")
    case = await filed(place)
    crowd = [member(f"crowd-{number}") for number in range(JOINERS)]
    began = time.perf_counter()
    joining = [
        asyncio.create_task((place, other)[number % 2].tell(said(JoinCase, each, case_id=case)))
        for number, each in enumerate(crowd)
    ]
    for number in range(REPLIES):
        for task in joining[: JOINERS * (number + 1) // (REPLIES + 1)]:
            await task
        asked = time.perf_counter()
        await replied((place, other)[number % 2], case)
        print(f"reply {number + 1} took {time.perf_counter() - asked:.3f} s among the joiners")
    await asyncio.gather(*joining)
    print(f"{JOINERS} joined in {time.perf_counter() - began:.2f} s")

    concerns = await place.database.collection("concerns").find({"case_id": case, "filed": False}).to_list(None)
    rounds = Counter(concern["round"] for concern in concerns)
    assert len(concerns) == JOINERS == (await seen(place, case)).joiners
    began = time.perf_counter()
    await settled(place, case)
    print(f"settled in {time.perf_counter() - began:.2f} s; joined before each reply: {dict(rounds)}")

    replies = [event.replied_at for event in await news(place, CaseReplied)]
    met = {event.member_id: event.met_at for event in await news(place, ClockMet)}
    for concern in concerns:
        settled_by = replies[concern["round"]] if concern["round"] < REPLIES else None
        assert met.get(concern["member_id"]) == settled_by
    assert len(met) == len(await news(place, ClockMet))
    await place.errand("joiners", case)
    owed = [concern for concern in concerns if concern["round"] == REPLIES]
    desk = (await seen(place, case, RITA)).desk
    assert desk is not None
    assert desk.next_due == min((concern["clock"]["due_at"] for concern in owed), default=None)
