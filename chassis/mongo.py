"""MongoDB: the one module that names its driver. Databases, transactions, snapshots, and collections of aggregates."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from bson import CodecOptions, Timestamp
from bson.binary import UuidRepresentation
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import TypeAdapter
from pymongo.client_session import ClientSession
from pymongo.database import Database as SyncDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.mongospans import MongoSpans

T = TypeVar("T")
R = TypeVar("R")
Document = dict[str, Any]
Ref = tuple[str, Any]  # a collection's name and a document's _id
Change = tuple[Document | None, Document | None, Any]  # a document as read, as it shall be, and its _id
MongoError = PyMongoError

_CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
COMMIT_SECONDS = 3.0
_DUPLICATE_KEY = 11000
_LOST_HISTORY = (286, 280, 136, 222)


class Conflict(Exception):
    """Somebody else changed the same documents first. Nothing was written; try again."""


class Unavailable(Exception):
    """MongoDB does not answer, or holds an election. It is not known whether a commit under way was kept."""


def connect(url: str) -> "AsyncIOMotorClient[Document]":
    """A client that gives up on an absent server within seconds rather than minutes."""
    return AsyncIOMotorClient(
        url,
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=20000,
        event_listeners=[MongoSpans()],
    )


@dataclass(frozen=True)
class Index:
    """An index: fields and directions, and MongoDB's own options (unique, expireAfterSeconds…)."""

    keys: tuple[tuple[str, int], ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A collection of dataclasses of one type, one document each, found by `key`."""

    collection: str
    of: type[T]
    key: Callable[[T], Any] = attrgetter("id")
    indexes: tuple[Index, ...] = ()

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self.of)

    def ref(self, key: Any) -> Ref:
        """Where the document of this key lies."""
        return self.collection, key

    def load(self, document: Document) -> T:
        """The object, built anew."""
        return self._adapter.validate_python(document)

    def dump(self, kept: T) -> Document:
        """The document of an object."""
        document: Document = plain(self._adapter.dump_python(kept))
        return {"_id": self.key(kept)} | document


def plain(value: Any) -> Any:
    """The same value in what MongoDB can hold: sets as lists, enumerations by value, keys as strings."""
    if type(value) in _HELD:
        return value
    if isinstance(value, str):
        return str.__str__(value)  # an enumeration of texts
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return value.value if isinstance(value, Enum) else value


_HELD = frozenset({str, int, float, bool, type(None), UUID, datetime})


@lru_cache(maxsize=100_000)
def _key(key: Any) -> str:
    """A key as text; remembered, since the same options come again and again and writing out a UUID takes its time."""
    return str(key.value) if isinstance(key, Enum) else str(key)


class Database:
    """One service's database."""

    def __init__(self, client: "AsyncIOMotorClient[Document]", name: str) -> None:
        self._client = client
        self._database: AsyncIOMotorDatabase[Document] = client.get_database(
            name, codec_options=_CODEC, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
        )
        self.name = name

    def collection(self, name: str) -> "AsyncIOMotorCollection[Document]":
        """A collection, for what stands outside the corridor (leases, indexes, tests)."""
        return self._database[name]

    async def command(self, command: Document) -> Document:
        """Run a database command. Moments in its answer are in UTC and say so, as everywhere."""
        return await self._database.command(command, codec_options=_CODEC)

    async def answers(self) -> bool:
        """Whether a primary answers."""
        try:
            return bool((await self._client.admin.command("hello", maxTimeMS=1000)).get("isWritablePrimary"))
        except PyMongoError:
            return False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Session"]:
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

    def now(self) -> "Session":
        """Reads and writes outside any transaction."""
        return Session(self._database.delegate, None)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Session"]:
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


def _commit(session: ClientSession) -> None:
    """Commit, and ask again while MongoDB cannot say whether it did; asking again is harmless."""
    until = time.monotonic() + COMMIT_SECONDS
    while True:
        try:
            return session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult"):
                raise
            if time.monotonic() > until:
                _let_go(session)
                raise
            time.sleep(0.05)  # in a thread of its own


def _let_go(session: ClientSession) -> None:
    """End a transaction whose commit was asked for in vain, so that its locks do not stay for a minute."""
    with suppress(PyMongoError):
        session.client.admin.command({"killSessions": [session.session_id]})


class _Translated:
    """Turns the driver's errors into the two that the corridor acts on; others pass."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DuplicateKeyError) or _is_duplicate(error):
            raise Conflict("a document with this id was written first") from error
        if isinstance(error, (ConnectionFailure, AutoReconnect, ExecutionTimeout)):
            raise Unavailable(str(error)) from error
        if isinstance(error, PyMongoError):
            if error.has_error_label("TransientTransactionError"):
                raise Conflict(str(error)) from error
            if error.has_error_label("UnknownTransactionCommitResult") or error.has_error_label("RetryableWriteError"):
                raise Unavailable(str(error)) from error
            if isinstance(error, OperationFailure) and error.code in (91, 189, 11600, 10107, 13435, 11602, 262):
                raise Unavailable(str(error)) from error


def _is_duplicate(error: BaseException | None) -> bool:
    if not isinstance(error, BulkWriteError):
        return False
    return any(each.get("code") == _DUPLICATE_KEY for each in error.details.get("writeErrors", []))


def translated() -> _Translated:
    """Raise `Conflict` or `Unavailable` in place of the driver's errors."""
    return _Translated()


@dataclass
class Session:
    """What may be done inside one transaction or snapshot, or outside any.

    Each method is one hop into a thread, however many commands it sends: the hop costs more than the command. Commands
    are plain, because the driver's own methods cost twice the processor time of the round trip.
    """

    _database: "SyncDatabase[Document]"
    _session: ClientSession | None

    async def read(self, wanted: Mapping[str, Collection[Any]]) -> dict[Ref, Document]:
        """Documents by collection and `_id`: of several collections in one round trip, in a transaction."""
        found = await self._hop(self._looked_up if len(wanted) > 1 and self._transacts else self._found, wanted)
        return {(collection, row["_id"]): row for collection, rows in found.items() for row in rows}

    async def find(
        self,
        collection: str,
        wanted: Document,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
        fields: Document | None = None,
    ) -> list[Document]:
        """Documents that match, in one round trip for up to ten thousand."""

        def work() -> list[Document]:
            return list(
                self._database[collection].find(
                    wanted, fields, sort=sort, limit=limit, batch_size=10_000, session=self._session
                )
            )

        return await self._hop(work)

    async def count(self, collection: str, wanted: Document) -> int:
        """How many documents match."""
        return await self._hop(self._database[collection].count_documents, wanted, self._session)

    async def update_all(self, collection: str, wanted: Document, change: Document) -> int:
        """Change every matching document at once; how many matched."""
        result = await self._hop(lambda: self._database[collection].update_many(wanted, change, session=self._session))
        return result.matched_count

    async def insert(self, collection: str, documents: list[Document]) -> None:
        """Insert documents that must be new."""
        await self._hop(self._insert, collection, documents)

    async def conclude(self, changes: Mapping[str, list[Change]], inserts: Mapping[str, list[Document]]) -> None:
        """Write everything, then commit.

        Brings documents from what was read to what they shall be. One that no longer is as it was read is a `Conflict`.
        Every write raises `rev`, so that none is a no-op, which would guard nothing (P8).
        """

        def work() -> None:
            for collection, changed in changes.items():
                self._replace(collection, [(before, after, key) for before, after, key in changed if after is not None])
                self._delete(collection, [(before, key) for before, after, key in changed if after is None and before])
            for collection, documents in inserts.items():
                self._insert(collection, documents)
            if self._session:
                _commit(self._session)

        await self._hop(work)

    async def abandon(self) -> None:
        """End the transaction, keeping nothing."""
        if self._session:
            with suppress(PyMongoError):
                await self._hop(self._session.abort_transaction)

    @property
    def _transacts(self) -> bool:
        return self._session is not None and self._session.in_transaction

    def _found(self, wanted: Mapping[str, Collection[Any]]) -> dict[str, list[Document]]:
        return {
            collection: list(self._database[collection].find({"_id": {"$in": list(keys)}}, session=self._session))
            for collection, keys in wanted.items()
        }

    def _looked_up(self, wanted: Mapping[str, Collection[Any]]) -> dict[str, list[Document]]:
        stages: list[Document] = [{"$documents": [{}]}]
        for collection, keys in wanted.items():
            match = {"$match": {"_id": {"$in": list(keys)}}}
            stages.append({"$lookup": {"from": collection, "pipeline": [match], "as": collection}})
        [found] = self._run({"aggregate": 1, "pipeline": stages, "cursor": {}})["cursor"]["firstBatch"]
        return dict(found)

    def _replace(self, collection: str, changed: list[tuple[Document | None, Document, Any]]) -> None:
        updates = []
        for before, after, key in changed:
            revision = before["rev"] if before else 0
            replacement = after | {"rev": revision + 1}
            updates.append({"q": {"_id": key, "rev": revision}, "u": replacement, "upsert": before is None})
        if updates:
            self._expect(len(updates), {"update": collection, "updates": updates, "ordered": False})

    def _delete(self, collection: str, changed: list[tuple[Document, Any]]) -> None:
        deletes = [{"q": {"_id": key, "rev": before["rev"]}, "limit": 1} for before, key in changed]
        if deletes:
            self._expect(len(deletes), {"delete": collection, "deletes": deletes, "ordered": False})

    def _insert(self, collection: str, documents: list[Document]) -> None:
        if documents:
            self._expect(len(documents), {"insert": collection, "documents": documents, "ordered": False})

    def _expect(self, number: int, command: Document) -> None:
        """Run a write that must touch so many documents."""
        done = self._run(command)
        for error in done.get("writeErrors", ()):
            if error["code"] == _DUPLICATE_KEY:
                raise Conflict(error["errmsg"])
            raise OperationFailure(error["errmsg"], error["code"], done)
        if done["n"] != number:
            raise Conflict(
                f"{number - done['n']} documents were changed by someone else: {next(iter(command.values()))}"
            )

    def _run(self, command: Document) -> Document:
        return self._database.command(command, session=self._session, codec_options=_CODEC)

    async def _hop(self, work: Callable[..., R], *arguments: Any) -> R:
        """Run this in a thread; a caller who is cancelled still waits, since a session is not for two at a time."""
        running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise


class HistoryIsLost(Exception):
    """The place to go on from is no longer in the history that MongoDB keeps (P19)."""


@dataclass
class Changes:
    """A change stream of inserts, read a batch at a time; `token` is where to go on after the last batch (P19)."""

    _database: Database
    _collection: str
    _cursor: int
    _first: list[Document]
    token: Document

    @classmethod
    async def follow(cls, database: Database, collection: str, token: Document | None) -> "Changes":
        """Open the stream, after `token` if given. Raises `HistoryIsLost`."""
        stage = {"$changeStream": {"resumeAfter": token} if token else {}}
        inserts = {"$match": {"operationType": "insert"}}
        command = {"aggregate": collection, "pipeline": [stage, inserts], "cursor": {"batchSize": 500}}
        try:
            with translated():
                cursor = (await database.command(command))["cursor"]
        except OperationFailure as failure:
            if failure.code in _LOST_HISTORY:
                raise HistoryIsLost from failure
            raise
        return cls(database, collection, cursor["id"], _inserted(cursor["firstBatch"]), cursor["postBatchResumeToken"])

    async def next(self) -> list[Document]:
        """What was inserted since; waits for up to a second. Raises `Unavailable` when it has to be opened anew."""
        if self._first:
            first, self._first = self._first, []
            return first
        more = {"getMore": self._cursor, "collection": self._collection, "batchSize": 500, "maxTimeMS": 1000}
        with translated():
            cursor = (await self._database.command(more))["cursor"]
        self.token = cursor["postBatchResumeToken"]
        return _inserted(cursor["nextBatch"])


def _inserted(changes: list[Document]) -> list[Document]:
    return [change["fullDocument"] for change in changes]


SERVER_TIME = Timestamp(0, 0)  # the server fills this in as it writes, inside a transaction too (P18)


def moment(value: Timestamp | None) -> str:
    """A server timestamp as text for a header."""
    return f"{value.time}.{value.inc}" if value else "0.0"


def moment_of(text: str) -> Timestamp:
    """The server timestamp of a header. Raises `ValueError` if it is none."""
    seconds, _, order = text.partition(".")
    return Timestamp(int(seconds), int(order or 0))


def as_moment(at: datetime) -> Timestamp:
    """The first server timestamp of a second."""
    return Timestamp(int(at.timestamp()), 0)
