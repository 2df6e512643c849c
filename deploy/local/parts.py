"""What the system is made of: the command, address and log of every process."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.addresses import HOST, answers_ok
from deploy.local.broker import embedded_broker
from deploy.local.environment import SERVICES, Environment
from deploy.local.mongo import embedded_mongo
from deploy.local.process import Process
from deploy.start import APPS as SHIPPED
from deploy.start import DOORS

APPS = SHIPPED | {"issuer": "deploy.local.issuer:app"}
READY = "/health/ready"
PROOF_OF_LIFE = {"issuer": "/.well-known/openid-configuration"}
GROUND = ("mongo", "kafka", "issuer")
STOPPING = (("gateway",), SERVICES, ("issuer", "kafka"), ("mongo",))


def part_of(replica: str) -> str:
    """`voting` of `voting-2`."""
    return replica.rpartition("-")[0]


def lay_out(
    data: Path, ports: Mapping[str, int], environment: Environment, apps: Mapping[str, str], mongod: Sequence[str]
) -> dict[str, Process]:
    """Every process by its replica's name, none of them started. Servers that were given are left out."""
    processes: dict[str, Process] = {}
    for replica, port in ports.items():
        log = log_of(data, replica)
        if replica == "mongo-1":
            if not environment.given_mongo:
                processes[replica] = embedded_mongo(data, port, log, mongod)
        elif replica == "kafka-1":
            if not environment.given_kafka:
                processes[replica] = embedded_broker(data, port, log)
        else:
            processes[replica] = _server(replica, port, apps[part_of(replica)], environment.of(replica), log)
    return processes


def log_of(data: Path, replica: str) -> Path:
    """Where a process writes what it has to say."""
    return data / "logs" / f"{replica}.log"


def _server(replica: str, port: int, app: str, environment: Mapping[str, str], log: Path) -> Process:
    """A service, the gateway or the issuer, behind uvicorn."""
    part = part_of(replica)
    command = [sys.executable, "-m", "uvicorn", "--factory", app, "--host", HOST, "--port", str(port), *DOORS]
    url = f"http://{HOST}:{port}{PROOF_OF_LIFE.get(part, READY)}"
    return Process(replica, command, environment, log, ready=lambda: answers_ok(url))
