"""What a business calendar promises."""

import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from time import process_time
from timeit import repeat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.responses.calendar import (
    REACH,
    Calendar,
    NeverOpen,
    NotASpan,
    NotAWeek,
    Span,
    SpansOverlap,
    TargetIsOutOfReach,
)
from services.responses.wall import NoSuchZone

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = (Span(9 * 60, 12 * 60), Span(13 * 60, 17 * 60))
ALL_DAY = (Span(0, 24 * 60),)
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")  # the last moves its clocks by half an hour


def office(zone: str = "Europe/Berlin", holidays: frozenset[date] = frozenset()) -> Calendar:
    return Calendar(zone, (OFFICE,) * 5 + ((), ()), holidays)


def always(zone: str) -> Calendar:
    return Calendar(zone, (ALL_DAY,) * 7)


def at(zone: str, wall: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def next_opening(calendar: Calendar, since: datetime) -> datetime:
    """`since` itself while open."""
    tick = timedelta(microseconds=1)
    return calendar.due(since, tick) - tick


def berlin(wall: str) -> datetime:
    return at("Europe/Berlin", wall)


# -- what an office would expect --------------------------------------------------------------------------------------


def test_a_target_within_an_opening_is_due_within_it() -> None:
    assert office().due(berlin("2026-11-23T09:30"), 2 * HOUR) == berlin("2026-11-23T11:30")


def test_a_target_goes_on_after_the_lunch_break() -> None:
    assert office().due(berlin("2026-11-23T11:30"), HOUR) == berlin("2026-11-23T13:30")


def test_a_target_goes_on_after_the_weekend() -> None:
    assert office().due(berlin("2026-11-27T16:00"), 2 * HOUR) == berlin("2026-11-30T10:00")


def test_a_target_skips_a_holiday() -> None:
    new_year = office(holidays=frozenset({date(2027, 1, 1)}))
    assert new_year.due(berlin("2026-12-31T16:00"), 2 * HOUR) == berlin("2027-01-04T10:00")


def test_a_holiday_in_another_week_changes_nothing() -> None:
    assert office(holidays=frozenset({date(2026, 12, 25)})).due(berlin("2026-11-27T16:00"), 2 * HOUR) == berlin(
        "2026-11-30T10:00"
    )


def test_outside_hours_time_begins_to_pass_at_the_next_opening() -> None:
    assert office().due(berlin("2026-11-28T12:00"), HOUR) == berlin("2026-11-30T10:00")


def test_a_target_of_many_weeks_counts_every_one_of_them() -> None:
    assert office().due(berlin("2026-11-23T09:00"), 35 * 6 * HOUR + HOUR) == berlin("2027-01-04T10:00")


def test_a_target_that_ends_with_closing_time_is_due_at_closing_time() -> None:
    assert office().due(berlin("2026-11-23T09:00"), 7 * HOUR) == berlin("2026-11-23T17:00")
    assert office().due(berlin("2026-11-23T09:00"), 35 * HOUR) == berlin("2026-11-27T17:00")


@pytest.mark.parametrize("target", [timedelta(0), -HOUR])
def test_no_target_is_due_at_once(target: timedelta) -> None:
    assert office().due(berlin("2026-11-28T12:00"), target) == berlin("2026-11-28T12:00")
    assert office().due(berlin("2026-11-27T12:00"), target) == berlin("2026-11-27T12:00")


def test_the_shortest_target_waits_for_the_opening() -> None:
    tick = timedelta(microseconds=1)
    assert office().due(berlin("2026-11-28T12:00"), tick) == berlin("2026-11-30T09:00") + tick


def test_answers_are_in_utc() -> None:
    start = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    answers = [office().due(start, HOUR), office().due(start, timedelta(0))]
    assert all(answer.tzinfo is UTC for answer in answers)


def test_a_night_is_written_as_two_spans_that_touch() -> None:
    night = Calendar("Europe/Berlin", ((Span(0, 360), Span(1320, 1440)),) * 7)
    assert night.due(berlin("2026-11-23T23:00"), 4 * HOUR) == berlin("2026-11-24T03:00")


def test_spans_of_one_day_may_touch() -> None:
    touching = Calendar("Europe/Berlin", ((Span(540, 600), Span(600, 660)),) * 7)
    assert touching.due(berlin("2026-11-23T09:30"), HOUR) == berlin("2026-11-23T10:30")


def test_a_week_may_have_hundreds_of_openings() -> None:
    often = Calendar("Europe/Berlin", (tuple(Span(n * 30, n * 30 + 15) for n in range(48)),) * 7)
    assert often.open_between(berlin("2026-11-23T00:00"), berlin("2026-11-29T23:50")) == 7 * 48 * 15 * MINUTE


def test_open_time_between_skips_what_is_closed() -> None:
    assert office().open_between(berlin("2026-11-27T16:00"), berlin("2026-11-30T10:00")) == 2 * HOUR
    assert office().open_between(berlin("2026-11-23T09:00"), berlin("2027-01-04T10:00")) == 35 * 6 * HOUR + HOUR


def test_there_is_no_open_time_backwards() -> None:
    assert office().open_between(berlin("2026-11-23T11:00"), berlin("2026-11-23T10:00")) == timedelta(0)


def test_the_repeated_hour_does_not_run_backwards() -> None:
    place = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 50, tzinfo=place)
    second = datetime(2026, 10, 25, 2, 10, tzinfo=place, fold=1)
    assert always("Europe/Berlin").open_between(first, second) == 20 * MINUTE


