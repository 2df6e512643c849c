"""The example subscriber as a program of its own, which may be killed, and what it has kept."""

import asyncio
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from deploy.local.process import HOME

SUBSCRIBER = HOME / "examples" / "subscriber.py"


@dataclass
class Subscriber:
    """One life after another of the same subscriber; `said` are the ids that it printed in all of them."""

    kafka: str
    file: Path
    topics: Sequence[str]
    group: str = field(default_factory=lambda: f"example-{uuid4()}")
    said: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[asyncio.Event]:
        """A life, at whose end it is killed as by a power cut; the event is set at the first word it says."""
        program = [sys.executable, str(SUBSCRIBER), self.kafka, self.group, str(self.file), *self.topics]
        process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, env=os.environ)
        assert process.stdout
        spoke = asyncio.Event()
        hearing = asyncio.create_task(self._hear(process.stdout, spoke))
        try:
            yield spoke
            assert process.returncode is None, "it ended by itself"
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await hearing

    async def _hear(self, output: asyncio.StreamReader, spoke: asyncio.Event) -> None:
        async for line in output:
            self.said.append(line.decode().split()[0])
            spoke.set()

    def kept(self) -> dict[str, str]:
        """Id → type of every event that it has kept."""
        return dict(self._read("SELECT id, type FROM events"))

    def totals(self) -> Counter[str]:
        """How many of each type it counted: the effect that must not be done twice."""
        return Counter({kind: int(heard) for kind, heard in self._read("SELECT type, heard FROM totals")})

    def _read(self, query: str) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self.file)) as copy, suppress(sqlite3.OperationalError):
            return copy.execute(query).fetchall()
        return []  # its tables are not there yet
