"""What the fields of a page will need, asked for beforehand: to wait for a loader costs a field five times itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode


def asked_below(info: Any) -> frozenset[str]:
    """The names of all fields that are asked for somewhere below the present one."""
    return frozenset(name for node in info.field_nodes for name in _names(node.selection_set, info.fragments))


def _names(chosen: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    for each in chosen.selections if chosen else ():
        if isinstance(each, FieldNode):
            yield each.name.value
        within = fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
        yield from _names(getattr(within, "selection_set", None), fragments)


async def loaded(*wanted: Awaitable[Any] | None) -> None:
    """Wait until all of these have come; what failed is told by the field that needs it."""
    await asyncio.gather(*(each for each in wanted if each is not None), return_exceptions=True)


def dressed(found: Awaitable[Any], dress: Callable[[Any], Any] = lambda there: there) -> Any:
    """What has come already, dressed at once; or else when it comes. Nothing stays nothing."""
    if isinstance(found, asyncio.Future) and found.done():
        there = found.result()
        return None if there is None else dress(there)
    return _later(found, dress)


async def _later(found: Awaitable[Any], dress: Callable[[Any], Any]) -> Any:
    there = await found
    return None if there is None else dress(there)
