"""Finds set phrases in a text, however they are spaced, joined or capitalized."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from guidelines.folding import Folded


class Phrases:
    """Phrases to look for. `Blue Heron` is also found in `blue-heron`, `BLUE_HERON` and `#blueheron`."""

    def __init__(self, phrases: Iterable[str]) -> None:
        # by the longest word, which is the rarest: most texts are done with after one comparison of sets
        self._by_longest: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        for phrase in phrases:
            words = tuple(word[0] for word in Folded(phrase).words)
            for spelled in (words, ("".join(words),)) if words else ():
                self._by_longest[max(spelled, key=len)].add(spelled)

    def spans(self, text: Folded) -> Iterator[tuple[int, int]]:
        """Where a phrase stands in the plain text."""
        if self._by_longest.keys().isdisjoint(text.vocabulary):
            return
        words = text.words
        for place, word in enumerate(words):
            for phrase in self._by_longest.get(word[0], ()):
                first = place - phrase.index(word[0])
                if first >= 0 and tuple(word[0] for word in words[first : first + len(phrase)]) == phrase:
                    yield words[first].start(), words[first + len(phrase) - 1].end()
