"""What is left of a text once its findings are covered, whatever form of Unicode it was written in."""

# ruff: noqa: RUF001 (disguised letters are the subject)

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidelines.folding import Folded
from guidelines.masking import mask
from guidelines.screening import screen
from guidelines.verdict import Duty, Finding, Rule
from tests.guidelines.labelled_lines import TERMS_BY_LANGUAGE, Line, labelled_lines

SECRET_LINES = [
    line for duty in (Duty.PRIVACY, Duty.INTELLECTUAL_PROPERTY) for line in labelled_lines(duty) if line.rule
]


def each(change: Callable[[str], str]) -> Callable[[str], str]:
    """A change of every character but line ends, which no form of Unicode alters."""
    return lambda text: "".join(char if char == "\n" else change(char) for char in text)


def shifted(letters: dict[str, int], digits: int | None) -> Callable[[str], str]:
    """Letters and figures moved to another block, where `letters` says at which code point its A and a stand."""

    def move(char: str) -> str:
        if char.isascii() and char.isdigit() and digits:
            return chr(digits + int(char))
        for first, block in letters.items():
            if first <= char <= chr(ord(first) + 25):
                return chr(block + ord(char) - ord(first))
        return char

    return each(move)


CYRILLIC = str.maketrans("ABCEHIJKMOPSTXYacehijopsxy", "АВСЕНІЈКМОРЅТХУасеһіјорѕху")
FORMS: dict[str, Callable[[str], str]] = {
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full width": each(lambda char: chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char),
    "bold mathematics": shifted({"A": 0x1D400, "a": 0x1D41A}, 0x1D7CE),
    "monospaced mathematics": shifted({"A": 0x1D670, "a": 0x1D68A}, 0x1D7F6),
    "circled letters": shifted({"A": 0x24B6, "a": 0x24D0}, None),
    "negative squares": shifted({"A": 0x1F170}, None),
    "Arabic figures": shifted({}, 0x0660),
    "Devanagari figures": shifted({}, 0x0966),
    "Cyrillic lookalikes": lambda text: text.translate(CYRILLIC),
    "zero-width spaces": each(lambda char: char + "\u200b"),
    "zero-width joiners": each(lambda char: char + "\u200d"),
    "soft hyphens": each(lambda char: char + "\u00ad"),
    "word joiners": each(lambda char: char + "\u2060"),
    "direction marks": each(lambda char: char + "\u200f"),
    "variation selectors": each(lambda char: char + "\ufe0f"),
    "strokes": each(lambda char: char + "\u0336"),
    "accents": each(lambda char: char + "\u0301\u0323"),
    "keycaps": each(lambda char: char + "\ufe0f\u20e3" if char.isdigit() else char),
    "invisible tags": each(lambda char: chr(0xE0000 + ord(char)) if " " <= char <= "~" else char),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "thin spaces": lambda text: text.replace(" ", "\u2009"),
    "figure dashes": lambda text: text.replace("-", "\u2012"),
    "minus signs": lambda text: text.replace("-", "\u2212"),
}


def is_covered(line: Line, secret: str) -> bool:
    """Whether each character of a secret, however written, lies within what is found."""
    assert line.secret is not None
    before, _, after = line.text.partition(line.secret)
    findings = screen(before + secret + after, TERMS_BY_LANGUAGE[line.language]).findings
    places = range(len(before), len(before) + len(secret))
    return all(any(finding.start <= place < finding.end for finding in findings) for place in places)


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_covered_to_its_last_character_in_any_form(form: str) -> None:
    leaks = [line.text for line in SECRET_LINES if not is_covered(line, FORMS[form](line.secret or ""))]

    assert leaks == []


@pytest.mark.parametrize("form", FORMS)
def test_a_masked_text_no_longer_holds_the_secret(form: str) -> None:
    for line in SECRET_LINES:
        assert line.secret is not None
        text = line.text.replace(line.secret, FORMS[form](line.secret))
        shown = mask(text, screen(text, TERMS_BY_LANGUAGE[line.language]).findings)

        assert Folded(line.secret).lower not in Folded(shown).lower
        assert shown != text


@given(before=st.text(max_size=40), after=st.text(max_size=40), line=st.sampled_from(SECRET_LINES))
def test_no_neighbouring_lines_uncover_a_secret(before: str, after: str, line: Line) -> None:
    assert line.secret is not None
    text = f"{before}\n{line.text}\n{after}"
    start = text.index(line.text, len(before)) + line.text.index(line.secret)

    findings = screen(text, TERMS_BY_LANGUAGE[line.language]).findings

    for place in range(start, start + len(line.secret)):
        assert any(finding.start <= place < finding.end for finding in findings)


@given(st.text())
def test_findings_lie_within_the_text_in_its_order(text: str) -> None:
    findings = screen(text).findings

    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings)


def test_the_rest_of_the_text_stays_as_it_was() -> None:
    text = "Ｃall　(me) at jane@example.com — or not ☎"

    assert mask(text, screen(text).findings) == "Ｃall　(me) at [email] — or not ☎"


def test_overlapping_findings_are_covered_by_one_name() -> None:
    findings = [Finding(Rule.PHONE, 4, 9), Finding(Rule.IBAN, 2, 8), Finding(Rule.EMAIL, 9, 10)]

    assert mask("0123456789abc", findings) == "01[iban]abc"


def test_separate_findings_keep_what_is_between() -> None:
    assert mask("0123456789", [Finding(Rule.PHONE, 6, 8), Finding(Rule.EMAIL, 0, 3)]) == "[email]345[phone]89"


def test_without_findings_nothing_changes() -> None:
    assert mask("nothing to see", []) == "nothing to see"


def test_the_mask_does_not_tell_the_length() -> None:
    short, long = "mail a.b@example.com now", "mail annabella.benedict@longer.example.com now"

    assert mask(short, screen(short).findings) == mask(long, screen(long).findings)
