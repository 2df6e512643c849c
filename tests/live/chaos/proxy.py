"""A line between two programs that can be cut, or held so that nothing passes."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from deploy.local.addresses import HOST

CHUNK = 256 * 1024


class Proxy:
    """Listens on `port` and passes everything on to `target`, both on this machine."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._open = asyncio.Event()
        self._open.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, HOST, self.port, limit=CHUNK)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def cut(self) -> None:
        """End every connection at once, in the middle of whatever is being said; new ones are taken."""
        for writer in self._ends:
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing pass: connections stay open and are silent."""
        self._open.clear()

    def release(self) -> None:
        """Let everything pass again, what waited first."""
        self._open.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            there, away = await asyncio.open_connection(HOST, self._target, limit=CHUNK)
        except OSError:
            self._end(writer)
            return
        self._ends.add(away)
        for source, sink in ((reader, away), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, (writer, away)))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, both: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        with suppress(OSError, RuntimeError):  # uvloop's word for a connection that was cut
            while said := await source.read(CHUNK):
                await self._open.wait()
                sink.write(said)
                await sink.drain()
        for writer in both:
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._ends.discard(writer)
        writer.close()
