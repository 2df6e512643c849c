"""The verdict on a text."""

# ruff: noqa: RUF001 (disguised letters are the subject)

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidelines.folding import Folded, PlainForms
from guidelines.property import ConfidentialTerms
from guidelines.screening import screen
from guidelines.tongue import language_of
from guidelines.verdict import Duty, Finding, Outcome, Rule
from tests.guidelines.labelled_lines import SECRETS


def turned(text: str) -> str:
    return codecs.decode(text, "rot13")


def rules(text: str, language: str | None = None) -> tuple[Rule, ...]:
    return screen(text, language=language).rules


def test_a_clean_text_is_published() -> None:
    verdict = screen("Let us plant a tree in front of the school.")

    assert (verdict.outcome, verdict.findings, verdict.rules) == (Outcome.PUBLISH, (), ())


@given(st.sampled_from(["", " ", "\n", "\u200b", "\ud800", "\U000e0001"]))
def test_a_text_with_nothing_to_see_is_published(text: str) -> None:
    assert screen(text).outcome is Outcome.PUBLISH


def test_the_gravest_rule_decides() -> None:
    verdict = screen(f"mail a.b@example.com the key {SECRETS['{github}']}")

    assert verdict.rules == (Rule.EMAIL, Rule.CREDENTIAL)
    assert verdict.outcome is Outcome.REFUSE
    assert screen("mail a.b@example.com").outcome is Outcome.HOLD


def test_the_author_is_told_each_rule_once() -> None:
    assert screen("a.b@example.com and c.d@example.com").rules == (Rule.EMAIL,)
    assert all(rule.advice.endswith(".") for rule in Rule)


def test_findings_can_be_asked_for_by_duty() -> None:
    verdict = screen("a.b@example.com, project Northwind", ConfidentialTerms(["Northwind"]))

    assert verdict.about(Duty.PRIVACY) == [Finding(Rule.EMAIL, 0, 15)]
    assert verdict.about(Duty.INTELLECTUAL_PROPERTY) == [Finding(Rule.CONFIDENTIAL_TERM, 25, 34)]
    assert verdict.about(Duty.CLEAN_LANGUAGE) == []


@given(st.text())
def test_the_same_text_gets_the_same_verdict(text: str) -> None:
    assert screen(text) == screen(text)


def test_offsets_count_the_characters_of_the_original() -> None:
    text = "ﬁne… 😀 m\u0301ail ｊａｎｅ＠example.com\u0301!"
    [finding] = screen(text).findings

    assert text[finding.start : finding.end] == "ｊａｎｅ＠example.com\u0301"


@pytest.mark.parametrize(
    ("written", "plain"),
    [("ﬁ½Ⅷ", "fi1/2VIII"), ("Straße", "Strasse"), ("ＡｂＣ１", "AbC1"),
     ("e\u0301é", "ee"), ("한국", "한국"), ("Ω漢", "Ω漢"),
     ("🅰🇧", "AB"), ("\U000e0041", "A"), ("a\u200bb\u00adc", "abc"),
     ("–—−", "---"), ("1\ufe0f\u20e3", "1"), ("\u3164", " ")],
)  # fmt: skip
def test_disguises_are_folded(written: str, plain: str) -> None:
    assert Folded(written).plain == plain


def test_rare_code_points_are_not_kept_in_memory() -> None:
    forms = PlainForms()

    assert (forms[ord("é")], forms[0x1D400]) == ("e", "A")
    assert list(forms) == [ord("é")]


@given(st.text())
def test_small_letters_stand_where_the_plain_ones_do(text: str) -> None:
    folded = Folded(text)

    assert len(folded.lower) == len(folded.plain) == len(folded.origins) - 1


def test_confidential_terms_are_found_as_words_only() -> None:
    terms = ConfidentialTerms(["Blue Heron", "", "  "])

    assert screen("the blue   heron; #BlueHeron", terms).rules == (Rule.CONFIDENTIAL_TERM,)
    assert screen("blue herons, heron, a blue", terms).rules == ()
    assert screen("heron", ConfidentialTerms(["very blue heron"])).rules == ()
    assert screen("anything", ConfidentialTerms()).rules == ()


def test_a_private_key_without_its_end_is_covered_to_the_end_of_the_text() -> None:
    text = "see -----BEGIN " + "PRIVATE KEY-----\nabc\ndef"

    assert screen(text).findings == (Finding(Rule.CREDENTIAL, 4, len(text)),)


@pytest.mark.parametrize(
    "text", ["password: <yours1>", "password: short", "token: letters", "secret is letters!", "pin: 12"]
)
def test_talk_about_passwords_is_free(text: str) -> None:
    assert rules(text) == ()


@pytest.mark.parametrize("text", ["password: 12345678", "clave es abc123", "token=abc1234567", "cvv: 737"])
def test_a_password_given_away_is_held(text: str) -> None:
    assert rules(text) == (Rule.PASSWORD,)


def test_markings_count_only_where_documents_have_them() -> None:
    assert rules("Minutes\n  [Confidential]\nText") == (Rule.CONFIDENTIAL_MARKING,)
    assert rules("Confidential advice helps.") == ()
    assert rules("It is\nall confidential: really") == ()
    assert rules("a copyright claim of 2023") == ()


def test_a_word_of_one_language_counts_in_that_language_alone() -> None:
    late = turned("ergneq")

    assert rules(f"mon bus a du {late}") == ()
    assert rules(f"you are a {late} and you know it") == (Rule.SLUR,)
    assert rules(late) == ()
    assert rules(late, language="en") == (Rule.SLUR,)
    assert rules(late, language="it") == ()


def test_a_name_is_told_from_the_word_by_its_capital() -> None:
    name = turned("qvpx")

    assert rules(f"the man is called {name.title()} and we like him") == ()
    assert rules(f"the man is a {name} and we know it") == (Rule.COARSE_WORD,)


def test_a_tilde_makes_another_word() -> None:
    assert rules(turned("pbab")) == ()
    assert rules(turned("pbñb")) == (Rule.COARSE_WORD,)
    assert rules(turned("pba\u0303b")) == (Rule.COARSE_WORD,)


@pytest.mark.parametrize(
    "turned_text",
    ["fuuuuvg", "fu1g", "fu*g", "f.u.v.g", "f u v g", "f-u-v-g", "$uvg", "fu!g", "#fuvg", "(fuvg)", "fuvg-fubj", "f1hg",
     "shpxjvg", "ovt s h p x", "ohyyfu|g", "sh**"],
)  # fmt: skip
def test_disguised_words_are_found(turned_text: str) -> None:
    assert rules(turned(turned_text)) == (Rule.COARSE_WORD,)


@pytest.mark.parametrize(
    "text",
    ["455", "a55", "s**", "5*4*3", "a b c d e f", "*** *** ***", "x" * 50 + "1", "aaas", "o_o", "www.example.com",
     "t e s t",
     "hmm... sure!!!", "beetle sooo goood",
     "Niiiger"],
)  # fmt: skip
def test_what_only_looks_disguised_is_free(text: str) -> None:
    assert rules(text) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [("the house is here", "en"), ("das haus ist hier", "de"), ("los perros y el gato", "es"),
     ("les chats et le chien", "fr"),
     ("ok", None), ("the der", None)],
)  # fmt: skip
def test_the_language_is_guessed_from_small_words(text: str, language: str | None) -> None:
    assert language_of(text.split()) == language
