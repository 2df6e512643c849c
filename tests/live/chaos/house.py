"""The whole system on Apache Kafka, two of almost everything, with every line between its parts in our hands."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.addresses import HOST, chosen_ports, free_row, replica_names
from deploy.local.process import Process
from deploy.local.system import System
from tests.live.apache import apache_kafka
from tests.live.chaos.broken import APPS as BROKEN_APPS
from tests.live.chaos.plan import Accident, Kind
from tests.live.chaos.proxy import Proxy

REPLICAS = {"gateway": 2, "voting": 2, "ideas": 2, "responses": 2}
SERVICES = ("voting", "ideas", "responses", "strategy")
PROMISED = 3.0  # seconds within which a complaint is to be answered
SETTINGS = {
    "FIRST_RESPONSE_COMPLAINT": str(PROMISED / 3600),
    "FIRST_RESPONSE_WARNING": "0.5",
    "LOG_LEVEL": "WARNING",
}
PATIENCE = 240.0

logger = logging.getLogger(__name__)


@dataclass
class House:
    """A running system: its processes by name, the broker among them, and its lines."""

    system: System
    broker: Process
    kafka_url: str
    lines: dict[str, list[Proxy]]
    clock: Path  # by how many seconds that of the second gateway is wrong
    _suffering: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def doors(self) -> list[str]:
        """Where both gateways take GraphQL."""
        return [f"{self.system.url('gateway', number)}/graphql" for number in (1, 2)]

    def process(self, name: str) -> Process:
        """One process."""
        return self.broker if name == "kafka" else self.system.processes[name]

    async def suffer(self, accident: Accident) -> None:
        """Have an accident happen, and set it right again. What hits the same target next waits until that is done."""
        async with self._suffering.setdefault(accident.target, asyncio.Lock()):
            logger.info("%s", accident)
            await self._suffer(accident)

    async def _suffer(self, accident: Accident) -> None:
        if accident.kind in (Kind.CUT, Kind.STALL):
            return await self._disturb(accident)
        process = self.process(accident.target)
        if accident.kind is Kind.PAUSE:
            process.pause()
            await asyncio.sleep(accident.lasts)
            return process.resume()
        await (process.kill() if accident.kind is Kind.KILL else process.stop())
        await asyncio.sleep(accident.lasts)
        process.start()
        return await process.until_ready(PATIENCE)

    async def _disturb(self, accident: Accident) -> None:
        for line in self.lines[accident.target]:
            if accident.kind is Kind.CUT:
                line.cut()
            else:
                line.hold()
        await asyncio.sleep(accident.lasts)
        for line in self.lines[accident.target]:
            line.release()

    def ended(self) -> list[str]:
        """Processes that do not run; after the accidents there should be none."""
        everything = {**self.system.processes, "kafka": self.broker}
        return [name for name, process in everything.items() if not process.running]

    def set_clock(self, skew: float) -> None:
        """Have the clock of the second gateway be wrong by so many seconds."""
        self.clock.write_text(str(skew))

    async def ready(self) -> None:
        """Return when every process is."""
        for process in (self.broker, *self.system.processes.values()):
            await process.until_ready(PATIENCE)


@asynccontextmanager
async def house(data: Path, broken: str | None = None) -> AsyncIterator[House]:
    """The system, alive inside the block; services reach each other and their servers through lines of ours.

    `broken` names a protocol that its services are to break.
    """
    names = replica_names(REPLICAS)
    first = free_row(len(names) + 20)
    ports, spare = chosen_ports(first, names), iter(range(first + len(names), first + len(names) + 20))
    async with AsyncExitStack() as stack:

        async def line(target: int) -> Proxy:
            return await stack.enter_async_context(Proxy(next(spare), target))

        port, _, advertised = next(spare), next(spare), next(spare)
        broker, kafka_url = await apache_kafka(data, port, advertised)
        kafka = await stack.enter_async_context(Proxy(advertised, int(kafka_url.rpartition(":")[2])))
        to_mongo = {service: await line(ports["mongo-1"]) for service in SERVICES}
        to_services = {name: await line(ports[name]) for name in names if name.rpartition("-")[0] in SERVICES}
        overrides: dict[str, dict[str, str]] = {
            service: {"MONGO_URL": f"mongodb://{HOST}:{proxy.port}/?directConnection=true"}
            for service, proxy in to_mongo.items()
        }
        overrides["gateway"] = {
            f"{service.upper()}_URL": ",".join(
                f"http://{HOST}:{proxy.port}" for name, proxy in to_services.items() if name.startswith(service)
            )
            for service in SERVICES
        }
        clock = data / "clock"
        clock.write_text("0")
        overrides["gateway-2"] = {"SKEW_FILE": str(clock)}
        broker.start()
        stack.push_async_callback(broker.stop)
        await broker.until_ready(PATIENCE)
        system = System(
            data,
            port=first,
            replicas=REPLICAS,
            apps={"gateway": "tests.live.chaos.skewed:app"} | (BROKEN_APPS if broken else {}),
            settings={**SETTINGS, "KAFKA_URL": f"{HOST}:{advertised}", "BROKEN": broken or ""},
            overrides=overrides,
            patience=PATIENCE,
        )
        await stack.enter_async_context(system)
        lines = {"gateway": [*to_services.values()], "mongo": [*to_mongo.values()], "kafka": [kafka]}
        yield House(system, broker, kafka_url, lines, clock)
