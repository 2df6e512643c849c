"""What a transaction writes: what differs, and no more; and nothing that somebody else has changed meanwhile."""

import asyncio
import gc
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.kept import Document
from chassis.session import Conflict, difference
from tests.chassis.jars import jars
from tests.stage import Place, Stage

NAMES = st.sampled_from(["salt", "pepper", "a.b", "$price", "", "z"])
PLAIN = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["x", "y"]), st.lists(st.integers(0, 2), max_size=2))
FIELDS = st.sampled_from(["marks", "things", "text", "count"])
DOCUMENTS = st.dictionaries(FIELDS, st.one_of(PLAIN, st.dictionaries(NAMES, PLAIN, max_size=4)), max_size=4)


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Somewhere to write."""
    return await stage.place(jars)


async def _written(place: Place, before: Document, after: Document) -> Document | None:
    key = uuid4()
    async with place.database.transaction() as session:
        await session.conclude({"jars": [(None, {"_id": key} | before, key)]}, {})
    async with place.database.transaction() as session:
        found = await session.read({"jars": [key]})
        await session.conclude({"jars": [(found["jars", key], {"_id": key} | after, key)]}, {})
    return await place.database.collection("jars").find_one({"_id": key}, {"_id": 0})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=DOCUMENTS, after=DOCUMENTS)
async def test_a_changed_document_is_what_it_shall_be_whatever_differs(
    place: Place, before: Document, after: Document
) -> None:
    assert await _written(place, before, after) == before | after | {"rev": 2}


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"marks": {"a": 1, "b": 2}}, {"marks": {"a": 1, "b": 3}}, {"$set": {"marks.b": 3}}),
        ({"marks": {"a": 1}}, {"marks": {"a": 1, "c": 3}}, {"$set": {"marks.c": 3}}),
        ({"marks": {"a": 1, "b": 2}}, {"marks": {"b": 2}}, {"$set": {}, "$unset": {"marks.a": ""}}),
        ({"marks": {}}, {"marks": {"a": 1}}, {"$set": {"marks": {"a": 1}}}),
        ({"text": "x", "new": 1}, {"text": "y"}, {"$set": {"text": "y"}}),
        ({}, {"marks": {}}, {"$set": {"marks": {}}}),
    ],
)
def test_only_what_differs_is_written(before: Document, after: Document, change: dict[str, Any]) -> None:
    assert difference(before, after) == change


async def _overtaken(place: Place, key: UUID, first: Document | None, late: Document) -> None:
    """Read a document, have somebody else write it first, then write it."""
    async with place.database.transaction() as slow:
        seen = (await slow.read({"jars": [key]})).get(("jars", key))
        async with place.database.transaction() as quick:
            await quick.conclude({"jars": [(seen, first, key)]}, {})
        await slow.conclude({"jars": [(seen, late, key)]}, {})


@pytest.mark.parametrize("by", ["a change", "erasing it", "writing it first"])
async def test_what_somebody_else_did_since_it_was_read_is_a_conflict(place: Place, by: str) -> None:
    """P2: however the other got ahead, the later of the two has to look again."""
    key = uuid4()
    if by != "writing it first":
        async with place.database.transaction() as session:
            await session.conclude({"jars": [(None, {"_id": key, "n": 0}, key)]}, {})
    first = None if by == "erasing it" else {"_id": key, "n": 1}
    with pytest.raises(Conflict):
        await _overtaken(place, key, first, {"_id": key, "n": 2})
    found = await place.database.collection("jars").find_one({"_id": key}, {"rev": 0})
    assert found == first


async def test_a_failure_that_a_cancelled_caller_will_not_hear_is_no_alarm(place: Place) -> None:
    """Whoever ran out of time (P1) tries again; the log of an operator does not hear of it as an error."""
    gc.collect()  # what others left is theirs
    alarms: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, alarm: alarms.append(alarm))
    try:
        asking = asyncio.create_task(place.database.now().find("jars", {"$nonsense": 1}))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        del asking
        gc.collect()
    finally:
        loop.set_exception_handler(None)

    assert alarms == []
