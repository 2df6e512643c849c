"""Recognizes phone numbers: shapes worth a look here, the numbering plans by the phonenumbers library."""

import re
from collections.abc import Iterator

import phonenumbers

from guidelines.folding import Match
from guidelines.verdict import Rule

# Where a number may begin: not within figures, nor behind a group of three or four, as in cards and bank accounts.
EDGE = r"(?<![\d.,+-])(?<!\d{3}[ .\-/])"
WORD_EDGE = r"(?<!\w)" + EDGE
ABROAD = re.compile(r"(?<![\d+])(?<!\d{3}[ .\-/])\(?(?:\+|00(?=[1-9]))[ (]{0,2}\d(?:[ ().\-/]{0,3}\d){6,14}(?!\d)")

# How numbers are written at home. A strong shape is believed when the plan calls it possible, since numbers set aside
# for films and examples are in no plan; a weak one only when the number is given out.
STRONG = (
    (re.compile(rf"{EDGE}0[1-9](?P<gap>[ .\-/])\d\d(?:(?P=gap)\d\d){{3}}(?![\d.-]\d)(?!\d)"), ("FR",)),
    (re.compile(rf"{EDGE}07\d{{3}}[ -]\d{{3}}[ -]?\d{{3}}(?!\d)"), ("GB",)),
    (re.compile(rf"{EDGE}\(\d{{3}}\) ?\d{{3}}[ .-]\d{{4}}(?![\d-])"), ("US",)),
)
WEAK = (
    (re.compile(rf"{EDGE}(?:1[ .-])?\d{{3}}(?P<gap>[ .-])\d{{3}}(?P=gap)\d{{4}}(?![\d-])"), ("US",)),
    (re.compile(rf"{WORD_EDGE}\(?0\d{{2,5}}\)?[ /.\-]{{1,3}}\d{{3,9}}(?:[ -]\d{{2,7}}){{0,3}}(?![\d-])"), ("GB", "DE")),
    (re.compile(rf"{WORD_EDGE}0[1-9]\d{{8,10}}(?![\w-])"), ("GB", "FR", "DE")),
    (re.compile(rf"{EDGE}[679]\d{{2}}(?P<gap>[ -])\d{{3}}(?P=gap)\d{{3}}(?![\d-])"), ("ES",)),
    (re.compile(rf"{EDGE}(?:[679]\d{{2}} \d\d|9\d \d{{3}}) \d\d \d\d(?![\d-])"), ("ES",)),
)
NAMED = re.compile(rf"{WORD_EDGE}\(?\d(?:[ ().\-/]{{0,2}}\d){{6,13}}(?![\d-])")
EVERYWHERE = ("US", "GB", "DE", "FR", "ES")
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
    rf"(?:{OTHER_WORDS})(?:[ -](?:number|numero|nummer|nr|no|id|code|is|n))*[\s:.#°]{{0,4}}$"
    r"|isbn[ -]?1[03]?[\s:-]{0,3}$|[#$€£]\s?$"
)
COUNTED = re.compile(
    r"\s?(?:[€$£%]|(?:euros?|eur|usd|dollars?|pounds?|dolares|habitantes|habitants|einwohner|people|votes|millones)\b)"
)


def phone_numbers(lower: str, begin: int, end: int) -> Iterator[Match]:
    """Phone numbers with their country's code, or as written at home in the US, the UK, Germany, France and Spain."""
    for match in ABROAD.finditer(lower, begin, end):
        if last := last_dialled(match):
            yield Rule.PHONE, match.start(), last
    for shapes, given_out in ((STRONG, False), (WEAK, True)):
        for shape, regions in shapes:
            for match in shape.finditer(lower, begin, end):
                if not is_something_else(lower, match) and in_plan(match[0], regions, given_out):
                    yield Rule.PHONE, *match.span()
    for match in NAMED.finditer(lower, begin, end):
        if CALLED_A_PHONE.search(lower[max(0, match.start() - LOOK_BACK) : match.start()]) and in_plan(
            match[0], EVERYWHERE, given_out=False
        ):
            yield Rule.PHONE, *match.span()


def last_dialled(match: re.Match[str]) -> int | None:
    """Where a number with a country's code ends: figures behind it may be another matter."""
    number = re.sub(r"^\(?00", "+", match[0])
    for gap in (len(number), *reversed([gap.start() for gap in re.finditer(r"[^\d+]+", number)])):
        if gap < 8:
            break
        if in_plan(number[:gap], (None,), given_out=False):
            return match.end() - len(number) + gap
    return None


def is_something_else(lower: str, match: re.Match[str]) -> bool:
    """Whether the words around say that this is an order, a book or an amount."""
    before = lower[max(0, match.start() - LOOK_BACK) : match.start()]
    return bool(CALLED_OTHERWISE.search(before) or COUNTED.match(lower, match.end()))


def in_plan(written: str, regions: tuple[str | None, ...], given_out: bool) -> bool:
    """Whether a numbering plan has room for this number, or has given out its block."""
    for region in regions:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (not given_out and phonenumbers.is_possible_number(number)):
            return True
    return False
