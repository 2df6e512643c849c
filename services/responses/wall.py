"""The wall of a zone: at which instant it shows a local time.

A time that the wall shows twice means the first showing; one that it skips means the moment of the skip.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.messages import Invalid


class NoSuchZone(Invalid):
    """There is no time zone of this name. Give one of the IANA time zone database, such as Europe/Berlin."""


def place_of(zone: str) -> ZoneInfo:
    """The zone of an IANA name. Refuses NoSuchZone."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise NoSuchZone() from unknown


@lru_cache(maxsize=4096)  # of the zone's rules alone: the same for every calendar
def stretch(place: ZoneInfo, day: date, days: int) -> tuple[datetime, bool]:
    """When some local days begin, and whether all their midnights have one offset: then the wall shows true time."""
    midnights = [datetime.combine(day + timedelta(days=n), time(), place) for n in range(days + 1)]
    return first_showing(place, day, timedelta(0)), len({midnight.utcoffset() for midnight in midnights}) == 1


def first_showing(place: ZoneInfo, day: date, since_midnight: timedelta) -> datetime:
    """The first instant at which the wall of `place` shows this time of `day`, or later."""
    wall = datetime.combine(day, time()) + since_midnight
    before = wall.replace(tzinfo=place).astimezone(UTC)
    after = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    if before <= after:
        return before

    # the wall skips this time between `after` and `before` (PEP 495): halve to the second at which it does
    early, late = after, before
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(place).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late
