"""The whole system on one machine, without containers: what `make run`, the tests and the measurements stand on."""

import asyncio
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from deploy.local.addresses import HOST, chosen_ports, expect_free, replica_names
from deploy.local.broker import check_given_broker
from deploy.local.environment import Environment
from deploy.local.folder import Lock
from deploy.local.mongo import check_given_mongo
from deploy.local.parts import APPS, GROUND, STOPPING, lay_out, log_of, part_of
from deploy.local.process import Process


class System:
    """Everything from MongoDB to the gateway, each part a process of its own, alive inside `async with`.

    `data` is the folder that survives; one run at a time may have it. `port` is the gateway's, the others follow it;
    None takes free ones. `replicas` says how many of a service (or the gateway) there are, `settings` what all
    processes are told, `overrides` what one part or replica is told, `mongod` further arguments for mongod.
    `apps` and `prepare` (modules) are for tests. `progress` hears the name of each part and the seconds it took.
    Raises CannotRun, having stopped everything, when a part is not ready within `patience` seconds.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        replicas: Mapping[str, int] | None = None,
        apps: Mapping[str, str] | None = None,
        prepare: str | None = "deploy.prepare",
        settings: Mapping[str, str] | None = None,
        overrides: Mapping[str, Mapping[str, str]] | None = None,
        mongod: Sequence[str] = (),
        patience: float = 60,
        progress: Callable[[str, float], None] = lambda name, seconds: None,
    ) -> None:
        self.data = data.resolve()
        self.processes: dict[str, Process] = {}
        self._names = replica_names(replicas or {})
        self._port = port
        self._apps = {**APPS, **(apps or {})}
        self._prepare = prepare
        self._settings = dict(settings or {})
        self._overrides = dict(overrides or {})
        self._mongod = mongod
        self._patience = patience
        self._progress = progress
        self._lock = Lock(self.data)

    async def __aenter__(self) -> Self:
        """Start everything, in an order that needs no retries."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        try:
            await self._lay_out()
            await self._check_what_was_given()
            ground = [name for name in self.processes if part_of(name) in GROUND]
            await _together(self._start(name) for name in ground)
            await self.prepare()
            await _together(self._start(name) for name in self.processes if name not in ground)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the doors first and the database last."""
        await self._stop()

    def url(self, part: str, number: int = 1) -> str:
        """Where a service, the gateway or the issuer listens."""
        return f"http://{HOST}:{self._ports[f'{part}-{number}']}"

    @property
    def graphql_url(self) -> str:
        """Where GraphQL requests go."""
        return f"{self.url('gateway')}/graphql"

    def environment(self, part: str, number: int = 1) -> dict[str, str]:
        """What that replica reads from its environment; `prepare` stands for a one-off job."""
        return self._environment.of(f"{part}-{number}")

    @property
    def mongo_url(self) -> str:
        """The replica set that the system uses, embedded or given."""
        return self.environment("prepare")["MONGO_URL"]

    @property
    def kafka_url(self) -> str:
        """The broker that the system uses, embedded or given, as host:port."""
        return self.environment("prepare")["KAFKA_URL"]

    async def token(self, member: str, roles: Sequence[str] = (), audience: str = "employee", **more: Any) -> str:
        """An access token of the development issuer (`more`: name, ttl in seconds, machine)."""
        wish = {"member": member, "roles": list(roles), "audience": audience, **more}
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.post(f"{self.url('issuer')}/token", json=wish) as answer,
        ):
            return str((await answer.json())["access_token"])

    def process(self, part: str, number: int = 1) -> Process:
        """One replica's process: its pid, its log, whether it runs."""
        return self.processes[f"{part}-{number}"]

    async def kill(self, part: str, number: int = 1) -> None:
        """End a replica as a power cut would (SIGKILL), and wait until it is gone."""
        await self.process(part, number).kill()

    def pause(self, part: str, number: int = 1) -> None:
        """Freeze a replica where it stands (SIGSTOP)."""
        self.process(part, number).pause()

    def resume(self, part: str, number: int = 1) -> None:
        """Let a frozen replica go on (SIGCONT)."""
        self.process(part, number).resume()

    async def stop(self, part: str, number: int = 1) -> None:
        """Ask a replica to stop (SIGTERM), and wait until it has."""
        await self.process(part, number).stop()

    async def start(self, part: str, number: int = 1) -> None:
        """Start a replica that is not running and wait until it is ready; a new embedded broker is refilled."""
        await self._start(f"{part}-{number}")
        if part == "kafka":
            await self.prepare()

    async def restart(self, part: str, number: int = 1) -> None:
        """Stop a replica and start it again under the same name and address."""
        await self.stop(part, number)
        await self.start(part, number)

    async def prepare(self) -> None:
        """Run the one-off job that makes indexes and topics and fills an empty embedded broker from the journal."""
        if self._prepare is None:
            return
        began = time.monotonic()
        command = [sys.executable, "-m", self._prepare]
        job = Process("prepare-1", command, self.environment("prepare"), log_of(self.data, "prepare-1"))
        self.processes[job.name] = job
        job.start()
        await job.succeed(self._patience)
        del self.processes[job.name]
        self._progress(job.name, time.monotonic() - began)

    async def _lay_out(self) -> None:
        """Choose the addresses, write the settings, and make sure that the ports are free."""
        self._ports = chosen_ports(self._port, self._names)
        self._environment = Environment(self.data, self._ports, self._settings, self._overrides)
        shutil.rmtree(self.data / "logs", ignore_errors=True)
        (self.data / "logs").mkdir()
        self.processes = lay_out(self.data, self._ports, self._environment, self._apps, self._mongod)
        await expect_free({name: self._ports[name] for name in self.processes})

    async def _check_what_was_given(self) -> None:
        if self._environment.given_mongo:
            await check_given_mongo(self._environment.given_mongo)
        if self._environment.given_kafka:
            await check_given_broker(self._environment.given_kafka)

    async def _start(self, name: str) -> None:
        began = time.monotonic()
        self.processes[name].start()
        await self.processes[name].until_ready(self._patience)
        self._progress(name, time.monotonic() - began)

    async def _stop(self) -> None:
        for parts in (("prepare",), *STOPPING):
            await asyncio.gather(*(self.processes[name].stop() for name in self.processes if part_of(name) in parts))
        self._lock.release()


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all of it side by side; the first trouble ends the rest and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for piece in work:
                group.create_task(piece)
    except ExceptionGroup as troubles:
        raise troubles.exceptions[0] from None
