"""The root of each delegation's trace: from the slot of its token to the slot where it was heard.

It begins with the submitted package, and follows the session's events beside the conversation: the
loop knows nothing of it. A correction ends the trace of the old revision and begins another, which
is linked to it.
"""

import logging
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from weft import trace_names as names
from weft.background_agents.types import ContextPackage
from weft.errors import Declined
from weft.interaction_model.types import SLOT_S
from weft.orchestrator.events import (
    AnyEvent,
    Delegated,
    Dismissed,
    Heard,
    ModelSpoke,
    ResultReady,
    Superseded,
    WeaveCut,
    WeaveStarted,
)
from weft.tracing import Attributes, Span, Tracing

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False, kw_only=True)
class _Trace:
    """The trace of one revision, and what is still expected of it."""

    span: Span
    revision: int
    asked_index: int
    owed: dict[str, ResultReady] = field(default_factory=dict)
    """What is neither heard nor dismissed yet, by the ids of the results."""
    is_cut: bool = False
    cuts: int = 0
    is_answered: bool = False
    """Whether something has become of an answer, which commentary is not."""
    is_over: bool = False
    """Whether nothing more will come from the background."""
    delivery: str = "unheard"
    error: str | None = None

    def event(self, name: str, event: AnyEvent, more: Attributes) -> None:
        """Note what happened, and in which slot."""
        self.span.event(name, {names.SLOT: event.index, **more})

    def after_s(self, event: AnyEvent) -> float:
        """Give the seconds of the conversation from the token to an event."""
        return round((event.index - self.asked_index) * SLOT_S, 3)

    def settle(self, result_id: str | None, delivery: str) -> None:
        """Take in what has become of a result; None is the whole revision."""
        self.is_over |= result_id is None
        ready = self.owed.pop(result_id, None) if result_id is not None else None
        if result_id is not None and ready is None and (self.owed or self.is_answered):
            return  # It was never to be said: what was, says how this has ended.
        if ready is None or ready.kind != "commentary":
            self.is_answered = True
            self.delivery = delivery

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to be told of it."""
        return self.is_over and self.is_answered and not self.owed


class DelegationTraces:
    """The traces of one session's delegations."""

    def __init__(self, tracing: Tracing, session_id: str) -> None:
        """Begin without any."""
        self._tracing = tracing
        self._session_id = session_id
        self._open: dict[str, list[_Trace]] = {}
        """For each delegation its revisions that are not done, oldest first."""
        self._told: dict[str, _Trace] = {}
        """For each delegation the revision that the events are about now."""

    # What the queue tells, within a micro-turn

    def begin(self, package: ContextPackage) -> ContextPackage:
        """Begin the trace of a package that is about to be submitted, and write it on it."""
        sent_unix_ns = self._tracing.now_ns()
        trace = self._begin(
            package.delegation_id, package.revision, package.cutoff_index, sent_unix_ns
        )
        return package.model_copy(
            update={"traceparent": trace.span.traceparent, "sent_unix_ns": sent_unix_ns}
        )

    def refused(self, package: ContextPackage, reason: Declined | None) -> None:
        """Hear that there was no room for a package; that this is said is still to be heard."""
        for trace in self._open.get(package.delegation_id, ()):
            if trace.revision == package.revision:
                self._count_refusal(trace, reason)
        self.over(package.delegation_id, package.revision)

    def over(self, delegation_id: str, revision: int | None = None) -> None:
        """Hear that nothing more will come of a revision, or of any."""
        for trace in tuple(self._open.get(delegation_id, ())):
            if revision in (None, trace.revision):
                trace.is_over = True
                self._end_if_done(delegation_id, trace)

    # What the session tells, after it

    async def follow(self, events: AsyncIterable[AnyEvent]) -> None:
        """Follow a session to its end; what is unheard then, ends as that."""
        try:
            async for event in events:
                self._take(event, await self._words(event))
        except Exception:
            # A fault in here must not end the conversation.
            logger.exception("the traces of this session end here")
        finally:
            for delegation_id, traces in tuple(self._open.items()):
                for trace in tuple(traces):
                    self._end(delegation_id, trace)

    async def _words(self, event: AnyEvent) -> Attributes:
        """Give what was said, where it may leave."""
        if not self._tracing.exports_words:
            return {}
        match event:
            case Delegated(request=request):
                return {names.REQUEST: await self._tracing.words(request)}
            case ResultReady(text=text) | Heard(text=text):
                return {names.TEXT: await self._tracing.words(text)}
            case _:
                return {}

    def _take(self, event: AnyEvent, words: Attributes) -> None:
        match event:
            case Delegated():
                for trace in self._open.get(event.delegation_id, ()):
                    if trace.revision == event.revision:
                        self._told[event.delegation_id] = trace
                        trace.span.set({names.ASKED_BY: event.by, **words})
            case ResultReady():
                self._take_ready(event, words)
            case WeaveStarted() | WeaveCut() | Heard() | Dismissed() | Superseded():
                trace_of_result = self._trace_of(event)
                if trace_of_result is not None:
                    _tell(trace_of_result, event, words)
                    self._end_if_done(event.delegation_id, trace_of_result)
            case ModelSpoke(delegation_id=str(delegation_id)):
                spoken_of = self._told.get(delegation_id)
                if spoken_of is not None and spoken_of.is_cut:
                    spoken_of.is_cut = False
                    spoken_of.event(names.RESUMED, event, {})
            case _:
                pass

    def _take_ready(self, ready: ResultReady, words: Attributes) -> None:
        trace = self._told.get(ready.delegation_id)
        if trace is None and ready.kind == "refusal":
            trace = self._refused(ready)
        if trace is None:
            return
        trace.owed[ready.result_id] = ready
        result = {names.RESULT: ready.result_id, names.RESULT_KIND: ready.kind}
        trace.event(names.READY, ready, {**result, **words})
        if ready.kind == "commentary":
            return
        trace.error = ready.kind if ready.kind in ("failure", "refusal") else None
        trace.span.set(
            {
                names.RESULT_KIND: ready.kind,
                names.READY_SLOT: ready.index,
                names.READY_AFTER_S: trace.after_s(ready),
            }
        )

    def _refused(self, refusal: ResultReady) -> _Trace:
        """Give the trace of what found no room, in the queue or before it came there."""
        delegation_id = refusal.delegation_id
        known = self._open.get(delegation_id)
        trace = known[-1] if known else self._begin(delegation_id, 0, refusal.index)
        if not known:
            # Not even the queue was asked: the session has as much under way as it may have.
            self._count_refusal(trace, Declined.SESSION)
        trace.is_over = True
        self._told[delegation_id] = trace
        return trace

    def _count_refusal(self, trace: _Trace, reason: Declined | None) -> None:
        why: Attributes = {} if reason is None else {names.REASON: reason.value}
        trace.span.set(why)
        self._tracing.count(names.DECLINED, why)

    def _trace_of(
        self, event: WeaveStarted | WeaveCut | Heard | Dismissed | Superseded
    ) -> _Trace | None:
        """Find the revision that an event is about: by its result, by its number, or the latest."""
        for trace in self._open.get(event.delegation_id, ()):
            if event.result_id in trace.owed:
                return trace
            if isinstance(event, Superseded) and event.revision == trace.revision:
                return trace
        return None if isinstance(event, Superseded) else self._told.get(event.delegation_id)

    def _begin(
        self, delegation_id: str, revision: int, asked_index: int, began_ns: int | None = None
    ) -> _Trace:
        older = self._open.get(delegation_id)
        span = self._tracing.begin(
            names.DELEGATION,
            parent=None,
            began_ns=began_ns,
            linked=older[-1].span.traceparent if older else None,
            attributes={
                names.CONVERSATION: self._session_id,
                names.DELEGATION_ID: delegation_id,
                names.REVISION: revision,
                names.ASKED_SLOT: asked_index,
            },
        )
        trace = _Trace(span=span, revision=revision, asked_index=asked_index)
        self._open.setdefault(delegation_id, []).append(trace)
        return trace

    def _end_if_done(self, delegation_id: str, trace: _Trace) -> None:
        if trace.is_done:
            self._end(delegation_id, trace)

    def _end(self, delegation_id: str, trace: _Trace) -> None:
        trace.span.set({names.DELIVERY: trace.delivery})
        trace.span.end(error=trace.error)
        self._open[delegation_id].remove(trace)
        if not self._open[delegation_id]:
            del self._open[delegation_id]
        if self._told.get(delegation_id) is trace:
            del self._told[delegation_id]


