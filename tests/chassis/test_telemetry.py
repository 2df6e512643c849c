"""Traces: what is told about a request, and what it costs when nothing is told."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic, thread_time
from typing import Any

import pytest
from bson import SON
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span
from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent

from chassis import telemetry
from chassis.mongospans import MongoSpans
from chassis.settings import Settings
from chassis.telemetry import batch, carrier, context_of, links_to, quietly, span, trace_id
from contracts.voting import BallotIsClosed

SAMPLED = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
OTHER = "00-" + "c" * 32 + "-" + "d" * 16 + "-01"
UNSAMPLED = "00-" + "e" * 32 + "-" + "f" * 16 + "-00"


class Story:
    """What was recorded, by name."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def __getitem__(self, name: str) -> ReadableSpan:
        [found] = [one for one in self.exporter.get_finished_spans() if one.name == name]
        return found

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.exporter.get_finished_spans()]


def _told(share: float) -> Iterator[Story]:
    story = Story()
    telemetry.start(Settings(trace_sampling=share), "voting", SimpleSpanProcessor(story.exporter))
    yield story
    telemetry.stop()


@pytest.fixture
def story() -> Iterator[Story]:
    """Every trace is recorded."""
    yield from _told(1.0)


@pytest.fixture
def hardly_a_story() -> Iterator[Story]:
    """No trace that begins here is recorded."""
    yield from _told(0.0)


def ids_of(recorded: ReadableSpan) -> tuple[int, int]:
    context = recorded.get_span_context()
    assert context is not None
    return context.trace_id, context.span_id


def parent_of(recorded: ReadableSpan) -> int | None:
    return recorded.parent.span_id if recorded.parent else None


# -- spans and their parents


def test_a_span_within_a_span_is_its_child(story: Story) -> None:
    with span("castVote", SpanKind.SERVER), span("CastVote", SpanKind.CLIENT, attributes={"size": 3}):
        pass

    assert parent_of(story["CastVote"]) == ids_of(story["castVote"])[1]
    assert dict(story["CastVote"].attributes or {}) == {"size": 3}
    assert story["castVote"].parent is None
    assert story["castVote"].resource.attributes["service.name"] == "voting"


def test_a_trace_goes_on_in_another_process(story: Story) -> None:
    with span("gateway"):
        sent = carrier()
    with span("voting", SpanKind.SERVER, parent=sent):
        pass

    assert sent is not None
    assert ids_of(story["voting"])[0] == ids_of(story["gateway"])[0]
    assert parent_of(story["voting"]) == ids_of(story["gateway"])[1]
    assert sent.endswith("-01")


def test_a_parent_from_elsewhere_outweighs_the_current_span(story: Story) -> None:
    with span("loop"), span("publish", SpanKind.PRODUCER, parent=SAMPLED):
        pass

    assert ids_of(story["publish"])[0] == int("a" * 32, 16)


def test_outside_any_span_there_is_nothing_to_carry(story: Story) -> None:
    assert carrier() is None
    assert trace_id() is None


async def test_spans_of_requests_side_by_side_do_not_mix(story: Story) -> None:
    async def request(name: str) -> None:
        with span(name):
            await asyncio.sleep(0)
            with span(f"{name}'s child"):
                await asyncio.sleep(0)

    await asyncio.gather(request("one"), request("two"))

    for name in ("one", "two"):
        assert parent_of(story[f"{name}'s child"]) == ids_of(story[name])[1]
    assert ids_of(story["one"])[0] != ids_of(story["two"])[0]


# -- sampling


def test_whoever_began_the_trace_decides(hardly_a_story: Story) -> None:
    with span("ours"):
        own = carrier()
    with span("theirs", parent=SAMPLED), span("their child"):
        pass
    with span("declined", parent=UNSAMPLED):
        declined = carrier()

    assert hardly_a_story.names == ["their child", "theirs"]
    assert own is not None
    assert own.endswith("-00")
    assert declined == UNSAMPLED


