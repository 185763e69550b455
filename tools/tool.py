"""A tool: a named function that a background agent may call, with a time limit and an output cap.

Whatever the function does (raise, hang, return a megabyte), `Tool.run` yields short outputs or
raises ToolError. A tool knows the session's clock and nothing else of the conversation.
"""

import contextvars
import inspect
import logging
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar, overload

import anyio
import anyio.from_thread
import anyio.lowlevel
from pydantic import BaseModel, ConfigDict

from weft.clock import Clock
from weft.errors import ToolError
from weft.tools.components import COMPONENTS_LIMIT, AnyComponent
from weft.tools.effect import Effect, Ordinals
from weft.tools.loop_hold import LoopHold
from weft.tools.remarks import Remarks
from weft.tools.schema import GivenSignature, Signature, given_signature, read_signature
from weft.tools.shortening import shorten
from weft.tools.untrusted import harmless, without_addresses, without_images

logger = logging.getLogger(__name__)

Value = TypeVar("Value")
ReadArguments = Callable[[str], dict[str, object] | None]
"""Reads a tool's arguments out of a spoken request; None when the request does not hold them."""

DEFAULT_TIME_LIMIT_S = 10.0
DEFAULT_OUTPUT_LIMIT_CHARS = 2_000
DETAIL_PER_TEXT = 10
"""How many times longer than the spoken text the long form of an output may be."""
ERROR_LIMIT_CHARS = 300
SOURCES_LIMIT = 20
SOURCE_LIMIT_CHARS = 500


class SideEffects(StrEnum):
    """What a tool changes in the world."""

    READ = "read"
    WRITE = "write"
    IRREVERSIBLE = "irreversible"


