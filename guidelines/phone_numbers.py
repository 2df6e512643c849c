"""Recognizes phone numbers: shapes worth a look here, the numbering plans by the phonenumbers library."""

import re
from collections.abc import Iterator, Sequence

import phonenumbers

from guidelines.folding import Match
from guidelines.verdict import Rule

EDGE = r"(?<![\d.,+/-])"
WORD_EDGE = r"(?<![\w.,+/-])"
ABROAD = re.compile(r"(?<![\d+])\(?(?:\+|00(?=[1-9]))[ (]{0,2}\d(?:[ ().\-/]{0,3}\d){6,14}(?!\d)")

# How numbers are written at home. A strong shape is believed when the plan calls it possible, since numbers set aside
# for films and examples are in no plan; a weak one only when the number is given out.
Shapes = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
STRONG: Shapes = (
    (re.compile(rf"{EDGE}0[1-9](?P<gap>[ .\-/])\d\d(?:(?P=gap)\d\d){{3}}(?![\d.-]\d)(?!\d)"), ("FR",)),
    (re.compile(rf"{EDGE}07\d{{3}}[ -]\d{{3}}[ -]?\d{{3}}(?!\d)"), ("GB",)),
    (re.compile(rf"{EDGE}\(\d{{3}}\) ?\d{{3}}[ .-]\d{{4}}(?![\d-])"), ("US",)),
)
WEAK: Shapes = (
    (re.compile(rf"{EDGE}(?:1[ .-])?\d{{3}}(?P<gap>[ .-])\d{{3}}(?P=gap)\d{{4}}(?![\d-])"), ("US",)),
    (re.compile(rf"{WORD_EDGE}\(?0\d{{2,5}}\)?[ /.\-]{{1,3}}\d{{3,9}}(?:[ -]\d{{2,7}}){{0,3}}(?![\d-])"), ("GB", "DE")),
    (re.compile(rf"{WORD_EDGE}0[1-9]\d{{8,10}}(?![\w-])"), ("GB", "FR", "DE")),
    (re.compile(rf"{EDGE}[679]\d{{2}}(?P<gap>[ -])\d{{3}}(?P=gap)\d{{3}}(?![\d-])"), ("ES",)),
    (re.compile(rf"{EDGE}(?:[679]\d{{2}} \d\d|9\d \d{{3}}) \d\d \d\d(?![\d-])"), ("ES",)),
)
NAMED = re.compile(rf"{WORD_EDGE}\(?\d(?:[ ().\-/]{{0,2}}\d){{6,13}}(?![\d-])")
EVERYWHERE = ("US", "GB", "DE", "FR", "ES")
FEWEST_SIGNS = 8
LOOK_BACK = 40
PHONE_WORDS = (
    "phone|cell|mobile|fax|whatsapp|call|text|ring|dial|reach|my number|"
    "fon|telefon|handy|mobil|ruf|rufen|anrufen|meine nummer|"
    "telefono|movil|llama|llame|llamame|llamad|marca|mi numero|"
    "telephone|portable|appelez|appelle|appeler|joignable|mon numero|tel"
)
BETWEEN = (
    "me|us|him|her|them|my|our|the|at|on|number|no|is|mich|uns|an|unter|nummer|nr|ist|"
    "al|mi|numero|es|est|au|le|de|sur|moi"
)
CALLED_A_PHONE = re.compile(rf"\b(?:{PHONE_WORDS})(?:\s(?:{BETWEEN}))*[^\w\n]{{0,4}}$")
OTHER_WORDS = (
    "isbn|orders?|invoice|ticket|case|reference|ref|sku|parcel|tracking|serial|part|article|item|batch|version|"
    "bestellung|bestellnummer|rechnung|rechnungsnummer|auftrag|artikel|artikelnummer|sendung|vorgang|kundennummer|"
    "pedido|factura|referencia|articulo|envio|expediente|commande|facture|colis|dossier"
)
CALLED_OTHERWISE = re.compile(
    rf"(?:{OTHER_WORDS})(?:[ -](?:number|numero|nummer|nr|no|id|code|is|n))*[\s:.#°]{{0,4}}$|[#$€£]\s?$"
)
IN_FOURS = re.compile(r"\d{4}(?:[ .-]\d{4})*(?:[ .-]\d{1,4})?")
BEHIND_FOUR = re.compile(r"[a-z\d]\d{3}[ .-]$")
COUNTED = re.compile(
    r"\s?(?:[€$£%]|(?:euros?|eur|usd|dollars?|pounds?|dolares|habitantes|habitants|einwohner|people|votes|millones)\b)"
)


def phone_numbers(lower: str, begin: int, end: int) -> Iterator[Match]:
    """Phone numbers with their country's code, or as written at home in the US, the UK, Germany, France and Spain."""
    for match in ABROAD.finditer(lower, begin, end):
        if not is_in_fours(lower, match) and (last := last_dialled(match, (None,), given_out=False)):
            yield Rule.PHONE, match.start(), last
    for shape, regions in STRONG:
        for match in shape.finditer(lower, begin, end):
            if not is_something_else(lower, match) and in_plan(match[0], regions, given_out=False):
                yield Rule.PHONE, *match.span()
    for shape, regions in WEAK:
        yield from given_out_numbers(lower, begin, end, shape, regions)
    for match in NAMED.finditer(lower, begin, end):
        named = CALLED_A_PHONE.search(lower[max(0, match.start() - LOOK_BACK) : match.start()])
        if named and in_plan(match[0], EVERYWHERE, given_out=False):
            yield Rule.PHONE, *match.span()


def given_out_numbers(
    lower: str, begin: int, end: int, shape: re.Pattern[str], regions: tuple[str, ...]
) -> Iterator[Match]:
    """Numbers of a weak shape that are given out; one may follow upon another with a mere space between."""
    while match := shape.search(lower, begin, end):
        last = None if is_something_else(lower, match) else last_dialled(match, regions, given_out=True)
        if last:
            yield Rule.PHONE, match.start(), last
        begin = last or match.end()


def last_dialled(match: re.Match[str], regions: Sequence[str | None], given_out: bool) -> int | None:
    """Where a number ends: figures behind it may be another matter."""
    number = re.sub(r"^\(?00", "+", match[0])
    gaps = [gap.start() for gap in re.finditer(r"[^\d+]+", number) if gap.start() >= FEWEST_SIGNS]
    for length in (len(number), *reversed(gaps)):
        if in_plan(number[:length], regions, given_out):
            return match.end() - len(number) + length
    return None


def is_something_else(lower: str, match: re.Match[str]) -> bool:
    """Whether the words around say that this is an order, a book or an amount, or it is part of a longer number."""
    before = lower[max(0, match.start() - LOOK_BACK) : match.start()]
    return bool(CALLED_OTHERWISE.search(before) or COUNTED.match(lower, match.end())) or is_in_fours(lower, match)


def is_in_fours(lower: str, match: re.Match[str]) -> bool:
    """Whether this goes on in groups of four where something before it did: a card or a bank account."""
    behind = BEHIND_FOUR.search(lower[max(0, match.start() - 5) : match.start()])
    return behind is not None and IN_FOURS.fullmatch(match[0]) is not None


def in_plan(written: str, regions: Sequence[str | None], given_out: bool) -> bool:
    """Whether a numbering plan has room for this number, or has given out its block."""
    for region in regions:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (not given_out and phonenumbers.is_possible_number(number)):
            return True
    return False
