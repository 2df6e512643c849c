"""Whether a process can do its work: `ready` for the load balancer, and the whole story for people."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.mongo import Database

PATIENCE = 2.0  # seconds


class Health:
    """Ready means: MongoDB answers and the doors are open. A broker that is away is told, and does not make unready."""

    def __init__(self, database: Database | None) -> None:
        self._database = database
        self.doors_open = False
        self.parts: dict[str, Callable[[], Awaitable[Any] | Any]] = {}

    async def ready(self) -> bool:
        """Whether requests should come here."""
        return self.doors_open and (self._database is None or await self._answers(self._database))

    async def _answers(self, database: Database) -> bool:
        """A server that hangs would keep its caller waiting; whoever asks for health can not."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await database.answers()
        except TimeoutError:
            return False

    async def told(self) -> dict[str, Any]:
        """Every part's own account of itself."""
        story: dict[str, Any] = {"ready": await self.ready(), "doors_open": self.doors_open}
        for name, part in self.parts.items():
            account = part()
            story[name] = await account if isinstance(account, Awaitable) else account
        return story