class Approval(StrEnum):
    """When the user is asked before a tool that changes something does so."""

    ALWAYS = "always"
    WHEN_TAINTED = "when_tainted"  # only when words of strangers have come into the session


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a tool may know about the delegation it serves."""

    clock: Clock
    session_id: str
    delegation_id: str
    revision: int = 0
    """Of the delegation; a correction has a higher one, the same one delivered again has not."""
    user_id: str | None = None
    """Who is talking; None for a stranger, of whom nothing is kept."""
    asked_s: float | None = None
    """Session clock when the user asked; a timer counts from here. None means now."""
    tainted: bool = False
    """Whether whoever calls has read words of strangers, and may be acting on them."""
    idempotency_key: str = ""
    """For tools that change something: names this effect, for services that take such a key."""
    ordinals: Ordinals = field(default_factory=Ordinals, repr=False, compare=False)
    """Which calls the answer has made that would change something; each answer counts anew."""
    call_id: str = ""
    """What the model that calls has named this call; empty where no model calls."""
    traceparent: str | None = None
    """Where in a trace the work belongs (W3C Trace Context), for tools that ask other services."""


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """One thing a tool found out; `text` is a plain sentence that can be said aloud."""

    # For whoever reads one that was written down: a field that nobody knows is a mistake.
    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    detail: str = ""
    """The long form (Markdown), for clients that show it."""
    sources: tuple[str, ...] = ()
    effect: Effect | None = None
    """What is to be done once the user says yes to `text`; nothing has been done yet."""
    progress: bool = False
    """True for news on the way to the answer: it may be said, but nobody waits for it."""
    components: tuple[AnyComponent, ...] = ()
    """What is shown beside the answer, and never said."""
    tainted: bool = False
    """Whether words of strangers are in it; all that an untrusted tool gives is tainted anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that agents can call, with all they must know about it. Made by `tool`."""

    name: str
    description: str
    parameters: Mapping[str, object]
    """JSON Schema of the arguments."""
    function: Callable[..., object] = field(repr=False)
    signature: Signature | GivenSignature = field(repr=False)
    examples: tuple[str, ...] = ()
    """Requests that this tool answers, as people say them; used to route a request by meaning."""
    side_effects: SideEffects = SideEffects.READ
    approval: Approval = Approval.ALWAYS
    """When the user is asked first; tools that only read never ask."""
    question: str = ""
    """How the user is asked, with `{argument}` in it; empty for a plain listing."""
    asks_first: bool = False
    """Whether a call only proposes, because something around the tool asks the user."""
    time_limit_s: float | None = DEFAULT_TIME_LIMIT_S
    """Seconds for the whole run, on the session's clock; None for tools whose work is to wait."""
    output_limit_chars: int = DEFAULT_OUTPUT_LIMIT_CHARS
    untrusted: bool = False
    """Whether its outputs are in the words of strangers: a page, somebody else's server."""
    read_arguments: ReadArguments | None = field(default=None, repr=False)
    prepare: Callable[[], object] | None = field(default=None, repr=False)
    """Loads what is slow to load; called once, before the first conversation."""
    origin: str = "given in code"
    """Where the tool comes from, for lists: `built in`, a package, a module, a server."""

    def __post_init__(self) -> None:
        """Refuse what would be done at once and could not be undone."""
        if self.side_effects is SideEffects.IRREVERSIBLE and self.approval is Approval.WHEN_TAINTED:
            raise ToolError(
                f"what the tool {self.name!r} does cannot be undone, so it always asks first: "
                "leave out `approval`, or let its `side_effects` be `write`"
            )

    def __call__(self, *positional: object, **named: object) -> object:
        """Call the function itself, without limits, as if it were not a tool."""
        return self.function(*positional, **named)

    def openai_schema(self) -> dict[str, object]:
        """Describe the tool as the `tools` entry of a chat completion request."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": dict(self.parameters),
            },
        }

    def check(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Check and convert arguments; raises ToolError, with a sentence, when they are refused."""
        try:
            return self.signature.validate(arguments)
        except ToolError as error:
            reason = shorten(str(error), ERROR_LIMIT_CHARS)
            raise ToolError(f"The tool {self.name} cannot use its arguments: {reason}.") from error

    async def run(
        self, arguments: Mapping[str, object], context: ToolContext
    ) -> AsyncIterator[ToolOutput]:
        """Yield what the tool finds out, within its limits; of its progress what is worth saying.

        Raises ToolError, with a sentence that says why, when the arguments are refused, the
        function fails or takes too long, or what it returns is not an output.
        """
        checked = self.check(arguments)
        if self.signature.context_parameter:
            checked[self.signature.context_parameter] = context
        deadline_s = None
        if self.time_limit_s is not None:
            deadline_s = context.clock.now_s() + self.time_limit_s

        if not inspect.isasyncgenfunction(self.function):
            returned = await self._within(
                deadline_s, context.clock, lambda: self._call(checked, context)
            )
            yield self._output(returned, self.output_limit_chars)
            return

        left_chars = self.output_limit_chars
        remarks = Remarks()
        outputs: AsyncIterator[object] = self.function(**checked)
        try:
            while True:
                # One scope per item, and none around the yield: a scope that stays open while the
                # consumer runs would cancel the consumer.
                item = await self._within(deadline_s, context.clock, lambda: anext(outputs, _END))
                if item is _END:
                    return
                output = self._output(item, left_chars)
                if not output.progress or remarks.admit(output.text, context.clock.now_s()):
                    yield output
                if self.time_limit_s is not None:
                    left_chars -= max(1, len(output.text))
                    if left_chars <= 0:
                        return
        finally:
            if inspect.isasyncgen(outputs):
                with anyio.CancelScope(shield=True), suppress(Exception):
                    await self._within(
                        context.clock.now_s() + CLEAN_UP_S, context.clock, outputs.aclose
                    )

    async def _call(self, checked: Mapping[str, object], context: ToolContext) -> object:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**checked)
        if context.clock.virtual:
            # A thread would make the order of events depend on the machine.
            return self.function(**checked)
        return await _call_in_thread(lambda: self.function(**checked))

    async def _within(
        self, deadline_s: float | None, clock: Clock, step: Callable[[], Awaitable[Value]]
    ) -> Value:
        """Do one step before the deadline; every failure comes out as ToolError."""
        if deadline_s is not None and clock.now_s() >= deadline_s:
            raise ToolError(f"The tool {self.name} took too long.")
        results: list[Value] = []
        failure: BaseException | None = None
        timed_out = False
        hold = LoopHold()
        async with anyio.create_task_group() as tasks:

            async def watch(moment_s: float) -> None:
                nonlocal timed_out
                await clock.sleep_until_s(moment_s)
                timed_out = True
                tasks.cancel_scope.cancel()

            if deadline_s is not None:
                tasks.start_soon(watch, deadline_s)
            try:
                # A function that never waits must not keep the conversation from going on.
                await anyio.lowlevel.checkpoint()
                # Where time is virtual nobody waits for the loop, and a `def` runs on it too.
                results.append(await (step() if clock.virtual else hold.over(step())))
            except (Exception, SystemExit) as error:
                failure = error
            tasks.cancel_scope.cancel()
        if hold.is_long:
            logger.warning(
                "the tool %s held up the conversation for %.1f s: its `async def` works or waits"
                " without `await`; let it await, or make it a `def`, which runs in a thread",
                self.name,
                hold.longest_s,
            )
        if results:
            return results[0]
        if timed_out or failure is None:
            raise ToolError(f"The tool {self.name} took too long.")
        if isinstance(failure, ToolError):
            if len(str(failure)) <= ERROR_LIMIT_CHARS:
                raise failure
            raise ToolError(shorten(str(failure), ERROR_LIMIT_CHARS)) from failure
        raise ToolError(f"The tool {self.name} failed: {_describe(failure)}") from failure

    def _output(self, returned: object, limit_chars: int) -> ToolOutput:
        """Make an output of what the function gave, cut to the limits."""
        match returned:
            case ToolOutput():
                output = returned
            case str():
                output = ToolOutput(returned)
            case bool() | int() | float():
                output = ToolOutput(str(returned))
            case BaseModel():
                output = _output_of_model(returned)
            case _:
                raise ToolError(
                    f"The tool {self.name} gave a value of type {type(returned).__name__},"
                    " which cannot be said."
                )
        if not (isinstance(output.text, str) and isinstance(output.detail, str)):
            raise ToolError(f"The tool {self.name} gave an output whose text is not text.")
        self._check_components(output)
        output = replace(
            output,
            text=shorten(output.text, limit_chars),
            detail=shorten(output.detail, self.output_limit_chars * DETAIL_PER_TEXT),
            sources=tuple(
                str(source)[:SOURCE_LIMIT_CHARS] for source in output.sources[:SOURCES_LIMIT]
            ),
        )
        if self.untrusted:
            # After the cut, which can make a tag of what was a longer word.
            output = _harmless_output(output)
        if not output.text.strip() and not output.progress:
            raise ToolError(f"The tool {self.name} gave an empty answer.")
        return output

    def _check_components(self, output: ToolOutput) -> None:
        if not all(isinstance(each, AnyComponent) for each in output.components):
            raise ToolError(f"The tool {self.name} shows something that is no component.")
        if len(output.components) > COMPONENTS_LIMIT:
            raise ToolError(
                f"The tool {self.name} shows {len(output.components)} components at once,"
                f" and {COMPONENTS_LIMIT} may be."
            )
        if output.components and (output.progress or output.effect):
            raise ToolError(f"The tool {self.name} shows something before its answer is there.")


