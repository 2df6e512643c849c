"""Numbers that name a person, a card or an account, told from numbers that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidelines.account_numbers import passes_luhn
from guidelines.screening import screen
from guidelines.verdict import Outcome, Rule


def found(text: str) -> list[tuple[Rule, str]]:
    return [(finding.rule, text[finding.start : finding.end]) for finding in screen(text).findings]


def test_a_card_is_found_behind_another_number_and_before_its_security_code() -> None:
    assert found("row 1234 4111 1111 1111 1111 737 ok") == [(Rule.PAYMENT_CARD, "4111 1111 1111 1111")]


@pytest.mark.parametrize("written", ["4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"])
def test_a_card_is_found_digit_by_digit(written: str) -> None:
    assert found(f"it is {written}.") == [(Rule.PAYMENT_CARD, written)]
    assert found(f"it is 9 9 {written} 2 x") == [(Rule.PAYMENT_CARD, written)]


def test_a_card_refuses_the_text() -> None:
    assert screen("pay with 5555 5555 5555 4444").outcome is Outcome.REFUSE


@pytest.mark.parametrize("written", ["4111 1111 1111 1112", "1111 1111 1111 1117", "9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9"])
def test_figures_that_no_issuer_numbers_so_are_no_card(written: str) -> None:
    assert found(f"lot {written} here") == []


@given(st.from_regex(r"4[0-9]{14}", fullmatch=True), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, place: int, by: int) -> None:
    number = next(body + str(check) for check in range(10) if passes_luhn(body + str(check)))
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]

    assert not passes_luhn(wrong)


@pytest.mark.parametrize(
    "number",
    # the examples of the IBAN registry
    ["NL91ABNA0417164300", "CH9300762011623852957", "IT60X0542811101000000123456", "NO9386011117947",
     "MT84MALT011000012345MTLCAST001S", "PL61109010140000071219812874", "SE4550000000058398257466"],
)  # fmt: skip
def test_accounts_of_many_countries_are_found(number: str) -> None:
    in_fours = " ".join(number[place : place + 4] for place in range(0, len(number), 4))

    assert (Rule.IBAN, number) in found(f"to {number}, please")
    assert (Rule.IBAN, in_fours) in found(f"to {in_fours}, please")


@pytest.mark.parametrize("number", ["XX91ABNA0417164300", "NL91ABNA0417164301", "NL91ABNA04171643"])
def test_an_unknown_country_a_wrong_digit_or_a_missing_one_is_no_account(number: str) -> None:
    assert Rule.IBAN not in screen(f"to {number}, please").rules


@pytest.mark.parametrize(
    "number",
    ["219-09-9999", "219 09 9999", "SSN 219099999", "AB123456C", "86095742719", "57549285017", "65170839J003",
     "269054958815780", "1 84 12 2A 451 089 33", "12345678Z", "X1234567L", "Y-1234567-X"],
)  # fmt: skip
def test_national_numbers_are_found(number: str) -> None:
    assert Rule.NATIONAL_ID in screen(f"It says {number} here.").rules


@pytest.mark.parametrize(
    "number",
    ["000-09-9999", "666-09-9999", "900-09-9999", "219-00-9999", "219-09-0000", "219099999", "BG123456C", "AB123456E",
     "QB123456A", "86095742718", "01234567890", "11111111111", "12345678901", "65170839J004", "269054958815781",
     "12345678A", "X1234567A"],
)  # fmt: skip
def test_near_misses_of_national_numbers_are_not(number: str) -> None:
    assert Rule.NATIONAL_ID not in screen(f"It says {number} here.").rules


@pytest.mark.parametrize(
    "text",
    ["call +1 212 555 0123", "+33 6 39 98 12 34 12 times", "00 is odd, 004930123456 is not", "my number is 2125550123",
     "0171 3920012 0171 3920034", "one 07700 900123 two", "(0 30) or (030) 23125 014", "tel:+34612345678"],
)  # fmt: skip
def test_phone_numbers_are_found(text: str) -> None:
    assert Rule.PHONE in screen(text).rules


def test_phone_numbers_in_a_row_are_all_found() -> None:
    assert found("0171 3920012, 020 7946 0958 +49 30 23125148, 06 12 34 56 78") == [
        (Rule.PHONE, "0171 3920012"),
        (Rule.PHONE, "020 7946 0958"),
        (Rule.PHONE, "+49 30 23125148"),
        (Rule.PHONE, "06 12 34 56 78"),
    ]


@pytest.mark.parametrize(
    "text",
    ["+999 123 456 789 0", "+1 2 3 4 5 6 7", "order no. 020 7946 0958", "we paid $212 555 0123", "612 345 678 euros",
     "0000 000 0000", "call 123",
        "ref 2024/0612/3456", "order no. 06 12 34 56 78", "2125550123 units", "isbn-13: 978-3-16-148410-0",
     "0999 9999999999"],
)  # fmt: skip
def test_other_numbers_are_no_phone_numbers(text: str) -> None:
    assert Rule.PHONE not in screen(text).rules


@pytest.mark.parametrize(
    "text", ["jane@example", "@jane.doe", "support@example.com",
     "me at example.com", "look at this dot or at page2 of it",

             "a @ b", "jane@x.toolongtobeatopleveldomainname", "meet (at) noon", "at"],
)  # fmt: skip
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "address", ["jane.doe at example.com", "jane @ example.com", "jane (at) example.com", "jane<at>example.com",
                "ω.jane@example.com", "jane@exämple.de", "jane@пример.рф", "a@b.co"],
)  # fmt: skip
def test_addresses_are_found_however_the_at_is_written(address: str) -> None:
    assert found(f"Ask {address} today") == [(Rule.EMAIL, address)]
