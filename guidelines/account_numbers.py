"""Recognizes payment cards and bank accounts by their check digits."""

import re
from collections.abc import Iterator

from guidelines.folding import Match
from guidelines.verdict import Rule

GROUP = re.compile(r"\d+")
GAP = r"[ .\-_/]{0,3}"

# Groupings printed on cards (ISO/IEC 7812): in fours, 4-6-5, 4-6-4; looked at from every digit that begins a group,
# since a number in front may hide the card's first group.
CARD = re.compile(
    rf"(?<!\d)(?=(\d{{4}}{GAP}\d{{4}}{GAP}\d{{4}}{GAP}\d{{1,4}}(?:{GAP}\d{{1,3}})?(?!\d)"
    rf"|\d{{4}}{GAP}\d{{6}}{GAP}\d{{4,5}}(?!\d)))"
)
DIGIT_BY_DIGIT = re.compile(r"(?<!\d)\d(?:[ .\-_]\d(?!\d)){13,}+")
CARD_LENGTHS = (19, 16, 15, 14)
# Visa, Mastercard and Maestro, American Express, Diners, JCB, Discover and UnionPay, at the lengths each has today.
ISSUED = re.compile(
    r"4\d{15}(?:\d{3})?|5\d{15}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6\d{15}(?:\d{3})?"
)

# Lengths by country, from the IBAN registry (ISO 13616).
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TR": 26,
}  # fmt: skip
IBAN_START = re.compile(r"(?=([a-z]{2})[ .\-]?\d[ .\-]?\d[ .\-]{0,2}[a-z0-9])")
ACCOUNT_CHARACTER = re.compile(r"[ .\-_/]{0,2}([a-z0-9])")


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def is_card(digits: str) -> bool:
    """Whether a known issuer numbers its cards so, and the check digit fits."""
    return ISSUED.fullmatch(digits) is not None and passes_luhn(digits)


def payment_cards(lower: str, begin: int, end: int) -> Iterator[Match]:
    """Card numbers, in groups or digit by digit."""
    for match in CARD.finditer(lower, begin, end):
        groups = list(GROUP.finditer(match[1]))
        digits = "".join(group[0] for group in groups)
        for group in reversed(groups):  # what follows a card may be its security code
            if is_card(digits):
                yield Rule.PAYMENT_CARD, match.start(), match.start() + group.end()
                break
            digits = digits[: -len(group[0])]
    for match in DIGIT_BY_DIGIT.finditer(lower, begin, end):
        digits = match[0][::2]
        for first in range(len(digits) - CARD_LENGTHS[-1] + 1):
            tries = (digits[first : first + length] for length in CARD_LENGTHS)
            if card := next(filter(is_card, tries), None):
                yield Rule.PAYMENT_CARD, match.start() + 2 * first, match.start() + 2 * (first + len(card)) - 1


def ibans(lower: str, begin: int, end: int) -> Iterator[Match]:
    """Account numbers of the length their country has and whose remainder by 97 is 1 (ISO 13616)."""
    for match in IBAN_START.finditer(lower, begin, end):
        length = IBAN_LENGTHS.get(match[1].upper())
        if length is None:
            continue
        account, last = "", match.start()
        while len(account) < length and (character := ACCOUNT_CHARACTER.match(lower, last)):
            account, last = account + character[1], character.end()
        rearranged = account[4:] + account[:4]
        if len(account) == length and int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1:
            yield Rule.IBAN, match.start(), last