def test_what_was_declined_stays_declined(story: Story) -> None:
    with span("declined", parent=UNSAMPLED), span("child"):
        assert trace_id() == "e" * 32

    assert story.names == []


def test_an_unseen_trace_keeps_one_id(hardly_a_story: Story) -> None:
    with span("outer"):
        first = trace_id()
        with span("inner"):
            assert trace_id() == first
    with span("another"):
        assert trace_id() != first

    assert first is not None
    assert len(first) == 32


def test_about_as_many_traces_are_recorded_as_were_asked_for() -> None:
    for story in _told(0.25):
        for _ in range(2000):
            with span("castVote"):
                pass

        assert 380 < len(story.names) < 620  # 500 give or take six deviations


def test_without_an_endpoint_nothing_is_recorded_but_traces_pass_through() -> None:
    telemetry.start(Settings(otel_exporter_otlp_endpoint=None), "voting")

    with span("request", parent=SAMPLED) as current:
        assert not current.is_recording()
        assert carrier() == SAMPLED
    telemetry.stop()


def test_a_process_begins_to_trace_once(story: Story) -> None:
    with pytest.raises(RuntimeError):
        telemetry.start(Settings(), "voting")


# -- batches


def test_a_batch_of_one_is_part_of_its_trace(story: Story) -> None:
    with batch("voting.votes", SpanKind.CONSUMER, [SAMPLED]):
        pass

    assert ids_of(story["voting.votes"])[0] == int("a" * 32, 16)
    assert not story["voting.votes"].links


def test_what_one_message_caused_is_part_of_its_trace_however_much_it_was(story: Story) -> None:
    with batch("publish", SpanKind.PRODUCER, [SAMPLED, SAMPLED]):
        pass

    assert ids_of(story["publish"])[0] == int("a" * 32, 16)
    assert not story["publish"].links


def test_a_batch_of_many_links_to_each_that_is_recorded(hardly_a_story: Story) -> None:
    with batch("voting.votes", SpanKind.CONSUMER, [SAMPLED, UNSAMPLED, None, OTHER, SAMPLED]):
        pass

    recorded = hardly_a_story["voting.votes"]
    assert recorded.parent is None
    assert [f"{link.context.trace_id:x}" for link in recorded.links] == ["a" * 32, "c" * 32]


def test_a_batch_of_unseen_messages_is_left_to_the_sampling_rate(hardly_a_story: Story) -> None:
    with batch("voting.votes", SpanKind.CONSUMER, [UNSAMPLED, None]):
        pass

    assert hardly_a_story.names == []


def test_a_batch_does_not_belong_to_whichever_request_started_it(story: Story) -> None:
    with span("the first request"), batch("transaction", SpanKind.INTERNAL, [SAMPLED, OTHER]):
        pass

    assert story["transaction"].parent is None


def test_a_polling_loop_is_not_told_about(story: Story) -> None:
    with quietly():
        with span("poll"):
            pass
        with span("publish", parent=SAMPLED):
            pass

    assert story.names == ["publish"]
    assert carrier() is None


# -- what goes wrong


def test_a_fault_marks_its_span_without_repeating_what_it_said(story: Story) -> None:
    with pytest.raises(ValueError, match="Ann"), span("CastVote"):
        raise ValueError("Ann said no")

    recorded = story["CastVote"]
    assert recorded.status.status_code == StatusCode.ERROR
    assert dict(recorded.attributes or {}) == {"error.type": "ValueError"}
    assert "Ann" not in recorded.to_json()


def test_a_refusal_is_an_answer_and_no_error(story: Story) -> None:
    with pytest.raises(BallotIsClosed), span("CastVote"):
        raise BallotIsClosed

    assert story["CastVote"].status.status_code == StatusCode.UNSET


@given(st.text() | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True))
def test_a_garbled_parent_never_breaks_a_request(garbled: str) -> None:
    with span("request", parent=garbled):
        assert len(carrier() or "") >= 55
    links_to([garbled])
    context_of(garbled)


