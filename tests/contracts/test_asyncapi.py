"""The printed pages for integrators: AsyncAPI 3.0 and a JSON Schema per event, valid and true (E1, E2)."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from chassis.aside import MARKS
from chassis.kafka import Record, record_of
from chassis.recorded import moment
from contracts.asyncapi import pages
from contracts.topics import EVENTS, TOPICS
from tests.chassis.test_wire import RECORDED, outbox_row
from tests.contracts.examples import file_of
from tests.contracts.listening import DOCS, document, faults_of, faults_of_document, headers, payload

Document = dict[str, Any]

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
CAST = "org.folkmoot.voting.VoteCast.v1"
ADMIN = "3a57d3f1-1f0c-5a5e-9a38-0b9c1b0a8f10"


def test_what_is_printed_is_what_is_said() -> None:
    printed = {str(file.relative_to(DOCS)) for file in (DOCS / "schemas").iterdir()} | {"asyncapi.json"}
    assert printed == set(pages())
    for name, page in pages().items():
        assert (DOCS / name).read_text() == page, "print them anew: make asyncapi"


def test_the_document_is_valid_asyncapi() -> None:
    assert faults_of_document(document()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda printed: printed.pop("info"),
        lambda printed: printed["operations"]["voting.votes"].update(action="shout"),
        lambda printed: printed["channels"]["voting.votes"]["bindings"]["kafka"].update(partitions="twelve"),
        lambda printed: printed["components"]["messages"]["SetAside"].update(payload=7),
    ],
)
def test_a_document_that_is_not_would_be_noticed(spoil: Callable[[Document], Any]) -> None:
    spoilt = copy.deepcopy(document())
    spoil(spoilt)
    assert faults_of_document(spoilt)


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, list):
            return [found for each in part for found in references(each)]
        if not isinstance(part, dict):
            return []
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for each in part.values() for found in references(each)]

    for reference in references(document()):
        place: Any = document()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_channel_tells_how_its_topic_is_made_and_what_travels_on_it(topic: Any) -> None:
    channel = document()["channels"][topic.name]
    kafka = channel["bindings"]["kafka"]
    keeps = kafka["topicConfiguration"]["retention.ms"]

    assert (channel["address"], kafka["topic"], kafka["partitions"]) == (topic.name, topic.name, topic.partitions)
    assert keeps == (-1 if topic.keeps_seconds is None else topic.keeps_seconds * 1000)
    assert set(channel["messages"]) == {kind for kind, event in EVENTS.items() if event.topic == topic.name}


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_a_golden_event_is_as_its_schema_says(kind: str) -> None:
    said = json.loads(file_of(kind).read_text())

    assert list(payload(kind).iter_errors(said)) == []
    assert list(payload(kind).iter_errors(said | {"added_later": 1})) == []
    for name in EVENTS[kind].model_fields:
        assert list(payload(kind).iter_errors(said | {name: [[[["wrong"]]]]})), name


@pytest.mark.parametrize("kind", sorted(EVENTS))
@pytest.mark.parametrize("replayed", [True, False])
def test_e2_a_record_is_as_the_document_says_and_has_no_header_that_it_hides(kind: str, replayed: bool) -> None:
    row = outbox_row(kind) | {"traceparent": TRACE, "acted_by": ADMIN}
    record = record_of(row, "acme", replayed, moment(RECORDED))

    assert faults_of(record) == []
    known = document()["components"]["schemas"]["Headers"]["properties"]
    assert {name for name, _ in record.headers} <= set(known)


@pytest.mark.parametrize(
    "header", ["ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type", "recorded"]
)
def test_a_record_without_one_of_its_headers_would_be_noticed(header: str) -> None:
    record = record_of(outbox_row(CAST) | {"traceparent": TRACE}, "acme", False, moment(RECORDED))
    assert faults_of(record) == []

    poorer = [(name, value) for name, value in record.headers if name != header]

    assert faults_of(Record(record.topic, record.key, record.value, poorer))


def test_a_dead_letter_tells_what_the_document_says() -> None:
    assert set(document()["components"]["schemas"]["HeadersOfSetAside"]["required"]) == set(MARKS)


def test_the_type_of_a_message_is_told_by_its_headers() -> None:
    told = {name: value.decode() for name, value in record_of(outbox_row(CAST), "acme", False, "1.1").headers}

    assert list(headers(CAST).iter_errors(told | {"traceparent": TRACE})) == []
    assert list(headers("org.folkmoot.voting.VoteWithdrawn.v1").iter_errors(told | {"traceparent": TRACE}))
