"""How objects are kept: a collection of dataclasses of one type, one document each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

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
    """A collection of dataclasses of one type, one document each, found by `key`.

    `filled` gives older documents the fields by which lists are sorted or filtered and which they were kept without.
    """

    collection: str
    of: type[T]
    key: Callable[[T], Any] = attrgetter("id")
    indexes: tuple[Index, ...] = ()
    filled: Mapping[str, Any] = field(default_factory=dict)

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
        document: Document = plain(kept)
        return {"_id": self.key(kept)} | document


def plain(value: Any) -> Any:
    """The same value in what MongoDB can hold, none of it shared with the value that may change.

    Objects become documents, sets lists, keys text, enumerations their values, spans seconds.
    """
    kind = value.__class__
    if kind in _HELD:
        return value
    if isinstance(value, Enum):
        return value._value_
    if kind is dict:
        return {
            (key if key.__class__ is str else _text(key)): (item if item.__class__ in _HELD else plain(item))
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    if kind is set or kind is frozenset:
        return sorted(plain(item) for item in value)
    if kind is timedelta:
        return value.total_seconds()
    if names := _fields(kind):
        return {name: plain(getattr(value, name)) for name in names}
    return str.__str__(value) if isinstance(value, str) else value


_HELD = frozenset({str, int, float, bool, type(None), UUID, datetime})


@cache
def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass or a model; none of any other class."""
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind))
    return tuple(kind.model_fields) if issubclass(kind, BaseModel) else ()


def _text(key: Any) -> str:
    if key.__class__ is UUID:
        return _TEXTS[key.int]
    return str(key.value) if isinstance(key, Enum) else str(key)


class _Texts(dict[int, str]):
    """UUIDs as text, by their numbers: the same options come again and again, and writing one out takes its time."""

    def __missing__(self, number: int) -> str:
        if len(self) >= 100_000:
            self.clear()
        text = self[number] = str(UUID(int=number))
        return text


_TEXTS = _Texts()
