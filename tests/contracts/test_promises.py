"""Events grow, and nothing is taken from them (E6): a change that is not additive is a new version beside the old."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.asyncapi import document
from tests.contracts.promised import Document, broken, promised

OPENED = "BallotOpened"
VOTES = "voting.votes"


def test_e6_what_listeners_were_promised_is_kept() -> None:
    """Taken something away on purpose? Say it under a new type, `.v2`, and go on saying the old one."""
    assert broken(promised(), document()) == []


def fields(printed: Document, of: str) -> Any:
    return printed["components"]["schemas"][of]["properties"]


def required(printed: Document, of: str) -> Any:
    return printed["components"]["schemas"][of]["required"]


def kafka(printed: Document, topic: str) -> Any:
    return printed["channels"][topic]["bindings"]["kafka"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda new: fields(new, OPENED).pop("challenge_id"), "challenge_id: this field is gone"),
        (lambda new: fields(new, OPENED).update(challenge_id={"type": "string"}), "challenge_id"),
        (lambda new: fields(new, OPENED).update(version={"type": "string"}), "version: type was integer, is string"),
        (lambda new: fields(new, OPENED).update(terms={"type": "string"}), "terms"),
        (lambda new: required(new, OPENED).append("why"), "why: earlier events lack this"),
        (lambda new: required(new, OPENED).remove("terms"), "terms: this may be missing now"),
        (lambda new: fields(new, "Terms").pop("public"), "terms/public: this field is gone"),
        (lambda new: fields(new, "Terms")["at_least"].update(maximum=20), "at_least: maximum was 50, is 20"),
        (lambda new: fields(new, "Terms").update(positions={"type": "array", "items": {"type": "integer"}}), "items"),
        (lambda new: fields(new, "Headers").pop("recorded"), "headers/allOf/0/recorded: this field is gone"),
        (lambda new: new["components"]["schemas"]["Position"]["enum"].remove("pass"), "the value 'pass' is gone"),
        (lambda new: new["channels"].pop(VOTES), "voting.votes: this topic is gone"),
        (lambda new: new["channels"][VOTES]["messages"].popitem(), "is said there no more"),
        (lambda new: kafka(new, VOTES).update(partitions=24), "partitions"),
        (lambda new: kafka(new, VOTES)["topicConfiguration"].update({"retention.ms": 5}), "kept for less long"),
        (lambda new: kafka(new, "voting.tallies")["topicConfiguration"].update({"retention.ms": 5}), "less long"),
    ],
)
def test_what_would_break_a_listener_is_noticed(change: Callable[[Document], Any], complaint: str) -> None:
    planted = copy.deepcopy(document())
    change(planted)

    assert any(complaint in fault for fault in broken(document(), planted)), broken(document(), planted)


@pytest.mark.parametrize(
    "change",
    [
        lambda new: fields(new, OPENED).update(why={"type": "string", "default": ""}),
        lambda new: fields(new, "Terms").update(seats={"type": "integer", "default": 1}),
        lambda new: fields(new, "Headers").update(tenant={"type": "string"}),
        lambda new: new["components"]["schemas"]["Position"]["enum"].append("rank"),
        lambda new: new["components"]["schemas"]["Position"].update(description="In other words."),
        lambda new: new["components"]["messages"].update(another=new["components"]["messages"]["SetAside"]),
        lambda new: kafka(new, "voting.tallies")["topicConfiguration"].update({"retention.ms": -1}),
    ],
)
def test_what_only_adds_is_free(change: Callable[[Document], Any]) -> None:
    grown = copy.deepcopy(document())
    change(grown)

    assert broken(document(), grown) == []
