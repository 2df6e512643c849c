"""What a valid paper is."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.voting import EnvelopeAdmitsNothing, Method, PaperIsInvalid, Terms
from services.voting.envelope import Envelope
from tests.voting.counting.elections import A, B, C, D, E

OPTIONS = [A, B, C, D]
RANKING = Envelope(ranking=True)


def broken(envelope: Envelope, *marks: tuple[UUID, Any]) -> list[str]:
    """The codes of everything that is wrong with a paper."""
    try:
        envelope.accept(marks, OPTIONS)
    except PaperIsInvalid as refused:
        return [problem.code for problem in refused.problems]
    return []


def test_a_valid_paper_is_taken_as_it_is() -> None:
    assert Envelope(highest=5).accept([(B, 5), (A, 1)], OPTIONS) == {B: 5, A: 1}


def test_everything_that_is_wrong_is_told_at_once_and_where() -> None:
    with pytest.raises(PaperIsInvalid) as refused:
        Envelope(highest=3, at_most=2).accept([(A, 9), (A, 2), (B, 1), (E, 1)], OPTIONS)

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("MarkIsOutOfRange", ("marks", "0")),
        ("OptionIsMarkedTwice", ("marks", "1")),
        ("NoSuchOption", ("marks", "3")),
        ("TooManyMarks", ("marks",)),
    ]
    assert refused.value.status == 422
    assert str(refused.value) == "The paper breaks rules of the ballot; each is its own refusal."


@pytest.mark.parametrize("mark", [1.0, True, "1", None])
def test_a_mark_is_a_whole_number(mark: Any) -> None:
    assert broken(Envelope(), (A, mark)) == ["MarkIsNotWhole"]
    assert broken(RANKING, (A, mark)) == ["MarkIsNotWhole"]
    assert broken(Envelope(budget=3), (A, mark)) == ["MarkIsNotWhole"]


@pytest.mark.parametrize(("mark", "valid"), [(-3, False), (-2, True), (0, True), (2, True), (3, False)])
def test_a_mark_lies_in_the_declared_range_both_ends_included(mark: int, valid: bool) -> None:
    assert broken(Envelope(lowest=-2, highest=2), (A, mark)) == ([] if valid else ["MarkIsOutOfRange"])


def test_a_paper_makes_at_least_and_at_most_so_many_marks() -> None:
    envelope = Envelope(at_least=2, at_most=3)

    assert broken(envelope, (A, 1)) == ["TooFewMarks"]
    assert broken(envelope, (A, 1), (B, 1)) == []
    assert broken(envelope, (A, 1), (B, 1), (C, 1)) == []
    assert broken(envelope, (A, 1), (B, 1), (C, 1), (D, 1)) == ["TooManyMarks"]


def test_without_a_bound_a_paper_may_mark_every_option() -> None:
    assert broken(Envelope(), *((option, 1) for option in OPTIONS)) == []


def test_an_empty_paper_is_invalid() -> None:
    assert broken(Envelope()) == ["TooFewMarks"]
    assert broken(RANKING) == ["TooFewMarks"]


@pytest.mark.parametrize(
    ("ranks", "valid"),
    [((1, 2, 3), True), ((3, 1, 2), True), ((1, 3), False), ((2, 3), False), ((1, 1), False), ((0, 1), False)],
)
def test_a_ranking_runs_from_one_without_gaps(ranks: tuple[int, ...], valid: bool) -> None:
    marks = list(zip(OPTIONS, ranks, strict=False))
    assert broken(RANKING, *marks) == ([] if valid else ["RankingHasGaps"])


def test_ranks_are_not_bound_by_a_range() -> None:
    assert broken(Envelope(ranking=True, highest=1), (A, 1), (B, 2)) == []


def test_marks_are_unique_where_declared() -> None:
    assert broken(Envelope(highest=5, unique=True), (A, 5), (B, 5)) == ["MarksAreNotUnique"]
    assert broken(Envelope(highest=5, unique=True), (A, 5), (B, 4)) == []
    assert broken(Envelope(highest=5), (A, 5), (B, 5)) == []


@pytest.mark.parametrize(("exponent", "most"), [(1, 100), (2, 10), (3, 4)])
def test_marks_cost_their_power_and_the_budget_is_kept_to_the_last_unit(exponent: int, most: int) -> None:
    envelope = Envelope(lowest=-100, highest=100, budget=100, exponent=exponent)

    assert broken(envelope, (A, most)) == broken(envelope, (A, -most)) == []
    assert broken(envelope, (A, most), (B, 7)) == broken(envelope, (A, -most), (B, -7)) == ["PaperIsTooCostly"]


def test_votes_against_cost_as_much_as_votes_for() -> None:
    envelope = Envelope(lowest=-9, highest=9, budget=25, exponent=2)

    assert broken(envelope, (A, 3), (B, -4)) == []
    assert broken(envelope, (A, 4), (B, -4)) == ["PaperIsTooCostly"]
    assert broken(envelope, (A, 5), (B, 1)) == ["PaperIsTooCostly"]


def test_projects_cost_what_they_cost_and_one_where_nothing_is_said() -> None:
    envelope = Envelope(costs={A: 60, B: 40}, budget=100)

    assert broken(envelope, (A, 1), (B, 1)) == []
    assert broken(envelope, (A, 1), (B, 1), (C, 1)) == ["PaperIsTooCostly"]
    assert envelope.cost({A: 1, C: 1}) == 61


def test_none_of_these_stands_alone() -> None:
    envelope = Envelope(at_least=2, none_of_these=D)

    assert broken(envelope, (D, 1)) == []
    assert broken(envelope, (D, 1), (A, 1)) == ["NoneExcludesOthers"]
    assert broken(envelope, (A, 1)) == ["TooFewMarks"]
    assert broken(envelope, (A, 1), (B, 1)) == []


@pytest.mark.parametrize("bounds", [{"lowest": 2}, {"lowest": 1, "highest": 0}, {"at_least": 3, "at_most": 2}])
def test_an_envelope_that_admits_no_paper_is_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(EnvelopeAdmitsNothing):
        Envelope(**bounds)


def test_an_option_that_was_taken_off_the_ballot_is_told_apart_from_one_that_never_was_on_it() -> None:
    with pytest.raises(PaperIsInvalid) as refused:
        Envelope().accept([(D, 1), (E, 1)], [A, B, D], dropped=[D])

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("OptionIsDropped", ("marks", "0")),
        ("NoSuchOption", ("marks", "1")),
    ]


@pytest.mark.parametrize(
    ("terms", "envelope"),
    [
        (Terms(method=Method.SINGLE, at_most=5, lowest=0, highest=9), Envelope(at_most=1)),
        (Terms(method=Method.APPROVAL, at_least=2, at_most=3, highest=9), Envelope(at_least=2, at_most=3)),
        (Terms(method=Method.SCORE, lowest=-2, highest=4), Envelope(lowest=-2, highest=4)),
        (Terms(method=Method.INSTANT_RUNOFF, at_least=2), Envelope(at_least=2, ranking=True)),
    ],
)
def test_each_method_that_a_ballot_may_declare_has_its_envelope(terms: Terms, envelope: Envelope) -> None:
    assert Envelope.of(terms) == envelope


def test_an_envelope_may_leave_no_choice() -> None:
    assert Envelope(lowest=3, highest=3, at_least=2, at_most=2).lowest == 3


@given(st.lists(st.tuples(st.sampled_from([*OPTIONS, E]), st.integers(-1, 5)), max_size=5))
def test_whatever_is_taken_keeps_every_bound(marks: list[tuple[UUID, int]]) -> None:
    envelope = Envelope(at_least=2, at_most=3, lowest=0, highest=4, unique=True, budget=20, exponent=2)
    try:
        paper = envelope.accept(marks, OPTIONS)
    except PaperIsInvalid:
        return
    assert list(paper.items()) == marks
    assert 2 <= len(paper) <= 3
    assert set(paper) <= set(OPTIONS)
    assert all(0 <= mark <= 4 for mark in paper.values())
    assert len(set(paper.values())) == len(paper)
    assert sum(mark**2 for mark in paper.values()) <= 20
