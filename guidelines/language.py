"""The duty of clean language: coarse words and slurs in English, German, Spanish and French (I9)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from guidelines.disguises import DRAWN_OUT, Disguises
from guidelines.folding import LETTERS, Folded, Match
from guidelines.phrases import Phrases
from guidelines.tongue import language_of
from guidelines.verdict import Rule
from guidelines.words import ALSO_NAMES, COARSE, COARSE_IN, PHRASES, SLURS, SLURS_IN, STEMS, WITH_TILDE

CHUNK = re.compile(r"\S+")
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
    words = frozenset(text.spelled)
    wanted = words & (COARSE | SLURS | WITH_TILDE)
    wanted |= {word for stem in STEMS if stem in text.lower for word in words if stem in word}
    if words & OF_ONE_LANGUAGE:
        spoken = language or language_of(text.spelled) or ""
        wanted |= words & (COARSE_IN.get(spoken, frozenset()) | SLURS_IN.get(spoken, frozenset()))
    for token in LETTERS.finditer(text.lower) if wanted else ():
        if token[0] in wanted and not is_another_word(text, token):
            yield rule_for(token[0]), *token.span()


def drawn_out_words(text: Folded) -> Iterator[Match]:
    """Listed words with letters repeated."""
    suspects = {token for token in set(text.spelled) if DRAWN_OUT.search(token)}
    yield from wherever(LETTERS, {token: word for token in suspects if (word := LISTED.drawn_out(token))}, text)


def disguised_words(text: Folded) -> Iterator[Match]:
    """Listed words behind figures, signs, stars and punctuation."""
    suspects = {chunk for chunk in text.lower.split() if not chunk.strip(PUNCTUATION).isalpha()}
    yield from wherever(CHUNK, {chunk: word for chunk in suspects if (word := LISTED.word_behind(chunk))}, text)


def wherever(piece: re.Pattern[str], found: Mapping[str, str], text: Folded) -> Iterator[Match]:
    """Each place where one of the found pieces of text stands."""
    for match in piece.finditer(text.lower) if found else ():
        if match[0] in found:
            yield rule_for(found[match[0]]), *match.span()


def is_another_word(text: Folded, token: re.Match[str]) -> bool:
    """Whether a listed word is a harmless one here: without its tilde, or with the capital letter of a name."""
    if token[0] in WITH_TILDE:
        return not has_tilde(text, token)
    return token[0] in ALSO_NAMES and text.plain[token.start() : token.end()].istitle()


def has_tilde(text: Folded, token: re.Match[str]) -> bool:
    """Whether the word was written with its tilde, composed or not."""
    written = text.original[text.origins[token.start()] : text.origins[token.end()]]
    return "ñ" in unicodedata.normalize("NFC", written).casefold()


def rule_for(word: str) -> Rule:
    """The rule that a listed word breaks."""
    return Rule.SLUR if word in SLURS or any(word in slurs for slurs in SLURS_IN.values()) else Rule.COARSE_WORD
