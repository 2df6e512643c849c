"""One service as a process: opens its doors in order, keeps its tasks alive, and drains when it is told to stop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from chassis import logs, memory, metrics, telemetry
from chassis.aside import Aside
from chassis.errands import Announcer, Deadlines
from chassis.health import Health
from chassis.http import HttpDoor
from chassis.kafka import Publisher
from chassis.listener import Listener
from chassis.mongo import Database, connect
from chassis.relay import Relay
from chassis.service import Service
from chassis.settings import Settings, read_settings, usable
from chassis.trust import Door
from chassis.work import Corridor

logger = logging.getLogger(__name__)


class Process:
    """The parts of a running service, wired by hand."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.database = Database(connect(settings.mongo_url), service.name)
        self.corridor = Corridor(service, self.database, settings.replica, settings.batching)
        self.announcer = Announcer(service, self.database, self.corridor)
        self.deadlines = Deadlines(service, self.database, self.corridor)
        self.relay = Relay(
            self.database,
            Publisher(settings),
            settings.organization,
            settings.replica,
            self.announcer.said,
            self.corridor.calm,
        )
        metrics.RELAY_LEADS.set_function(lambda: float(self.relay.leads))
        self.dead_letters = Publisher(settings)
        self.listener = Listener(
            service, self.corridor, Aside(self.database, service.name, self.dead_letters), settings
        )
        self.health = Health(self.database)
        self.health.parts = {"relay": self.relay.told, "listener": self.listener.told}
        self.door = HttpDoor(
            service, self.database, self.corridor, self.health, Door(service.name, settings.service_keys)
        )
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Open the doors."""
        self.corridor.start()
        tasks: list[Callable[[], Awaitable[None]]] = [self.relay.run]
        if self.service.errands:
            tasks.append(self.deadlines.run)
        if self.service.announcing:
            tasks += [self.announcer.run, self.announcer.sweep]
        if self.service.reactions:
            tasks.append(self.listener.run)
        self._tasks = [asyncio.create_task(_kept_alive(task), name=task.__qualname__) for task in tasks]
        self.health.doors_open = True

    async def drain(self) -> None:
        """Finish what was taken: batches commit, offsets are stored, the lease is handed over."""
        self.health.doors_open = False
        await self.listener.stop()
        await self.corridor.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.relay.hand_over()
        await self.dead_letters.drop()


async def _kept_alive(task: Callable[[], Awaitable[None]]) -> None:
    """Run a task again when it fails: the process is not restarted for it."""
    while True:
        try:
            return await task()
        except Exception:
            logger.exception("%s failed and is started again", task.__qualname__)
            await asyncio.sleep(1)


def serve(service: Service) -> Starlette:
    """The ASGI application of a service, from the environment."""
    settings = read_settings()
    logs.start(settings.log_level)
    telemetry.start(settings, service.name)
    with usable():
        process = Process(service, settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        process.start()
        memory.settle()
        yield
        await process.drain()
        await asyncio.to_thread(telemetry.stop)

    return Starlette(routes=process.door.routes(), lifespan=lifespan)
