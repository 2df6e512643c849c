"""What screening costs, and that a hostile text cannot make it cost more than its length."""

import csv
import random
from collections.abc import Callable
from pathlib import Path
from time import process_time
from timeit import timeit

import pytest

from guidelines.property import ConfidentialTerms
from guidelines.screening import screen
from guidelines.verdict import Outcome

Told = Callable[[str, object], None]
BANK_QUESTIONS = Path(__file__).parents[3] / "shared" / "data" / "banking77" / "test.csv"
MOST_HELD = 0.003
PROSE_MS, NUMBERS_MS = 1.0, 15.0
TIMES_LONGER, TIMES_DEARER = 10, 12
SHORT = 100_000
TERMS = ConfidentialTerms(("blue heron of the north", "Northwind"))

PROSE = {
    "en": "We walked to the meeting because the bus was late again, and nobody had told us why it wouldn't come. ",
    "de": "Die größeren Städte überlegen, wie sie die Straßen für Fußgänger schöner und für Kinder sicherer machen. ",
    "es": "El año pasado la señora de la esquina pidió más árboles, y todavía estamos esperando que alguien conteste. ",
    "fr": "L'été dernier, les élèves ont proposé d'aménager la cour; aucune réponse n'a été donnée jusqu'à présent. ",
}
NEAR_MISSES = {
    "at signs": "a@",
    "dotted names": "a.a@a.",
    "long local parts": "abcdefghijklmnopqrstuvwxyz0123456789",
    "spoken addresses": "me at you dot ",
    "bracketed ats": "(at) ",
    "one long number": "1",
    "single digits": "4 ",
    "dotted digits": "1.",
    "cards": "4111 1111 1111 1112 ",
    "bank accounts": "DE89 3704 0044 0532 0130 01 ",
    "beginnings of bank accounts": "de89",
    "half phone numbers": "212-555-",
    "foreign phone numbers": "+49 30 1",
    "identity numbers": "12345678i 123-45-678 ",
    "web tokens": "eyJaaaaaaaaaa.",
    "joined web tokens": "eyJ",
    "tokens": "ghp_",
    "heads of keys": "-----BEGIN PRIVATE KEY----- ",
    "passwords": "password is a ",
    "addresses of services": "://a:b",
    "letter by letter": "f u c ",
    "dashes": "f-",
    "stars": "s*t ",
    "one long word": "fu",
    "drawn-out letters": "fuuuuuc",
    "confidential words": "blue heron of the ",
    "accents": "a\u0300",
    "unseen characters": "\u200b",
    "ligatures": "\ufb01",
    "mathematical figures": "\U0001d7d9",
    "line ends": "\n",
}


def one_run(text: str) -> float:
    """The processor time a screening takes, in milliseconds, garbage collection apart."""
    return timeit(lambda: screen(text, TERMS), timer=process_time, number=1) * 1000


def at_best(text: str) -> float:
    """The least of five runs."""
    return min(one_run(text) for _ in range(5))


def repeated(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def full_of_numbers(length: int) -> str:
    """Orders, dates, cards, phone numbers and identity numbers, one behind the other; some true, most near misses."""
    chance = random.Random(7)
    forms = ("##########", "0## #### ####", "(2##) 555-####", "2##-5##-####", "+49 30 #######", "4### #### #### ####",
             "202#-0#-1#", "0#########", "06 ## ## ## ##", "###-##-####", "DE## #### #### #### #### ##")  # fmt: skip
    pieces: list[str] = []
    while sum(map(len, pieces)) + len(pieces) < length:
        form = chance.choice(forms)
        pieces.append("".join(str(chance.randrange(10)) if sign == "#" else sign for sign in form))
    return " ".join(pieces)[:length]


@pytest.mark.timing
@pytest.mark.parametrize("language", PROSE)
def test_prose_costs_at_most_a_millisecond_for_a_thousand_characters(language: str, record_property: Told) -> None:
    cost = at_best(repeated(PROSE[language], 10_000)) / 10

    record_property("milliseconds", cost)
    assert cost <= PROSE_MS


@pytest.mark.timing
def test_numbers_cost_at_most_fifteen_milliseconds_for_a_thousand_characters(record_property: Told) -> None:
    cost = at_best(full_of_numbers(10_000)) / 10

    record_property("milliseconds", cost)
    assert cost <= NUMBERS_MS


@pytest.mark.timing
@pytest.mark.parametrize("kind", NEAR_MISSES)
def test_ten_times_the_near_misses_cost_in_proportion(kind: str, record_property: Told) -> None:
    short, long = (repeated(NEAR_MISSES[kind], length) for length in (SHORT // 5, SHORT // 5 * TIMES_LONGER))

    ratio = times_dearer(short, long)

    record_property("ratio", ratio)
    assert ratio <= TIMES_DEARER


@pytest.mark.timing
def test_a_megabyte_of_near_misses_costs_in_proportion(record_property: Told) -> None:
    short, long = (
        "\n".join(repeated(piece, length // len(NEAR_MISSES)) for piece in NEAR_MISSES.values())
        for length in (SHORT, SHORT * TIMES_LONGER)
    )

    ratio = times_dearer(short, long)

    record_property("ratio", ratio)
    assert ratio <= TIMES_DEARER


def times_dearer(short: str, long: str) -> float:
    """How many times as much the long text costs. A busy machine may disturb one measurement, hardly three."""
    for _ in range(3):
        ratio = one_run(long) / one_run(short)
        if ratio <= TIMES_DEARER:
            break
    return ratio


def test_hardly_any_question_to_a_bank_is_held() -> None:
    if not BANK_QUESTIONS.exists():
        pytest.skip(f"the bank questions are not there: {BANK_QUESTIONS}")
    with BANK_QUESTIONS.open(encoding="utf-8", newline="") as file:
        questions = [row["text"] for row in csv.DictReader(file)]

    held = [question for question in questions if screen(question).outcome is not Outcome.PUBLISH]

    assert len(questions) == 3080
    assert len(held) <= MOST_HELD * len(questions), held
