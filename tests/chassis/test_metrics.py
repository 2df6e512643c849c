"""The page an operator's Prometheus reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from chassis import metrics


async def _page() -> str:
    app = Starlette(routes=[Route("/metrics", metrics.metrics)])
    request = Request({"type": "http", "method": "GET", "path": "/metrics", "headers": [], "app": app})
    response = await metrics.metrics(request)
    assert response.headers["content-type"].startswith("text/plain")
    return bytes(response.body).decode()


async def test_what_was_counted_is_on_the_page() -> None:
    metrics.COMMANDS.labels("CastVote", "done").inc()
    metrics.COMMAND_SECONDS.labels("CastVote").observe(0.004)

    families = {family.name: family for family in text_string_to_metric_families(await _page())}

    counted = {str(sample.labels): sample.value for sample in families["folkmoot_commands"].samples}
    assert counted["{'kind': 'CastVote', 'outcome': 'done'}"] >= 1
    assert "process_resident_memory_bytes" in families


@pytest.mark.parametrize("word", ["member", "viewer", "ballot_id", "trace_id"])
async def test_no_metric_is_labelled_with_an_id(word: str) -> None:
    labels = {label for metric in vars(metrics).values() for label in getattr(metric, "_labelnames", ())}

    assert labels
    assert word not in labels
