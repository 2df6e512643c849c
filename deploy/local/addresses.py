"""Where each part of the local system listens: always on this machine's own loopback address."""

import asyncio
import random
import socket
from collections.abc import Mapping

import aiohttp

from deploy.local.errors import CannotRun
from deploy.local.process import until

HOST = "127.0.0.1"
PARTS = ("gateway", "ideas", "voting", "responses", "strategy", "issuer", "kafka", "mongo")


def replica_names(replicas: Mapping[str, int]) -> list[str]:
    """`gateway-1` … `mongo-1` in the fixed order of ports, then second and further replicas."""
    first = [f"{part}-1" for part in PARTS]
    return first + [f"{part}-{number}" for part in PARTS for number in range(2, replicas.get(part, 1) + 1)]


def chosen_ports(first: int | None, names: list[str]) -> dict[str, int]:
    """A port for every replica: `first` and those that follow it, or any free ones where `first` is None."""
    if first is None:
        first = free_row(len(names))
    if not 0 < first <= 65536 - len(names):
        raise CannotRun(f"PORT={first} leaves no room for {len(names)} ports. Choose one such as 8000.")
    return {name: first + place for place, name in enumerate(names)}


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError:
            return False
        return True


async def answers(host: str, port: int) -> bool:
    """Whether somebody takes a TCP connection there within three seconds."""
    try:
        async with asyncio.timeout(3):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    return True


async def answers_ok(url: str) -> bool:
    """Whether a GET there is answered with status 200 within three seconds."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session,
            session.get(url) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def expect_free(ports: Mapping[str, int]) -> None:
    """Raises CannotRun naming the part whose port is still taken after two seconds (a past run may be ending)."""

    async def all_free() -> bool:
        return all(is_free(port) for port in ports.values())

    if await until(all_free, within=2):
        return
    taken = next(name for name, port in ports.items() if not is_free(port))
    raise CannotRun(
        f"Port {ports[taken]}, meant for {taken.removesuffix('-1')}, is taken by another program. Stop that program, "
        "or choose where the row of ports begins, for example PORT=9000."
    )


def free_row(length: int) -> int:
    """The first of so many free ports in a row, below the range that the system hands out by itself."""
    for _ in range(200):
        first = random.randrange(10_000, 32_000)
        if all(is_free(port) for port in range(first, first + length)):
            return first
    raise CannotRun(f"There are no {length} free ports in a row between 10000 and 32000.")
