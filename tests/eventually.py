"""Waiting for something to become true, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic


async def eventually(
    condition: Callable[[], Awaitable[bool]], within: float = 10.0, else_show: Callable[[], object] = str
) -> None:
    """Return once `condition` holds; fail if it does not `within` so many seconds."""
    until = monotonic() + within
    while not await condition():
        assert monotonic() < until, f"it never came to be: {else_show()}"
        await asyncio.sleep(0.02)
