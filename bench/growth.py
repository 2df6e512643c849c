"""The figures that must not grow: by ballots and journals of two lengths, as tables."""

from collections.abc import Mapping, Sequence

from bench.closing import Closing
from bench.journal import Kept
from bench.page import PARTS, cpu_table, judged, measured_here, votes_table
from bench.votes import Row

MOST_RATIO = 1.25  # of CPU with many votes to that with few
START_RATIO = 1.5
LONGEST_REFUSAL, LONGEST_COUNT, LEAST_BESIDE = 1.0, 60.0, 0.8


def sizes_page(rows: Sequence[Row], rounds: int, seconds: float, others: float) -> str:
    """Votes and pages on a ballot of few and of many votes; rows come in pairs."""
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    ratios = ["| CPU with many ÷ CPU with few | voting | mongo | all but the generator |", "|---|--:|--:|--:|"]
    for few, many in pairs:
        cells = [_ratio(many.cpu.get(part, 0), few.cpu.get(part, 0)) for part in ("voting", "mongo")]
        cells.append(_ratio(many.total_cpu, few.total_cpu))
        ratios.append(f"| {many.kind} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    claims = [
        (
            f"{many.kind}: CPU of voting and mongod at most {MOST_RATIO} times that of {few.kind}",
            _ratio(_both(many), _both(few)),
            -MOST_RATIO,
            "times",
        )
        for few, many in pairs
    ]
    told = f"{measured_here(others)} {rounds} interleaved rounds of {seconds:g} s, medians."
    return "\n".join([told, "", *votes_table(list(rows)), "", *cpu_table(list(rows)), "", *ratios, "", *judged(claims)])


def _both(row: Row) -> float:
    return row.cpu.get("voting", 0) + row.cpu.get("mongo", 0)


def _ratio(one: float, other: float) -> float:
    return one / other if other else 0.0


def closings_page(found: Sequence[Closing], others: float) -> str:
    """How large ballots closed."""
    lines = [
        "| method | papers | casts refused s | slowest cast s | counted in s | votes/s elsewhere | meanwhile | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {each.method.value} | {each.papers:,} | {each.refused:.2f} | {each.slowest:.2f} | {each.counted:.1f} "
        f"| {each.apart:,.0f} | {each.beside:,.0f} | {_ratio(each.beside, each.apart):.2f} |"
        for each in found
    ]
    claims = []
    for each in found:
        name = each.method.value
        claims += [
            (
                f"{name}: casts refused before it is closed, or waiting, for at most 1 s",
                _held(each),
                -LONGEST_REFUSAL,
                "s",
            ),
            (f"{name}: counted within a minute", each.counted, -LONGEST_COUNT, "s"),
            (
                f"{name}: others vote at no less than 0.8 times their rate",
                _ratio(each.beside, each.apart),
                LEAST_BESIDE,
                "times",
            ),
        ]
    return "\n".join([measured_here(others), "", *lines, "", *judged(claims)])


def _held(each: Closing) -> float:
    return max(each.refused, each.slowest)


def journals_page(kept: Sequence[Kept], others: float) -> str:
    """How facts travel, what that takes in memory, and how a start takes longer with a longer journal."""
    few, many = kept
    names = [part for part in PARTS if part in many.memory]
    flows = [f"| CPU ms per event | events | per second | {' | '.join(names)} |", f"|---|--:|--:|{'--:|' * len(names)}"]
    for flow in (flow for each in kept for flow in each.flows):
        cells = " | ".join(f"{flow.cpu.get(part, 0):.3f}" for part in names)
        flows.append(f"| {flow.what} | {flow.events:,} | {flow.per_second:,.0f} | {cells} |")
    memory = [f"| MB in memory after | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    memory += [f"| {each.events:,} events | {_megabytes(each.memory, names)} |" for each in kept]
    starts = ["| start-up with | s | of these, preparing | all starts |", "|---|--:|--:|---|"]
    for each in kept:
        took = ", ".join(f"{start:.1f}" for start in each.starts)
        starts.append(f"| {each.events:,} events | {each.start:.1f} | {each.preparing:.1f} | {took} |")
    bound = f"a start with {many.events:,} events at most {START_RATIO} times as long as with {few.events:,}"
    claims = [(bound, _ratio(many.start, few.start), -START_RATIO, "times")]
    return "\n".join([measured_here(others), "", *flows, "", *memory, "", *starts, "", *judged(claims)])


def _megabytes(memory: Mapping[str, int], names: Sequence[str]) -> str:
    return " | ".join(f"{memory.get(name, 0) / 2**20:.0f}" for name in names)
