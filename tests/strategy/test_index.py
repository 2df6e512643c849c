"""The rules of the social organization index."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import Audience
from services.strategy.index import (
    ALIGN,
    ASK,
    CARE,
    FORMULA,
    INVOLVE,
    ROWS_NEEDED,
    WINDOW_DAYS,
    CountIsImpossible,
    Counts,
    FormulaIsUnknown,
    Index,
    holds,
    index_of,
)
from tests.strategy.tables import DOCS, number, tables

PAGE = tables("index-formula.md")
TODAY = date(2026, 3, 1)
PARTS = {"ask": ASK, "involve": INVOLVE, "care": CARE, "align": ALIGN}
SHARES = [
    (("papers",), "eligible", 20),
    (("voters",), "members", 20),
    (("decided_in_time",), "decisions_due", 5),
    (("contributions_clean",), "contributions", 20),
    (("asked_with_goal",), "asked", 1),
    (("goals_measured",), "goals", 1),
    (("goals_on_pace",), "goals_judged", 1),
]


def written_counts() -> Counts:
    told: dict[str, Any] = {"contributors": {}, "ratings": {}}
    for row in PAGE["count, value"]:
        name, _, key = row["count"].partition(".")
        if key:
            told[name][key] = int(row["value"])
        else:
            told[name] = int(row["value"])
    return Counts.model_validate(told)


def score_of(index: Index, part: str, line: str) -> float | None:
    [row] = [row for row in getattr(index, part).rows if row.name == line]
    score: float | None = row.score
    return score


@st.composite
def counted(draw: st.DrawFn) -> Counts:
    told: dict[str, Any] = {}
    for [name], whole, _ in SHARES:
        told[whole] = draw(st.integers(0, 60))
        told[name] = draw(st.integers(0, told[whole]))
    told["goals"] = max(told["goals"], told["goals_judged"])
    for name in ("first_met", "first_breached", "resolution_met", "resolution_breached"):
        told[name] = draw(st.integers(0, 30))
    told["ratings"] = draw(st.dictionaries(st.integers(1, 5), st.integers(0, 10)))
    each = st.integers(0, told["members"] // 3)
    told["contributors"] = draw(st.dictionaries(st.sampled_from(list(Audience)), each))
    return Counts(**told)


# -- the page and the code --------------------------------------------------------------------------------------------


def test_the_page_gives_every_line_its_full_mark_and_least_sample() -> None:
    rows = PAGE["part, line, counted, out of, full mark, least sample"]

    assert [(row["part"], row["line"], Fraction(row["full mark"]), int(row["least sample"])) for row in rows] == [
        (part, line.name, line.full, line.least) for part, lines in PARTS.items() for line in lines
    ]


def test_the_page_names_the_version_the_window_and_the_lines_needed() -> None:
    text = (DOCS / "index-formula.md").read_text(encoding="utf-8")

    assert text.startswith(f"# The social organization index, formula {FORMULA}\n")
    assert f"is the {WINDOW_DAYS} days that end" in text
    assert ROWS_NEEDED == 2
    assert "fewer than\n  two lines scored" in text


def test_the_example_of_the_page_names_every_count() -> None:
    assert {row["count"].partition(".")[0] for row in PAGE["count, value"]} == set(Counts.model_fields)


def test_the_lines_of_the_page_come_out_as_computed_by_hand() -> None:
    index = index_of(TODAY, written_counts())
    rows = PAGE["part, line, counted, out of, score, by hand"]

    assert [(row["part"], row["line"]) for row in rows] == [
        (part, line.name) for part, lines in PARTS.items() for line in lines
    ]
    for row in rows:
        [told] = [line for line in getattr(index, row["part"]).rows if line.name == row["line"]]
        assert (told.counted, told.out_of) == (int(row["counted"]), int(row["out of"]))
        assert told.score == number(row["score"])


def test_the_parts_of_the_page_come_out_as_computed_by_hand() -> None:
    index = index_of(TODAY, written_counts())

    for row in PAGE["part, score, by hand"]:
        told = index.overall if row["part"] == "overall" else getattr(index, row["part"]).score
        assert told == number(row["score"])
    assert len(PAGE["part, score, by hand"]) == 5


# -- no data ----------------------------------------------------------------------------------------------------------


def test_of_an_organization_without_facts_nothing_is_said() -> None:
    index = index_of(TODAY, Counts())

    assert (index.ask.score, index.involve.score, index.care.score, index.align.score) == (None, None, None, None)
    assert index.overall is None
    assert {row.score for part in PARTS for row in getattr(index, part).rows} == {None}


def test_all_breached_is_nought_and_not_null() -> None:
    index = index_of(TODAY, Counts(first_breached=10, resolution_breached=10))

    assert index.care.score == 0
    assert index.overall is None


@pytest.mark.parametrize(
    ("part", "line", "enough"),
    [
        ("ask", "turnout", {"eligible": 20}),
        ("ask", "reach", {"members": 20}),
        ("ask", "decided in time", {"decisions_due": 5}),
        ("involve", "contributors", {"members": 20}),
        ("involve", "breadth", {"members": 10, "contributors": {Audience.VENDOR: 10}}),
        ("involve", "clean", {"contributions": 20}),
        ("care", "first response", {"first_breached": 10}),
        ("care", "resolution", {"resolution_breached": 10}),
        ("care", "satisfaction", {"ratings": {1: 10}}),
        ("align", "purpose", {"asked": 1}),
        ("align", "measured", {"goals": 1}),
        ("align", "on pace", {"goals": 1, "goals_judged": 1}),
    ],
)
def test_one_case_below_the_least_sample_says_nothing(part: str, line: str, enough: dict[str, Any]) -> None:
    def one_less(count: Any) -> Any:
        return {key: one - 1 for key, one in count.items()} if isinstance(count, dict) else count - 1

    few = {name: one_less(count) for name, count in enough.items()}
    few["goals"] = enough.get("goals", 0) - (line == "measured")

    assert score_of(index_of(TODAY, Counts(**enough)), part, line) == 0
    assert score_of(index_of(TODAY, Counts(**few)), part, line) is None


def test_a_part_needs_two_lines() -> None:
    assert index_of(TODAY, Counts(first_met=10)).care.score is None
    assert index_of(TODAY, Counts(first_met=10, resolution_met=5, resolution_breached=5)).care.score == 75


def test_overall_needs_all_four() -> None:
    counts = written_counts()

    assert index_of(TODAY, counts).overall is not None
    assert index_of(TODAY, counts.model_copy(update={"asked": 0, "asked_with_goal": 0})).overall is None


# -- laws -------------------------------------------------------------------------------------------------------------


@given(counts=counted())
def test_every_score_is_between_nought_and_a_hundred(counts: Counts) -> None:
    index = index_of(TODAY, counts)
    parts = [index.ask, index.involve, index.care, index.align]
    scores = [index.overall, *(part.score for part in parts), *(row.score for part in parts for row in part.rows)]

    assert all(score is None or 0 <= score <= 100 for score in scores)
    assert (index.overall is None) == (None in [part.score for part in parts])


@given(counts=counted(), pick=st.sampled_from(SHARES))
def test_one_more_done_lowers_nothing(counts: Counts, pick: tuple[tuple[str], str, int]) -> None:
    [name], whole, _ = pick
    more = min(getattr(counts, name) + 1, getattr(counts, whole))
    before = index_of(TODAY, counts)
    after = index_of(TODAY, counts.model_copy(update={name: more}))

    for part in PARTS:
        low, high = getattr(before, part).score, getattr(after, part).score
        assert low == high or low < high


@given(counts=counted(), day=st.dates())
def test_a_published_index_can_be_computed_again_from_its_own_counts(counts: Counts, day: date) -> None:
    published = Index.model_validate_json(index_of(day, counts).model_dump_json())

    assert published.day == day
    assert published == index_of(day, counts)
    assert holds(published)


def test_a_retouched_index_does_not_hold() -> None:
    index = index_of(TODAY, written_counts())

    assert not holds(index.model_copy(update={"overall": 99.0}))
    assert not holds(index.model_copy(update={"counts": Counts()}))


def test_an_index_of_another_formula_is_not_judged() -> None:
    index = index_of(TODAY, written_counts()).model_copy(update={"formula": "v0"})

    with pytest.raises(FormulaIsUnknown) as refused:
        holds(index)

    assert refused.value.path == ("formula",)


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"papers": 3, "eligible": 2}, ("turnout",)),
        ({"voters": 3, "members": 2}, ("reach",)),
        ({"decided_in_time": 3, "decisions_due": 2}, ("decided in time",)),
        ({"members": 2, "contributors": {Audience.VENDOR: 2, Audience.CUSTOMER: 1}}, ("contributors",)),
        ({"contributions_clean": 3, "contributions": 2}, ("clean",)),
        ({"asked_with_goal": 3, "asked": 2}, ("purpose",)),
        ({"goals_measured": 3, "goals": 2}, ("measured",)),
        ({"goals_on_pace": 3, "goals_judged": 2, "goals": 4}, ("on pace",)),
        ({"goals_judged": 3, "goals": 2}, ("goals_judged",)),
        ({"ratings": {0: 1}}, ("ratings",)),
        ({"ratings": {6: 1}}, ("ratings",)),
        ({"ratings": {5: -1}}, ()),
        ({"contributors": {Audience.VENDOR: -1}}, ()),
        *(({name: -1}, ()) for name, field in Counts.model_fields.items() if field.annotation is int),
    ],
    ids=str,
)
def test_counts_that_cannot_be_are_refused(told: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(CountIsImpossible) as refused:
        index_of(TODAY, Counts(**told))

    assert refused.value.path == path
