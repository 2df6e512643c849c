"""Rows (a) and (b): votes a second at growing crowds, and how long a lone vote takes."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from bench.community import changed
from bench.generator import Load, load
from bench.processes import Processes

CROWDS = (1, 16, 64, 256)
LONE_VOTES = 300
LONE_REST = 0.02  # seconds between two lone votes


class Unsound(Exception):
    """A round whose figures would mislead: what it measured did not work."""


@dataclass(frozen=True)
class Target:
    """Where one kind of request goes: a base URL, requests made for it, and which answers count as a success."""

    kind: str
    url: str
    requests: Iterator[bytes]
    success: Callable[[bytes], bool] = changed


@dataclass(frozen=True)
class Row:
    """One line of the table: medians over its rounds. Times in milliseconds; CPU per operation and process.

    `drained` is how many seconds after the last answer everything was quiet again; `failed` counts over all rounds.
    """

    kind: str
    connections: int
    per_second: float
    p50: float
    p99: float
    cpu: Mapping[str, float]
    drained: float
    failed: int = 0

    @property
    def total_cpu(self) -> float:
        """All processes but the generator, in milliseconds per operation."""
        return sum(spent for part, spent in self.cpu.items() if part != "generator")


async def crowds(
    targets: list[Target], processes: Processes, rounds: int, seconds: float, say: Callable[[str], None]
) -> list[Row]:
    """Every kind at every number of connections, kinds interleaved, so many rounds: a row for each."""
    seen: dict[tuple[int, str], list[Row]] = {}
    for turn, connections in itertools.product(range(rounds), CROWDS):
        for target in targets:
            row = await measured(target, connections, seconds, processes)
            seen.setdefault((connections, target.kind), []).append(row)
            say(f"round {turn + 1}: {target.kind} at {connections}: {row.per_second:,.0f}/s, p99 {row.p99:,.1f} ms")
    return [of_medians(rows) for rows in seen.values()]


async def lone(target: Target, processes: Processes) -> Row:
    """One vote at a time with a rest in between, on a system that does nothing else."""
    requests = itertools.islice(target.requests, LONE_VOTES)
    return await measured(Target("lone vote", target.url, requests), 1, 60, processes, pause=LONE_REST)


async def measured(target: Target, connections: int, seconds: float, processes: Processes, pause: float = 0.0) -> Row:
    """One round, counted until everything behind it is quiet again. Raises Unsound where many votes failed."""
    before = processes.cpu()
    came = await load(target.url, target.requests, connections, seconds, target.success, pause)
    drained = await processes.quiet()
    if came.failures > len(came.latencies) / 10:
        raise Unsound(f"{target.kind} at {connections}: {came.failures} failed, the first: {came.first_failure}")
    return row_of(target.kind, connections, came, processes.above_idle(before, came.seconds + drained), drained)


def row_of(kind: str, connections: int, came: Load, cpu: Mapping[str, float], drained: float) -> Row:
    """A round as a row."""
    votes = len(came.latencies)
    spent = {part: 1000 * seconds / votes for part, seconds in {**cpu, "generator": came.cpu}.items()}
    p50, p99 = 1000 * came.percentile(0.5), 1000 * came.percentile(0.99)
    return Row(kind, connections, came.per_second, p50, p99, spent, drained, came.failures)


def of_medians(rows: list[Row]) -> Row:
    """Several rounds of one kind as one row, each figure the median of its own."""
    first = rows[0]
    return Row(
        first.kind,
        first.connections,
        median(row.per_second for row in rows),
        median(row.p50 for row in rows),
        median(row.p99 for row in rows),
        {part: median(row.cpu[part] for row in rows) for part in first.cpu},
        median(row.drained for row in rows),
        sum(row.failed for row in rows),
    )
