"""One full example of every event: each field filled, the optional ones too. `python -m tests.contracts.examples`
writes them down as the golden files, on purpose and to be reviewed."""

import json
import types
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel

from contracts.messages import Event
from contracts.topics import EVENTS

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=UTC)
PLAIN: dict[Any, Any] = {
    int: 7,
    float: 0.5,
    bool: True,
    datetime: AT,
    AwareDatetime: AT,
    date: AT.date(),
    time: AT.time(),
    timedelta: timedelta(hours=8),
    Decimal: Decimal("12.50"),
}
NAMED: dict[str, Any] = {"open_for": 604_800}  # where a field's bounds ask for another value


def example_of(kind: str) -> Event:
    """The example of an event type."""
    event = EVENTS[kind]
    return event.model_validate(fields_of(event))


def file_of(kind: str) -> Path:
    """Where the golden form of an event type lies."""
    return GOLDEN / f"{kind.removeprefix('org.folkmoot.')}.json"


def written(event: Event) -> str:
    """An event as its golden file shows it."""
    return json.dumps(event.model_dump(mode="json"), indent=2) + "\n"


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """A value for each field of a model."""
    return {
        name: NAMED[name] if name in NAMED else _value(field.annotation, name)
        for name, field in model.model_fields.items()
    }


def _value(kind: Any, name: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _value(next(each for each in args if each is not type(None)), name)
    if origin is Annotated:
        return _value(args[0], name)
    if origin is dict:
        return {_value(args[0], name): _value(args[1], name)}
    if origin in (tuple, list, set, frozenset):
        return [_value(args[0], name)]
    if kind is UUID:
        return uuid5(UUID(int=0), name)
    if kind is str:
        return name.replace("_", " ")
    if issubclass(kind, Enum):
        return next(iter(kind))
    return fields_of(kind) if issubclass(kind, BaseModel) else PLAIN[kind]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.json"):
        old.unlink()
    for each in EVENTS:
        file_of(each).write_text(written(example_of(each)))
