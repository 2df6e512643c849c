"""When an event was recorded, by the server's own timestamps: the order of the journal (P18, P21)."""

from datetime import datetime

from bson import Timestamp

SERVER_TIME = Timestamp(0, 0)  # the server fills this in as it writes, inside a transaction too (P18)


def moment(value: Timestamp | None) -> str:
    """A server timestamp as text for a header."""
    return f"{value.time}.{value.inc}" if value else "0.0"


def moment_of(text: str) -> Timestamp:
    """The server timestamp of a header. Raises `ValueError` if it is none."""
    seconds, _, order = text.partition(".")
    return Timestamp(int(seconds), int(order or 0))


def as_moment(at: datetime) -> Timestamp:
    """The first server timestamp of a second."""
    return Timestamp(int(at.timestamp()), 0)
