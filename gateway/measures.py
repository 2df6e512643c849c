"""What an operator sees of the gateway's operations."""

from functools import lru_cache

from prometheus_client import Histogram

from chassis.metrics import REGISTRY, SECONDS

OPERATION_SECONDS = Histogram(
    "folkmoot_operation_seconds",
    "From a GraphQL request's arrival to its answer.",
    ["operation"],
    buckets=SECONDS,
    registry=REGISTRY,
)


def measured(operation: str, seconds: float) -> None:
    """Count an operation, by its kind and first field, and the time it took."""
    _of(operation).observe(seconds)


@lru_cache(maxsize=512)
def _of(operation: str) -> Histogram:
    return OPERATION_SECONDS.labels(operation)
