"""What a handler sees of its service's state: one batch's documents, changed once the handler has returned (P1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from chassis.kept import Document, Kept, Ref
from chassis.session import Change, Session

T = TypeVar("T")
DEADLINES = "deadlines"


class Documents:
    """The identity map of one attempt: each document is read once and written once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._read: dict[Ref, Document | None] = {}
        self._now: dict[Ref, Document | None] = {}
        self._looked_at: dict[Ref, tuple[Document, Any]] = {}

    async def fetch(self, refs: Iterable[Ref]) -> None:
        """Read what is not here yet, all of it in one round trip."""
        missing = set(refs) - self._read.keys()
        if not missing:
            return
        wanted: dict[str, list[Any]] = {}
        for collection, key in missing:
            wanted.setdefault(collection, []).append(key)
        read = dict.fromkeys(missing) | await self.session.read(wanted)
        self._read |= read
        for ref, document in read.items():
            self._now.setdefault(ref, document)

    async def get(self, ref: Ref) -> Document | None:
        """A document as the batch has it so far."""
        if ref not in self._now:
            await self.fetch([ref])
        return self._now[ref]

    async def look(self, kept: Kept[T], key: Any) -> T | None:
        """An object of the batch as it is so far; the same one for all who look."""
        ref = kept.ref(key)
        document = await self.get(ref)
        if document is None:
            return None
        seen = self._looked_at.get(ref)
        if seen is None or seen[0] is not document:
            self._looked_at[ref] = seen = document, kept.load(document)
        found: T = seen[1]
        return found

    def merge(self, staged: dict[Ref, Document | None]) -> None:
        """Take over what one message changed, after its handler has returned."""
        self._now |= staged

    def changed(self, collection: str) -> list[Document]:
        """What earlier messages of the batch have written in a collection and not erased."""
        return [
            document
            for ref, document in self._now.items()
            if ref[0] == collection and document is not None and document is not self._read.get(ref)
        ]

    async def conclude(self, inserts: dict[str, list[Document]]) -> None:
        """Write everything that changed and all that is new, and commit. What was never read is now, all at once."""
        await self.fetch(self._now)
        changes: dict[str, list[Change]] = {}
        for ref, document in self._now.items():
            before = self._read[ref]
            if document is not before:
                changes.setdefault(ref[0], []).append((before, document, ref[1]))
        if changes or any(inserts.values()):
            await self.session.conclude(changes, inserts)


class Store:
    """A service's state, as one message sees it. Subclasses name their collections and speak their own words."""

    kept: tuple[Kept[Any], ...] = ()

    def __init__(self, documents: Documents, replica: str = "") -> None:
        self._documents = documents
        self.replica = replica
        self.staged: dict[Ref, Document | None] = {}

    @property
    def session(self) -> Session:
        """For queries that go beyond ids; they do not see what neighbours in the batch have changed."""
        return self._documents.session

    async def fetch(self, refs: Iterable[Ref]) -> None:
        """Have these at hand in one round trip, whichever collections they are in."""
        await self._documents.fetch(refs)

    async def read(self, kept: Kept[T], key: Any) -> T | None:
        """One object by its key, or None."""
        ref = kept.ref(key)
        document = self.staged[ref] if ref in self.staged else await self._documents.get(ref)
        return None if document is None else kept.load(document)

    async def look(self, kept: Kept[T], key: Any) -> T | None:
        """One object that this message leaves as it is: shared with its neighbours in the batch, so never change it."""
        ref = kept.ref(key)
        if ref in self.staged:
            return await self.read(kept, key)
        return await self._documents.look(kept, key)

    async def read_all(self, kept: Kept[T], keys: Iterable[Any]) -> dict[Any, T]:
        """Objects by their keys, with one query for those not read yet; absent ones are left out."""
        keys = list(keys)
        await self._documents.fetch(kept.ref(key) for key in keys)
        found: dict[Any, T] = {}
        for key in keys:
            each: T | None = await self.read(kept, key)
            if each is not None:
                found[key] = each
        return found

    def write(self, kept: Kept[T], *changed: T) -> None:
        """Keep objects, new or changed."""
        for each in changed:
            self.staged[kept.ref(kept.key(each))] = kept.dump(each)

    def erase(self, kept: Kept[Any], key: Any) -> None:
        """Forget an object."""
        self.staged[kept.ref(key)] = None

    async def find(
        self, kept: Kept[T], wanted: Document, sort: list[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[T]:
        """Objects that match, as they are in the database."""
        return [kept.load(document) for document in await self.session.find(kept.collection, wanted, sort, limit)]

    def changed(self, kept: Kept[T]) -> list[T]:
        """Objects as neighbours in the batch have left them; a `find` does not see those."""
        return [kept.load(document) for document in self._documents.changed(kept.collection)]

    def remind(self, name: str, aggregate_id: UUID, due: datetime, part: str | None = None) -> None:
        """Have the service's deadline `name` fall due for an aggregate, or a part of it, once (P4, P16)."""
        key = deadline_id(name, aggregate_id, due, part)
        row = {"_id": key, "name": name, "aggregate_id": aggregate_id, "due": due, "tries": 0}
        self.staged[DEADLINES, key] = row if part is None else row | {"part": part}

    def unremind(self, name: str, aggregate_id: UUID, due: datetime, part: str | None = None) -> None:
        """Take a deadline back."""
        self.staged[DEADLINES, deadline_id(name, aggregate_id, due, part)] = None


def deadline_id(name: str, aggregate_id: UUID, due: datetime, part: str | None = None) -> UUID:
    """A deadline's message id: uuid5(aggregate, name, due, and its part if it is one's) (P4)."""
    return uuid5(aggregate_id, ":".join([name, due.isoformat(), *([part] if part else [])]))
