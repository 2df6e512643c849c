"""Moments in time on the wire: always with their zone."""

from datetime import UTC, datetime

import strawberry
from strawberry.types.scalar import ScalarDefinition


def moment(text: str) -> datetime:
    """A moment from RFC 3339; refuses one without its zone, which would be another moment for everyone.

    Refuses too what is so near the edge of the calendar that it has no UTC.
    """
    try:
        time = datetime.fromisoformat(text)
        time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError("Give a time with its zone, such as 2026-11-23T12:00:00Z.")
    return time


TIME: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment: RFC 3339, always with its zone, such as 2026-11-23T12:00:00Z.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=datetime.isoformat,
        parse_value=moment,
    )
}
