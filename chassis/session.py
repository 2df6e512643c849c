"""What may be done in one transaction or snapshot; and the driver's many errors as the two that we act on."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from bson import CodecOptions
from bson.binary import UuidRepresentation
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
)

from chassis.kept import Document, Ref

R = TypeVar("R")
Change = tuple[Document | None, Document | None, Any]  # a document as read, as it shall be, and its _id
MongoError = PyMongoError

CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
COMMIT_SECONDS = 3.0
_DUPLICATE_KEY = 11000


class Conflict(Exception):
    """Somebody else changed the same documents first. Nothing was written; try again."""


class Unavailable(Exception):
    """MongoDB does not answer, or holds an election. It is not known whether a commit under way was kept."""


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

    _database: Database[Document]
    _session: ClientSession | None

    async def read(self, wanted: Mapping[str, Collection[Any]]) -> dict[Ref, Document]:
        """Documents by collection and `_id`: of several collections in one round trip, in a transaction."""
        found = await self._hop(self._looked_up if len(wanted) > 1 and self._session else self._found, wanted)
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

    async def part(
        self, collection: str, wanted: Document, among: Document, sort: list[tuple[str, int]], limit: int
    ) -> tuple[list[Document], int]:
        """The first documents that match `among`, and how many match `wanted` in all."""

        def work() -> tuple[list[Document], int]:
            here = self._database[collection]
            rows = list(here.find(among, sort=sort, limit=limit, batch_size=limit, session=self._session))
            if among == wanted and len(rows) < limit:
                return rows, len(rows)  # these are all
            return rows, here.count_documents(wanted, session=self._session)

        return await self._hop(work)

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
        """Found by `_id` alone, which needs no plan: the transaction itself conflicts over what changed since."""
        updates: list[Document] = [
            {"q": {"_id": key}, "u": after | {"rev": 1}, "upsert": True}
            if before is None
            else {"q": {"_id": key}, "u": difference(before, after | {"rev": before["rev"] + 1})}
            for before, after, key in changed
        ]
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
        return self._database.command(command, session=self._session, codec_options=CODEC)

    async def _hop(self, work: Callable[..., R], *arguments: Any) -> R:
        """Run this in a thread; a caller who is cancelled still waits, since a session is not for two at a time."""
        running = asyncio.get_running_loop().run_in_executor(None, copy_context().run, partial(work, *arguments))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            running.exception()  # taken, since nobody waits for it: it would be logged as never retrieved
            raise


def difference(before: Document, after: Document) -> Document:
    """The update that makes `before` into `after`: what differs, one level into maps, and no more.

    A paper of fifty marks is written, logged and told to the relay's stream as the one that changed. A field that
    `after` does not have is left alone: a newer replica knows it.
    """
    put: Document = {}
    gone: Document = {}
    for name, value in after.items():
        old = before.get(name)
        if name not in before or old != value:
            if old and value and isinstance(old, dict) and isinstance(value, dict):
                _differing(name, old, value, put, gone)
            else:
                put[name] = value
    return {"$set": put} | ({"$unset": gone} if gone else {})


def _differing(name: str, old: Document, value: Document, put: Document, gone: Document) -> None:
    changed = [key for key, held in value.items() if key not in old or old[key] != held]
    lost = old.keys() - value.keys()
    if any("." in key or key[:1] in ("$", "") for key in (*changed, *lost)):
        put[name] = value  # a name that cannot be part of a path
        return
    put |= {f"{name}.{key}": value[key] for key in changed}
    gone |= {f"{name}.{key}": "" for key in lost}


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