def _tell(
    trace: _Trace,
    event: WeaveStarted | WeaveCut | Heard | Dismissed | Superseded,
    words: Attributes,
) -> None:
    """Note on a trace what has become of a result, or of a whole revision."""
    about: Attributes = {} if event.result_id is None else {names.RESULT: event.result_id}
    match event:
        case WeaveStarted():
            ready = trace.owed.get(event.result_id)
            since_index = max(event.pause_began_index, ready.index if ready else 0)
            latency = {names.WEAVE_LATENCY_SLOTS: event.index - since_index}
            trace.event(names.WEAVING, event, {**about, **latency})
            if ready is not None and ready.kind != "commentary":
                trace.span.set({names.WEAVING_SLOT: event.index, **latency})
        case WeaveCut():
            trace.is_cut = True
            trace.cuts += 1
            trace.event(names.CUT, event, about)
            trace.span.set({names.CUTS: trace.cuts})
        case Heard():
            trace.event(names.HEARD, event, {**about, **words})
            trace.settle(event.result_id, "heard")
            trace.span.set(
                {names.HEARD_SLOT: event.index, names.HEARD_AFTER_S: trace.after_s(event)}
            )
        case Dismissed():
            trace.event(names.DISMISSED, event, {**about, names.REASON: event.reason})
            trace.settle(event.result_id, "dismissed")
        case Superseded():
            trace.event(names.SUPERSEDED, event, about)
            trace.settle(event.result_id, "superseded")


__all__ = ["DelegationTraces"]
