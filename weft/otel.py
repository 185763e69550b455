"""Spans and metrics by OpenTelemetry: the only module that knows it.

A program that has set up OpenTelemetry gets weft's spans where its own go. Otherwise the SDK is set
up here, once in a process, by the standard OTEL_* variables. Whatever the SDK, a processor or an
exporter does, a conversation goes on: what they raise ends in the log.
"""

import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from typing import Any, Final, Literal, Protocol

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from weft import trace_names as names
from weft.clock import Clock
from weft.errors import ConfigError, Mistake
from weft.tracing import NS_PER_S, Attributes, Span
from weft.tracing import SpanKind as Kind

SCOPE: Final = "weft"
_KINDS: Final = {
    "internal": SpanKind.INTERNAL,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
_TRACEPARENT: Final = TraceContextTextMapPropagator()
_OTLP: Final = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}

Blanked = Callable[[object], Awaitable[object]]
"""Takes out of a JSON value what must not leave."""

logger = logging.getLogger(__name__)


class Histogram(Protocol):
    """What a value is added to."""

    def record(self, amount: float, attributes: Attributes) -> None:
        """Add a value."""
        ...


class Counter(Protocol):
    """What one is added to."""

    def add(self, amount: int, attributes: Attributes) -> None:
        """Add some."""
        ...


class OtelTracing:
    """A `Tracing` that gives everything to OpenTelemetry."""

    def __init__(
        self,
        tracers: trace.TracerProvider,
        meters: metrics.MeterProvider,
        clock: Clock,
        *,
        exports_words: bool = False,
        blanked: Blanked | None = None,
    ) -> None:
        """Keep where things go; `blanked` is for words, where they are exported at all."""
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        self._histograms: dict[str, Histogram] = {
            each.name: meter.create_histogram(
                each.name,
                unit=each.unit,
                description=each.description,
                explicit_bucket_boundaries_advisory=each.boundaries,
            )
            for each in names.METRICS
        }
        self._counters: dict[str, Counter] = {
            each.name: meter.create_counter(each.name, unit=each.unit, description=each.description)
            for each in names.COUNTS
        }
        self._clock = clock
        # On virtual time, spans are as long as the conversation believes they are.
        self._began_ns = time.time_ns() - round(clock.now_s() * NS_PER_S)
        self._exports_words = exports_words
        self._blanked = blanked

    @property
    def exports_words(self) -> bool:
        """Whether what was said, asked and found may be in attributes."""
        return self._exports_words

    def now_ns(self) -> int:
        """Nanoseconds since 1970, of the session's clock."""
        if self._clock.virtual:
            return self._began_ns + round(self._clock.now_s() * NS_PER_S)
        return time.time_ns()

    def begin(
        self,
        name: str,
        *,
        parent: str | None,
        attributes: Attributes,
        kind: Kind = "internal",
        began_ns: int | None = None,
        linked: str | None = None,
    ) -> Span:
        """Begin a span; one that cannot be begun does nothing, and those below it go on."""
        with _harmless():
            other = trace.get_current_span(_context(linked)).get_span_context()
            span = self._tracer.start_span(
                name,
                context=_context(parent),
                kind=_KINDS[kind],
                attributes=attributes,
                links=[Link(other)] if other.is_valid else None,
                start_time=self.now_ns() if began_ns is None else began_ns,
            )
            return OtelSpan(span, parent, self.now_ns)
        return OtelSpan(trace.INVALID_SPAN, parent, self.now_ns)

    def measure(self, metric: names.Metric, value: float, attributes: Attributes) -> None:
        """Add a value to a histogram."""
        with _harmless():
            self._histograms[metric.name].record(value, attributes)

    def count(self, counted: names.Count, attributes: Attributes) -> None:
        """Add one to a count."""
        with _harmless():
            self._counters[counted.name].add(1, attributes)

    async def words(self, value: object) -> str:
        """Give a JSON value, without the personal data that the configuration takes out of it."""
        if not self._exports_words:
            return ""
        with _harmless():
            # First taken out, then written: an escaped line break could hide what begins a line.
            kept = value if self._blanked is None else await self._blanked(value)
            return kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)
        return ""


