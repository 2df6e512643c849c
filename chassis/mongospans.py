"""What MongoDB was asked within a traced request: a span per command, never what it said."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from chassis import telemetry

Key = tuple[int, Any]


class MongoSpans(CommandListener):
    """A listener for `event_listeners` of a client. It records only below a span that is being recorded itself."""

    def __init__(self) -> None:
        self._open: dict[Key, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Begin a span named after the command and its collection; nothing of the command's content goes in."""
        if not get_current_span().is_recording():
            return
        begun = telemetry.begun(_name(event), SpanKind.CLIENT, _about(event))
        if begun is not None:
            self._open[event.request_id, event.connection_id] = begun

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """End the span."""
        if self._open and (span := self._open.pop((event.request_id, event.connection_id), None)):
            span.end()

    def failed(self, event: CommandFailedEvent) -> None:
        """End the span with the name and number of the error."""
        if self._open and (span := self._open.pop((event.request_id, event.connection_id), None)):
            failure: Mapping[str, Any] = event.failure
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", str(failure.get("codeName") or failure.get("errtype") or "unknown"))
            span.set_attribute("db.response.status_code", str(failure.get("code", "")))
            span.end()


def _collection(event: CommandStartedEvent) -> str | None:
    named = event.command.get(event.command_name)
    return named if isinstance(named, str) else None


def _name(event: CommandStartedEvent) -> str:
    return f"{event.command_name} {_collection(event) or event.database_name}"


def _about(event: CommandStartedEvent) -> dict[str, telemetry.Value]:
    """The stable semantic conventions for databases."""
    about: dict[str, telemetry.Value] = {
        "db.system.name": "mongodb",
        "db.namespace": event.database_name,
        "db.operation.name": event.command_name,
    }
    if collection := _collection(event):
        about["db.collection.name"] = collection
    if event.connection_id:
        about["server.address"] = event.connection_id[0]
        about["server.port"] = event.connection_id[1] or 27017
    return about
