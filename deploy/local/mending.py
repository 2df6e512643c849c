"""Starting again what has died by itself, as Kubernetes would."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from deploy.local.errors import CannotRun
from deploy.local.system import System

GLANCE_SECONDS = 0.5
DEATHS_A_MINUTE = 5


async def mend(system: System, say: Callable[[str], None]) -> None:
    """Watch for ever. Raises CannotRun when a part has died more than five times within a minute."""
    deaths: Counter[tuple[str, int]] = Counter()
    while True:
        await asyncio.sleep(GLANCE_SECONDS)
        for name, process in list(system.processes.items()):
            if process.running:
                continue
            say(f"{name} ended with status {process.exit_code}; starting it again. Its log: {process.log}")
            minute = (name, int(time.monotonic() // 60))
            deaths[minute] += 1
            if deaths[minute] > DEATHS_A_MINUTE:
                raise CannotRun(f"{name} does not stay alive. The end of its log:\n{process.tail()}")
            part, _, number = name.rpartition("-")
            await system.start(part, int(number))
