"""Elections written short: "42 A>B>C | 3 B" is 42 papers that rank A, B, C and three that rank B alone."""

import random
import re
from collections.abc import Iterable, Sequence
from itertools import permutations
from uuid import UUID, uuid5

from hypothesis import strategies as st

from services.voting.counting.papers import Rankings, Tally

A, B, C, D, E = (uuid5(UUID(int=0), letter) for letter in "ABCDE")
EVERY_ORDER = [order for length in (1, 2, 3, 4) for order in permutations((A, B, C, D), length)]


def option(name: str) -> UUID:
    """The option of this name."""
    return uuid5(UUID(int=0), name)


def papers(text: str) -> list[tuple[dict[UUID, int], int]]:
    """The papers of an election written short, each with how many there are of it."""
    lines = [line.strip().partition(" ") for line in text.split("|")]
    return [(ranks([option(name) for name in names.split(">")]), int(times)) for times, _, names in lines]


def listed(text: str) -> list[UUID]:
    """The options of an election written short, in the alphabet's order of their names."""
    return [option(name) for name in sorted(set(re.findall("[A-Za-z]+", text)))]


def rankings(text: str) -> Rankings:
    """The election folded."""
    folded = Rankings(listed(text))
    for paper, times in papers(text):
        folded.add(paper, times)
    return folded


def first_marks(text: str) -> Tally:
    """The same election, had every paper marked its first option alone."""
    tally = Tally(listed(text))
    for paper, times in papers(text):
        tally.add({option: 1 for option, rank in paper.items() if rank == 1}, times)
    return tally


def ranks(order: Sequence[UUID]) -> dict[UUID, int]:
    """The paper of an order, best first."""
    return {name: rank for rank, name in enumerate(order, 1)}


def random_orders(chance: random.Random, options: Sequence[UUID], voters: int) -> list[tuple[UUID, ...]]:
    """Orders of which most are cut short, so that papers run out and ties are common."""
    return [tuple(chance.sample(options, chance.randint(1, len(options)))) for _ in range(voters)]


def orders(least: int = 1) -> st.SearchStrategy[list[tuple[UUID, ...]]]:
    """Small elections over A to D with rankings cut short anywhere."""
    return st.lists(st.sampled_from(EVERY_ORDER), min_size=least, max_size=12)


def marks(lowest: int = 0, highest: int = 5) -> st.SearchStrategy[list[dict[UUID, int]]]:
    """Small elections over A to D with whole numbers as marks."""
    return st.lists(st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(lowest, highest)), max_size=12)


def as_papers(cast: Iterable[Sequence[UUID]]) -> list[dict[UUID, int]]:
    """The papers of orders."""
    return [ranks(order) for order in cast]
