"""Counting papers by hand, for tests: what a tally has to equal (V10)."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from contracts.voting import Counts, Method, Position, Standing

Row = Mapping[str, Any]


def recount(papers: Iterable[Mapping[UUID, Position]], at_least: int) -> tuple[int, Counts]:
    """Turnout and counts of a stance ballot."""
    turnout = 0
    found: Counts = {}
    for marks in papers:
        if not marks or len(marks) < at_least:
            continue
        turnout += 1
        for option, position in marks.items():
            held = found.setdefault(option, {})
            held[position] = held.get(position, 0) + 1
    return turnout, found


def recount_whole(papers: Iterable[Mapping[UUID, int]], method: Method) -> tuple[int, Standing]:
    """Turnout and standing of whole papers; options that stand at nothing are left out."""
    turnout = 0
    found: Standing = {}
    for numbers in papers:
        turnout += bool(numbers)
        for option, number in numbers.items():
            worth = {Method.SCORE: number, Method.INSTANT_RUNOFF: int(number == 1)}.get(method, 1)
            found[option] = found.get(option, 0) + worth
    return turnout, {option: number for option, number in found.items() if number}


def marks_of(rows: Iterable[Row]) -> list[dict[UUID, Position]]:
    """The positions on papers as they lie in the database."""
    return [{UUID(option): Position(choice) for option, choice in row["marks"].items()} for row in rows]


def numbers_of(rows: Iterable[Row]) -> list[dict[UUID, int]]:
    """The numbers on papers as they lie in the database."""
    return [{UUID(option): number for option, number in row["numbers"].items()} for row in rows]
