"""What a screening finds: three duties, their rules, and what each rule does to a text (I9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum


class Duty(StrEnum):
    """What every contributor owes the community."""

    INTELLECTUAL_PROPERTY = "intellectual_property"
    PRIVACY = "privacy"
    CLEAN_LANGUAGE = "clean_language"


class Outcome(StrEnum):
    """What becomes of a text: shown at once, shown once a moderator agrees, or sent back."""

    PUBLISH = "publish"
    HOLD = "hold"
    REFUSE = "refuse"


class Rule(Enum):
    """One rule of the guidelines. The value is its name everywhere; `advice` is what the author is told.

    Refused is only what a machine can know: a working key, a card number whose check digit fits, a slur spelled out in
    a list. All else is held, for a person to look at.
    """

    EMAIL = ("email", Duty.PRIVACY, Outcome.HOLD, "Leave out the e-mail address of a person.")
    PHONE = ("phone", Duty.PRIVACY, Outcome.HOLD, "Leave out the phone number.")
    PAYMENT_CARD = ("payment_card", Duty.PRIVACY, Outcome.REFUSE, "Take out the number of the payment card.")
    IBAN = ("iban", Duty.PRIVACY, Outcome.HOLD, "Leave out the bank account number.")
    NATIONAL_ID = ("national_id", Duty.PRIVACY, Outcome.HOLD, "Leave out the identity or tax number of a person.")
    CREDENTIAL = (
        "credential",
        Duty.INTELLECTUAL_PROPERTY,
        Outcome.REFUSE,
        "Take out the key or token, and have it replaced: whoever saw it may have copied it.",
    )
    PASSWORD = ("password", Duty.INTELLECTUAL_PROPERTY, Outcome.HOLD, "Leave out the password, and change it.")
    CONFIDENTIAL_TERM = (
        "confidential_term",
        Duty.INTELLECTUAL_PROPERTY,
        Outcome.HOLD,
        "Leave out the name that the organization keeps confidential.",
    )
    CONFIDENTIAL_MARKING = (
        "confidential_marking",
        Duty.INTELLECTUAL_PROPERTY,
        Outcome.HOLD,
        "This seems to be copied from a document marked as confidential or as somebody's property. Use your own words.",
    )
    COARSE_WORD = ("coarse_word", Duty.CLEAN_LANGUAGE, Outcome.HOLD, "Say it without the coarse word.")
    SLUR = ("slur", Duty.CLEAN_LANGUAGE, Outcome.REFUSE, "Take out the word that degrades people.")

    def __init__(self, code: str, duty: Duty, outcome: Outcome, advice: str) -> None:
        self.code = code
        self.duty = duty
        self.outcome = outcome
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule broken by `text[start:end]`, counted in characters of the text as it was handed in."""

    rule: Rule
    start: int
    end: int


SEVERITY = (Outcome.PUBLISH, Outcome.HOLD, Outcome.REFUSE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a text and why: the gravest outcome of its findings, which stand in the order of the text."""

    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Publish where nothing was found."""
        return max((finding.rule.outcome for finding in self.findings), key=SEVERITY.index, default=Outcome.PUBLISH)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules broken, each once, in the order of the text: what the author is told."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))

    def about(self, *duties: Duty) -> Sequence[Finding]:
        """The findings under these duties alone."""
        return [finding for finding in self.findings if finding.rule.duty in duties]
