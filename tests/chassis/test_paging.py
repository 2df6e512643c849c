"""Lists in parts: every item once, in order, forwards and backwards, and no cursor but those given out (G2)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import printable
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.changes import Changes
from chassis.kafka import record_of
from chassis.kept import Index, Kept
from chassis.mongo import Database
from chassis.paging import DEFAULT, page
from contracts.messages import NoSuchCursor, Page, Window
from services.ideas.app import ideas
from tests.stage import Place, Stage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Card:
    """Something in a list."""

    id: UUID
    box: UUID
    at: datetime
    rank: int


CARDS = Kept("cards", Card, indexes=(Index((("box", 1), ("rank", -1), ("_id", -1))),))
some_times = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ranks = st.lists(st.integers(0, 3), max_size=9)
sizes = st.integers(1, 4)
fields = st.sampled_from(["rank", "at", None])


@pytest.fixture
async def place(stage: Stage) -> Place:
    """A database."""
    place = await stage.place(ideas)
    await place.database.prepare([CARDS])
    return place


async def boxed(database: Database, *ranked: int) -> UUID:
    """A box of cards; their moments rise with their ranks."""
    box = uuid4()
    cards = [Card(uuid4(), box, NOON + timedelta(milliseconds=rank), rank) for rank in ranked]
    await database.now().insert(CARDS.collection, [CARDS.dump(card) for card in cards])
    return box


async def part(
    database: Database, box: UUID, by: str | None = "rank", descending: bool = False, **window: Any
) -> Page[Card]:
    """One part of a box."""
    return await page(database.now(), CARDS, {"box": box}, by, Window(**window), descending)


async def sorted_cards(database: Database, box: UUID, by: str | None, descending: bool) -> list[Card]:
    """The whole box, as it should come."""
    rows = await database.now().find(CARDS.collection, {"box": box})
    return sorted(map(CARDS.load, rows), key=lambda card: _place(card, by), reverse=descending)


def _place(card: Card, by: str | None) -> tuple[Any, bytes]:
    return (getattr(card, by) if by else 0, card.id.bytes)


@some_times
@given(ranked=ranks, size=sizes, by=fields, descending=st.booleans())
async def test_forwards_every_item_comes_once_and_in_order(
    place: Place, ranked: list[int], size: int, by: str | None, descending: bool
) -> None:
    box = await boxed(place.database, *ranked)
    expected = await sorted_cards(place.database, box, by, descending)
    seen: list[Card] = []
    after = None
    while True:
        found = await part(place.database, box, by, descending, first=size, after=after)
        seen += found.items
        assert found.total == len(ranked)
        assert found.has_previous is (after is not None)
        assert found.has_next is (len(seen) < len(ranked))
        assert len(found.cursors) == len(found.items) <= size
        if not found.has_next:
            break
        after = found.cursors[-1]

    assert seen == expected


@some_times
@given(ranked=ranks, size=sizes, by=fields, descending=st.booleans())
async def test_backwards_is_the_mirror(
    place: Place, ranked: list[int], size: int, by: str | None, descending: bool
) -> None:
    box = await boxed(place.database, *ranked)
    expected = await sorted_cards(place.database, box, by, descending)
    seen: list[Card] = []
    before = None
    while True:
        found = await part(place.database, box, by, descending, last=size, before=before)
        seen = found.items + seen
        assert found.has_next is (before is not None)
        assert found.has_previous is (len(seen) < len(ranked))
        if not found.has_previous:
            break
        before = found.cursors[0]

    assert seen == expected


@some_times
@given(ranked=st.lists(st.integers(0, 2), min_size=2, max_size=8), descending=st.booleans(), data=st.data())
async def test_between_two_cursors_lies_what_lies_between(
    place: Place, ranked: list[int], descending: bool, data: st.DataObject
) -> None:
    box = await boxed(place.database, *ranked)
    whole = await part(place.database, box, "rank", descending, first=100)
    low = data.draw(st.integers(0, len(ranked) - 2))
    high = data.draw(st.integers(low + 1, len(ranked) - 1))

    bounds = {"after": whole.cursors[low], "before": whole.cursors[high]}

    for size in ({"first": 100}, {"last": 100}):
        found = await part(place.database, box, "rank", descending, **bounds, **size)
        assert found.items == whole.items[low + 1 : high]
        assert (found.has_previous, found.has_next) == (True, True)


@pytest.mark.parametrize("descending", [False, True])
async def test_what_is_added_before_the_cursor_moves_nothing_behind_it(place: Place, descending: bool) -> None:
    box = await boxed(place.database, 1, 1, 1, 2, 2, 3)
    before = await part(place.database, box, descending=descending, first=3)
    rest = (await part(place.database, box, descending=descending, first=9, after=before.cursors[-1])).items
    first = before.items[0]
    added = Card(uuid4(), box, NOON, first.rank + (1 if descending else -1))
    await place.database.now().insert(CARDS.collection, [CARDS.dump(added)])

    after = await part(place.database, box, descending=descending, first=9, after=before.cursors[-1])

    assert after.items == rest
    assert after.total == 7


async def test_a_cursor_stands_though_its_item_is_gone(place: Place) -> None:
    box = await boxed(place.database, 1, 2, 3)
    whole = await part(place.database, box, first=9)
    await place.database.collection(CARDS.collection).delete_one({"_id": whole.items[1].id})

    assert (await part(place.database, box, first=9, after=whole.cursors[1])).items == [whole.items[2]]


async def test_nothing_is_asked_for_and_nothing_comes(place: Place) -> None:
    box = await boxed(place.database, 1, 2)
    none = await part(place.database, box, first=0)
    nowhere = await part(place.database, uuid4(), first=3)

    assert (none.items, none.has_next, none.total) == ([], True, 2)
    assert (nowhere.items, nowhere.has_next, nowhere.has_previous, nowhere.total) == ([], False, False, 0)
    assert (await part(place.database, box, last=0)).has_previous


async def test_a_page_has_a_size_where_none_is_named(place: Place) -> None:
    box = await boxed(place.database, *range(DEFAULT + 2))

    assert len((await part(place.database, box)).items) == DEFAULT


# -- cursors ----------------------------------------------------------------------------------------------------------


def forged(*place: Any) -> str:
    """A cursor of our own making."""
    return urlsafe_b64encode(orjson.dumps(list(place))).decode().rstrip("=")


LIST = "cards.rank.up"
GARBAGE = {
    "empty words": "garbage",
    "not base64": "!!!",
    "not ascii": "ñ",
    "no list": urlsafe_b64encode(b"5").decode(),
    "too short": forged(LIST, 1),
    "too long": forged(LIST, 1, {"id": str(UUID(int=1))}, 1),
    "an id that is a number": forged(LIST, 1, {"id": 5}),
    "an id that is none": forged(LIST, 1, {"id": "x"}),
    "no moment": forged(LIST, {"at": "noon"}, {"id": str(UUID(int=1))}),
    "a moment before all time": forged(LIST, {"at": "0001-01-01T00:00:00+14:00"}, {"id": str(UUID(int=1))}),
    "a moment that is a list": forged(LIST, {"at": []}, {"id": str(UUID(int=1))}),
    "an operator": forged(LIST, {"$gt": ""}, {"id": str(UUID(int=1))}),
    "a list": forged(LIST, [1], {"id": str(UUID(int=1))}),
    "a number that is too large": forged(LIST, 2**64 - 1, {"id": str(UUID(int=1))}),
    "another list": forged("cards.at.up", {"at": NOON.isoformat()}, {"id": str(UUID(int=1))}),
    "another direction": forged("cards.rank.down", 1, {"id": str(UUID(int=1))}),
}


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize("side", ["after", "before"])
async def test_a_cursor_that_was_not_given_out_for_this_list_is_refused(place: Place, kind: str, side: str) -> None:
    box = await boxed(place.database, 1, 2)
    window: dict[str, Any] = {side: GARBAGE[kind]}

    with pytest.raises(NoSuchCursor):
        await part(place.database, box, **window)


@some_times
@given(
    cursor=st.text(st.sampled_from(printable + "ñ✓"), min_size=1)
    | st.binary(min_size=1).map(lambda raw: urlsafe_b64encode(raw).decode())
)
async def test_no_garbage_is_anything_but_refused(place: Place, cursor: str) -> None:
    with pytest.raises(NoSuchCursor):
        await part(place.database, UUID(int=1), after=cursor)


async def test_deep_in_a_list_the_index_begins_at_the_cursor(place: Place) -> None:
    box = await boxed(place.database, *range(300))
    there = await part(place.database, box, descending=True, last=9)
    asked: list[dict[str, Any]] = []

    class Noted:
        """A session that keeps what it is asked."""

        async def part(self, collection: str, wanted: Any, among: Any, sort: Any, limit: int) -> tuple[list[Any], int]:
            asked.append({"find": collection, "filter": among, "sort": dict(sort), "limit": limit})
            return [], 0

    window = Window(first=3, after=there.cursors[0])
    await page(Noted(), CARDS, {"box": box}, "rank", window, descending=True)  # type: ignore[arg-type]
    told = await place.database.command({"explain": asked[0], "verbosity": "executionStats"})

    assert told["executionStats"]["nReturned"] == 4
    assert told["executionStats"]["totalKeysExamined"] <= 8


# -- moments ----------------------------------------------------------------------------------------------------------


async def test_what_the_change_stream_tells_has_its_moments_in_utc(place: Place) -> None:
    changes = await Changes.follow(place.database, CARDS.collection, None)
    await boxed(place.database, 0)

    [row] = await changes.next()

    assert row["at"] == NOON
    told = {"_id": "1", "type": "t", "aggregatetype": "a.b", "aggregateid": "1", "payload": "{}", "at": row["at"]}
    headers = dict(record_of(told, "local", replayed=False, recorded="0.0").headers)
    assert headers["ce_time"] == b"2026-03-01T12:00:00.000Z"
