"""How well screening finds what it should, and only that, on lines labelled by hand."""

from collections.abc import Callable

import pytest

from guidelines.screening import screen
from guidelines.verdict import Duty, Outcome
from tests.guidelines.labelled_lines import LANGUAGES, TERMS_BY_LANGUAGE, Line, labelled_lines

FEWEST_LINES = 400
PRECISION, RECALL = 0.95, 0.90


def is_found(line: Line) -> bool:
    """Whether the line's own rule is found to be broken, and the whole of what breaks it."""
    start, end = line.span
    verdict = screen(line.text, TERMS_BY_LANGUAGE[line.language])
    return any(
        finding.rule is line.rule and finding.start <= start and finding.end >= end for finding in verdict.findings
    )


def is_accused(line: Line) -> bool:
    """Whether anything is found under the line's duty."""
    return bool(screen(line.text, TERMS_BY_LANGUAGE[line.language]).about(line.duty))


def test_there_are_enough_lines_of_every_kind() -> None:
    lines = [line for duty in Duty for line in labelled_lines(duty)]

    assert len(lines) >= FEWEST_LINES
    for duty in Duty:
        for language in LANGUAGES:
            kind = [line for line in lines if line.duty is duty and line.language == language]
            assert sum(line.rule is None for line in kind) >= 10
            assert sum(line.rule is not None for line in kind) >= 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("duty", Duty)
def test_precision_and_recall_hold_for_each_duty_in_each_language(
    duty: Duty, language: str, record_property: Callable[[str, object], None]
) -> None:
    lines = [line for line in labelled_lines(duty) if line.language == language]
    guilty = [line for line in lines if line.rule]
    found = sum(map(is_found, guilty))
    wronged = [line.text for line in lines if not line.rule and is_accused(line)]
    precision, recall = found / (found + len(wronged)), found / len(guilty)
    record_property("precision", precision)
    record_property("recall", recall)

    assert precision >= PRECISION, wronged
    assert recall >= RECALL, [line.text for line in guilty if not is_found(line)]


def test_a_line_that_breaks_a_rule_is_not_published() -> None:
    for duty in Duty:
        for line in labelled_lines(duty):
            if line.rule and is_found(line):
                assert screen(line.text, TERMS_BY_LANGUAGE[line.language]).outcome is not Outcome.PUBLISH
