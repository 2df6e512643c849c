"""Waiting for something to become true, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic


async def eventually(condition: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    """Return once `condition` holds; fail if it does not `within` so many seconds."""
    until = monotonic() + within
    while not await condition():
        assert monotonic() < until, "it never came to be"
        await asyncio.sleep(0.02)
