"""The social organization index, formula v1: ask, involve, care and align from shown counts (S8).

`docs/index-formula.md` publishes the formula; a test holds the page and this module against each other.
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from contracts.messages import Audience, Data, Invalid

FORMULA = "v1"
WINDOW_DAYS = 28
ROWS_NEEDED = 2  # of a part's three


class CountIsImpossible(Invalid):
    """A count is below zero, or more were counted than there were to count."""


class FormulaIsUnknown(Invalid):
    """This index was made by another version of the formula. Recompute it with that one."""


class Counts(Data):
    """What was counted in the organization during the window that ends with the index's day. All are plain counts.

    What nobody did is 0; what there was no occasion for shows in its denominator, and is no data.
    """

    papers: int = 0  # counted papers of ballots that closed
    eligible: int = 0  # who could have voted on them, ballot by ballot
    voters: int = 0  # distinct members who voted on anything
    members: int = 0  # who belonged to the community at any time in the window
    decided_in_time: int = 0  # ideas decided by their decision date
    decisions_due: int = 0  # ideas over the threshold whose decision date fell in the window
    contributors: dict[Audience, int] = {}  # distinct members with an idea, comment or story
    contributions: int = 0
    contributions_clean: int = 0  # neither held, refused nor hidden in the end
    first_met: int = 0  # first-response clocks
    first_breached: int = 0
    resolution_met: int = 0  # first-resolution clocks
    resolution_breached: int = 0
    ratings: dict[int, int] = {}  # how many gave each satisfaction, 1 to 5
    asked: int = 0  # challenges and standalone ballots open on the last day
    asked_with_goal: int = 0  # of those, under a goal that is active
    goals: int = 0  # active on the last day
    goals_measured: int = 0  # of those, not stale
    goals_judged: int = 0  # of those, with a health
    goals_on_pace: int = 0  # ahead or on track


class Row(Data):
    """One line of the formula as it came out: `counted` of `out_of`, in `sample` cases; too few are no score."""

    name: str
    counted: int
    out_of: int
    sample: int
    score: float | None


class Part(Data):
    """One of the four, 0 to 100 with one decimal; None where fewer than two of its rows have a score."""

    score: float | None
    rows: tuple[Row, ...]


class Index(Data):
    """The index of one day, with all it takes to compute it again. `overall` is None unless all four are there."""

    formula: str
    day: date
    counts: Counts
    ask: Part
    involve: Part
    care: Part
    align: Part
    overall: float | None


class Share(NamedTuple):
    """So many of so many. `sample` is how many cases stand behind it, where that is not `out_of` itself."""

    counted: int
    out_of: int
    sample: int


class Line(NamedTuple):
    """One line of the formula: a share, the share that earns 100, and the least sample that says anything."""

    name: str
    share: Callable[[Counts], Share]
    full: Fraction
    least: int


def _of(count: int, out_of: int) -> Share:
    return Share(count, out_of, out_of)


def _breadth(counts: Counts) -> Share:
    voices = counts.contributors.values()
    return _of(sum(voices) - max(voices, default=0), sum(voices))


def _satisfaction(counts: Counts) -> Share:
    sample = sum(counts.ratings.values())
    return Share(sum((score - 1) * times for score, times in counts.ratings.items()), 4 * sample, sample)


ASK = (
    Line("turnout", lambda c: _of(c.papers, c.eligible), Fraction(1, 2), 20),
    Line("reach", lambda c: _of(c.voters, c.members), Fraction(3, 10), 20),
    Line("decided in time", lambda c: _of(c.decided_in_time, c.decisions_due), Fraction(1), 5),
)
INVOLVE = (
    Line("contributors", lambda c: _of(sum(c.contributors.values()), c.members), Fraction(1, 10), 20),
    Line("breadth", _breadth, Fraction(2, 3), 10),
    Line("clean", lambda c: _of(c.contributions_clean, c.contributions), Fraction(1), 20),
)
CARE = (
    Line("first response", lambda c: _of(c.first_met, c.first_met + c.first_breached), Fraction(1), 10),
    Line("resolution", lambda c: _of(c.resolution_met, c.resolution_met + c.resolution_breached), Fraction(1), 10),
    Line("satisfaction", _satisfaction, Fraction(1), 10),
)
ALIGN = (
    Line("purpose", lambda c: _of(c.asked_with_goal, c.asked), Fraction(1), 1),
    Line("measured", lambda c: _of(c.goals_measured, c.goals), Fraction(1), 1),
    Line("on pace", lambda c: _of(c.goals_on_pace, c.goals_judged), Fraction(1), 1),
)


def index_of(day: date, counts: Counts) -> Index:
    """The index by formula v1. Exact fractions inside; rounded once, at the end, to one decimal, halves to even.

    Refuses `CountIsImpossible`.
    """
    _possible(counts)
    scores, parts = zip(*(_part(lines, counts) for lines in (ASK, INVOLVE, CARE, ALIGN)), strict=True)
    ask, involve, care, align = parts
    overall = _shown(_mean(scores, needed=4))
    return Index(
        formula=FORMULA, day=day, counts=counts, ask=ask, involve=involve, care=care, align=align, overall=overall
    )


def holds(index: Index) -> bool:
    """Whether a published index is what its own counts give. Refuses `FormulaIsUnknown`, `CountIsImpossible`."""
    if index.formula != FORMULA:
        raise FormulaIsUnknown(path=("formula",))
    return index == index_of(index.day, index.counts)


def _possible(counts: Counts) -> None:
    plain = counts.model_dump(exclude={"contributors", "ratings"}).values()
    if min(*plain, *counts.contributors.values(), *counts.ratings.values()) < 0:
        raise CountIsImpossible
    if not set(counts.ratings) <= set(range(1, 6)):
        raise CountIsImpossible(path=("ratings",))
    if counts.goals_judged > counts.goals:
        raise CountIsImpossible(path=("goals_judged",))
    for line in (*ASK, *INVOLVE, *CARE, *ALIGN):
        share = line.share(counts)
        if share.counted > share.out_of:
            raise CountIsImpossible(path=(line.name,))


def _part(lines: tuple[Line, ...], counts: Counts) -> tuple[Fraction | None, Part]:
    shares = [line.share(counts) for line in lines]
    scores = [_score(line, share) for line, share in zip(lines, shares, strict=True)]
    score = _mean(scores, needed=ROWS_NEEDED)
    rows = tuple(
        Row(name=line.name, **share._asdict(), score=_shown(one))
        for line, share, one in zip(lines, shares, scores, strict=True)
    )
    return score, Part(score=_shown(score), rows=rows)


def _score(line: Line, share: Share) -> Fraction | None:
    if share.sample < line.least:
        return None
    return 100 * min(Fraction(1), Fraction(share.counted, share.out_of) / line.full)


def _mean(scores: Sequence[Fraction | None], needed: int) -> Fraction | None:
    known = [score for score in scores if score is not None]
    return sum(known, Fraction()) / len(known) if len(known) >= needed else None


def _shown(score: Fraction | None) -> float | None:
    return None if score is None else float(round(score, 1))
