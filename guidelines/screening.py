"""Where a text is screened: one question, one verdict, the same for the same text at any time (I9)."""

from guidelines.folding import Folded
from guidelines.language import unclean
from guidelines.privacy import personal_data
from guidelines.property import ConfidentialTerms, protected
from guidelines.verdict import Verdict

NO_TERMS = ConfidentialTerms()


def screen(text: str, terms: ConfidentialTerms = NO_TERMS, language: str | None = None) -> Verdict:
    """The verdict on a text under all three duties, in time that grows with its length and no faster.

    `terms` are the organization's confidential names. `language` (`en`, `de`, `es`, `fr`) is the text's own, where it
    is known; else it is guessed when a word is coarse in one language and harmless in another.
    """
    folded = Folded(text)
    return Verdict(folded.findings([*personal_data(folded), *protected(folded, terms), *unclean(folded, language)]))
