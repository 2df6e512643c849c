"""Recognizes keys, tokens and passwords that open something."""

import re
from collections.abc import Iterator

from guidelines.folding import Folded, Match
from guidelines.verdict import Rule

START = r"(?<![A-Za-z0-9])"

# Each shape with letters that must be in the text before it is worth a look. Shapes are those the issuers publish;
# where one may fail at its end it can only begin at the edge of a word, so that no run of characters is read twice.
SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (hint, re.compile(shape))
    for hint, shape in (
        ("AKIA", rf"{START}AKIA[A-Z0-9]{{16}}"),
        ("ASIA", rf"{START}ASIA[A-Z0-9]{{16}}"),
        ("gh", r"gh[pousr]_[A-Za-z0-9]{36,}+"),
        ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
        ("glpat-", r"glpat-[\w-]{20,}+"),
        ("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,}+"),
        ("hooks.slack.com", r"hooks\.slack\.com/services/[\w/]{20,}+"),
        ("k_live_", r"[prs]k_live_[A-Za-z0-9]{16,}+"),
        ("k_test_", r"[prs]k_test_[A-Za-z0-9]{16,}+"),
        ("whsec_", r"whsec_[A-Za-z0-9+/=]{24,}+"),
        ("AIza", r"AIza[\w-]{35,}+"),
        ("GOCSPX-", r"GOCSPX-[\w-]{20,}+"),
        ("ya29.", r"ya29\.[\w-]{20,}+"),
        ("sk-", rf"{START}sk-[A-Za-z0-9][\w-]{{19,}}+"),
        ("npm_", r"npm_[A-Za-z0-9]{36,}+"),
        ("pypi-", r"pypi-[\w-]{50,}+"),
        ("SG.", rf"{START}SG\.[\w-]{{16,32}}\.[\w-]{{16,}}+"),
        ("hf_", rf"{START}hf_[A-Za-z0-9]{{30,}}+"),
        ("dop_v1_", r"dop_v1_[a-f0-9]{64,}+"),
        ("shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32,}+"),
        (":AA", r"(?<!\d)\d{8,10}:AA[\w-]{33,}+"),
        ("eyJ", r"(?<![\w-])eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+(?:\.[\w-]*+)?"),
        ("AccountKey=", r"AccountKey=[A-Za-z0-9+/]{40,}+={0,2}"),
        ("earer ", r"(?i:bearer) [\w.~+/-]{24,}+=*+"),
    )
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
PRIVATE_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")

IN_ADDRESS = re.compile(r"://[^\s/:@]{1,64}:([^\s/@]{3,128})@")
NAMES = (
    "password|passwd|passcode|passphrase|pwd|passwort|kennwort|zugangscode|contrasena|clave|mot de passe|mdp|"
    "secret|api[ _-]?key|secret[ _-]?key|access[ _-]?key|auth[ _-]?token|access[ _-]?token|token"
)
NAMED = re.compile(
    rf"(?:{NAMES})[\"']?\s{{0,3}}(?P<by>:=|=>|[:=]|\b(?:is|ist|lautet|es|est)\b:?)\s{{0,3}}[\"'`]?([^\s\"'`]{{6,200}})"
)
NAME_HINTS = ("pass", "pwd", "kennwort", "zugangscode", "contrasena", "clave", "mdp", "secret", "key", "token")
PIN = re.compile(
    r"\b(?:pin|cvv|cvc|tan|otp)(?: code| number|-code|-nummer)?\s{0,2}"
    r"(?:[:=]|\b(?:is|ist|lautet|es|est)\b)\s{0,3}(\d{3,8})(?!\d)"
)
PIN_HINTS = ("pin", "cvv", "cvc", "tan", "otp")
PLACEHOLDERS = ("<", "{", "[", "$", "%", "http", "*", "x" * 4, "...")


def credentials(text: Folded) -> Iterator[Match]:
    """Private keys, and tokens of the shapes that well-known services hand out."""
    yield from private_keys(text.plain)
    for hint, shape in SHAPES:
        if hint in text.plain:
            for match in shape.finditer(text.plain):
                yield Rule.CREDENTIAL, *match.span()


def private_keys(plain: str) -> Iterator[Match]:
    """From a key's first line to its last; without a last line, all that follows may be key."""
    end = 0
    while begin := PRIVATE_KEY.search(plain, end):
        last = PRIVATE_KEY_END.search(plain, begin.end())
        end = last.end() if last else len(plain)
        yield Rule.CREDENTIAL, begin.start(), end


def passwords(text: Folded) -> Iterator[Match]:
    """Passwords and codes given away beside their name, or inside the address of a service."""
    if "://" in text.plain:
        for match in IN_ADDRESS.finditer(text.plain):
            yield Rule.PASSWORD, *match.span(1)
    if any(hint in text.lower for hint in NAME_HINTS):
        for match in NAMED.finditer(text.lower):
            if is_given_away(match[2].rstrip(".,;:!?)"), assigned=not match["by"].isalpha()):
                yield Rule.PASSWORD, *match.span(2)
    if any(hint in text.lower for hint in PIN_HINTS):
        for match in PIN.finditer(text.lower):
            yield Rule.PASSWORD, *match.span(1)


def is_given_away(value: str, assigned: bool) -> bool:
    """Whether this is a password and not a word about passwords: it mixes letters with figures or signs."""
    if len(value) < 6 or value.startswith(PLACEHOLDERS):
        return False
    has_letter, has_digit = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    return has_digit if assigned else has_letter and has_digit
