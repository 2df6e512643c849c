"""The wire form of events: CloudEvents 1.0 in Kafka's binary mode, from the fields of the Debezium outbox router."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from bson import Timestamp

from chassis.kafka import Record, Unreadable, heard, kind_of, record_of
from chassis.kept import Document
from chassis.outbox import event_id, rows
from chassis.recorded import moment, moment_of
from contracts.topics import EVENTS, TOPICS
from tests.chassis.jars import PutIn
from tests.contracts.examples import example_of
from tests.stage import ANN, now, said

EVERY_KIND = sorted(EVENTS)
RECORDED = Timestamp(1_700_000_000, 7)


def outbox_row(kind: str, **fields: Any) -> Document:
    """The outbox document of an event of this kind."""
    command = said(PutIn, jar_id=uuid4(), thing="salt", **fields)
    at = datetime(2026, 11, 23, 9, 30, 0, 5000, tzinfo=UTC)
    [row], _ = rows(command, command.id, at, EVENTS[kind].service(), [example_of(kind)], "00-" + "a" * 32 + "-01")
    return row


def headers_of(record: Record) -> dict[str, str]:
    """The headers, as text; each name once."""
    names = [name for name, _ in record.headers]
    assert len(names) == len(set(names))
    return {name: value.decode() for name, value in record.headers}


def received(record: Record, **changed: object) -> ConsumerRecord:
    """A record as a consumer gets it."""
    fields = {
        "topic": record.topic,
        "partition": 0,
        "offset": 0,
        "timestamp": 0,
        "timestamp_type": 0,
        "key": record.key,
        "value": record.value,
        "checksum": None,
        "serialized_key_size": 0,
        "serialized_value_size": 0,
        "headers": record.headers,
    }
    return ConsumerRecord(**(fields | changed))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_p20_every_event_is_a_valid_cloudevent_in_binary_mode(kind: str) -> None:
    row = outbox_row(kind)

    record = record_of(row, "acme", False, moment(RECORDED))

    headers = headers_of(record)
    event = example_of(kind)
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_id"] == row["_id"]
    assert headers["ce_source"] == f"/folkmoot/acme/{event.service()}"
    assert re.fullmatch(rf"org\.folkmoot\.{event.service()}\.{type(event).__name__}\.v1", headers["ce_type"])
    assert headers["ce_time"] == "2026-11-23T09:30:00.005Z"
    assert headers["ce_subject"] == event.key
    assert headers["content-type"] == "application/json"
    assert headers["traceparent"] == row["traceparent"]
    assert not headers.keys() & {"ce_datacontenttype", "ce_data"}, "binary mode says these otherwise"
    assert all(re.fullmatch(r"ce_[a-z0-9]+", name) for name in headers if name.startswith("ce_"))
    assert record.topic == event.topic
    assert record.key == event.key.encode()
    assert json.loads(record.value) == event.model_dump(mode="json")


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_what_was_said_is_what_is_heard(kind: str) -> None:
    row = outbox_row(kind)

    fact = heard(received(record_of(row, "acme", False, moment(RECORDED))))

    assert fact.event == example_of(kind)
    assert str(fact.id) == row["_id"]
    assert fact.at == row["at"]
    assert fact.recorded is not None
    assert moment_of(fact.recorded) == RECORDED
    assert not fact.replayed


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_outbox_has_the_fields_of_the_debezium_router(kind: str) -> None:
    row = outbox_row(kind)

    assert {"_id", "aggregatetype", "aggregateid", "type", "payload"} <= row.keys()
    assert all(isinstance(row[field], str) for field in ("_id", "aggregatetype", "aggregateid", "type", "payload"))
    assert row["aggregatetype"] in {topic.name for topic in TOPICS}
    assert isinstance(json.loads(row["payload"]), dict)


def test_p4_an_events_id_follows_from_its_message() -> None:
    message = UUID(int=7)
    assert event_id(message, "voting", 0) == event_id(message, "voting", 0)
    assert len({event_id(message, "voting", 0), event_id(message, "voting", 1), event_id(message, "ideas", 0)}) == 3


def test_p21_a_replayed_event_is_marked_and_says_when_it_was_recorded() -> None:
    row = outbox_row(EVERY_KIND[0])

    again, first = (record_of(row, "acme", replayed, moment(RECORDED)) for replayed in (True, False))

    assert headers_of(again) == headers_of(first) | {"replayed": "1"}
    assert heard(received(again)).replayed
    assert headers_of(again)["recorded"] == "1700000000.7"


def test_who_acted_for_a_member_is_told() -> None:
    row = outbox_row(EVERY_KIND[0], acted_by=ANN.id)
    assert headers_of(record_of(row, "acme", False, "0.0"))["ce_actedby"] == str(ANN.id)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("ce_type", b"org.folkmoot.voting.VoteCast.v1")],
        [("ce_type", b"\xff\xfe")],
        [("ce_type", None)],
        [("ce_type", EVERY_KIND[0].encode()), ("ce_id", b"none"), ("ce_time", b"2026-11-23T09:30:00Z")],
        [("ce_type", EVERY_KIND[0].encode()), ("ce_id", str(UUID(int=1)).encode()), ("ce_time", b"yesterday")],
    ],
)
def test_p6_a_record_that_is_no_event_of_ours_is_unreadable(headers: list[tuple[str, bytes]]) -> None:
    record = record_of(outbox_row(EVERY_KIND[0]), "acme", False, "0.0")
    spoiled = received(record, headers=headers)

    with pytest.raises(Unreadable):
        heard(spoiled)
    assert kind_of(spoiled) is None or isinstance(kind_of(spoiled), str)


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"version": "many"}', b"\xff"])
def test_p6_a_body_that_is_no_event_is_unreadable(value: bytes | None) -> None:
    record = record_of(outbox_row(EVERY_KIND[0]), "acme", False, "0.0")
    with pytest.raises(Unreadable):
        heard(received(record, value=value))


def test_a_field_that_a_later_version_adds_is_ignored() -> None:
    record = record_of(outbox_row(EVERY_KIND[0]), "acme", False, "0.0")
    body = json.loads(record.value) | {"added_later": [1, 2]}
    assert heard(received(record, value=json.dumps(body).encode())).event == example_of(EVERY_KIND[0])


def test_times_are_told_to_the_millisecond() -> None:
    at = now()
    row = outbox_row(EVERY_KIND[0]) | {"at": at}
    assert heard(received(record_of(row, "acme", False, "0.0"))).at == at


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999-23:59"])
def test_a_moment_without_a_utc_makes_a_record_unreadable(edge: str) -> None:
    record = record_of(outbox_row("org.folkmoot.voting.BallotExtended.v1"), "acme", False, moment(RECORDED))
    told = {name: edge if name == "closes_at" else value for name, value in json.loads(record.value).items()}
    assert edge in told.values()

    with pytest.raises(Unreadable, match="OverflowError"):
        heard(received(record, value=json.dumps(told).encode()))
