"""A lease: one replica at a time does what only one should, by MongoDB's clock (P16)."""

import asyncio
import time
from typing import Any

from chassis.kept import Document
from chassis.mongo import Database
from chassis.session import MongoError
from chassis.telemetry import quietly

LEASES = "leases"
SECONDS = 6.0


class LeaseIsLost(Exception):
    """Another replica may hold the lease by now."""


class Lease:
    """Held for six seconds at a time and renewed while it is used; whoever takes over finds the state saved in it."""

    def __init__(self, database: Database, name: str, holder: str) -> None:
        self._leases = database.collection(LEASES)
        self._name = name
        self._holder = holder
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether it is surely held still; time in which this process was stopped counts."""
        return time.monotonic() < self._until

    def must_be_held(self) -> None:
        """Raises `LeaseIsLost` unless it is surely held."""
        if not self.held:
            raise LeaseIsLost

    async def take(self) -> bool:
        """Take or renew the lease, if no other holds it."""
        asked = time.monotonic()
        await self._leases.update_one({"_id": self._name}, {"$setOnInsert": {"holder": None}}, upsert=True)
        free = {"$or": [{"$eq": ["$holder", self._holder]}, {"$lt": [{"$ifNull": ["$until", 0]}, "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(SECONDS * 1000)]}
        result = await self._leases.update_one(
            {"_id": self._name, "$expr": free}, [{"$set": {"holder": self._holder, "until": until}}]
        )
        self._until = asked + SECONDS if result.matched_count else 0.0
        return bool(result.matched_count)

    async def keep(self) -> None:
        """Renew for as long as this runs."""
        while True:
            await asyncio.sleep(SECONDS / 3)
            try:
                with quietly():
                    if not await self.take():
                        return
            except MongoError:
                continue  # tried again until it has run out

    async def release(self) -> None:
        """Let it go at once."""
        self._until = 0.0
        await self._leases.update_one(
            {"_id": self._name, "holder": self._holder}, [{"$set": {"holder": None, "until": "$$NOW"}}]
        )

    async def state(self) -> Document:
        """What its holders have saved in it."""
        return await self._leases.find_one({"_id": self._name}) or {}

    async def save(self, state: dict[str, Any]) -> None:
        """Save for the next holder. Raises `LeaseIsLost` if there is one already."""
        result = await self._leases.update_one({"_id": self._name, "holder": self._holder}, {"$set": state})
        if not result.matched_count:
            self._until = 0.0
            raise LeaseIsLost
