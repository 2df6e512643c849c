"""Apache Kafka and MongoDB in containers, where a Docker engine answers."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testcontainers.core.container import DockerContainer

from deploy.local.addresses import HOST, answers, free_row
from deploy.local.errors import CannotRun
from deploy.local.mongo import SET_NAME, takes_writes, url_of
from deploy.local.process import until

KAFKA = "apache/kafka:4.1.1"
MONGO = "mongo:7.0"
PATIENCE = 120.0


def docker() -> bool:
    """Whether a Docker engine answers."""
    try:
        asked = subprocess.run(["docker", "version"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


@asynccontextmanager
async def containers() -> AsyncIterator[dict[str, str]]:
    """Both servers, empty, alive inside the block: the settings that lead to them.

    They listen on the same port inside and outside, so that the address by which they know themselves is ours too.
    """
    port = free_row(3)
    with _kafka(port, port + 1), _mongo(port + 2):
        if not await until(lambda: answers(HOST, port), PATIENCE):
            raise CannotRun(f"{KAFKA} did not answer within {PATIENCE:g} s.")
        if not await until(lambda: takes_writes(port + 2), PATIENCE):
            raise CannotRun(f"{MONGO} took no writes within {PATIENCE:g} s.")
        yield {"KAFKA_URL": f"{HOST}:{port}", "MONGO_URL": url_of(port + 2)}


def _kafka(port: int, control: int) -> DockerContainer:
    told = {
        "PROCESS_ROLES": "broker,controller",
        "NODE_ID": "1",
        "CONTROLLER_QUORUM_VOTERS": f"1@localhost:{control}",
        "LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:{control}",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://{HOST}:{port}",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(KAFKA).with_bind_ports(port, port)
    for name, value in told.items():
        container.with_env(f"KAFKA_{name}", value)
    return container


def _mongo(port: int) -> DockerContainer:
    command = f"mongod --replSet {SET_NAME} --bind_ip_all --port {port}"
    return DockerContainer(MONGO).with_bind_ports(port, port).with_command(command)
