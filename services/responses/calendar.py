"""Business calendars: when the house is open, and when a target of open time runs out (R6).

An opening lasts from the first instant at which the wall shows its start, or later, to the first at which it shows its
end, or later: on the nights when clocks are changed it is as long as it really was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from contracts.messages import Invalid
from services.responses.hours import NOTHING, Hours
from services.responses.wall import first_showing, place_of, stretch

WEEK = timedelta(days=7)
REACH = 520  # weeks: ten years of promises are enough, and every search ends


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
        if target > REACH * self._usual.total:
            raise TargetIsOutOfReach()

        monday = self._monday(start)
        begins, hours = self._week_of(monday)
        left = target + hours.open_by(start - begins)
        while left > hours.total:
            left -= hours.total
            monday += WEEK
            begins, hours = self._week_of(monday)
        return begins + hours.reached(left)

    def open_between(self, since: datetime, until: datetime) -> timedelta:
        """The open time from `since` to `until`; none if `until` is not the later."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        if until <= since:
            return NOTHING
        monday, last = self._monday(since), self._monday(until)
        begins, hours = self._week_of(monday)
        total = -hours.open_by(since - begins)
        while monday < last:
            total += hours.total
            monday += WEEK
            begins, hours = self._week_of(monday)
        return total + hours.open_by(until - begins)

    @cached_property
    def _place(self) -> ZoneInfo:
        return place_of(self.zone)

    @cached_property
    def _usual(self) -> Hours:
        """A week that has no holiday and changes no clocks."""
        return Hours(
            (timedelta(days=weekday, minutes=span.opens), timedelta(days=weekday, minutes=span.closes))
            for weekday, spans in enumerate(self.week)
            for span in spans
        )

    @cached_property
    def _mondays_with_holidays(self) -> frozenset[date]:
        return frozenset(_monday_of(day) for day in self.holidays)

    def _monday(self, at: datetime) -> date:
        return _monday_of(at.astimezone(self._place).date())

    def _week_of(self, monday: date) -> tuple[datetime, Hours]:
        """When a local week begins, and its openings."""
        begins, true = stretch(self._place, monday, 7)
        if true and monday not in self._mondays_with_holidays:
            return begins, self._usual
        return begins, Hours((opens - begins, closes - begins) for opens, closes in self._openings(monday))

    def _openings(self, monday: date) -> Iterator[tuple[datetime, datetime]]:
        for weekday, spans in enumerate(self.week):
            day = monday + timedelta(days=weekday)
            if not spans or day in self.holidays:
                continue
            midnight, true = stretch(self._place, day, 1)
            for span in spans:
                opens, closes = timedelta(minutes=span.opens), timedelta(minutes=span.closes)
                if true:
                    yield midnight + opens, midnight + closes
                else:
                    yield first_showing(self._place, day, opens), first_showing(self._place, day, closes)


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
