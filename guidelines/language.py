"""The duty of clean language: coarse words and slurs in English, German, Spanish and French (I9)."""

import re
import unicodedata
from collections.abc import Iterator

from guidelines.disguises import Disguises
from guidelines.folding import Folded, Match
from guidelines.phrases import Phrases
from guidelines.tongue import language_of
from guidelines.verdict import Rule
from guidelines.words import COARSE, COARSE_IN, PHRASES, SLURS, SLURS_IN, STEMS, WITH_TILDE

LETTERS = re.compile(r"[^\W\d_]+")
CHUNK = re.compile(r"\S+")
REPEATED = re.compile(r"([a-z])\1+")
PUNCTUATION = ".,;:!?\"'()[]{}<>«»¿¡`/-"
LISTED = Disguises(COARSE | SLURS)
SET_PHRASES = Phrases(PHRASES)
OF_ONE_LANGUAGE = frozenset().union(*COARSE_IN.values(), *SLURS_IN.values())


def unclean(text: Folded, language: str | None) -> Iterator[Match]:
    """Listed words, disguised ones, and set phrases. `language` is guessed where it is not told."""
    for start, end in SET_PHRASES.spans(text):
        yield Rule.COARSE_WORD, start, end
    for word, start, end in LISTED.spaced_out(text.lower):
        yield rule_for(word), start, end
    yield from plain_words(text, language)
    yield from drawn_out_words(text)
    yield from disguised_words(text)


def plain_words(text: Folded, language: str | None) -> Iterator[Match]:
    """Words that stand in a list as they are spelled, or are built around a stem."""
    spelled = LETTERS.findall(text.lower)
    words = frozenset(spelled)
    wanted = words & (COARSE | SLURS | WITH_TILDE)
    wanted |= {word for stem in STEMS if stem in text.lower for word in words if stem in word}
    if words & OF_ONE_LANGUAGE:
        spoken = language or language_of(spelled)
        wanted |= words & (COARSE_IN.get(spoken or "", frozenset()) | SLURS_IN.get(spoken or "", frozenset()))
    for token in LETTERS.finditer(text.lower) if wanted else ():
        if token[0] in wanted and (token[0] not in WITH_TILDE or has_tilde(text, token)):
            yield rule_for(token[0]), *token.span()


def drawn_out_words(text: Folded) -> Iterator[Match]:
    """Listed words with letters repeated."""
    if LISTED.outlines.keys().isdisjoint(LETTERS.findall(REPEATED.sub(r"\1", text.lower))):
        return
    for token in LETTERS.finditer(text.lower):
        if word := LISTED.drawn_out(token[0]):
            yield rule_for(word), *token.span()


def disguised_words(text: Folded) -> Iterator[Match]:
    """Listed words behind figures, signs, stars and punctuation."""
    for chunk in CHUNK.finditer(text.lower):
        if not chunk[0].strip(PUNCTUATION).isalpha() and (word := LISTED.word_behind(chunk[0])):
            yield rule_for(word), *chunk.span()


def has_tilde(text: Folded, token: re.Match[str]) -> bool:
    """Whether the word was written with its tilde, composed or not."""
    written = text.original[text.origins[token.start()] : text.origins[token.end()]]
    return "ñ" in unicodedata.normalize("NFC", written).casefold()


def rule_for(word: str) -> Rule:
    """The rule that a listed word breaks."""
    return Rule.SLUR if word in SLURS or any(word in slurs for slurs in SLURS_IN.values()) else Rule.COARSE_WORD
