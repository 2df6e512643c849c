"""`python -m bench`: every measurement, on a system of its own in a temporary folder."""

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from bench import journal, sizes
from bench.closing import closings
from bench.community import Community, Vote, changed, gather_community
from bench.generator import load
from bench.growth import closings_page, journals_page, sizes_page
from bench.page import Alone, page, write
from bench.processes import Machine, Processes
from bench.push import pushes
from bench.reading import pages
from bench.seeding import SEEDING
from bench.sizes import Site
from bench.votes import Target, Unsound, crowds, lone
from chassis.mongo import Database, connect
from chassis.settings import Settings
from deploy.local.addresses import HOST, chosen_ports, free_row, is_free, replica_names
from deploy.local.process import Process
from deploy.local.system import System
from deploy.start import DOORS

DOCS = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
REPLICAS = {"gateway": 2, "voting": 2}  # the first of each batches, the second does not
MEMBERS, OPTIONS = 2000, 50
FEW_OPTIONS = 5


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="all unless said")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--votes", type=int, default=sizes.MANY, help="on a large ballot")
    parser.add_argument("--events", type=int, default=journal.MANY, help="in a long journal")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    said = parser.parse_args()
    for name in said.rows:
        try:
            figures = uvloop.run(ROWS[name](said))
        except Unsound as unsound:
            print(f"No {name}: {unsound}", file=sys.stderr)
            return 1
        print(f"\n{figures}")
        if not said.no_page:
            write(DOCS, figures, name)
    return 0


async def measure_votes(said: argparse.Namespace) -> str:
    """Rows (a) to (d), on a fresh system."""
    return await measure(said.rounds, said.seconds, said.members)


async def measure_sizes(said: argparse.Namespace) -> str:
    """Rows (e), on a fresh system."""
    async with a_site(said.members) as (site, machine):
        rows = await sizes.sizes(site, said.rounds, said.seconds, (sizes.FEW, said.votes))
        return sizes_page(rows, said.rounds, said.seconds, machine.others())


async def measure_closings(said: argparse.Namespace) -> str:
    """Rows (f), on a fresh system."""
    async with a_site(said.members) as (site, machine):
        return closings_page(await closings(site, said.votes), machine.others())


async def measure_journals(said: argparse.Namespace) -> str:
    """Rows (g), each on systems of its own."""
    machine = Machine(children_too)
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        kept = await journal.journals(Path(folder), say, (journal.FEW, said.events))
    return journals_page(kept, machine.others())


ROWS: dict[str, Callable[[argparse.Namespace], Coroutine[None, None, str]]] = {
    "figures": measure_votes,
    "sizes": measure_sizes,
    "closings": measure_closings,
    "journals": measure_journals,
}


@asynccontextmanager
async def a_site(members: int) -> AsyncIterator[tuple[Site, Machine]]:
    """An ordinary system with its crowd, and a look at what else the machine does."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        async with System(Path(folder)) as system:
            crowd = await gather_community(system.url("gateway"), members, FEW_OPTIONS)
            say(f"{members:,} members")
            client = connect(system.mongo_url, SEEDING)
            processes = Processes({name: one.pid for name, one in system.processes.items()})
            await processes.learn_idle()
            databases = {name: Database(client, name) for name in ("voting", "ideas")}
            machine = Machine(lambda: sum(processes.cpu().values()) + time.process_time())
            try:
                yield Site(system.url("gateway"), databases, crowd, processes, say), machine
            finally:
                client.close()


def children_too() -> float:
    """Seconds of CPU that this process and those it has waited for have used."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


async def measure(rounds: int, seconds: float, members: int) -> str:
    """All rows, on a fresh system."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        async with two_ways(Path(folder) / "data") as system, bare_endpoint(Path(folder)) as (bare, bare_url):
            say("the system is up")
            community = await gather_community(system.url("gateway"), members, OPTIONS)
            say(f"{members:,} members before one named ballot with {OPTIONS} options")
            votes = community.votes()
            targets = aimed(system, bare_url, community, votes)
            for target in targets:
                await load(target.url, itertools.islice(target.requests, members), 16, 60, changed)
            processes = Processes({name: one.pid for name, one in system.processes.items()} | {"bare": bare.pid})
            await processes.learn_idle()
            machine = Machine(lambda: sum(processes.cpu().values()) + time.process_time())
            say("warm")
            rows = await crowds(targets, processes, rounds, seconds, say)
            alone = await lone(targets[0], processes)
            say("the lone vote is done")
            push = await pushes(targets[0].url, community, votes, processes)
            say("the pushes are done")
            read = await pages(targets[0].url, community, seconds, processes)
            return page(rows, Alone(alone, push, read), Settings().trace_sampling, rounds, seconds, machine.others())


def aimed(system: System, bare: str, community: Community, votes: Iterator[Vote]) -> list[Target]:
    """Where each kind of vote goes. What is really cast comes from one row of votes, so each changes something."""
    kinds = (
        ("batched", system.url("gateway", 1), votes),
        ("unbatched", system.url("gateway", 2), votes),
        ("bare", bare, community.votes()),
    )
    return [Target(kind, url, community.requests(urlsplit(url).netloc, theirs)) for kind, url, theirs in kinds]


@asynccontextmanager
async def two_ways(data: Path) -> AsyncIterator[System]:
    """A system whose first gateway and voting batch, and whose second do not; each gateway knows its own voting."""
    ports = chosen_ports(None, replica_names(REPLICAS))
    told = {f"gateway-{number}": {"VOTING_URL": f"http://{HOST}:{ports[f'voting-{number}']}"} for number in (1, 2)}
    told["gateway-2"]["BATCHING"] = "false"
    told["voting-2"] = {"BATCHING": "false"}
    async with System(data, port=ports["gateway-1"], replicas=REPLICAS, overrides=told) as system:
        yield system


@asynccontextmanager
async def bare_endpoint(folder: Path) -> AsyncIterator[tuple[Process, str]]:
    """The bare endpoint as a process, served as the gateway is; and its base URL."""
    port = free_row(1)

    async def ready() -> bool:
        return not is_free(port)

    command = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--host", HOST, "--port", str(port), *DOORS]
    process = Process("bare-1", command, os.environ, folder / "bare.log", ready)
    process.start()
    try:
        await process.until_ready(60)
        yield process, f"http://{HOST}:{port}"
    finally:
        await process.stop()


def say(what: str) -> None:
    """Tell how far we are, on stderr."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
