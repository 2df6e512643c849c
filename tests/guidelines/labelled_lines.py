"""The labelled lines that screening is measured on, written for this purpose.

Three files of `language, rule or -, text`; ⟦ ⟧ stand around what breaks the rule. Lines about language are turned by
thirteen letters, so that nobody has to read them in passing. Keys and tokens are put together here, so that no scanner
mistakes a file for a leak.
"""

import codecs
from dataclasses import dataclass
from pathlib import Path

from guidelines.property import ConfidentialTerms
from guidelines.verdict import Duty, Rule

LABELLED = Path(__file__).parent / "labelled"
FILES = {
    Duty.PRIVACY: "privacy.tsv",
    Duty.INTELLECTUAL_PROPERTY: "property.tsv",
    Duty.CLEAN_LANGUAGE: "language.tsv",
}
LANGUAGES = ("en", "de", "es", "fr")
RULES = {rule.code: rule for rule in Rule}
TERMS = ConfidentialTerms(("Blue Heron", "Northwind merger", "Project Blue Heron"))
TERMS_BY_LANGUAGE = {
    "en": TERMS,
    "de": ConfidentialTerms(("Eisvogel", "Projekt Eisvogel")),
    "es": ConfidentialTerms(("Albatros", "Plan Albatros")),
    "fr": ConfidentialTerms(("Orphée", "Projet Orphée")),
}
LETTERS = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1B" * 3
SECRETS = {
    "{github}": "ghp" + "_" + LETTERS[:36],
    "{gitlab}": "glpat" + "-" + LETTERS[:20],
    "{aws}": "AKI" + "A" + LETTERS[:16].upper(),
    "{stripe}": "sk" + "_live_" + LETTERS[:24],
    "{slack}": "xox" + "b-" + "123456789012-" + LETTERS[:24],
    "{google}": "AI" + "za" + LETTERS[:35],
    "{model}": "sk" + "-proj-" + LETTERS[:40],
    "{npm}": "npm" + "_" + LETTERS[:36],
    "{jwt}": "ey" + "J" + LETTERS[:20] + ".ey" + "J" + LETTERS[:30] + "." + LETTERS[:43],
    "{private_key}": "-----BEGIN RSA " + "PRIVATE KEY-----\n" + LETTERS[:64] + "\n-----END RSA " + "PRIVATE KEY-----",
}


@dataclass(frozen=True)
class Line:
    """One labelled text. `secret` is what breaks `rule`; both are None in a harmless line."""

    duty: Duty
    language: str
    rule: Rule | None
    text: str
    secret: str | None

    @property
    def span(self) -> tuple[int, int]:
        """Where the secret stands."""
        assert self.secret is not None
        start = self.text.index(self.secret)
        return start, start + len(self.secret)


def labelled_lines(duty: Duty) -> list[Line]:
    """All lines of a duty."""
    lines = []
    for row in (LABELLED / FILES[duty]).read_text(encoding="utf-8").splitlines():
        language, rule, text = row.split("\t")
        if duty is Duty.CLEAN_LANGUAGE:
            text = codecs.decode(text, "rot13")
        for name, secret in SECRETS.items():
            text = text.replace(name, secret)
        before, _, rest = text.partition("⟦")
        secret, _, after = rest.partition("⟧")
        lines.append(Line(duty, language, RULES.get(rule), before + secret + after, secret or None))
    return lines
