"""Giving way: what can wait lets the commands that are under way go first, for a moment."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PATIENCE = 0.05  # seconds


class Calm:
    """Whether commands are under way in this process, which all share one loop and one interpreter with what can wait.

    A crowd that is answered sends its next commands a moment later; what can wait fits in between.
    """

    def __init__(self) -> None:
        self._under_way = 0
        self._came = asyncio.Event()
        self._came.set()

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Commands are under way within this."""
        self._under_way += 1
        self._came.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._came.set()

    @property
    def is_broken(self) -> bool:
        """Whether commands are under way."""
        return bool(self._under_way)

    async def wait(self) -> None:
        """Return when no command is under way, or after 50 ms."""
        if self.is_broken:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._came.wait()