def test_the_next_opening_is_now_while_open() -> None:
    assert next_opening(office(), berlin("2026-11-23T09:00")) == berlin("2026-11-23T09:00")
    assert next_opening(office(), berlin("2026-11-23T16:59")) == berlin("2026-11-23T16:59")


def test_the_next_opening_is_later_while_closed() -> None:
    assert next_opening(office(), berlin("2026-11-23T12:00")) == berlin("2026-11-23T13:00")
    assert next_opening(office(), berlin("2026-11-27T17:00")) == berlin("2026-11-30T09:00")


# -- clocks that are changed, leap days, year ends --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "eve", "hours"),
    [
        ("America/New_York", "2026-03-08T00:00", 23.0),
        ("America/New_York", "2026-11-01T00:00", 25.0),
        ("Europe/Berlin", "2026-03-29T00:00", 23.0),
        ("Europe/Berlin", "2026-10-25T00:00", 25.0),
        ("Australia/Lord_Howe", "2026-10-04T00:00", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T00:00", 24.5),
    ],
)
def test_a_day_on_which_clocks_are_changed_is_as_long_as_it_was(zone: str, eve: str, hours: float) -> None:
    midnight = at(zone, eve)
    next_midnight = at(zone, (datetime.fromisoformat(eve) + DAY).isoformat())

    assert always(zone).open_between(midnight, next_midnight) == timedelta(hours=hours)
    assert always(zone).due(midnight, timedelta(hours=hours)) == next_midnight
    assert always(zone).due(midnight - 30 * DAY, 60 * DAY) == midnight + 30 * DAY


def test_office_hours_follow_the_wall_when_clocks_are_changed() -> None:
    assert office().due(berlin("2026-03-27T16:00"), 2 * HOUR) == berlin("2026-03-30T10:00")
    assert office().due(berlin("2026-10-23T16:00"), 2 * HOUR) == berlin("2026-10-26T10:00")


def test_an_opening_that_the_wall_skips_begins_at_the_skip() -> None:
    early = Calendar("America/New_York", ((Span(150, 240),),) * 7)  # 2:30 to 4:00; on 8 March 2:00 becomes 3:00
    assert next_opening(early, at("America/New_York", "2026-03-08T01:00")) == at("America/New_York", "2026-03-08T03:00")
    assert early.due(at("America/New_York", "2026-03-08T01:00"), HOUR) == at("America/New_York", "2026-03-08T04:00")


def test_an_opening_that_is_skipped_whole_is_no_opening() -> None:
    early = Calendar("America/New_York", ((Span(130, 170),),) * 7)
    assert early.open_between(
        at("America/New_York", "2026-03-08T00:00"), at("America/New_York", "2026-03-09T00:00")
    ) == (timedelta(0))