class OtelSpan:
    """A `Span` of OpenTelemetry."""

    def __init__(self, span: trace.Span, parent: str | None, now_ns: Callable[[], int]) -> None:
        """Keep the span; where it is none, what lies below it hangs on its parent."""
        self._span = span
        self._now_ns = now_ns
        carrier: dict[str, str] = {}
        _TRACEPARENT.inject(carrier, trace.set_span_in_context(span, Context()))
        self._traceparent = carrier.get("traceparent", parent)

    @property
    def traceparent(self) -> str | None:
        """The address under which others hang their spans below this one."""
        return self._traceparent

    def set(self, attributes: Attributes) -> None:
        """Add attributes."""
        with _harmless():
            self._span.set_attributes(attributes)

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happened now."""
        with _harmless():
            self._span.add_event(name, attributes, self._now_ns())

    def end(self, *, error: str | None = None) -> None:
        """End it now."""
        with _harmless():
            if error is not None:
                # The kind alone: what an error says may repeat what somebody has said.
                self._span.set_attribute(names.ERROR, error)
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end(self._now_ns())


def make_tracing(clock: Clock, *, exports_words: bool, blanked: Blanked | None) -> OtelTracing:
    """Make the tracing of one session or worker.

    Raises ConfigError when the OTEL_* variables ask for what cannot be had.
    """
    try:
        tracers, meters = _providers()
    except Exception as error:  # whatever an exporter says about its variables
        message = f"OpenTelemetry cannot be set up: {type(error).__name__}: {error}"
        raise ConfigError(None, [Mistake("telemetry.traces", None, message)]) from error
    return OtelTracing(tracers, meters, clock, exports_words=exports_words, blanked=blanked)


@cache
def _providers() -> tuple[trace.TracerProvider, metrics.MeterProvider]:
    """Give those of the program, or make some that export as the environment says."""
    programs = trace.get_tracer_provider()
    if not isinstance(programs, trace.ProxyTracerProvider):
        return programs, metrics.get_meter_provider()
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create()
    if str(resource.attributes.get("service.name")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": SCOPE}))
    tracers = TracerProvider(resource=resource)
    for made in _exporters("traces"):
        # Exports in a thread of its own, so that nobody here waits for it.
        tracers.add_span_processor(BatchSpanProcessor(made()))
    readers = [PeriodicExportingMetricReader(made()) for made in _exporters("metrics")]
    return tracers, MeterProvider(metric_readers=readers, resource=resource)


def _exporters(signal: Literal["traces", "metrics"]) -> Iterator[Callable[[], Any]]:
    """Find the exporters that OTEL_TRACES_EXPORTER or OTEL_METRICS_EXPORTER name; plain OTLP else.

    Raises ValueError for one that is not installed.
    """
    listed = os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip() or "otlp"
    for name in map(str.strip, listed.split(",")):
        if name == "none":
            continue
        group = f"opentelemetry_{signal}_exporter"
        wanted = _otlp_by_protocol(signal) if name == "otlp" else name
        found = list(metadata.entry_points(group=group, name=wanted))
        if not found:
            there = sorted({each.name for each in metadata.entry_points(group=group)})
            raise ValueError(f"no exporter of {signal} is called {wanted!r}; there are {there}")
        yield found[0].load()


def _otlp_by_protocol(signal: str) -> str:
    variable = "OTEL_EXPORTER_OTLP_PROTOCOL"
    of_signal = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL")
    protocol = (of_signal or os.environ.get(variable) or "http/protobuf").strip()
    if protocol not in _OTLP:
        raise ValueError(f"{variable} is {protocol!r}; known: {sorted(_OTLP)}")
    return _OTLP[protocol]


def _context(traceparent: str | None) -> Context:
    """Read an address; one that is none begins a new trace, whatever else is going on here."""
    carrier = {} if traceparent is None else {"traceparent": traceparent}
    return _TRACEPARENT.extract(carrier, Context())


@contextmanager
def _harmless() -> Iterator[None]:
    """Let nothing out that OpenTelemetry raises: nobody should lose an answer by being watched."""
    try:
        yield
    except Exception as error:
        logger.warning("OpenTelemetry failed with %s; a span is lost", type(error).__name__)
