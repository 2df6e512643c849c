"""Business calendars: when the house is open, and when a target of open time runs out (R6).

An opening lasts from the first instant at which the wall shows its start, or later, to the first at which it shows its
end, or later: on the nights when clocks are changed it is as long as it really was.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from contracts.messages import Invalid
from services.responses.wall import first_showing, place_of, stretch

WEEK = timedelta(days=7)
NOTHING = timedelta(0)
REACH = 520  # weeks: ten years of promises are enough, and every search ends

Opening = tuple[datetime, datetime]


class NotAWeek(Invalid):
    """A week has seven days. List the opening hours of each from Monday to Sunday; a closed day has none."""


class NotASpan(Invalid):
    """Opening hours must begin before they end, within one day. Write a night as two: 22:00 to 24:00, 0:00 to 6:00."""


class SpansOverlap(Invalid):
    """Opening hours of one day must follow each other in order, without overlap."""


class NeverOpen(Invalid):
    """This calendar has no open day. Give at least one day opening hours."""


class TargetIsOutOfReach(Invalid):
    """Within these opening hours this target takes more than ten years. Shorten it, or open for longer."""


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours within one local day, in minutes since its midnight: open from `opens` until before `closes`."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 24 * 60:
            raise NotASpan()


@dataclass(frozen=True)
class Calendar:
    """Opening hours of each weekday, Monday first, in an IANA zone; `holidays` are local dates closed all day.

    Refuses: NoSuchZone, NotAWeek, SpansOverlap, NeverOpen. Every instant given is aware; every instant returned is UTC.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise NotAWeek()
        if any(earlier.closes > later.opens for day in self.week for earlier, later in pairwise(day)):
            raise SpansOverlap()
        if not any(self.week):
            raise NeverOpen()
        _ = self._place

    def due(self, start: datetime, target: timedelta) -> datetime:
        """The earliest instant, not before `start`, by which `target` of open time has passed since `start`.

        A target that ends with closing time is due at closing time. Refuses TargetIsOutOfReach.
        """
        if target <= NOTHING:
            return start.astimezone(UTC)
        if target > REACH * self._open_in_a_week:
            raise TargetIsOutOfReach()

        monday = self._monday(start)
        left = target + self._open_by(start, monday)
        while left > (open_here := self._open_in(monday)):
            left -= open_here
            monday += WEEK
        return self._reached(left, monday)

    def open_between(self, since: datetime, until: datetime) -> timedelta:
        """The open time from `since` to `until`; none if `until` is not the later."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if until <= since:
            return NOTHING
        monday, last = self._monday(since), self._monday(until)
        total = self._open_by(until, last) - self._open_by(since, monday)
        while monday < last:
            total += self._open_in(monday)
            monday += WEEK
        return total

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while open, else the next opening."""
        monday = self._monday(at)
        while True:
            for opens, closes in self._openings(monday):
                if at < closes:
                    return max(opens, at.astimezone(UTC))
            monday += WEEK

    @cached_property
    def _place(self) -> ZoneInfo:
        return place_of(self.zone)

    @cached_property
    def _week(self) -> tuple[tuple[tuple[timedelta, timedelta], ...], ...]:
        return tuple(
            tuple((timedelta(minutes=span.opens), timedelta(minutes=span.closes)) for span in day) for day in self.week
        )

    @cached_property
    def _open_in_a_week(self) -> timedelta:
        """What a week is open that has no holiday and changes no clocks."""
        return timedelta(minutes=sum(span.closes - span.opens for day in self.week for span in day))

    @cached_property
    def _mondays_with_holidays(self) -> frozenset[date]:
        return frozenset(_monday_of(day) for day in self.holidays)

    def _monday(self, at: datetime) -> date:
        return _monday_of(at.astimezone(self._place).date())

    def _open_in(self, monday: date) -> timedelta:
        """The open time of one local week."""
        if monday not in self._mondays_with_holidays and stretch(self._place, monday, 7)[1]:
            return self._open_in_a_week
        return sum((closes - opens for opens, closes in self._openings(monday)), NOTHING)

    def _open_by(self, at: datetime, monday: date) -> timedelta:
        """The open time of one local week up to `at`."""
        return sum((min(at, closes) - opens for opens, closes in self._openings(monday) if opens < at), NOTHING)

    def _reached(self, left: timedelta, monday: date) -> datetime:
        """The instant by which `left`, which is no more than the week holds, of its open time has passed."""
        openings = list(self._openings(monday))
        passed = list(accumulate(closes - opens for opens, closes in openings))
        last = bisect_left(passed, left)
        return openings[last][1] - (passed[last] - left)

    def _openings(self, monday: date) -> Iterator[Opening]:
        """The openings of one local week in UTC, in order."""
        begins, true_week = stretch(self._place, monday, 7)
        for weekday, spans in enumerate(self._week):
            if not spans or (day := monday + timedelta(days=weekday)) in self.holidays:
                continue
            midnight, true = (begins + timedelta(days=weekday), True) if true_week else stretch(self._place, day, 1)
            for opens, closes in spans:
                if true:
                    yield midnight + opens, midnight + closes
                else:
                    yield first_showing(self._place, day, opens), first_showing(self._place, day, closes)


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
