"""How objects are kept: a collection of dataclasses of one type, one document each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

T = TypeVar("T")
Document = dict[str, Any]
Ref = tuple[str, Any]  # a collection's name and a document's _id


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
    """The same value in what MongoDB can hold: sets as lists, enumerations by value, keys as text, spans in seconds."""
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
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.value if isinstance(value, Enum) else value


_HELD = frozenset({str, int, float, bool, type(None), UUID, datetime})


@lru_cache(maxsize=100_000)
def _key(key: Any) -> str:
    """A key as text; remembered, since the same options come again and again and writing out a UUID takes its time."""
    return str(key.value) if isinstance(key, Enum) else str(key)
