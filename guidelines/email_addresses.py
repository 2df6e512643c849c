"""Recognizes e-mail addresses, written plainly or spelled out."""

import re
from collections.abc import Iterator

from guidelines.folding import Match
from guidelines.verdict import Rule

# Every quantifier is bounded and no two neighbours share a character, so each @ costs the same however long the text.
AT_SIGN = re.compile(r"@\s{0,2}")
AT_IN_BRACKETS = re.compile(r"[\[({<]\s?a(?:t|rroba|robase)\s?[\])}>]\s{0,2}")
AT_SPOKEN = re.compile(r"a(?:t|rroba|robase)\s{1,2}")
LABEL = r"[^\W_](?:[\w-]{0,62})"
DOT = r"(?:\.|\s{0,2}[\[({<]\s?(?:dot|punkt|punto|point)\s?[\])}>]\s{0,2}|\s(?:dot|punkt|punto|point)\s)"
DOMAIN = re.compile(rf"{LABEL}(?:{DOT}{LABEL}){{0,6}}{DOT}[^\W\d_]{{2,24}}(?![^\W_])")
LOCAL = frozenset(".!#$%&'*+-/=?^_`{|}~")
LOCAL_MAX = 64

# Said as a word, "at" is ordinary English: then only these endings make an address.
COMMON_ENDINGS = frozenset(("com", "org", "net", "edu", "gov", "info", "io", "eu", "de", "fr", "es", "uk", "ch"))

# An address of a desk, not of a person.
DESKS = frozenset(
    ("noreply", "no-reply", "donotreply", "do-not-reply", "support", "info", "help", "helpdesk", "git", "postmaster")
) | {"webmaster", "abuse", "press", "sales"}


def email_addresses(lower: str) -> Iterator[Match]:
    """Addresses of persons; those of desks (`support@`, `noreply@`) are nobody's personal data."""
    for mark in (AT_SIGN, AT_IN_BRACKETS, AT_SPOKEN):
        for at in mark.finditer(lower):
            before = lower[max(0, at.start() - 2) : at.start()]
            end = at.start() - len(before) + len(before.rstrip())
            start = local_start(lower, end)
            local = lower[start:end].strip(".'")
            if not local or local in DESKS or (mark is AT_SPOKEN and end == at.start()):
                continue
            domain = DOMAIN.match(lower, at.end())
            if domain and (mark is not AT_SPOKEN or reads_as_address(local, domain[0])):
                yield Rule.EMAIL, start, domain.end()


def reads_as_address(local: str, domain: str) -> bool:
    """Whether "x at y" is an address and not plain English: the dot is spelled out too, or x is no plain word."""
    return re.split(r"\W+", domain)[-1] in COMMON_ENDINGS and (" " in domain or not local.isalpha())


def local_start(lower: str, end: int) -> int:
    """Where the part in front of the @ begins."""
    start = end
    while start > max(0, end - LOCAL_MAX) and (lower[start - 1].isalnum() or lower[start - 1] in LOCAL):
        start -= 1
    return start
