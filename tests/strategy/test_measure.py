"""The rules of a key result."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.messages import Refused
from contracts.strategy import (
    ConfidenceIsOutOfRange,
    Direction,
    NotAFigure,
    NoUnit,
    StretchIsNotAhead,
    TargetIsNotAhead,
    WeightIsNotPositive,
)
from services.strategy.measure import LARGEST, CheckIn, KeyResult, Point, TimeHasNoZone, history, instant
from tests.strategy.tables import number, tables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXAMPLES = tables("progress.md")["baseline, target, stretch, direction, value, progress, stretched"]
figures = st.floats(-1e6, 1e6)


def key_result(**changed: Any) -> KeyResult:
    return KeyResult(**{"baseline": 20.0, "target": 60.0, "unit": "ideas", **changed})


@given(baseline=figures, target=figures, value=figures, more=st.floats(0, 1e6))
def test_progress_is_bounded_and_rises_towards_the_target(
    baseline: float, target: float, value: float, more: float
) -> None:
    assume(baseline != target)
    better = 1 if target > baseline else -1
    result = key_result(
        baseline=baseline, target=target, direction=Direction.INCREASE if better > 0 else Direction.DECREASE
    )

    here, there = result.progress(value), result.progress(value + better * more)

    assert here is not None
    assert there is not None
    assert 0 <= here <= there <= 1
    assert result.progress(baseline) == 0
    assert result.progress(target) == 1


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: "/".join(row.values()))
def test_the_examples_of_the_page_come_out_as_computed_by_hand(row: dict[str, str]) -> None:
    result = key_result(
        baseline=number(row["baseline"]),
        target=number(row["target"]),
        stretch=number(row["stretch"]),
        direction=Direction(row["direction"]),
    )

    assert result.progress(number(row["value"])) == number(row["progress"])
    assert result.stretched(number(row["value"])) == number(row["stretched"])


def test_the_page_has_examples_of_every_kind() -> None:
    assert len(EXAMPLES) >= 10
    assert {row["direction"] for row in EXAMPLES} == {"increase", "decrease"}
    assert any(row["value"] == "none" for row in EXAMPLES)


@pytest.mark.parametrize(
    ("changed", "refusal", "path"),
    [
        ({"weight": 0.0}, WeightIsNotPositive, "weight"),
        ({"weight": -1.0}, WeightIsNotPositive, "weight"),
        ({"weight": float("nan")}, NotAFigure, "weight"),
        ({"baseline": float("nan")}, NotAFigure, "baseline"),
        ({"target": float("inf")}, NotAFigure, "target"),
        ({"target": 1.1 * LARGEST}, NotAFigure, "target"),
        ({"stretch": float("inf")}, NotAFigure, "stretch"),
        ({"unit": " "}, NoUnit, "unit"),
        ({"target": 20.0}, TargetIsNotAhead, "target"),
        ({"target": 10.0}, TargetIsNotAhead, "target"),
        ({"direction": Direction.DECREASE}, TargetIsNotAhead, "target"),
        ({"target": 20.0, "direction": Direction.DECREASE}, TargetIsNotAhead, "target"),
        ({"stretch": 60.0}, StretchIsNotAhead, "stretch"),
        ({"target": 10.0, "stretch": 11.0, "direction": Direction.DECREASE}, StretchIsNotAhead, "stretch"),
    ],
)
def test_a_key_result_that_cannot_be_measured_is_refused(
    changed: dict[str, Any], refusal: type[Refused], path: str
) -> None:
    with pytest.raises(refusal) as refused:
        key_result(**changed)

    assert refused.value.path == (path,)


def test_the_largest_figure_is_still_a_figure() -> None:
    assert key_result(baseline=-LARGEST, target=LARGEST).progress(0.0) == 0.5


def test_a_smallest_weight_is_still_a_weight() -> None:
    assert key_result(weight=1e-9).weight == 1e-9


def test_a_key_result_weighs_one_and_wants_more_unless_told_otherwise() -> None:
    assert (key_result().weight, key_result().direction, key_result().stretch) == (1.0, Direction.INCREASE, None)


@pytest.mark.parametrize("stretch", [None, 80.0])
def test_a_value_that_is_no_figure_is_refused(stretch: float | None) -> None:
    with pytest.raises(NotAFigure) as refused:
        key_result(stretch=stretch).progress(float("nan"))
    assert refused.value.path == ("value",)

    with pytest.raises(NotAFigure) as refused:
        key_result(stretch=80.0).stretched(float("inf"))
    assert refused.value.path == ("value",)


@pytest.mark.parametrize("confidence", [-1, 11, 7.5])
def test_confidence_outside_nought_to_ten_is_refused(confidence: Any) -> None:
    with pytest.raises(ConfidenceIsOutOfRange) as refused:
        CheckIn(NOON, 30.0, confidence)

    assert refused.value.path == ("confidence",)


@pytest.mark.parametrize("confidence", [0, 10])
def test_confidence_may_be_none_at_all_or_complete_and_changes_no_progress(confidence: int) -> None:
    check_in = CheckIn(NOON, 30.0, confidence)

    assert check_in.note == ""
    assert history(key_result(), [check_in]) == [Point(NOON, 30.0, 0.25)]


def test_a_check_in_without_a_zone_or_a_figure_is_refused() -> None:
    with pytest.raises(TimeHasNoZone):
        CheckIn(datetime(2026, 3, 1), 30.0, 5)
    with pytest.raises(NotAFigure) as refused:
        CheckIn(NOON, float("inf"), 5)
    assert refused.value.path == ("value",)


def test_the_history_is_in_the_order_of_measuring_not_of_arriving() -> None:
    late = CheckIn(NOON, 30.0, 5)
    newer = CheckIn(NOON + timedelta(days=1), 40.0, 5)

    assert history(key_result(), [newer, late]) == [
        Point(NOON, 30.0, 0.25),
        Point(NOON + timedelta(days=1), 40.0, 0.5),
    ]


def test_of_two_check_ins_at_one_time_the_one_told_last_stands() -> None:
    told = [CheckIn(NOON, 40.0, 5), CheckIn(NOON, 30.0, 5)]

    assert [point.value for point in history(key_result(), told)] == [40.0, 30.0]


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = CheckIn(datetime(2026, 10, 25, 2, 50, tzinfo=berlin, fold=0), 30.0, 5)
    second = CheckIn(datetime(2026, 10, 25, 2, 10, tzinfo=berlin, fold=1), 40.0, 5)

    assert [point.value for point in history(key_result(), [second, first])] == [30.0, 40.0]
    assert history(key_result(), [first])[0].at == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    assert instant(first.at).tzinfo is UTC
