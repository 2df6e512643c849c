"""The duty of intellectual property: what belongs to the organization or to others (I9)."""

import re
from collections.abc import Iterable, Iterator

from guidelines.credentials import credentials, passwords
from guidelines.folding import Folded, Match
from guidelines.phrases import Phrases
from guidelines.verdict import Rule

ANYWHERE = Phrases(
    ("all rights reserved", "alle Rechte vorbehalten", "todos los derechos reservados", "tous droits réservés")
)
AT_LINE_START = Phrases(
    (
        "strictly confidential", "company confidential", "confidential and proprietary", "internal use only",
        "for internal use only", "not for distribution", "do not distribute", "proprietary and confidential",
        "attorney-client privileged", "privileged and confidential", "commercial in confidence",
        "streng vertraulich", "vertraulich", "nur für den internen Gebrauch", "nur für den Dienstgebrauch",
        "nur zur internen Verwendung", "Betriebsgeheimnis",
        "estrictamente confidencial", "documento confidencial", "confidencial", "solo para uso interno", "uso interno",
        "prohibida su difusión", "prohibida su reproducción",
        "strictement confidentiel", "document confidentiel", "confidentiel", "à usage interne", "usage interne",
        "diffusion restreinte", "ne pas diffuser", "reproduction interdite", "confidential",
    )
)  # fmt: skip
LINE_LEAD = re.compile(r"[^\w\n]*$")
LINE_REST = re.compile(r"[ ]?(?:[-:|.!\])}*/]|$)", re.MULTILINE)
COPYRIGHT_SIGNS = ("©", "(c)", "copyright")
COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)[ ,]{0,2}(?:©|\(c\))?[ ,]{0,2}(?:19|20)\d\d\b")


class ConfidentialTerms:
    """The names an organization keeps to itself: unannounced products, clients, code names. Built once, kept."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        self._phrases = Phrases(terms)

    def matches(self, text: Folded) -> Iterator[Match]:
        """Where one of the names stands, however it is spaced, joined or capitalized."""
        for start, end in self._phrases.spans(text):
            yield Rule.CONFIDENTIAL_TERM, start, end


def protected(text: Folded, terms: ConfidentialTerms) -> Iterator[Match]:
    """Credentials, passwords, confidential names, and the markings of documents that are not for everybody."""
    yield from credentials(text)
    yield from passwords(text)
    yield from terms.matches(text)
    yield from markings(text)


def markings(text: Folded) -> Iterator[Match]:
    """Notices of copyright anywhere; marks of confidence where a document has them, alone at the start of a line.

    Within a sentence the same words are talk about confidence, which is welcome.
    """
    if any(sign in text.lower for sign in COPYRIGHT_SIGNS):
        for match in COPYRIGHT.finditer(text.lower):
            yield Rule.CONFIDENTIAL_MARKING, *match.span()
    for start, end in ANYWHERE.spans(text):
        yield Rule.CONFIDENTIAL_MARKING, start, end
    for start, end in AT_LINE_START.spans(text):
        lead = text.lower[max(0, start - 8) : start].rpartition("\n")[2]
        if LINE_LEAD.fullmatch(lead) and LINE_REST.match(text.lower, end):
            yield Rule.CONFIDENTIAL_MARKING, start, end
