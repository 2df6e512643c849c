"""Lists in parts: keyset paging over one index, forwards and backwards, with opaque cursors (G2)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from chassis.kept import Document, Kept
from chassis.session import Session
from contracts.messages import NoSuchCursor, Page, Window

T = TypeVar("T")
DEFAULT = 20
LARGEST = 2**63  # what MongoDB can compare a whole number with


async def page(
    session: Session,
    kept: Kept[T],
    wanted: Document,
    by: str | None,
    window: Window,
    descending: bool,
    total: int | None = None,
) -> Page[T]:
    """One part of the matching objects, sorted by a field and then by id (by id alone if None).

    `total` is how many match in all, where that is known: counting takes longer the more there are. Cursors name the
    sorted field and direction; one of another list is refused: `NoSuchCursor`.
    """
    backwards = window.last is not None and window.first is None
    size = (window.last if backwards else window.first) if (window.first, window.last) != (None, None) else DEFAULT
    size = DEFAULT if size is None else size
    way = -1 if descending is not backwards else 1
    name = f"{kept.collection}.{by}.{'down' if descending else 'up'}"
    limits = [_past(cursor, name, by, after is not descending) for cursor, after in _bounds(window)]
    among = {"$and": [wanted, *limits]} if limits else wanted
    sort = [(by, way), ("_id", way)] if by else [("_id", way)]
    if total is None:
        rows, total = await session.part(kept.collection, wanted, among, sort, size + 1)
    else:
        rows = await session.find(kept.collection, among, sort, size + 1)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    return Page(
        items=[kept.load(row) for row in rows],
        cursors=[_cursor(name, row[by] if by else None, row["_id"]) for row in rows],
        has_next=bool(window.before) or (more and not backwards),
        has_previous=bool(window.after) or (more and backwards),
        total=total,
    )


def _bounds(window: Window) -> list[tuple[str, bool]]:
    return [(cursor, after) for cursor, after in ((window.after, True), (window.before, False)) if cursor]


def _past(cursor: str, name: str, by: str | None, greater: bool) -> Document:
    """What lies beyond a cursor's place, in the index's own order; each alternative is one stretch of the index."""
    value, key = _place(cursor, name)
    op = "$gt" if greater else "$lt"
    if by is None:
        return {"_id": {op: key}}
    return {"$or": [{by: {op: value}}, {by: value, "_id": {op: key}}]}


def _cursor(name: str, value: Any, key: Any) -> str:
    place = [name, *(_told(each) for each in (value, key))]
    return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _place(cursor: str, name: str) -> tuple[Any, Any]:
    try:
        said, value, key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if said != name:
            raise NoSuchCursor
        return _meant(value), _meant(key)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as garbage:
        raise NoSuchCursor from garbage


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return {"id": str(value)} if isinstance(value, UUID) else value


def _meant(value: Any) -> Any:
    if not isinstance(value, dict):
        if isinstance(value, (str, float)) or value is None or (isinstance(value, int) and abs(value) < LARGEST):
            return value
        raise ValueError("a cursor holds plain values")
    return datetime.fromisoformat(value["at"]).astimezone(UTC) if "at" in value else UUID(value["id"])