def test_an_opening_ends_when_the_wall_first_shows_its_end() -> None:
    late = Calendar("America/New_York", ((Span(0, 90),),) * 7)  # until 1:30, which 1 November shows twice
    eve = at("America/New_York", "2026-11-01T00:00")
    assert late.open_between(eve, eve + DAY) == 90 * MINUTE
    assert next_opening(late, eve + 2 * HOUR) == at("America/New_York", "2026-11-02T00:00")


def test_a_week_whose_clocks_are_changed_twice_is_still_right() -> None:
    begins = at("America/Recife", "2000-10-02T00:00")  # summer time came on 8 October and went on the 15th
    ends = at("America/Recife", "2000-10-23T00:00")
    assert always("America/Recife").open_between(begins, ends) == ends - begins


def test_a_day_that_a_zone_left_out_has_no_openings() -> None:
    apia = Calendar("Pacific/Apia", (OFFICE,) * 7)  # there was no 30 December 2011
    assert apia.due(at("Pacific/Apia", "2011-12-29T16:00"), 2 * HOUR) == at("Pacific/Apia", "2011-12-31T10:00")


def test_a_midnight_that_the_wall_skips_begins_the_day_at_one() -> None:
    zone = "America/Sao_Paulo"  # 15 October 2017 began at 1:00
    assert always(zone).due(at(zone, "2017-10-14T23:00"), 2 * HOUR) == at(zone, "2017-10-15T02:00")
    assert always(zone).open_between(at(zone, "2017-10-14T00:00"), at(zone, "2017-10-16T00:00")) == 47 * HOUR


def test_the_leap_day_is_a_day_and_missing_otherwise() -> None:
    assert office().due(berlin("2028-02-28T16:00"), 2 * HOUR) == berlin("2028-02-29T10:00")
    assert office().due(berlin("2029-02-28T16:00"), 2 * HOUR) == berlin("2029-03-01T10:00")


def test_time_runs_through_the_end_of_a_year() -> None:
    assert always("Europe/Berlin").due(berlin("2026-12-31T23:30"), HOUR) == berlin("2027-01-01T00:30")


def test_neither_a_calendar_nor_its_hours_change_once_they_are_made() -> None:
    for made, name in ((office(), "zone"), (OFFICE[0], "opens")):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, getattr(made, name))
    assert len({office(), office()}) == 1


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", "America", "", "\0"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(NoSuchZone):
        office(zone)


@pytest.mark.parametrize("days", [0, 6, 8])
def test_a_week_of_other_than_seven_days_is_refused(days: int) -> None:
    with pytest.raises(NotAWeek):
        Calendar("Europe/Berlin", (OFFICE,) * days)


def test_a_week_without_an_open_day_is_refused() -> None:
    with pytest.raises(NeverOpen):
        Calendar("Europe/Berlin", ((),) * 7)


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (60, 60), (61, 60), (0, 1441)])
def test_hours_that_are_none_are_refused(opens: int, closes: int) -> None:
    with pytest.raises(NotASpan):
        Span(opens, closes)


@pytest.mark.parametrize("day", [(Span(60, 120), Span(119, 180)), (Span(120, 180), Span(60, 120))])
def test_hours_that_overlap_or_stand_in_disorder_are_refused(day: tuple[Span, ...]) -> None:
    with pytest.raises(SpansOverlap):
        Calendar("Europe/Berlin", ((),) * 6 + (day,))


def test_a_target_of_more_than_ten_years_is_refused() -> None:
    assert office().due(berlin("2026-11-23T09:00"), REACH * 35 * HOUR) == berlin("2036-11-07T17:00")
    with pytest.raises(TargetIsOutOfReach):
        office().due(berlin("2026-11-23T09:00"), REACH * 35 * HOUR + timedelta(microseconds=1))


# -- laws, and a calendar that walks minute by minute -----------------------------------------------------------------


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), max_size=6)))
    return tuple(Span(opens, closes) for opens, closes in zip(bounds[::2], bounds[1::2], strict=False))


