"""Traces: one story of a request, from the gateway to the last consumer.

Sampling is decided once, where a trace begins, and obeyed everywhere (parent-based). What is not sampled costs a
microsecond or two: a quiet span that makes up its ids only if somebody wants to pass them on.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import Token
from dataclasses import dataclass
from random import random
from threading import Thread
from types import TracebackType

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from chassis.settings import Settings
from chassis.traceparent import Quiet, carrier, context_of, links_to, sampled, trace_id, well_formed
from contracts.messages import Refused

__all__ = ["batch", "begun", "carrier", "context_of", "links_to", "quietly", "span", "start", "stop", "trace_id"]

Value = str | bool | int | float

FLUSH = 5.0  # seconds that the last spans may take on the way out


@dataclass(frozen=True, slots=True)
class _Tracing:
    """What `start` set up."""

    tracer: Tracer
    provider: TracerProvider
    share: float


_tracing: _Tracing | None = None


def start(settings: Settings, service: str, processor: SpanProcessor | None = None) -> None:
    """Begin to trace, once per process; without an OTLP endpoint (and no `processor`) nothing is recorded."""
    global _tracing
    if _tracing is not None:
        raise RuntimeError("Tracing has begun already in this process.")
    endpoint = settings.otel_exporter_otlp_endpoint
    if processor is None and endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # 0.3 s, only where used

        processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces"))
    if processor is None:
        return
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "folkmoot",
            "service.instance.id": settings.replica,
            "deployment.environment.name": settings.environment,
        }
    )
    provider = TracerProvider(sampler=DEFAULT_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    _tracing = _Tracing(provider.get_tracer("folkmoot"), provider, settings.trace_sampling)


def stop(within: float = FLUSH) -> None:
    """Send what is left and stop tracing; waits at most `within` seconds. Blocks: call it last, or in a thread."""
    global _tracing
    tracing, _tracing = _tracing, None
    if tracing is None:
        return
    # The SDK waits up to half a minute for a collector that does not answer, and cannot be told otherwise.
    flushing = Thread(target=tracing.provider.shutdown, daemon=True)
    flushing.start()
    flushing.join(within)


class _Section(AbstractContextManager[Span]):
    """A stretch of work, between `with` and the end of its block."""

    __slots__ = ("_attributes", "_kind", "_links", "_name", "_parent", "_span", "_token")

    def __init__(
        self,
        name: str,
        kind: SpanKind,
        parent: str | None,
        links: Sequence[Link] | None,
        attributes: Mapping[str, Value] | None,
    ) -> None:
        self._name = name
        self._kind = kind
        self._parent = parent
        self._links = links
        self._attributes = attributes
        self._token: Token[Context] | None = None
        self._span: Span | None = None

    def __enter__(self) -> Span:
        current = get_current_span() if self._parent is None and self._links is None else INVALID_SPAN
        if current is INVALID_SPAN:
            span = self._begun()
        elif current.is_recording() and _tracing:
            span = self._recorded(_tracing, None)
        else:
            return current
        self._token = contexts.attach(set_span_in_context(span))
        return span

    def _begun(self) -> Span:
        """The first span of this process, or of a trace."""
        tracing = _tracing
        parent = self._parent if well_formed(self._parent) else None
        if tracing is None:
            return Quiet(parent)
        if parent is not None:
            return self._recorded(tracing, context_of(parent)) if sampled(parent) else Quiet(parent)
        if self._links or random() < tracing.share:
            return self._recorded(tracing, Context())
        return Quiet()

    def _recorded(self, tracing: _Tracing, context: Context | None) -> Span:
        links = self._links or ()
        span = tracing.tracer.start_span(self._name, context, self._kind, self._attributes, links)
        self._span = span
        return span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        span = self._span
        if span is not None:
            # A refusal is an answer. Of a fault only the kind is told: what it says may be somebody's words.
            if kind is not None and issubclass(kind, Exception) and not issubclass(kind, Refused):
                span.set_attribute("error.type", kind.__qualname__)
                span.set_status(StatusCode.ERROR)
            span.end()
        if self._token is not None:
            contexts.detach(self._token)


def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: Sequence[Link] | None = None,
    attributes: Mapping[str, Value] | None = None,
) -> AbstractContextManager[Span]:
    """A span around a block: a child of `parent` (a traceparent from elsewhere), else of the current span.

    With `links` (even none) and no parent it begins a trace of its own, recorded if any link is; without both, and
    outside any span, the sampling rate decides. A garbled `parent` counts as none.
    """
    return _Section(name, kind, parent, links, attributes)


def begun(name: str, kind: SpanKind, attributes: Mapping[str, Value]) -> Span | None:
    """A child of the current span that its caller ends; None where nothing is traced."""
    return _tracing.tracer.start_span(name, None, kind, attributes) if _tracing else None


def batch(
    name: str,
    kind: SpanKind,
    carriers: Sequence[str | None],
    attributes: Mapping[str, Value] | None = None,
) -> AbstractContextManager[Span]:
    """A span around work done for many at once: for one, part of its trace; for several, its own, linked to each.

    What one message caused travels together and counts as one.
    """
    first = carriers[0] if carriers else None
    if first is not None and all(one == first for one in carriers):
        return _Section(name, kind, first, None, attributes)
    return _Section(name, kind, None, links_to(carriers), attributes)


def quietly() -> AbstractContextManager[Span]:
    """A block that records nothing of its own, such as a polling loop; spans with a `parent` or `links` still are."""
    return _Hush()


class _Hush(AbstractContextManager[Span]):
    def __enter__(self) -> Span:
        span = Quiet()
        self._token = contexts.attach(set_span_in_context(span))
        return span

    def __exit__(self, *_: object) -> None:
        contexts.detach(self._token)
