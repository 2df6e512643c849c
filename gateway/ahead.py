"""What the fields of a page will need, asked for beforehand: to wait for a loader costs a field five times itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeVar

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

L = TypeVar("L")
D = TypeVar("D")


def asked_below(info: Any) -> frozenset[str]:
    """The names of all fields that are asked for somewhere below the present one."""
    return frozenset(name for node in info.field_nodes for name in _names(node.selection_set, info.fragments))


def _names(chosen: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    for each in chosen.selections if chosen else ():
        if isinstance(each, FieldNode):
            yield each.name.value
        within = fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
        yield from _names(getattr(within, "selection_set", None), fragments)


async def loaded(*wanted: Awaitable[Any]) -> None:
    """Wait until all of these have come; what failed is told by the field that needs it."""
    await asyncio.gather(*wanted, return_exceptions=True)


def dressed(found: Awaitable[L | None], dress: Callable[[L], D]) -> Any:
    """What a loader has already, dressed at once; or else when it comes. Nothing stays nothing."""
    if isinstance(found, asyncio.Future) and found.done():
        there = found.result()
        return None if there is None else dress(there)
    return _later(found, dress)


async def _later(found: Awaitable[L | None], dress: Callable[[L], D]) -> D | None:
    there = await found
    return None if there is None else dress(there)
