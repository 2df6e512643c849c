"""How much CPU each process takes, as Linux counts it in /proc; elsewhere those columns stay empty."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
GLANCE = 0.25


class Processes:
    """A set of named processes. Replicas of one part (`voting-1`, `voting-2`) are counted together as `voting`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self.idle: dict[str, float] = dict.fromkeys(self._parts(), 0.0)

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each part has used since it began."""
        used = dict.fromkeys(self._parts(), 0.0)
        for name, pid in self._pids.items():
            used[part_of(name)] += cpu_of(pid)
        return used

    async def learn_idle(self, windows: int = 6) -> None:
        """Measure what each part takes when there is nothing to do, as a share of one core: the calmest of so many
        windows of a second, because what was done before may still be busy behind."""
        seen = [await self._window(1.0) for _ in range(windows)]
        self.idle = min(seen, key=lambda shares: sum(shares.values()))

    async def _window(self, seconds: float) -> dict[str, float]:
        before, began = self.cpu(), time.perf_counter()
        await asyncio.sleep(seconds)
        took = time.perf_counter() - began
        return {part: (used - before[part]) / took for part, used in self.cpu().items()}

    async def quiet(self, within: float = 8.0) -> float:
        """Wait until everything takes about as little as when idle, at most so long; the seconds waited."""
        began = time.perf_counter()
        calm = sum(self.idle.values()) * 1.5 + 0.08
        while (waited := time.perf_counter() - began) < within:
            if sum((await self._window(GLANCE)).values()) <= calm:
                break
        return waited

    def above_idle(self, before: Mapping[str, float], seconds: float) -> dict[str, float]:
        """Seconds of CPU used since `before`, less what idling for so long takes."""
        return {part: max(0.0, used - before[part] - self.idle[part] * seconds) for part, used in self.cpu().items()}

    def _parts(self) -> list[str]:
        return list(dict.fromkeys(part_of(name) for name in self._pids))


class Machine:
    """How much of this machine went to others than us since it was made: figures from a busy machine mislead."""

    def __init__(self, ours: Callable[[], float]) -> None:
        self._ours = ours
        self._began = time.perf_counter(), busy_cpu(), ours()

    def others(self) -> float:
        """The share of all cores that other programs took, and other machines on the same iron."""
        began, busy, ours = self._began
        taken = (busy_cpu() - busy) - (self._ours() - ours)
        return max(0.0, taken / ((time.perf_counter() - began) * (os.cpu_count() or 1)))


def busy_cpu() -> float:
    """Seconds of CPU that all programs together have used, stolen time included; 0 where nobody counts."""
    try:
        user, nice, system, _, _, irq, softirq, steal = Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    except OSError:
        return 0.0
    return sum(int(part) for part in (user, nice, system, irq, softirq, steal)) * TICK


def part_of(name: str) -> str:
    """`voting` of `voting-2`."""
    part, _, number = name.rpartition("-")
    return part if number.isdigit() else name


def cpu_of(pid: int) -> float:
    """Seconds of CPU, in user and kernel, that a process has used; 0 where it is gone or nobody counts."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK


def memory_of(pids: Mapping[str, int]) -> dict[str, int]:
    """Bytes of memory that the largest replica of each part holds, pages that it shares with others among them."""
    held: dict[str, int] = {}
    for name, pid in pids.items():
        held[part_of(name)] = max(held.get(part_of(name), 0), resident(pid))
    return held


def resident(pid: int) -> int:
    """Bytes of a process that are in memory; 0 where it is gone or nobody counts."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
