"""A change stream, read a batch at a time (P19)."""

from dataclasses import dataclass
from typing import Any

from pymongo.errors import OperationFailure

from chassis.kept import Document
from chassis.mongo import Database
from chassis.session import translated

_LOST_HISTORY = (286, 280, 136, 222)


class HistoryIsLost(Exception):
    """The place to go on from is no longer in the history that MongoDB keeps (P19)."""


@dataclass
class Changes:
    """A change stream of inserts, read a batch at a time; `token` is where to go on after the last batch (P19).

    All of it happens in one `session`: the server ties a stream to the session that opened it, and a sweep in the same
    one sees at least what was there when the stream began, so nothing falls between the two. The beginning is named,
    since the server's own is the newest write, and a sweep would see only what a majority had by then.
    """

    session: Any
    _database: Database
    _collection: str
    _cursor: int
    _first: list[Document]
    token: Document

    @classmethod
    async def follow(cls, database: Database, collection: str, token: Document | None) -> "Changes":
        """Open the stream, after `token` if given. Raises `HistoryIsLost`."""
        session = await database.causal()
        try:
            with translated():
                begin = {"resumeAfter": token} if token else {"startAtOperationTime": await _moment(database, session)}
                pipeline = [{"$changeStream": begin}, {"$match": {"operationType": "insert"}}]
                command = {"aggregate": collection, "pipeline": pipeline, "cursor": {"batchSize": 500}}
                cursor = (await database.command(command, session))["cursor"]
        except BaseException as failure:
            await session.end_session()
            if isinstance(failure, OperationFailure) and failure.code in _LOST_HISTORY:
                raise HistoryIsLost from failure
            raise
        first = _inserted(cursor["firstBatch"])
        return cls(session, database, collection, cursor["id"], first, cursor["postBatchResumeToken"])

    async def next(self) -> list[Document]:
        """What was inserted since; waits for up to a second. Raises `Unavailable` when it has to be opened anew."""
        if self._first:
            first, self._first = self._first, []
            return first
        more = {"getMore": self._cursor, "collection": self._collection, "batchSize": 500, "maxTimeMS": 1000}
        with translated():
            cursor = (await self._database.command(more, self.session))["cursor"]
        self.token = cursor["postBatchResumeToken"]
        return _inserted(cursor["nextBatch"])

    async def end(self) -> None:
        """Let the session go."""
        await self.session.end_session()


async def _moment(database: Database, session: Any) -> Any:
    """The server's moment, which whatever else is read in the session comes after."""
    return (await database.command({"ping": 1}, session))["operationTime"]


def _inserted(changes: list[Document]) -> list[Document]:
    return [change["fullDocument"] for change in changes]
