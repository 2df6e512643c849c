"""One span per operation, and nobody's words in it."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from chassis.settings import Settings
from gateway.nodes import global_id
from tests.gateway.conftest import House
from tests.gateway.standin import done
from tests.gateway.test_voting import BALLOT, CAST, vote


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    telemetry.start(Settings(trace_sampling=1), "gateway", SimpleSpanProcessor(exporter))
    yield exporter
    telemetry.stop()


async def test_an_operation_is_one_span_named_for_what_it_does(house: House, recorded: InMemorySpanExporter) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    await house.ask(CAST, vote(idempotencyKey="secret"))

    [span] = recorded.get_finished_spans()
    assert span.name == "mutation castVote"
    assert "secret" not in span.to_json()
    assert global_id("Ballot", BALLOT) not in span.to_json()


async def test_voting_is_told_the_trace_of_the_operation(house: House, recorded: InMemorySpanExporter) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    await house.ask(CAST, vote())

    [span] = recorded.get_finished_spans()
    ids = span.get_span_context()
    assert ids is not None
    assert house.voting.items[0]["traceparent"] == f"00-{ids.trace_id:032x}-{ids.span_id:016x}-01"
