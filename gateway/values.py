"""Values walked by their types: how one that must be there, and one that may be missing, is turned into another."""

from collections.abc import Callable
from typing import Any

Turn = Callable[[Any], Any]


class Odd(Exception):
    """A value that is not as its type declares. graphql-core goes its long way then, and says why."""


def present(turn: Turn) -> Turn:
    """For a value that must be there; Odd where it is not."""

    def turned(value: Any) -> Any:
        if value is None:
            raise Odd
        return turn(value)

    return turned


def nullable(turn: Turn) -> Turn:
    """For a value that may be missing: nothing stays nothing."""
    return lambda value: None if value is None else turn(value)