@pytest.mark.parametrize(
    "wrong",
    ["", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", "ff" + SAMPLED[2:], SAMPLED[:-1], SAMPLED.upper(), SAMPLED + "x"],
)
def test_a_garbled_parent_counts_as_none(story: Story, wrong: str) -> None:
    with span("request", parent=wrong):
        pass

    assert story["request"].parent is None


# -- MongoDB


def _started(number: int = 1, command: str = "find") -> CommandStartedEvent:
    return CommandStartedEvent(
        SON([(command, "votes"), ("filter", {"member": "Ann"})]), "voting", number, ("db", 27017), 0
    )


def test_a_command_to_mongodb_is_told_without_its_content(story: Story) -> None:
    listener = MongoSpans()
    with span("CastVote"):
        listener.started(_started())
        listener.succeeded(CommandSucceededEvent(timedelta(0), {}, "find", 1, ("db", 27017), 0))

    assert parent_of(story["find votes"]) == ids_of(story["CastVote"])[1]
    assert (story["find votes"].attributes or {})["db.namespace"] == "voting"
    assert "Ann" not in story["find votes"].to_json()


def test_a_failed_command_says_why(story: Story) -> None:
    listener = MongoSpans()
    failure: Any = {"code": 112, "codeName": "WriteConflict", "errmsg": "Ann"}
    with span("CastVote"):
        listener.started(_started(7, "update"))
        listener.failed(CommandFailedEvent(timedelta(0), failure, "update", 7, ("db", 27017), 0))

    recorded = story["update votes"]
    assert recorded.status.status_code == StatusCode.ERROR
    assert (recorded.attributes or {})["error.type"] == "WriteConflict"
    assert "Ann" not in recorded.to_json()


def test_a_command_outside_a_recorded_span_is_not_told(story: Story) -> None:
    listener = MongoSpans()
    listener.started(_started(1))
    listener.succeeded(CommandSucceededEvent(timedelta(0), {}, "find", 1, ("db", 27017), 0))
    with span("declined", parent=UNSAMPLED):
        listener.started(_started(2))
        listener.succeeded(CommandSucceededEvent(timedelta(0), {}, "find", 2, ("db", 27017), 0))

    assert story.names == []


# -- what it costs, and where it goes


@pytest.mark.timing
def test_a_span_that_is_not_sampled_costs_next_to_nothing(hardly_a_story: Story) -> None:
    began = thread_time()
    for _ in range(5000):
        with span("castVote", SpanKind.SERVER):
            pass

    assert (thread_time() - began) / 5000 < 50e-6  # measured: about 2 us; room for a busy machine


class Sink(HTTPServer):
    """A collector: takes spans over OTLP/HTTP and keeps their names, or says nothing for `silence` seconds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Sinking)
        self.names: list[str] = []
        self.open = threading.Event()
        self.open.set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Sinking(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        """Take one export request."""
        self.server.open.wait(20)
        body = self.rfile.read(int(self.headers["content-length"]))
        request = ExportTraceServiceRequest()
        request.ParseFromString(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.server.names += [f"{self.path} {one.name}" for one in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A collector that answers."""
    sink = Sink()
    yield sink
    sink.open.set()
    sink.shutdown()
    sink.server_close()


def test_spans_reach_the_collector_before_the_process_ends(sink: Sink) -> None:
    telemetry.start(Settings(otel_exporter_otlp_endpoint=sink.url, trace_sampling=1), "voting")
    with span("castVote"):
        pass
    telemetry.stop()

    assert sink.names == ["/v1/traces castVote"]


def test_a_collector_that_hangs_does_not_hold_up_the_end(sink: Sink) -> None:
    sink.open.clear()
    telemetry.start(Settings(otel_exporter_otlp_endpoint=sink.url, trace_sampling=1), "voting")
    with span("castVote"):
        pass

    began = monotonic()
    telemetry.stop(within=0.2)

    assert monotonic() - began < 5
    assert get_current_span().is_recording() is False