_END = object()
CLEAN_UP_S = 1.0
"""How long a tool that is stopped may take to clean up after itself."""


def _output_of_model(value: BaseModel) -> ToolOutput:
    parts = [
        f"{name.replace('_', ' ')}: {content}"
        for name, content in value.model_dump(mode="json").items()
        if content is not None
    ]
    return ToolOutput(
        "; ".join(parts) + "." if parts else "", detail=value.model_dump_json(indent=2)
    )


def _harmless_output(output: ToolOutput) -> ToolOutput:
    """Make every text of an output harmless.

    The spoken text loses its addresses too: aloud they help nobody, and shown they can carry what
    was said in confidence to whoever serves them.
    """
    return replace(
        output,
        text=without_addresses(harmless(output.text)),
        detail=without_images(harmless(output.detail)),
        sources=tuple(harmless(source) for source in output.sources),
    )


def _describe(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return shorten(
        f"{type(error).__name__}: {said}" if said else type(error).__name__, ERROR_LIMIT_CHARS
    )


async def _call_in_thread(call: Callable[[], object]) -> object:
    """Run a blocking call beside the loop, and leave it behind when cancelled.

    The thread is a daemon: a call that hangs for ever must not keep the process from ending, as a
    thread of anyio's pool would.
    """
    done = anyio.Event()
    loop = anyio.lowlevel.current_token()
    returned: list[object] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # handed to the waiting task, which decides
            failures.append(error)
        # The loop may have ended while an abandoned call was still at work.
        with suppress(Exception):
            anyio.from_thread.run_sync(done.set, token=loop)

    carried = contextvars.copy_context()
    threading.Thread(target=carried.run, args=(work,), name="weft tool", daemon=True).start()
    await done.wait()
    if failures:
        failure = failures[0]
        if isinstance(failure, (Exception, SystemExit)):
            raise failure
        raise ToolError(f"The tool failed: {_describe(failure)}") from failure
    return returned[0]


@overload
def tool(
    fn: Callable[..., object],
    *,
    name: str | None = None,
    examples: Sequence[str] = (),
    side_effects: SideEffects | str = SideEffects.READ,
    approval: Approval | str = Approval.ALWAYS,
    question: str = "",
    time_limit_s: float | None = DEFAULT_TIME_LIMIT_S,
    output_limit_chars: int = DEFAULT_OUTPUT_LIMIT_CHARS,
    untrusted: bool = False,
    read_arguments: ReadArguments | None = None,
    prepare: Callable[[], object] | None = None,
) -> Tool: ...


@overload
def tool(
    fn: None = None,
    *,
    name: str | None = None,
    examples: Sequence[str] = (),
    side_effects: SideEffects | str = SideEffects.READ,
    approval: Approval | str = Approval.ALWAYS,
    question: str = "",
    time_limit_s: float | None = DEFAULT_TIME_LIMIT_S,
    output_limit_chars: int = DEFAULT_OUTPUT_LIMIT_CHARS,
    untrusted: bool = False,
    read_arguments: ReadArguments | None = None,
    prepare: Callable[[], object] | None = None,
) -> Callable[[Callable[..., object]], Tool]: ...


def tool(
    fn: Callable[..., object] | None = None,
    *,
    name: str | None = None,
    examples: Sequence[str] = (),
    side_effects: SideEffects | str = SideEffects.READ,
    approval: Approval | str = Approval.ALWAYS,
    question: str = "",
    time_limit_s: float | None = DEFAULT_TIME_LIMIT_S,
    output_limit_chars: int = DEFAULT_OUTPUT_LIMIT_CHARS,
    untrusted: bool = False,
    read_arguments: ReadArguments | None = None,
    prepare: Callable[[], object] | None = None,
) -> Tool | Callable[[Callable[..., object]], Tool]:
    """Make a tool of a function, an async function or an async generator function.

    Arguments come from the type hints, descriptions from the docstring (Google style); a parameter
    of type ToolContext receives the context and is not an argument. The function gives a string, a
    ToolOutput or a pydantic model. Raises ToolError when the function cannot be described.
    """

    def make(function: Callable[..., object]) -> Tool:
        signature = read_signature(function, context_type=ToolContext)
        chosen_name = name or str(getattr(function, "__name__", ""))
        _check_name(chosen_name)
        _check_question(chosen_name, question, signature)
        return Tool(
            name=chosen_name,
            description=signature.description,
            parameters=signature.json_schema,
            function=function,
            signature=signature,
            examples=tuple(examples),
            side_effects=SideEffects(side_effects),
            approval=Approval(approval),
            question=question,
            time_limit_s=time_limit_s,
            output_limit_chars=output_limit_chars,
            untrusted=untrusted,
            read_arguments=read_arguments,
            prepare=prepare,
        )

    return make if fn is None else make(fn)


def _check_question(name: str, question: str, signature: Signature) -> None:
    properties = signature.json_schema["properties"]
    assert isinstance(properties, dict)
    try:
        question.format_map(dict.fromkeys(properties, ""))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{each}}}" for each in properties) or "no arguments"
        raise ToolError(
            f"the question of tool {name!r} cannot be asked: {question!r}; it may hold {known}"
        ) from error


def tool_of_schema(
    function: Callable[..., object],
    *,
    name: str,
    description: str,
    parameters: Mapping[str, object],
    side_effects: SideEffects,
    time_limit_s: float,
    output_limit_chars: int,
    origin: str,
) -> Tool:
    """Make a tool that another program describes, by JSON Schema; what it says is a stranger's.

    `function` takes the arguments as one mapping `arguments`, and `context`. Raises ToolError when
    the name or the schema cannot be used.
    """
    _check_name(name)
    signature = given_signature(parameters)
    return Tool(
        name=name,
        description=harmless(description),
        parameters=signature.json_schema,
        function=function,
        signature=signature,
        side_effects=side_effects,
        time_limit_s=time_limit_s,
        output_limit_chars=output_limit_chars,
        untrusted=True,
        origin=origin,
    )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
        raise ToolError(f"a tool cannot be called {name!r}: use up to 64 of a-z, A-Z, 0-9, _ and -")


__all__ = [
    "Approval",
    "ReadArguments",
    "SideEffects",
    "Tool",
    "ToolContext",
    "ToolOutput",
    "tool",
    "tool_of_schema",
]
