"""One plain spelling for every Unicode disguise, with the way back to the text as it was written."""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from guidelines.verdict import Finding, Rule

Match = tuple[Rule, int, int]  # a rule and where it is broken in the plain text

# Letters of other scripts that look like ours, and signs that stand for plainer ones. Compatibility decomposition
# (UAX #15) does not join these; UTS #39 lists them as confusable.
LOOKALIKES = dict(
    zip(
        "АВСԌЕНІЈКМОРԚЅТԜХУҮаьсԁеһіјӏоргԛѕԝхуүв" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχϲ" + "օոսցհı",  # noqa: RUF001
        "ABCGEHIJKMOPQSTWXYYabcdehijloprqswxyyb" + "ABEZHIKMNOPTYXaeikvoptuxc" + "onughi",
        strict=True,
    )
)
LOOKALIKES |= {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ɡ": "g", "ɑ": "a", "æ": "ae", "Æ": "AE"}  # noqa: RUF001
LOOKALIKES |= {"œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "ſ": "s"}  # noqa: RUF001
LOOKALIKES |= {"−": "-", "⁄": "/", "∕": "/", "’": "'", "‘": "'", "“": '"', "”": '"', "。": ".", "∙": ".", "·": "."}  # noqa: RUF001
LOOKALIKES |= dict.fromkeys("\u2800\u3164\u115f\u1160\uffa0", " ")  # letters that are seen as a gap
LOOKALIKES |= dict.fromkeys("\v\f\x85\u2028\u2029", "\n")
BOXED_LETTERS = (0x1F130, 0x1F150, 0x1F170)  # twenty-six each; the first decomposes, the others do not
FLAG_LETTERS = 0x1F1E6
TAGS = range(0xE0020, 0xE007F)  # an invisible twin of each ASCII character
HANGUL = range(0xAC00, 0xD7A4)
WORD = re.compile(r"[^\W_]+")
LETTERS = re.compile(r"[^\W\d_]+")
UNSEEN = {"Mn", "Me", "Cf", "Cc", "Cs"}


def plain_form(char: str) -> str:
    """The plain spelling of one character: none for a mark or an unseen one, several for a ligature."""
    code = ord(char)
    if char in LOOKALIKES:
        return LOOKALIKES[char]
    if char in "\n\r\t" or code in HANGUL:
        return char
    if code in TAGS:
        return chr(code - 0xE0000)
    for first in (*BOXED_LETTERS, FLAG_LETTERS):
        if first <= code < first + 26:
            return chr(ord("A") + code - first)
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(char)
    if category in UNSEEN:
        return ""
    if category in ("Pd", "Zs"):
        return "-" if category == "Pd" else " "
    decomposed = unicodedata.normalize("NFKD", char)
    return char if decomposed == char else "".join(map(plain_form, decomposed))


class PlainForms(dict[int, str]):
    """Plain spellings by code point, found out when first asked for and kept for the common plane alone."""

    def __missing__(self, code: int) -> str:
        plain = plain_form(chr(code))
        if code < 0x10000:  # a hostile text may name every code point there is
            self[code] = plain
        return plain


PLAIN = PlainForms()


@dataclass(frozen=True)
class Folded:
    """A text beside its plain spelling. `lower` is `plain` in small letters, position by position."""

    original: str
    plain: str = field(init=False)
    lower: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", self.original.translate(PLAIN))
        object.__setattr__(self, "lower", self.plain.lower())

    @cached_property
    def origins(self) -> Sequence[int]:
        """Where each plain character stood in the original, and at the end the original's length."""
        origins = array("Q")
        for index, char in enumerate(self.original):
            origins.extend([index] * len(PLAIN[ord(char)]))
        origins.append(len(self.original))
        return origins

    @cached_property
    def words(self) -> list[re.Match[str]]:
        """Runs of letters and figures in `lower`."""
        return list(WORD.finditer(self.lower))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Each of the words once."""
        return frozenset(WORD.findall(self.lower))

    @cached_property
    def spelled(self) -> list[str]:
        """Runs of letters in `lower`."""
        return LETTERS.findall(self.lower)

    def findings(self, matches: Iterable[Match]) -> tuple[Finding, ...]:
        """Matches in the plain text as findings in the original, marks and unseen characters behind each included."""
        found = {
            Finding(rule, self.origins[start], max(self.origins[end - 1] + 1, self.origins[end]))
            for rule, start, end in matches
        }
        return tuple(sorted(found, key=lambda finding: (finding.start, -finding.end, finding.rule.code)))
