"""Spans as those see them that make some: by a trace's address in text, and of no library.

A trace travels in the values themselves, as the W3C's `traceparent`: in a context package, in what
a tool is told. Nothing here is ambient, so it crosses any queue, and tasks and generators cannot
mix it up. Whoever makes spans is given a `Tracing`, or None where nobody looks at them.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Literal, Protocol

from weft import trace_names as names

Attributes = Mapping[str, str | bool | int | float | Sequence[str]]
SpanKind = Literal["internal", "client", "consumer"]

NS_PER_S = 1_000_000_000


class Span(Protocol):
    """One piece of work in a trace. None of its methods raises, or waits for anybody."""

    @property
    def traceparent(self) -> str | None:
        """The address under which others hang their spans below this one."""
        ...

    def set(self, attributes: Attributes) -> None:
        """Add attributes, which must not be words of anybody: see `Tracing.words`."""
        ...

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happened now."""
        ...

    def end(self, *, error: str | None = None) -> None:
        """End it now; `error` names the kind of what went wrong."""
        ...


class Tracing(Protocol):
    """Where spans and measurements go. None of its methods raises; only `words` may wait."""

    @property
    def exports_words(self) -> bool:
        """Whether what was said, asked and found may be in attributes."""
        ...

    def now_ns(self) -> int:
        """Nanoseconds since 1970, of the clock that the session goes by."""
        ...

    def begin(
        self,
        name: str,
        *,
        parent: str | None,
        attributes: Attributes,
        kind: SpanKind = "internal",
        began_ns: int | None = None,
        linked: str | None = None,
    ) -> Span:
        """Begin a span, now or at `began_ns`, below `parent`, or as the first of a trace.

        `linked` is another trace that it has to do with.
        """
        ...

    def measure(self, metric: names.Metric, value: float, attributes: Attributes) -> None:
        """Add a value to a histogram."""
        ...

    def count(self, counted: names.Count, attributes: Attributes) -> None:
        """Add one to a count."""
        ...

    async def words(self, value: object) -> str:
        """Give a text, or any JSON value, as it may leave; only for where `exports_words`."""
        ...


class Operation:
    """A span of an operation that has a duration as a metric, too: use it as a context.

    An error that comes out of the block is the operation's; that the work was stopped is none.
    """

    def __init__(
        self,
        tracing: Tracing,
        operation: str,
        subject: str,
        *,
        parent: str | None,
        measured_by: Attributes,
        attributes: Attributes,
        kind: SpanKind = "internal",
    ) -> None:
        """Begin it. Only `measured_by`, which must have few values, is with the metric."""
        self._tracing = tracing
        self.measured_by: Attributes = {names.OPERATION: operation, **measured_by}
        self.began_ns = tracing.now_ns()
        self.span = tracing.begin(
            f"{operation} {subject}",
            parent=parent,
            attributes={**self.measured_by, **attributes},
            kind=kind,
            began_ns=self.began_ns,
        )
        self.error: str | None = None
        """The kind of error, of an operation that has failed without raising one."""

    def __enter__(self) -> "Operation":
        """Go on with it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        if isinstance(error, Exception):
            self.error = type(error).__name__
        elif error is not None:
            self.span.set({names.STOPPED: True})
        self.span.end(error=self.error)
        failed = {names.ERROR: self.error} if self.error else {}
        duration_s = (self._tracing.now_ns() - self.began_ns) / NS_PER_S
        self._tracing.measure(names.DURATION, duration_s, {**self.measured_by, **failed})
