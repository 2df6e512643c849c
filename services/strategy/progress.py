"""How goals stand: pace, health and staleness of one, and the weighted roll-up of a whole tree (S4)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from contracts.messages import Invalid
from contracts.strategy import CadenceIsNotPositive, Health, PeriodIsEmpty
from services.strategy.measure import LARGEST, instant, weight

AHEAD_FROM = 0.10  # ahead of the pace by this much or more
ON_TRACK_FROM = -0.10
AT_RISK_FROM = -0.25


class ProgressIsOutOfRange(Invalid):
    """Progress is a share from 0 to 1."""


class GoalIsListedTwice(Invalid):
    """A goal has one place in the tree."""


class ParentIsMissing(Invalid):
    """The goal that this one supports is not in the tree. Add it, or let this one stand by itself."""


class GoalsGoInACircle(Invalid):
    """A goal cannot support itself, however long the way round."""


class Period(NamedTuple):
    """From when to when a goal is pursued; both with a zone."""

    starts: datetime
    ends: datetime

    def elapsed(self, at: datetime) -> float:
        """The pace: the share of the period gone by, 0 before it and 1 from its end on. Elapsed time, not wall clock.

        Refuses `PeriodIsEmpty`, `TimeHasNoZone`.
        """
        starts, ends = instant(self.starts), instant(self.ends)
        if ends <= starts:
            raise PeriodIsEmpty(path=("period",))
        return min(1.0, max(0.0, (instant(at) - starts) / (ends - starts)))


def health(progress: float | None, pace: float) -> Health | None:
    """How progress compares with the pace, both 0 to 1. No progress known is no health, None.

    Once the pace is 1 the date is there: then the target is reached (on track) or it is not (behind).
    Refuses `ProgressIsOutOfRange`.
    """
    if progress is None:
        return None
    if not (0 <= progress <= 1 and 0 <= pace <= 1):
        raise ProgressIsOutOfRange
    if pace == 1 and progress < 1:
        return Health.BEHIND
    gap = round(progress - pace, 9)  # 0.6 - 0.5 is 0.09999999999999998; ten points are ten points
    if gap >= AHEAD_FROM:
        return Health.AHEAD
    if gap >= ON_TRACK_FROM:
        return Health.ON_TRACK
    return Health.AT_RISK if gap >= AT_RISK_FROM else Health.BEHIND


def next_turn(progress: float | None, period: Period, at: datetime) -> datetime | None:
    """When time alone next makes the health worse, or up to two seconds later; None where it no longer will.

    At that moment it has turned: whoever looks then need not look twice. To the whole second, but for the period's end.
    """
    now = standing(progress, period, at)
    if progress is None:
        return None
    starts, ends = instant(period.starts), instant(period.ends)
    for bound in (AHEAD_FROM, ON_TRACK_FROM, AT_RISK_FROM, progress - 1):
        pace = min(1.0, max(0.0, progress - bound + 1e-9))  # just past the bound, as finely as `health` looks
        turn = _next_second(starts + pace * (ends - starts), ends)
        if turn > at and health(progress, period.elapsed(turn)) is not now.health:
            return turn
    return None


def _next_second(at: datetime, ends: datetime) -> datetime:
    second = timedelta(seconds=1)
    return ends if ends - at <= second else at.replace(microsecond=0) + second


def stale(measured: datetime | None, active_since: datetime, cadence: timedelta, at: datetime) -> bool:
    """Whether more than the cadence went by since the last measurement, or since activation if that is later.

    Exactly the cadence is still in time. Refuses `CadenceIsNotPositive`, `TimeHasNoZone`.
    """
    if cadence <= timedelta(0):
        raise CadenceIsNotPositive(path=("cadence",))
    since = instant(active_since) if measured is None else max(instant(measured), instant(active_since))
    return instant(at) - since > cadence


class Standing(NamedTuple):
    """How one goal stands. `progress` and `health` are None where nothing was measured."""

    progress: float | None
    pace: float
    health: Health | None

    def moved_from(self, earlier: "Standing | None") -> bool:
        """Whether there is something to announce: progress (to a hundredth of a percent) or health differs.

        Compare with the standing last announced, so that many small steps add up to news.
        """
        return earlier is None or self._told() != earlier._told()

    def _told(self) -> tuple[float | None, Health | None]:
        return (None if self.progress is None else round(self.progress, 4), self.health)


def standing(progress: float | None, period: Period, at: datetime) -> Standing:
    """How a goal with this progress stands at that time."""
    pace = period.elapsed(at)
    return Standing(progress, pace, health(progress, pace))


class Rolled(NamedTuple):
    """What a goal's key results and sub-goals add up to. `covered` is the share of their weight that was measured."""

    progress: float | None
    covered: float


