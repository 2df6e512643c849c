"""The figures as tables: on the screen, and between two marks in `docs/performance.md`."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.votes import Row

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
Claim = tuple[str, float, float, str]  # what we hold ourselves to, the figure, its bound (a most if negative), the unit
PARTS = ("gateway", "voting", "ideas", "strategy", "responses", "mongo", "kafka", "issuer", "bare", "generator")
FIDER = {1: 146, 16: 300, 64: 300, 256: 300}  # votes a second, on two such cores, with few votes stored


class Alone(NamedTuple):
    """What is measured once, after the crowds."""

    vote: Row
    push: Row
    page: Row


def page(rows: list[Row], alone: Alone, sampling: float, rounds: int, seconds: float, others: float) -> str:
    """Everything that was measured, as Markdown."""
    return "\n".join(
        [
            f"{measured_here(others)} {sampled(sampling).capitalize()}; {rounds} interleaved rounds of {seconds:g} s, "
            "medians.",
            "",
            *votes_table([*rows, *alone]),
            "",
            *cpu_table([*rows, *alone]),
            "",
            *ratios_table(rows),
            "",
            *verdicts(rows, alone),
        ]
    )


def votes_table(rows: list[Row]) -> list[str]:
    """How many, how fast."""
    lines = [
        "| what | connections | per second | p50 ms | p99 ms | failed | quiet after s |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.kind} | {row.connections} | {row.per_second:,.0f} | {row.p50:,.1f} | {row.p99:,.1f} "
        f"| {row.failed} | {row.drained:.1f} |"
        for row in rows
    ]
    return lines


def cpu_table(rows: list[Row]) -> list[str]:
    """CPU milliseconds per operation and process; replicas together; left out where nobody spends any."""
    parts = [part for part in PARTS if any(row.cpu.get(part, 0) >= 0.005 for row in rows)]
    lines = [
        f"| CPU ms per operation | connections | {' | '.join(parts)} | all but the generator |",
        f"|---|--:|{'--:|' * (len(parts) + 1)}",
    ]
    for row in rows:
        cells = " | ".join(f"{row.cpu.get(part, 0):.2f}" for part in parts)
        lines.append(f"| {row.kind} | {row.connections} | {cells} | {row.total_cpu:.2f} |")
    return lines


def ratios_table(rows: list[Row]) -> list[str]:
    """What batching is worth, how near the library's ceiling is, and the peer."""
    by = {(row.kind, row.connections): row for row in rows}
    lines = [
        "| connections | batched ÷ unbatched | batched ÷ bare | Fider per second | Folkmoot ÷ Fider |",
        "|--:|--:|--:|--:|--:|",
    ]
    for connections in sorted({row.connections for row in rows}):
        batched = by["batched", connections].per_second
        one_by_one, bare = by["unbatched", connections].per_second, by["bare", connections].per_second
        fider = FIDER[connections]
        lines.append(
            f"| {connections} | {batched / one_by_one:.2f} | {batched / bare:.2f} | {fider} | {batched / fider:.1f} |"
        )
    return lines


def verdicts(rows: list[Row], alone: Alone) -> list[str]:
    """Each thing we hold ourselves to, and whether this run kept it."""
    by = {(row.kind, row.connections): row for row in rows}
    batched, crowd = by["batched", 64], by["batched", 256]
    claims = [
        ("at 64: batched at least 2 times unbatched", batched.per_second / by["unbatched", 64].per_second, 2, "times"),
        ("at 64: at least 1,000 votes a second", batched.per_second, 1000, "/s"),
        ("at 256: at most 10 % fewer than at 64", crowd.per_second / batched.per_second, 0.9, "times"),
        ("at 64: at least 0.6 times the bare endpoint", batched.per_second / by["bare", 64].per_second, 0.6, "times"),
        ("at 256: at least 0.6 times the bare endpoint", crowd.per_second / by["bare", 256].per_second, 0.6, "times"),
        ("lone vote: p50 at most 10 ms", alone.vote.p50, -10, "ms"),
        ("at 64: p99 at most 250 ms", batched.p99, -250, "ms"),
        ("vote to push: p50 at most 60 ms", alone.push.p50, -60, "ms"),
        ("page of 50 ideas at 16: at least 100 a second", alone.page.per_second, 100, "/s"),
    ]
    return judged(claims)


def judged(claims: Sequence[Claim]) -> list[str]:
    """Claims, and whether each was kept."""
    return [
        f"- {'kept' if (figure >= bound if bound > 0 else figure <= -bound) else '**not kept**'}: {claim} "
        f"({figure:,.2f} {unit})"
        for claim, figure, bound, unit in claims
    ]


def write(path: Path, figures: str, name: str = "figures") -> None:
    """Put figures between the marks of that name; the text around them stays. Raises ValueError without the marks."""
    begin, end = (mark.replace("figures", name) for mark in (BEGIN, END))
    before, begun, rest = path.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"{path} has no place for {name}: put {begin} and {end} where they belong")
    path.write_text(f"{before}{begin}\n{figures}\n{end}{after}")


def measured_here(others: float) -> str:
    """When and where, and how much of the machine others took."""
    today = datetime.now(UTC)
    return f"Measured on {today:%d %B %Y} on {machine()}. Other programs took {others:.0%} of the machine meanwhile."


def machine() -> str:
    """This machine, as a reader needs to know it."""
    cpu = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    model = models[0] if cpu.exists() and models else platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, {_python()}"


def _python() -> str:
    """Its version, and that it comes with the system where it does: those are built for speed, and few others are."""
    own = "the system's own " if sys.base_prefix == "/usr" else ""
    return f"{own}Python {platform.python_version()}"


def sampled(rate: float) -> str:
    """How many requests are traced, in words."""
    if rate <= 0:
        return "no request traced"
    return "every request traced" if rate >= 1 else f"one request in {round(1 / rate)} traced"
