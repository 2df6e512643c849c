"""A load generator for HTTP/1.1 over kept-alive connections: lean, so that it measures the server and not itself."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httptools

HERE = "127.0.0.1"
FINISHING = 15.0  # seconds that requests under way are given after the end


@dataclass
class Load:
    """What one round of load came to. Latencies are in seconds; `failures` counts answers that were not a success."""

    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    first_failure: str = ""
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Successes a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of requests stayed within (nearest rank), in seconds; 0 without any."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


class Connection(asyncio.Protocol):
    """One kept-alive connection: sends a request, waits for its answer, sends the next."""

    def __init__(
        self, requests: Iterator[bytes], load: Load, success: Callable[[bytes], bool], until: float, pause: float
    ) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._load = load
        self._success = success
        self._until = until
        self._pause = pause
        self._body = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Part of an answer's body."""
        self._body += body

    def on_message_complete(self) -> None:
        """An answer is whole."""
        took = time.perf_counter() - self._sent
        if self._parser.get_status_code() == 200 and self._success(self._body):
            self._load.latencies.append(took)
        else:
            self._fail(f"status {self._parser.get_status_code()}: {self._body.decode(errors='replace')}")
        self._body = b""
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._send)
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """The server hung up, or we did."""
        if not self.done.done():
            self._fail(f"connection lost: {error}")
            self.done.set_result(None)

    def _send(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _fail(self, why: str) -> None:
        self._load.failures += 1
        self._load.first_failure = self._load.first_failure or why[:500]


async def load(
    url: str,
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    success: Callable[[bytes], bool],
    pause: float = 0.0,
) -> Load:
    """Send requests over so many connections for so long, or until there are none left.

    An answer is a success when its status is 200 and `success` says so of its body. `pause` is the rest, in seconds,
    that a connection takes between two requests.
    """
    there = urlsplit(url)
    came = Load()
    loop = asyncio.get_running_loop()
    began, cpu = time.perf_counter(), time.process_time()
    crowd = await asyncio.gather(
        *(
            loop.create_connection(
                lambda: Connection(requests, came, success, began + seconds, pause),
                there.hostname or HERE,
                there.port or 80,
            )
            for _ in range(connections)
        )
    )
    await asyncio.wait([one.done for _, one in crowd], timeout=seconds + FINISHING)
    came.seconds = time.perf_counter() - began
    came.cpu = time.process_time() - cpu
    for transport, one in crowd:
        if not one.done.done():
            came.failures += 1
            one.done.set_result(None)
        transport.close()
    return came


def request_head(path: str, host: str, headers: dict[str, str]) -> bytes:
    """The beginning of a POST of JSON, up to its Content-Length."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n"


def request_body(body: bytes) -> bytes:
    """The end of a request: how long its body is, and the body."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
