"""Apache Kafka itself without containers: a broker of one node out of the jars that Maven resolves."""

import asyncio
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from deploy.local.addresses import HOST, answers, free_row
from deploy.local.errors import CannotRun
from deploy.local.process import HOME, Process

POM = Path(__file__).with_name("pom.xml")
VERSION = "4.1.1"
OLDEST_JAVA = 17
JARS = HOME / ".live" / f"kafka-{VERSION}"
JAVA = (
    *("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),  # a short life: begin soon, compile little
    *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{JARS}/*"),
)
CLUSTER = "Zm9sa21vb3QtbGl2ZS1vbg"  # any 16 bytes
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{control}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{control}
advertised.listeners=PLAINTEXT://{host}:{advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
offsets.retention.minutes=5256000
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def java_and_maven() -> bool:
    """Whether this machine can run a broker out of jars: Java 17 or newer, and Maven."""
    if not shutil.which("java") or not shutil.which("mvn"):
        return False
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return version is not None and int(version[1]) >= OLDEST_JAVA


async def apache_kafka(data: Path, port: int | None = None, advertised: int | None = None) -> tuple[Process, str]:
    """A broker that keeps its log under `data`, formatted and not yet started, and where it will listen.

    It takes `port` and the one after it, any free ones unless said. Clients are sent to the port `advertised`, where
    somebody must pass on what they say; to its own unless said.
    """
    await asyncio.to_thread(_jars)
    port = port or free_row(2)
    folder = data / "kafka"
    folder.mkdir(parents=True)
    settings = folder / "server.properties"
    ports = {"port": port, "control": port + 1, "advertised": advertised or port}
    settings.write_text(SETTINGS.format(host=HOST, folder=folder, **ports))
    formatting = [*JAVA, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(settings)]
    await asyncio.to_thread(_done, formatting, "Kafka's storage could not be formatted")
    command = [*JAVA, "kafka.Kafka", str(settings)]
    broker = Process("kafka", command, os.environ, folder / "kafka.log", ready=lambda: answers(HOST, port))
    return broker, f"{HOST}:{port}"


@lru_cache
def _jars() -> None:
    """Have the jars; Maven is asked the first time only."""
    if JARS.exists():
        return
    fresh = JARS.with_name(f"{JARS.name}.{os.getpid()}")
    copy = ["mvn", "--quiet", "--batch-mode", "--file", str(POM), "dependency:copy-dependencies"]
    _done([*copy, f"-DoutputDirectory={fresh}"], "Maven could not resolve the jars of Apache Kafka")
    try:
        fresh.rename(JARS)
    except OSError:  # another run was first
        shutil.rmtree(fresh)


def _done(command: list[str], complaint: str) -> None:
    job = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if job.returncode:
        raise CannotRun(f"{complaint}:\n{job.stdout[-2000:]}")
