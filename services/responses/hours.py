"""The openings of one week, as a scale between time and open time."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate

NOTHING = timedelta(0)


class Hours:
    """Openings in order, as pairs of what has passed since the week began; `passed` is the open time before each."""

    __slots__ = ("closes", "opens", "passed")

    def __init__(self, openings: Iterable[tuple[timedelta, timedelta]]) -> None:
        pairs = tuple(openings)
        self.opens = [opens for opens, _ in pairs]
        self.closes = [closes for _, closes in pairs]
        self.passed = list(accumulate((closes - opens for opens, closes in pairs), initial=NOTHING))

    @property
    def total(self) -> timedelta:
        """The open time of the week."""
        return self.passed[-1]

    def open_by(self, since: timedelta) -> timedelta:
        """The open time that has passed when `since` has."""
        ended = bisect_left(self.closes, since)
        if ended == len(self.closes):
            return self.total
        return self.passed[ended] + max(since - self.opens[ended], NOTHING)

    def reached(self, open_time: timedelta) -> timedelta:
        """When this much open time, more than none and no more than the week's, has first passed."""
        current = bisect_left(self.passed, open_time) - 1
        return self.opens[current] + open_time - self.passed[current]
