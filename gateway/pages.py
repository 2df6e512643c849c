"""Lists, page by page: Relay connections over the windows that the services keep in a stable order (G2)."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry

from contracts.messages import Invalid, Page, Window
from gateway.words import said

T = TypeVar("T")
DEFAULT = 20
LARGEST = 100


class PageIsOutOfBounds(Invalid):
    """A page holds 0 to 100. Ask for less, and go on from the `endCursor`."""


class FirstOrLast(Invalid):
    """Ask for the `first` or for the `last`, not for both."""


@strawberry.type
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = said("Whether the list goes on after this page.")
    has_previous_page: bool = said("Whether there is something before this page.")
    start_cursor: str | None = said("The cursor of the first edge.")
    end_cursor: str | None = said("The cursor of the last edge.")


@strawberry.type(description="One entry of a list, with its place.")
class Edge(Generic[T]):
    """One entry of a list, with its place."""

    node: T = said("The entry.")
    cursor: str = said("Its place in the list, opaque: give it as `after` or `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = said("The entries of this page in the order of the list.")
    page_info: PageInfo = said("Where this page lies.")
    total_count: int = said("How many entries the whole list has.")


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The part of a list that is wanted: the first 20 unless said; refuses what is out of bounds."""
    if first is not None and last is not None:
        raise FirstOrLast(path=("last",))
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= LARGEST:
            raise PageIsOutOfBounds(path=(name,))
    if first is None and last is None:
        first = DEFAULT
    return Window(first=first, after=after, last=last, before=before)


def connection(page: Page[Any], dress: Callable[[Any], Any]) -> Connection[Any]:
    """A page as its connection, each item dressed."""
    return Connection(
        edges=[Edge(node=dress(item), cursor=cursor) for item, cursor in zip(page.items, page.cursors, strict=True)],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
        total_count=page.total,
    )
