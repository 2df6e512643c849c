"""One child process of the local system: started, watched, signalled, and always gone in the end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.errors import CannotRun

HOME = Path(__file__).resolve().parents[2]
LEASH = Path(__file__).with_name("leash.py")
GLANCE_SECONDS = 0.03
STOPPING_SECONDS = 15


class Process:
    """A program with a name and a log. It dies with us, and hears no Ctrl-C but ours.

    Start it from a thread that lives as long as the system does: on Linux the leash is held by the thread.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        ready: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self._ready = ready
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the child lives; a paused one does."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        if self._child is None:
            raise CannotRun(f"{self.name} has not been started.")
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How the child ended; None while it lives. Negative: the signal that ended it."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start the program; its log goes on where it ended."""
        if self.running:
            raise CannotRun(f"{self.name} runs already.")
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 (our own command)
                [*leash, *self.command],
                cwd=HOME,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, so that we choose the order of stopping
            )

    def pause(self) -> None:
        """Freeze it where it stands."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        """Ask it to stop, and kill it if it has not within 15 s. Harmless on one already gone."""
        self._signal(signal.SIGTERM)
        self.resume()
        if not await self._gone(STOPPING_SECONDS):
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as a power cut would, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        await self._gone(STOPPING_SECONDS)

    async def until_ready(self, within: float) -> None:
        """Wait until it is ready. Raises CannotRun with the log's end if it dies or is not within so many seconds."""
        in_time = await until(self._ready_or_gone, within)
        if not in_time:
            raise self._failure(f"was not ready within {within:g} s")
        if not self.running:
            raise self._failure(f"ended with status {self.exit_code}")

    async def succeed(self, within: float) -> None:
        """Wait until it has ended well. Raises CannotRun with the log's end if it fails or takes too long."""
        if not await self._gone(within):
            raise self._failure(f"had not ended within {within:g} s")
        if self.exit_code != 0:
            raise self._failure(f"ended with status {self.exit_code}")

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)  # does nothing once the child has been waited for

    async def _gone(self, within: float) -> bool:
        async def gone() -> bool:
            return not self.running

        return await until(gone, within)

    async def _ready_or_gone(self) -> bool:
        return not self.running or self._ready is None or await self._ready()

    def _failure(self, why: str) -> CannotRun:
        return CannotRun(f"{self.name} {why}. The end of its log ({self.log}):\n{self.tail()}")

    def tail(self, lines: int = 20) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return "(empty)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) or "(empty)"


async def until(asked: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Ask again and again until the answer is yes, or so many seconds have passed."""
    end = time.monotonic() + within
    while not await asked():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(GLANCE_SECONDS)
    return True
