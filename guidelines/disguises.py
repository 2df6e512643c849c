"""Undoes the spellings that hide a word from a list: figures for letters, stars, gaps, drawn-out letters."""

import re
from collections.abc import Iterator, Set
from itertools import groupby

# What each sign is drawn to look like; the figure one and the exclamation mark are drawn for two letters.
AS_I = str.maketrans("013457@$!|€8+", "oieastasiieb" + "t")
AS_L = str.maketrans("013457@$!|€8+", "oleastaslleb" + "t")
DRAWN_FOR_TWO = frozenset("1!|")
SIGNS = re.compile(r"[a-z0-9@$!|€+]+")
BREAKS = re.compile(r"[._\-'*~/\\,:;^`\"]+")
DRAWN_OUT = re.compile(r"([a-z])\1\1|aa|ee|ii|oo|uu")  # a doubled consonant is more often a name or another word
STARS = frozenset("*#%_")
STARRED = re.compile(r"[a-z][a-z*#%_@$!]+[a-z]|[a-z]{2}[*#]{2,}")
LONGEST = 40  # a longer run of signs is no word in disguise
LETTER_BY_LETTER = re.compile(r"(?<![^\W_])[a-z0-9@$](?:[ .\-_*/]{1,3}[a-z0-9@$](?![^\W_]))++")
SPACED_WORD_MIN = 4


class Disguises:
    """A word list, prepared to be found however its words are spelled."""

    def __init__(self, words: Set[str]) -> None:
        self._words = words
        self._lengths = sorted({len(word) for word in words if len(word) >= SPACED_WORD_MIN}, reverse=True)
        self.outlines: dict[str, list[str]] = {}
        self._starred: dict[tuple[str, int], list[str]] = {}
        for word in sorted(words):
            self.outlines.setdefault(outline(word), []).append(word)
            self._starred.setdefault((word[0], len(word)), []).append(word)

    def word_behind(self, chunk: str) -> str | None:
        """The listed word that a run of signs without space stands for. Its plain parts are not looked at."""
        if len(chunk) > LONGEST:
            return None
        joined = BREAKS.sub("", chunk)
        for spelled in (joined,) if joined.isalpha() else (chunk, joined):
            for candidate in spellings(spelled):
                if word := self.drawn_out(candidate):
                    return word
        return self.behind_stars(chunk)

    def drawn_out(self, token: str) -> str | None:
        """The listed word of which a token repeats letters, or the word itself."""
        if token in self._words:
            return token
        if not DRAWN_OUT.search(token):
            return None
        for word in self.outlines.get(outline(token), ()):
            if all(given >= listed for given, listed in zip(runs(token), runs(word), strict=True)):
                return word
        return None

    def behind_stars(self, chunk: str) -> str | None:
        """The listed word of which some letters are starred out, the first and one more being left."""
        starred = STARRED.search(chunk)
        if starred is None or not STARS.intersection(starred[0]):
            return None
        shown = starred[0].translate(AS_I)
        for word in self._starred.get((shown[0], len(shown)), ()):
            if all(given == letter or given in STARS for given, letter in zip(shown, word, strict=True)):
                return word
        return None

    def spaced_out(self, lower: str) -> Iterator[tuple[str, int, int]]:
        """Listed words of four letters or more that are written letter by letter, with where they stand."""
        for match in LETTER_BY_LETTER.finditer(lower):
            places = [place for place in range(*match.span()) if lower[place].isalnum() or lower[place] in "@$"]
            letters = "".join(lower[place] for place in places).translate(AS_I)
            first = 0
            while first < len(letters):
                tries = (letters[first : first + length] for length in self._lengths)
                word = next((tried for tried in tries if tried in self._words), None)
                if word:
                    yield word, places[first], places[first + len(word) - 1] + 1
                first += len(word or "1")


def spellings(chunk: str) -> Iterator[str]:
    """What the signs of a chunk may be read as. Two true letters are needed: `455` is a number, `a55` a road."""
    for signs in SIGNS.findall(chunk):
        token = signs.strip("!|+@")
        if sum(map(str.isalpha, token)) >= 2:
            yield token.translate(AS_I)
            if not DRAWN_FOR_TWO.isdisjoint(token):
                yield token.translate(AS_L)


def outline(word: str) -> str:
    """A word with each run of a letter drawn together to one."""
    return "".join(letter for letter, _ in groupby(word))


def runs(word: str) -> list[int]:
    """How often each letter of the outline is repeated."""
    return [len(list(run)) for _, run in groupby(word)]
