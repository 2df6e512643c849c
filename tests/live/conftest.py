"""What needs real servers runs on them, or not at all."""

import pytest

from tests.live.stack import Stack


@pytest.fixture
def jars(stack: Stack) -> None:
    """Skips what ends and starts a broker of its own, unless Apache Kafka runs as a process here (`--live`)."""
    if stack is not Stack.JARS:
        pytest.skip("Apache Kafka does not run as a process here: make test-live, with Java 17 and Maven")
