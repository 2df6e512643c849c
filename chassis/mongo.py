"""MongoDB: the one module that names its driver. The connection, and one service's database."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo.errors import ConfigurationError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.kept import Document, Kept
from chassis.mongospans import MongoSpans
from chassis.session import CODEC, Session, translated


def connect(url: str, patience: float = 20.0) -> "AsyncIOMotorClient[Document]":
    """A client that gives up on an absent server within seconds rather than minutes, and on an answer after `patience`.

    Raises ValueError when the address cannot be read.
    """
    try:
        return AsyncIOMotorClient(
            url,
            serverSelectionTimeoutMS=3000,
            connectTimeoutMS=3000,
            socketTimeoutMS=int(1000 * patience),
            event_listeners=[MongoSpans()],
        )
    except (ConfigurationError, ValueError) as wrong:
        raise ValueError(f"MONGO_URL: {wrong}") from None


class Database:
    """One service's database."""

    def __init__(self, client: "AsyncIOMotorClient[Document]", name: str) -> None:
        self._client = client
        self._database: AsyncIOMotorDatabase[Document] = client.get_database(
            name, codec_options=CODEC, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
        )
        self.name = name

    def collection(self, name: str) -> "AsyncIOMotorCollection[Document]":
        """A collection, for what stands outside the corridor (leases, indexes, tests)."""
        return self._database[name]

    async def command(self, command: Document, session: Any = None) -> Document:
        """Run a database command; moments in its answer are in UTC."""
        return await self._database.command(command, codec_options=CODEC, session=session)

    async def causal(self) -> AsyncIOMotorClientSession:
        """A session whose every read sees what the one before it saw; to be ended."""
        return await self._client.start_session(causal_consistency=True)

    async def answers(self) -> bool:
        """Whether a primary answers."""
        try:
            return bool((await self._client.admin.command("hello", maxTimeMS=1000)).get("isWritablePrimary"))
        except PyMongoError:
            return False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction over a snapshot, until `Session.conclude`; without it nothing is kept.

        Raises `Conflict` or `Unavailable`.
        """
        with translated(), self._client.delegate.start_session() as started:
            started.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority"), max_commit_time_ms=5000
            )
            session = Session(self._database.delegate, started)
            try:
                yield session
            finally:
                if started.in_transaction:
                    await session.abandon()

    def now(self) -> Session:
        """Reads and writes outside any transaction."""
        return Session(self._database.delegate, None)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """Reads that all see the same moment, without a transaction."""
        with translated(), self._client.delegate.start_session(snapshot=True) as started:
            yield Session(self._database.delegate, started)

    async def prepare(self, kept: Iterable[Kept[Any]]) -> None:
        """Create collections and indexes that are not there yet; additive, so old and new pods run side by side."""
        there = set(await self._database.list_collection_names())
        for each in kept:
            if each.collection not in there:
                await self._database.create_collection(each.collection)
            for index in each.indexes:
                await self._database[each.collection].create_index(list(index.keys), **index.options)
            for name, value in each.filled.items():
                change = {"$set": {name: value}, "$inc": {"rev": 1}}
                await self._database[each.collection].update_many({name: {"$exists": False}}, change)