UNMEASURED = Rolled(None, 0.0)


def rolled(key_results: Iterable[tuple[float, float | None]], below: Iterable[tuple[float, Rolled]] = (), /) -> Rolled:
    """How one goal stands by its key results (weight, progress) and the goals right below it (weight, how each stands).

    The mean moves a step towards each part in turn, so that equal parts come to exactly what each of them is. What was
    never measured is left out of the mean, not counted as 0.
    Refuses `WeightIsNotPositive`, `NotAFigure`, `ProgressIsOutOfRange`.
    """
    total = known = mean = 0.0
    for heavy, progress in key_results:
        if not 0 < heavy <= LARGEST:
            weight(heavy)
        total += heavy
        if progress is not None:
            if not 0 <= progress <= 1:
                raise ProgressIsOutOfRange
            known += heavy
            mean += heavy / known * (progress - mean)
    covered = known
    for heavy, (progress, share) in below:
        total += heavy
        if progress is not None:
            known += heavy
            mean += heavy / known * (progress - mean)
            covered += heavy * share
    return Rolled(mean, covered / total) if known else UNMEASURED


class Placed(NamedTuple):
    """A goal's place in the tree, its weight there, and its own key results as (weight, progress)."""

    id: UUID
    supports: UUID | None
    weight: float = 1.0
    key_results: tuple[tuple[float, float | None], ...] = ()


def rolled_up(goals: Iterable[Placed]) -> dict[UUID, Rolled]:
    """The progress of every goal: the weighted mean of its key results and sub-goals, leaf to root.

    A goal with nothing measured below has None. The order of goals and key results does not matter, up to the twelfth
    decimal. Draft and retired goals are left out by whoever calls.
    Refuses `GoalIsListedTwice`, `ParentIsMissing`, `GoalsGoInACircle`, `WeightIsNotPositive`, `NotAFigure`,
    `ProgressIsOutOfRange`.
    """
    tree = list(goals)
    above = _places(tree)
    waiting = dict(Counter(above))  # how many below a goal are still to come; a plain dict is asked faster
    ready = [place for place in range(len(tree)) if place not in waiting]
    below: dict[int, list[tuple[float, Rolled]]] = {}
    done: dict[UUID, Rolled] = {}
    for place in ready:
        goal_id, _, heavy, key_results = tree[place]
        if not 0 < heavy <= LARGEST:
            weight(heavy)
        done[goal_id] = own = rolled(key_results, below.pop(place, ()))
        parent = above[place]
        if parent is not None:
            below.setdefault(parent, []).append((heavy, own))
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)

    if len(done) < len(tree):
        raise GoalsGoInACircle
    return done


def _places(tree: list[Placed]) -> list[int | None]:
    """For each goal the place in the list of the one it supports, by the ids' numbers: hashing a UUID is slow."""
    places = {goal.id.int: place for place, goal in enumerate(tree)}
    if len(places) < len(tree):
        raise GoalIsListedTwice
    above = [None if goal.supports is None else places.get(goal.supports.int, -1) for goal in tree]
    if -1 in above:
        raise ParentIsMissing
    return above
