"""Every event's wire form, held by a golden file. A field that is added needs `python -m tests.contracts.examples`;
anything else that fails here breaks listeners, and is a new version of the event beside the old one."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.topics import EVENTS
from tests.contracts.examples import GOLDEN, example_of, file_of, written


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_an_event_is_written_as_its_golden_file_says(kind: str) -> None:
    assert written(example_of(kind)) == file_of(kind).read_text()


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_an_event_is_read_as_its_golden_file_says(kind: str) -> None:
    assert EVENTS[kind].model_validate_json(file_of(kind).read_text()) == example_of(kind)


def test_every_golden_file_is_of_an_event() -> None:
    assert {file.name for file in GOLDEN.glob("*.json")} == {file_of(kind).name for kind in EVENTS}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_a_golden_file_fills_every_field(kind: str) -> None:
    assert None not in _leaves(json.loads(file_of(kind).read_text()))


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_an_event_names_members_by_pseudonym_only(kind: str) -> None:
    """P22: no names, addresses or free text that erasing a member would leave behind."""
    fields = set(EVENTS[kind].model_fields)
    assert not fields & {"name", "member_name", "author_name", "owner_name", "member", "email", "phone", "body", "text"}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_a_reader_takes_nothing_for_granted_that_it_was_not_told(kind: str) -> None:
    said = json.loads(file_of(kind).read_text())
    missing = {name: value for name, value in said.items() if name != "version"}
    with pytest.raises(ValidationError, match="version"):
        EVENTS[kind].model_validate(missing)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)] or [None]
    return [value]
