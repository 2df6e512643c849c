"""Guesses which language a text is in, from the small words that only one of ours has."""

from collections import Counter
from collections.abc import Iterable

SMALL_WORDS = {
    "en": "the is are you your my this it and of to what with i how can have not for been they she he we there why so",
    "de": "der das und ist nicht ich du ein eine mein dein mit fur den auf sie wir zu wie von dem im bei noch hat bin",
    "es": "el los las en una por mi con para se esta muy como pero yo al lo del y mas eres soy hay ya este son",
    "fr": "le les des et est je mon ma pas vous du dans pour ce cette qui avec nous ils elle au sur ne sont mes il",
}
LANGUAGE_OF = {word: language for language, words in SMALL_WORDS.items() for word in words.split()}


def language_of(words: Iterable[str]) -> str | None:
    """`en`, `de`, `es` or `fr`; None where no small word decides, or two languages have as many.

    Words are in small letters and without accents.
    """
    counts = Counter(LANGUAGE_OF[word] for word in words if word in LANGUAGE_OF)
    leading = counts.most_common(2)
    if not leading or (len(leading) == 2 and leading[0][1] == leading[1][1]):
        return None
    return leading[0][0]
