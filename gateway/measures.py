"""What an operator sees of the gateway's operations and subscriptions."""

from functools import lru_cache

from prometheus_client import Gauge, Histogram

from chassis.metrics import REGISTRY, SECONDS

OPERATION_SECONDS = Histogram(
    "folkmoot_operation_seconds",
    "From a GraphQL request's arrival to its answer.",
    ["operation"],
    buckets=SECONDS,
    registry=REGISTRY,
)
LIVE_WATCHERS = Gauge("folkmoot_live_watchers", "Open subscriptions.", ["subscription"], registry=REGISTRY)


def measured(operation: str, seconds: float) -> None:
    """Count an operation, by its kind and first field, and the time it took."""
    _of(operation).observe(seconds)


@lru_cache(maxsize=512)
def _of(operation: str) -> Histogram:
    return OPERATION_SECONDS.labels(operation)
