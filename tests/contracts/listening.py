"""An integrator's eye: records and documents held against what is printed in `docs/`, and nothing else."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import validator_for

DOCS = Path(__file__).parents[2] / "docs"
OFFICIAL = Path(__file__).parent / "official" / "asyncapi-3.0.0.json"
FORMATS = FormatChecker(("uuid",))


def _is_a_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


FORMATS.checks("date-time", raises=ValueError)(_is_a_moment)


class Said(Protocol):
    """A record, to be published or as it was read."""

    @property
    def topic(self) -> str:
        """Where it lies."""

    @property
    def key(self) -> Any:
        """The key's bytes."""

    @property
    def value(self) -> Any:
        """The body's bytes."""

    @property
    def headers(self) -> Any:
        """Names and bytes."""


@cache
def document() -> dict[str, Any]:
    """The printed AsyncAPI document."""
    return dict(json.loads((DOCS / "asyncapi.json").read_text()))


def faults_of_document(printed: dict[str, Any]) -> list[str]:
    """Where a document is not what AsyncAPI 3.0 says; empty where it is."""
    official = json.loads(OFFICIAL.read_text())
    return _faults(validator_for(official)(official), printed)


@cache
def payload(kind: str) -> Draft202012Validator:
    """The printed schema of an event type."""
    return Draft202012Validator(json.loads((DOCS / "schemas" / f"{kind}.json").read_text()), format_checker=FORMATS)


@cache
def headers(kind: str) -> Draft202012Validator:
    """The headers that the document promises for an event type."""
    asked = document()["components"]["messages"][kind]["headers"]
    return Draft202012Validator(asked | {"components": document()["components"]}, format_checker=FORMATS)


def faults_of(record: Said) -> list[str]:
    """Where a record is not what the printed pages say; empty where it is."""
    told = {name: value.decode() for name, value in record.headers}
    kind = told.get("ce_type", "")
    if kind not in document()["channels"][record.topic]["messages"]:
        return [f"{kind or 'a record without a type'} does not belong on {record.topic}"]
    faults = _faults(headers(kind), told) + _faults(payload(kind), json.loads(record.value))
    if len(told) != len(record.headers):
        faults.append("a header stands twice")
    if record.key.decode() != told.get("ce_subject"):
        faults.append("the key is not the subject")
    return [f"{kind}: {fault}" for fault in faults]


def _faults(validator: Any, instance: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}" for each in validator.iter_errors(instance)
    ]
