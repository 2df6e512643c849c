"""Commands side by side: a replica's lanes, and the order that every key keeps in them."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.attempt import Work
from contracts.access import ANY_MEMBER, TABLE
from contracts.messages import Done
from services.voting.store import own_gate
from services.voting.tally import LANES
from tests.chassis.jars import JARS, PutIn, jars
from tests.stage import Place, Stage, said


class Held:
    """Lets attempts begin only once they may, and remembers what began."""

    def __init__(self, place: Place) -> None:
        self.may = asyncio.Event()
        self.begun: list[list[UUID]] = []
        self._attempt = place.corridor._attempt

    async def __call__(self, part: list[Work], lane: int) -> Any:
        """An attempt."""
        self.begun.append([work.id for work in part])
        if len(self.begun) == 1:
            await self.may.wait()
        return await self._attempt(part, lane)


@pytest.fixture
async def place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Jars whose replica has two lanes."""
    monkeypatch.setitem(TABLE, PutIn, ANY_MEMBER)
    return await stage.place(replace(jars, lanes=2))


@pytest.fixture
def held(place: Place, monkeypatch: pytest.MonkeyPatch) -> Held:
    """The first attempt waits until it may go on."""
    held = Held(place)
    monkeypatch.setattr(place.corridor, "_attempt", held)
    return held


def put(jar: UUID, thing: str) -> PutIn:
    return said(PutIn, jar_id=jar, thing=thing)


async def test_another_key_need_not_wait_for_a_batch_under_way(place: Place, held: Held) -> None:
    [slow] = place.corridor.line_up([(put(uuid4(), "salt"), None)], 500)
    async with asyncio.timeout(5):
        assert isinstance(await place.tell(put(uuid4(), "salt")), Done)
    assert not slow.done()
    held.may.set()
    await slow


async def test_a_key_keeps_its_order_whichever_lane_is_calm(place: Place, held: Held) -> None:
    jar = uuid4()
    first = place.corridor.line_up([(put(jar, "salt"), None)], 500)
    second = place.corridor.line_up([(put(jar, "pepper"), None), (put(uuid4(), "salt"), None)], 500)
    async with asyncio.timeout(5):
        await second[1]
    assert not second[0].done()
    held.may.set()
    await asyncio.gather(*first, *second)
    found = await place.database.collection(JARS.collection).find_one({"_id": jar})
    assert found is not None
    assert found["things"] == ["salt", "pepper"]


async def test_what_comes_together_stays_together(place: Place, held: Held) -> None:
    """A batch of the gateway's is one batch here too: two halves would cost half as much again."""
    together = [put(uuid4(), "salt") for _ in range(10)]
    held.may.set()
    await asyncio.gather(*place.corridor.line_up([(each, None) for each in together], 500))
    assert held.begun == [[each.id for each in together]]


@pytest.mark.parametrize("replica", [f"voting-{number}" for number in range(20)])
def test_p14_no_two_lanes_of_a_replica_share_a_gate(replica: str) -> None:
    assert len({own_gate(f"{replica}~{lane}" if lane else replica) for lane in range(LANES)}) == LANES
