"""A change stream, read a batch at a time (P19)."""

from dataclasses import dataclass

from pymongo.errors import OperationFailure

from chassis.kept import Document
from chassis.mongo import Database
from chassis.session import translated

_LOST_HISTORY = (286, 280, 136, 222)


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
