"""Recognizes the identity and tax numbers of the United States, the United Kingdom, Germany, France and Spain."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from guidelines.folding import Match
from guidelines.verdict import Rule

DNI_LETTERS = "trwagmyfpdxbnjzsqvhlcke"
NIE_PREFIXES = {"x": "0", "y": "1", "z": "2"}


def is_steuer_id(number: str) -> bool:
    """A German tax number: one digit twice or thrice among the first ten, check digit by ISO 7064 MOD 11,10."""
    counts = Counter(number[:10])
    repeated = [count for count in counts.values() if count > 1]
    if number[0] == "0" or len(repeated) != 1 or repeated[0] > 3:
        return False
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(number[10])


def is_rentenversicherung(number: str) -> bool:
    """A German pension insurance number: area, birthday, initial, serial and check digit (VKVV § 4)."""
    digits = number[:8] + f"{ord(number[8]) - ord('a') + 1:02}" + number[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(digits, weights, strict=True))
    return total % 10 == int(number[11])


def is_nir(number: str) -> bool:
    """A French social security number: its key is 97 less the remainder by 97; Corsica's letters count as digits."""
    body = number[:13].replace("2a", "19").replace("2b", "18")
    return 97 - int(body) % 97 == int(number[13:])


def is_dni(number: str) -> bool:
    """A Spanish identity number (DNI, NIE): the letter is the remainder by 23."""
    return DNI_LETTERS[int(NIE_PREFIXES.get(number[0], number[0]) + number[1:8]) % 23] == number[8]


def unchecked(_: str) -> bool:
    """American and British numbers carry no check digit: their shape is all there is."""
    return True


Check = Callable[[str], bool]
EDGE, END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
SSN_AREA = r"(?!000|666|9)\d{3}"
DNI_LETTER = f"[{''.join(sorted(DNI_LETTERS))}]"
SHAPES: tuple[tuple[str, Check], ...] = (
    # US: the shape the Social Security Administration gives; in one piece only behind its name
    (rf"(?<![\d-])({SSN_AREA}(?P<gap>[ .-])(?!00)\d\d(?P=gap)(?!0000)\d{{4}})(?![\d-])", unchecked),
    (
        rf"(?:\bssn|social security)(?: (?:number|no\.?))?(?: is)?[ :#]{{0,3}}"
        rf"({SSN_AREA}(?!00)\d\d(?!0000)\d{{4}})(?!\d)",
        unchecked,
    ),
    # UK: National Insurance number (HMRC manual NIM39110)
    (
        rf"{EDGE}((?!bg|gb|kn|nk|nt|tn|zz)[abceghj-prstw-z][abceghj-nprstw-z]"
        rf"[ .-]?\d\d[ .-]?\d\d[ .-]?\d\d[ .-]?[a-d]){END}",
        unchecked,
    ),
    (r"(?<!\d)([1-9]\d[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3})(?!\d)", is_steuer_id),
    (rf"{EDGE}(\d\d[ .-]?\d{{6}}[ .-]?[a-z][ .-]?\d{{3}}){END}", is_rentenversicherung),
    (
        rf"{EDGE}([12][ .-]?\d\d[ .-]?\d\d[ .-]?(?:\d\d|2[ab])[ .-]?\d{{3}}[ .-]?\d{{3}}[ ./-]{{0,3}}\d\d){END}",
        is_nir,
    ),
    (rf"{EDGE}(\d{{2}}[ .]?\d{{3}}[ .]?\d{{3}}[ .-]{{0,3}}{DNI_LETTER}){END}", is_dni),
    (rf"{EDGE}([xyz][ .-]?\d{{7}}[ .-]?{DNI_LETTER}){END}", is_dni),
)
COMPILED = tuple((re.compile(shape), check) for shape, check in SHAPES)


def national_ids(lower: str, begin: int, end: int) -> Iterator[Match]:
    """Numbers of the shape of a national identity number that pass its check, where it has one."""
    for shape, check in COMPILED:
        for match in shape.finditer(lower, begin, end):
            if check(re.sub(r"[^a-z0-9]", "", match[1])):
                yield Rule.NATIONAL_ID, match.start(1), match.end(1)
