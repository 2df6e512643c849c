"""Traces on the wire: the W3C traceparent header, written, read, and passed on where nobody records."""

import re
from collections.abc import Iterable
from random import getrandbits

from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    SpanContext,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
ODD = frozenset("13579bdf")  # the last hexadecimal digit of the flags of what is sampled


class Quiet(NonRecordingSpan):
    """A span that nobody will see. It still has ids, so that logs and later spans agree on the trace."""

    def __init__(self, traceparent: str | None = None) -> None:
        self._traceparent = traceparent

    def get_span_context(self) -> SpanContext:
        """The ids, made up on the first call where there were none."""
        found = parsed(self.traceparent)
        return found or INVALID_SPAN.get_span_context()

    @property
    def traceparent(self) -> str:
        """The W3C header that continues this trace, unseen."""
        if self._traceparent is None:
            self._traceparent = f"00-{getrandbits(128) | 1:032x}-{getrandbits(64) | 1:016x}-00"
        return self._traceparent


def carrier() -> str | None:
    """The current span as a W3C traceparent, to be sent or stored; None outside any span."""
    current = get_current_span()
    if isinstance(current, Quiet):
        return current.traceparent
    ids = current.get_span_context()
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags & 1:02x}" if ids.is_valid else None


def trace_id() -> str | None:
    """The id of the current trace, for logs and for whoever reports a fault; None outside any span."""
    current = carrier()
    return current[3:35] if current else None


def context_of(traceparent: str | None) -> Context:
    """The context that a traceparent names; an empty one where it names none."""
    found = parsed(traceparent)
    return set_span_in_context(NonRecordingSpan(found), Context()) if found else Context()


def links_to(carriers: Iterable[str | None]) -> tuple[Link, ...]:
    """Links to the spans among these that are recorded, each once."""
    wanted = dict.fromkeys(one for one in carriers if one and sampled(one))
    return tuple(Link(found) for found in map(parsed, wanted) if found)


def well_formed(traceparent: str | None) -> bool:
    """Whether this names a span."""
    return traceparent is not None and TRACEPARENT.fullmatch(traceparent) is not None


def sampled(traceparent: str) -> bool:
    """Whether the span that this well-formed header names is recorded."""
    return traceparent[54:55] in ODD


def parsed(traceparent: str | None) -> SpanContext | None:
    """The ids that a header names; None where it is garbled."""
    match = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None:
        return None
    flags = TraceFlags(int(match[3], 16) & 1)
    return SpanContext(int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=flags)
