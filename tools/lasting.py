"""Calls of tools that read last through a correction: what is asked for again is not made again.

A correction ends the answer to the older revision, but not at once what its tools were finding out:
the agent goes on with the calls that it asks for again, and the others are stopped. This knows
nothing of agents and queues; a worker says when an answer begins, is corrected, and ends.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, fields

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from weft.clock import Clock, sleep_s
from weft.tools.tool import SideEffects, Tool, ToolContext, ToolOutput

LEFT_S = 30.0
"""How long calls wait to be asked for again; a model that has not replied by then is too late."""
MOST_CALLS = 32
"""Calls of one delegation that are left over; those made last are the likeliest to be wanted."""
MOST_DELEGATIONS = 64
"""Delegations between two revisions at once; nearly always the next one begins at once."""


@dataclass(slots=True, eq=False)
class _Call:
    """One call at work, whoever waits for it."""

    named: str
    """Tool and arguments, written in the one way in which equal calls are equal."""
    made_in_round: int
    outputs: list[ToolOutput] = field(default_factory=list)
    failure: Exception | None = None
    ended: bool = False
    _news: anyio.Event = field(default_factory=anyio.Event)
    _scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def run(self, tool: Tool, arguments: Mapping[str, object], context: ToolContext) -> None:
        """Do the work; an error is for who waits, never for the parent of this task."""
        try:
            with self._scope:
                async for output in tool.run(arguments, context):
                    self.outputs.append(output)
                    self._tell()
        except Exception as error:
            self.failure = error
        finally:
            self.ended = True
            self._tell()

    def stop(self) -> None:
        self._scope.cancel()

    async def followed(self) -> AsyncGenerator[ToolOutput, None]:
        """Yield all that was and will be found; progress that was made before now is old news."""
        found_before = len(self.outputs)
        position = 0
        while True:
            while position < len(self.outputs):
                output = self.outputs[position]
                if position >= found_before or not output.progress:
                    yield output
                position += 1
            if self.ended:
                break
            await self._news.wait()
        if self.failure is not None:
            raise self.failure

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()


class AnswerCalls:
    """The calls of one answer, and those of the revision before that it may yet ask for.

    The calls that an agent makes at once, after one reply of its model, are one round.
    """

    def __init__(self, delegation_id: str, owner: TaskGroup, older: list[_Call]) -> None:
        """Begin without calls of its own; `owner` outlives the answer."""
        self.delegation_id = delegation_id
        self.owner = owner
        self._older = older
        self._own: list[_Call] = []
        self._round = 0
        self._round_is_open = False
        self.is_corrected = False

    def call(self, tool: Tool, arguments: Mapping[str, object], context: ToolContext) -> _Call:
        """Go on with an equal call of the revision before, or make it now."""
        if not self._round_is_open:
            self._round_is_open = True
            self.owner.start_soon(self._end_round)
        named = json.dumps([tool.name, dict(arguments)], sort_keys=True, default=repr)
        for call in self._older:
            # What has failed may succeed when it is tried again.
            if call.named == named and call.failure is None:
                self._older.remove(call)
                call.made_in_round = self._round
                break
        else:
            call = _Call(named, self._round)
            self.owner.start_soon(call.run, tool, arguments, context)
        self._own.append(call)
        return call

    def let_go(self, call: _Call) -> None:
        """Stop a call that nobody waits for any more, unless the next revision may."""
        if call in self._own and not call.ended:
            call.stop()
            self._own.remove(call)

    def hand_over(self) -> list[_Call]:
        """Give all calls away, for the next revision."""
        self.is_corrected = True
        calls = [*self._older, *self._own]
        self._older.clear()
        self._own.clear()
        return calls

    @property
    def held(self) -> int:
        """How many calls are held."""
        return len(self._older) + len(self._own)

    def stop(self) -> None:
        """Stop whatever still runs."""
        _stop(self._older)
        _stop(self._own)

    async def _end_round(self) -> None:
        """Stop what the older revision had asked for by now, and this one has not."""
        # The calls of one reply begin in the same turn of the event loop, which is over after this.
        await anyio.lowlevel.checkpoint()
        self._round_is_open = False
        for call in list(self._older):
            # What is done costs nothing to keep: a later round may ask for it.
            if call.made_in_round <= self._round and not call.ended:
                call.stop()
                self._older.remove(call)
        self._round += 1


class LastingCalls:
    """The calls of all answers that one worker is at, and of those that were just corrected."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any."""
        self._clock = clock
        self._answers: dict[str, AnswerCalls] = {}
        self._left: dict[str, list[_Call]] = {}
        """By delegation, oldest first: calls between two revisions."""

    @contextmanager
    def answering(self, delegation_id: str, owner: TaskGroup) -> Iterator[AnswerCalls]:
        """Be at the answer to one revision; `owner` runs its calls, and outlives it.

        At the end all calls are stopped, unless the answer was `corrected`.
        """
        earlier = self._answers.get(delegation_id)
        if earlier is not None:
            # Another lane is at the older revision, and has not heard yet that it was corrected.
            self.corrected(earlier)
        answer = AnswerCalls(delegation_id, owner, self._left.pop(delegation_id, []))
        self._answers[delegation_id] = answer
        try:
            yield answer
        finally:
            answer.stop()
            if self._answers.get(delegation_id) is answer:
                del self._answers[delegation_id]

    def corrected(self, answer: AnswerCalls) -> None:
        """Leave the calls of an answer to the next revision, for a while."""
        if answer.is_corrected:
            return
        calls = answer.hand_over()
        _stop(calls[:-MOST_CALLS])
        left = calls[-MOST_CALLS:]
        self._left[answer.delegation_id] = left
        answer.owner.start_soon(self._end, answer.delegation_id, left)
        while len(self._left) > MOST_DELEGATIONS:
            _stop(self._left.pop(next(iter(self._left))))

    def of(self, delegation_id: str) -> AnswerCalls | None:
        """Give the calls of the answer to a delegation; None when no worker is at it."""
        return self._answers.get(delegation_id)

    @property
    def held(self) -> int:
        """How many calls are held, at work or done: of answers, and between two revisions."""
        of_answers = sum(answer.held for answer in self._answers.values())
        return of_answers + sum(map(len, self._left.values()))

    async def _end(self, delegation_id: str, left: list[_Call]) -> None:
        """Stop what nobody has asked for again in time."""
        await sleep_s(self._clock, LEFT_S)
        _stop(left)
        if self._left.get(delegation_id) is left:
            del self._left[delegation_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingTool(Tool):
    """A tool whose calls outlive a correction."""

    inner: Tool = field(repr=False)
    calls: LastingCalls = field(repr=False)

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield what the tool finds out, now or since an older revision; raises as the tool does.

        A call that no worker's answer makes (in a shell, in a test) is only that of the tool.
        """
        answer = self.calls.of(context.delegation_id)
        if answer is None:
            async for output in self.inner.run(arguments, context):
                yield output
            return
        call = answer.call(self.inner, arguments, context)
        try:
            async with aclosing(call.followed()) as outputs:
                async for output in outputs:
                    yield output
        finally:
            answer.let_go(call)


def lasting_tool(tool: Tool, calls: LastingCalls) -> Tool:
    """Let the calls of a tool outlive a correction, if it reads and its work is not to wait.

    A call that changes something is asked about again, and a timer counts from its own request.
    """
    if tool.side_effects is not SideEffects.READ or tool.time_limit_s is None:
        return tool
    known = {each.name: getattr(tool, each.name) for each in fields(Tool)}
    return LastingTool(**known, inner=tool, calls=calls)


def _stop(calls: list[_Call]) -> None:
    for call in calls:
        call.stop()
    calls.clear()


__all__ = ["AnswerCalls", "LastingCalls", "LastingTool", "lasting_tool"]
