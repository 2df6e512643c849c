"""What an operator watches: the metrics of every part, and the page that shows them.

Labels are few and bounded (kinds, topics, outcomes), never ids. A process has one registry; which service and replica
it is, the scraper knows.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

COMMANDS = Counter(
    "folkmoot_commands",
    "Commands answered; outcome is done, refused or fault.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
COMMAND_SECONDS = Histogram(
    "folkmoot_command_seconds", "From a command's arrival to its answer.", ["kind"], buckets=SECONDS, registry=REGISTRY
)
QUERY_SECONDS = Histogram(
    "folkmoot_query_seconds", "From a query's arrival to its answer.", ["kind"], buckets=SECONDS, registry=REGISTRY
)
BATCH_SIZE = Histogram(
    "folkmoot_batch_size",
    "Messages in one transaction, by the door they came through: http, kafka or deadline.",
    ["door"],
    buckets=SIZES,
    registry=REGISTRY,
)
CONFLICTS = Counter(
    "folkmoot_conflicts",
    "Transactions run again: someone else was first, or they took too long.",
    registry=REGISTRY,
)
PUBLISHED = Counter("folkmoot_events_published", "Events that the broker acknowledged.", ["topic"], registry=REGISTRY)
RELAY_LAG_SECONDS = Gauge(
    "folkmoot_relay_lag_seconds",
    "Age of the newest event handed to the broker when it was acknowledged.",
    registry=REGISTRY,
)
RELAY_LEADS = Gauge("folkmoot_relay_leads", "1 where this replica holds the relay's lease.", registry=REGISTRY)
CONSUMER_LAG = Gauge(
    "folkmoot_consumer_lag",
    "Messages of a partition not yet handled by this group.",
    ["topic", "partition"],
    registry=REGISTRY,
)
HEARD = Counter(
    "folkmoot_events_heard",
    "Attempts at events heard; outcome is done, early, held (behind one of its key) or fault.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
SET_ASIDE = Counter("folkmoot_set_aside", "Messages given up and set aside for redrive.", ["topic"], registry=REGISTRY)
DEADLINES_FIRED = Counter(
    "folkmoot_deadlines_fired", "Deadlines that came due and were met.", ["name"], registry=REGISTRY
)


async def metrics(request: Request) -> Response:
    """The page at /metrics, in Prometheus text form."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