CHANGES = {
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
}


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar, and an instant from eight days before to two after its clocks are changed."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(CHANGES[zone]))
    week = draw(st.tuples(*[days()] * 7))
    assume(any(week))
    holidays = draw(st.frozensets(st.integers(-8, 16).map(lambda n: change + n * DAY), max_size=4))
    start = datetime.combine(change, datetime.min.time(), UTC) + draw(st.integers(-8 * 1440, 2 * 1440)) * MINUTE
    return Calendar(zone, week, holidays), start


SLOWLY = settings(deadline=None, max_examples=60)


def minutes(calendar: Calendar, start: datetime, count: int) -> list[bool]:
    """Whether each minute from `start` is open, by watching the wall: what it shows again is no news."""
    place = ZoneInfo(calendar.zone)
    week = [{minute for span in day for minute in range(span.opens, span.closes)} for day in calendar.week]
    shown, answers = datetime.min, []
    for n in range(-180, count):
        shown = max(shown, (start + n * MINUTE).astimezone(place).replace(tzinfo=None, fold=0))
        open_today = shown.date() not in calendar.holidays
        answers.append(open_today and shown.hour * 60 + shown.minute in week[shown.weekday()])
    return answers[180:]


@SLOWLY
@given(calendars(), st.integers(1, 9 * 1440))
def test_open_time_is_what_walking_minute_by_minute_finds(case: tuple[Calendar, datetime], length: int) -> None:
    calendar, start = case
    walked = sum(minutes(calendar, start, length))
    assert calendar.open_between(start, start + length * MINUTE) == walked * MINUTE


@SLOWLY
@given(calendars(), st.integers(1, 5000))
def test_due_is_what_walking_minute_by_minute_finds(case: tuple[Calendar, datetime], target: int) -> None:
    calendar, start = case
    passed = list(accumulate(int(is_open) for is_open in minutes(calendar, start, 9 * 1440)))
    target = min(target, passed[-1])
    assume(target)
    assert calendar.due(start, target * MINUTE) == start + (passed.index(target) + 1) * MINUTE


TARGETS = st.timedeltas(min_value=timedelta(0), max_value=30 * DAY)


@settings(deadline=None)
@given(calendars(), TARGETS, TARGETS)
def test_a_longer_target_is_never_due_earlier(case: tuple[Calendar, datetime], one: timedelta, two: timedelta) -> None:
    calendar, start = case
    assume(max(one, two) <= REACH * calendar._usual.total)
    assert calendar.due(start, min(one, two)) <= calendar.due(start, max(one, two))


@settings(deadline=None)
@given(calendars(), TARGETS)
def test_exactly_the_target_is_open_until_due(case: tuple[Calendar, datetime], target: timedelta) -> None:
    calendar, start = case
    assume(target <= REACH * calendar._usual.total)
    due = calendar.due(start, target)
    assert calendar.open_between(start, due) == target
    assert target == timedelta(0) or calendar.open_between(start, due - timedelta(microseconds=1)) < target


@settings(deadline=None)
@given(calendars(), TARGETS, st.floats(0, 1))
def test_a_target_may_be_waited_for_in_two_parts(
    case: tuple[Calendar, datetime], target: timedelta, share: float
) -> None:
    calendar, start = case
    assume(target <= REACH * calendar._usual.total)
    part = target * share
    assert calendar.due(calendar.due(start, part), target - part) == calendar.due(start, target)


@pytest.mark.timing
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer takes longer than what it traces")
@pytest.mark.parametrize("weeks", [0, 4, 12])
def test_an_evaluation_takes_less_than_a_tenth_of_a_millisecond(
    weeks: int, record_property: Callable[[str, object], None]
) -> None:
    calendar = office(holidays=frozenset(date(2026 + n, 12, 25) for n in range(10)))
    start = berlin("2026-09-23T11:00")
    target = weeks * 35 * HOUR + 5 * HOUR
    seconds = min(repeat(lambda: calendar.due(start, target), timer=process_time, number=200, repeat=10)) / 200
    record_property("seconds", seconds)
    assert seconds <= 100e-6
