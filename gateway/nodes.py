"""Global ids: one opaque name for everything that can be asked for again (G2)."""

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from contracts.messages import Invalid
from gateway.context import Context
from gateway.words import said

LONGEST = 100  # characters of a global id


class NotAnId(Invalid):
    """This is not an id that this API gave out for such a thing. Use the `id` of one you have read."""


@strawberry.interface
class Node:
    """Something with an id of its own, which `node` finds again."""

    id: strawberry.ID = said("Opaque and unique among all types.")


Find = Callable[[Context, UUID], Awaitable[Any]]
F = TypeVar("F", bound=Find)
FOUND_BY: dict[str, Find] = {}


def found_as(kind: str) -> Callable[[F], F]:
    """Declare how a node of this type is found: by `(context, its UUID)`, None where there is none to see."""

    def declare(find: F) -> F:
        FOUND_BY[kind] = find
        return find

    return declare


def global_id(kind: str, id: object) -> strawberry.ID:
    """The id of something, as clients see it: base64 of `kind:id`."""
    return strawberry.ID(b64encode(f"{kind}:{id}".encode()).decode())


@lru_cache(maxsize=10_000)  # the same few hundred options come again and again
def parted(id: str) -> tuple[str, UUID]:
    """The type and UUID behind a global id; NotAnId where it is none."""
    try:
        if len(id) > LONGEST:
            raise NotAnId
        kind, _, value = b64decode(id, validate=True).decode().partition(":")
        if len(value) != 36:
            raise NotAnId
        return kind, UUID(value)
    except ValueError:
        raise NotAnId from None


def uuid_of(id: str, *kinds: str, path: tuple[str, ...] = ()) -> UUID:
    """The UUID behind the global id of one of these types; NotAnId, naming the input field at `path`, where not."""
    try:
        kind, value = parted(id)
    except NotAnId:
        raise NotAnId(path=path) from None
    if kind not in kinds:
        raise NotAnId(f"This is the id of another type. Give one of type {' or '.join(kinds)}.", path)
    return value


async def node(context: Context, id: str) -> Any:
    """Whatever has this global id, with the viewer's eyes; None where there is none to see."""
    kind, value = parted(id)
    if kind not in FOUND_BY:
        raise NotAnId
    return await FOUND_BY[kind](context, value)
