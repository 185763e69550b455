"""Spans and metrics kept in memory, by the SDK itself; only where they would go is a fake."""

from collections.abc import Iterator, Sequence

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext

from weft import trace_names as names
from weft.clock import Clock
from weft.otel import Blanked, OtelTracing


class Spans:
    """A tracing, and what has come of it."""

    def __init__(
        self,
        clock: Clock,
        *,
        exports_words: bool = False,
        blanked: Blanked | None = None,
        processors: Sequence[SpanProcessor] = (),
    ) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        tracers = TracerProvider(shutdown_on_exit=False)
        for processor in (*processors, SimpleSpanProcessor(self._exporter)):
            tracers.add_span_processor(processor)
        meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.tracing = OtelTracing(
            tracers, meters, clock, exports_words=exports_words, blanked=blanked
        )

    @property
    def ended(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended, in that order."""
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        """The one span of a name."""
        (span,) = [each for each in self.ended if each.name == name]
        return span

    @property
    def roots(self) -> list[ReadableSpan]:
        """The spans that begin a trace, in the order in which they began."""
        return sorted(
            (each for each in self.ended if each.parent is None), key=lambda each: began(each)
        )

    def tree(self, root: ReadableSpan) -> str:
        """Draw a trace by the names of its spans, two blanks a level, as they began."""
        return "\n".join(self._lines(root, 0))

    def _lines(self, span: ReadableSpan, level: int) -> Iterator[str]:
        yield "  " * level + span.name
        for each in self.below(span):
            yield from self._lines(each, level + 1)

    def below(self, span: ReadableSpan) -> list[ReadableSpan]:
        """The spans right below one, in the order in which they began."""
        span_id = context_of(span).span_id
        below = [each for each in self.ended if each.parent and each.parent.span_id == span_id]
        # On virtual time much happens at once.
        return sorted(below, key=lambda each: (began(each), each.end_time, each.name))

    def measured(self) -> dict[str, int]:
        """How many values each histogram has."""
        data = self._reader.get_metrics_data()
        counts: dict[str, int] = {}
        for of_resource in data.resource_metrics if data else ():
            for scope in of_resource.scope_metrics:
                for metric in scope.metrics:
                    points = metric.data.data_points
                    counts[metric.name] = sum(getattr(each, "count", 0) for each in points)
        return counts

    def counted(self, name: str) -> dict[str, float]:
        """What a count has come to, by the reason that is with it."""
        data = self._reader.get_metrics_data()
        return {
            str((point.attributes or {}).get(names.REASON, "")): point.value
            for of_resource in (data.resource_metrics if data else ())
            for scope in of_resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
            if isinstance(point, NumberDataPoint)
        }


def context_of(span: ReadableSpan) -> SpanContext:
    """The ids of a span and of its trace."""
    context = span.get_span_context()
    assert context is not None
    return context


def began(span: ReadableSpan) -> int:
    """When a span began, in nanoseconds."""
    assert span.start_time is not None
    return span.start_time


def lasted_s(span: ReadableSpan) -> float:
    """How long a span was."""
    assert span.end_time is not None
    return (span.end_time - began(span)) / 1e9


def happened(span: ReadableSpan) -> list[tuple[str, object]]:
    """The names of a span's events, each with its slot."""
    return [(each.name, (each.attributes or {}).get("weft.slot")) for each in span.events]


def about(span: ReadableSpan, *keys: str) -> list[object]:
    """Some attributes of a span; None for one that it has not."""
    return [(span.attributes or {}).get(key) for key in keys]


def everything_in(spans: Sequence[ReadableSpan]) -> str:
    """All that would leave with some spans, as text."""
    return "\n".join(each.to_json() for each in spans)
