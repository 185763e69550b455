"""An agent behind any endpoint that speaks OpenAI's chat completions; nobody else knows openai.

The endpoint may refuse, stall, break off or send nonsense: every fault leaves as AgentError.
Network waits are measured in real time; tools wait on the session's clock.
"""

import json
import logging
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

import anyio

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.offered import offered_tools, only_waits, sign_of_life, tool_context
from weft.background_agents.prompt import messages
from weft.background_agents.providers.tool_calls import CallPiece, ToolCall, ToolCallAccumulator
from weft.background_agents.spoken import (
    capped,
    finished_sentences,
    neutral,
    plain,
    sentences,
    within_budget,
)
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.clock import Clock
from weft.errors import AgentError, ToolError
from weft.tools.registry import Registry
from weft.tools.tool import Tool, ToolContext, ToolOutput

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam

logger = logging.getLogger(__name__)


class OpenAICompatibleAgent:
    """Answers with a remote or local language model that may call tools, several at once."""

    def __init__(
        self, name: str, config: OpenAICompatibleConfig, registry: Registry, clock: Clock
    ) -> None:
        """Keep what is needed, unconnected. Raises ToolError for an unknown tool name."""
        self.name = name
        self._config = config
        self._registry = registry
        self._tools = offered_tools(registry, config.tools)
        self._clock = clock
        self._client: AsyncOpenAI | None = None

    async def start(self) -> None:
        """Load the client library, which takes about a second."""
        await self._connected()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield partial answers, news of tools, and the answer.

        Raises AgentError when the endpoint fails, declines, or has no answer within its limits.
        """
        # Those of servers may have come or gone since the last answer.
        self._tools = offered_tools(self._registry, self._config.tools)
        deadline_s = anyio.current_time() + self._config.timeout_s
        progress = _Progress(words=package.spoken_words, began_s=anyio.current_time())
        talk: list[dict[str, object]] = [dict(message) for message in messages(package)]
        context = tool_context(package, self._clock)
        waiting: list[_Run] = []

        for step in range(self._config.step_limit):
            reply = _Reply()
            may_call = bool(self._tools) and step + 1 < self._config.step_limit
            async with aclosing(
                self._hear(talk, reply, progress, deadline_s, may_call)
            ) as partials:
                async for finding in partials:
                    yield finding
            calls = reply.usable_calls()
            if not calls:
                break
            runs, refused = self._prepared(calls)
            waiting += [run for run in runs if only_waits(run.tool)]
            quick = [run for run in runs if not only_waits(run.tool)]
            answers = refused | {run.call.call_id: '{"status": "running"}' for run in waiting}
            async with aclosing(self._news(quick, context, answers, progress)) as news:
                async for finding in news:
                    yield finding
            if waiting and not quick and not refused:
                # Only timers were asked for: they speak for themselves.
                break
            talk.append(_as_message(reply.text, calls))
            talk += [
                {"role": "tool", "tool_call_id": call.call_id, "content": answers[call.call_id]}
                for call in calls
            ]
        else:
            raise AgentError(f"came to no answer in {self._config.step_limit} steps")

        if not waiting or reply.text.strip():
            yield progress.result(reply.checked_text())
        for run in waiting:
            yield sign_of_life(run.tool)
        async with aclosing(_run_together(waiting, context)) as outputs:
            async for said in outputs:
                if said.output is None:
                    raise AgentError(said.error)
                yield _said_by_tool(said.output)

    async def _hear(
        self,
        talk: list[dict[str, object]],
        reply: "_Reply",
        progress: "_Progress",
        deadline_s: float,
        may_call: bool,
    ) -> AsyncGenerator[Finding, None]:
        """Let the model reply once; a long and slow reply is handed over sentence by sentence."""
        progress.next_reply()
        async with aclosing(self._chunks(talk, deadline_s, may_call)) as chunks:
            async for chunk in chunks:
                reply.add(chunk)
                slow = (
                    self._config.partial_after_s is not None
                    and anyio.current_time() - progress.began_s >= self._config.partial_after_s
                )
                if slow and chunk.text and not reply.calls.has_begun:
                    partial_answer = progress.partial(reply.text)
                    if partial_answer is not None:
                        yield partial_answer

    async def _chunks(
        self, talk: list[dict[str, object]], deadline_s: float, may_call: bool
    ) -> AsyncGenerator["_Chunk", None]:
        """Ask the endpoint and yield its reply piece by piece; every fault becomes AgentError."""
        client = await self._connected()
        import httpx2
        import openai

        heard = False
        try:
            # No scope may be open at a yield, so each wait has its own.
            with anyio.fail_after(self._patience_s(deadline_s)):
                stream = await client.chat.completions.create(
                    model=self._config.model,
                    # Built as plain JSON, because tool calls are replayed as the server sent them.
                    messages=cast("list[ChatCompletionMessageParam]", talk),
                    stream=True,
                    extra_body=self._body(may_call),
                )
            async with stream:
                pieces = aiter(stream)
                while True:
                    with anyio.fail_after(self._patience_s(deadline_s)):
                        piece = await anext(pieces, None)
                    if piece is None:
                        return
                    heard = True
                    yield _read(piece)
        except TimeoutError as error:
            if anyio.current_time() >= deadline_s:
                raise AgentError(f"no answer within {self._config.timeout_s:g} s") from error
            raise AgentError(f"silent for {self._config.stall_s:g} s") from error
        except openai.APIStatusError as error:
            raise AgentError(f"the endpoint answered with status {error.status_code}") from error
        except openai.APIConnectionError as error:
            if heard:
                raise AgentError("the endpoint broke off while it answered") from error
            raise AgentError(f"cannot reach {self._config.base_url}") from error
        except openai.OpenAIError as error:
            raise AgentError("the endpoint reported an error while it answered") from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise AgentError("the endpoint broke off while it answered") from error
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # The client does not validate what compatible servers stream.
            raise AgentError("the endpoint sent something that is not a reply") from error

    def _patience_s(self, deadline_s: float) -> float:
        return max(0.0, min(self._config.stall_s, deadline_s - anyio.current_time()))

    def _body(self, may_call: bool) -> dict[str, object]:
        body: dict[str, object] = {self._config.token_limit_parameter: self._config.max_tokens}
        if self._config.temperature is not None:
            body["temperature"] = self._config.temperature
        if self._tools:
            body["tools"] = [tool.openai_schema() for tool in self._tools.values()]
            if not may_call:
                body["tool_choice"] = "none"
        return body | dict(self._config.extra_body)

    async def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            self._client = await anyio.to_thread.run_sync(self._new_client)
        return self._client

    def _new_client(self) -> "AsyncOpenAI":
        import openai

        # Key and address are always given: what is left out is read from OPENAI_* variables, and a
        # local endpoint would receive the real key. Retries are the fallback order's business.
        return openai.AsyncOpenAI(
            api_key=self._config.api_key.get_secret_value(),
            base_url=self._config.base_url,
            max_retries=0,
            timeout=self._config.timeout_s,
        )

    def _prepared(self, calls: Sequence[ToolCall]) -> tuple[list["_Run"], dict[str, str]]:
        """Sort calls into those that can run, and answers to those that cannot, by call id."""
        runs: list[_Run] = []
        refused: dict[str, str] = {}
        for call in calls:
            tool = self._tools.get(call.name)
            arguments = call.parsed()
            if tool is None:
                reason = f"no tool is named {call.name!r}; known: {list(self._tools)}"
                refused[call.call_id] = _as_data(error=reason)
            elif arguments is None:
                refused[call.call_id] = _as_data(error="the arguments are not a JSON object")
            else:
                runs.append(_Run(call, tool, arguments))
        return runs, refused

    async def _news(
        self,
        runs: Sequence["_Run"],
        context: ToolContext,
        answers: dict[str, str],
        progress: "_Progress",
    ) -> AsyncGenerator[Finding, None]:
        """Run tools together; yield their progress, and put what they found into `answers`."""
        found: dict[str, list[str]] = {run.call.call_id: [] for run in runs}
        async with aclosing(_run_together(runs, context)) as outputs:
            async for news in outputs:
                call_id = news.run.call.call_id
                if news.output is None:
                    answers[call_id] = _as_data(error=news.error)
                elif news.output.progress:
                    yield _said_by_tool(news.output)
                else:
                    found[call_id].append(news.output.detail or news.output.text)
                    progress.sources += news.output.sources
        for call_id, texts in found.items():
            output = capped(neutral("\n".join(texts)), self._config.tool_output_chars)
            answers.setdefault(call_id, _as_data(output=output))


@dataclass(frozen=True, slots=True)
class _Run:
    """A call that can be run."""

    call: ToolCall
    tool: Tool
    arguments: dict[str, object]


@dataclass(frozen=True, slots=True)
class _News:
    """One output of one running tool, or why it failed."""

    run: _Run
    output: ToolOutput | None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """What matters of one piece of a streamed reply."""

    text: str = ""
    refusal: str = ""
    calls: tuple[CallPiece, ...] = ()
    finish_reason: str | None = None


@dataclass(slots=True)
class _Reply:
    """One reply of the model, as far as it has come."""

    text: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    calls: ToolCallAccumulator = field(default_factory=ToolCallAccumulator)

    def add(self, chunk: _Chunk) -> None:
        self.text += chunk.text
        self.refusal += chunk.refusal
        self.finish_reason = chunk.finish_reason or self.finish_reason
        for piece in chunk.calls:
            self.calls.add(piece)

    def usable_calls(self) -> tuple[ToolCall, ...]:
        """The calls, without those cut off in the middle of their arguments.

        They count because they came, not because of the finish reason: some servers say `stop`.
        """
        calls = self.calls.calls()
        if self.finish_reason in ("length", None):
            calls = tuple(call for call in calls if call.is_complete)
        return calls

    def checked_text(self) -> str:
        """The text, or AgentError when the reply is not an answer."""
        if self.refusal or self.finish_reason == "content_filter":
            raise AgentError("the model declined to answer")
        if self.finish_reason is None:
            raise AgentError("the endpoint broke off while it answered")
        text = plain(self.text)
        if self.finish_reason == "length":
            whole = finished_sentences(self.text)
            text = " ".join(whole) if whole else text
        if not text:
            raise AgentError("the model gave an empty answer")
        return text


@dataclass(slots=True)
class _Progress:
    """How much of an answer was handed over already, and what it rests on."""

    words: int
    """What is left of the budget of spoken words, when the current reply began."""
    began_s: float
    words_given: int = 0
    """Words of the current reply that were handed over."""
    sources: tuple[str, ...] = ()

    def next_reply(self) -> None:
        """Begin another reply of the model; what was said before counts against the budget."""
        self.words = max(1, self.words - self.words_given)
        self.words_given = 0

    def partial(self, text: str) -> Finding | None:
        """Give the finished sentences that are new, as commentary; None when there are none."""
        finished = " ".join(finished_sentences(text)).split()[self.words_given :]
        # One sentence is always left for the result, so the budget must not be used up before.
        if not finished or self.words_given + len(finished) >= self.words:
            return None
        self.words_given += len(finished)
        return Finding(kind=UpdateKind.COMMENTARY, text=" ".join(finished))

    def result(self, text: str) -> Finding:
        """Give the answer within the budget, its beginning included; `detail` holds the whole.

        Whether the beginning was said is for the session to know, which then leaves it out.
        """
        words = self.words
        rest = " ".join(text.split()[self.words_given :])
        if self.words_given and rest:
            words = max(words, self.words_given + len(sentences(rest)[0].split()))
        return Finding(
            kind=UpdateKind.RESULT,
            text=within_budget(text, words),
            detail=text,
            sources=tuple(dict.fromkeys(self.sources)),
        )


async def _run_together(runs: Sequence[_Run], context: ToolContext) -> AsyncGenerator[_News, None]:
    """Run tools side by side and yield their outputs as they come."""
    if not runs:
        return
    send, receive = anyio.create_memory_object_stream[_News](math.inf)
    async with anyio.create_task_group() as tasks, receive:
        with send:
            for run in runs:
                tasks.start_soon(partial(_run, run, context, send.clone()))
        try:
            async for news in receive:
                yield news
        except GeneratorExit:
            # The consumer leaves early: end the tools here; a task group must not see this error.
            tasks.cancel_scope.cancel()


async def _run(run: _Run, context: ToolContext, send: "anyio.abc.ObjectSendStream[_News]") -> None:
    async with send:
        try:
            async for output in run.tool.run(run.arguments, context):
                await send.send(_News(run, output))
        except ToolError as error:
            await send.send(_News(run, None, str(error)))


def _said_by_tool(output: ToolOutput) -> Finding:
    kind = UpdateKind.COMMENTARY if output.progress else UpdateKind.RESULT
    return Finding(kind=kind, text=plain(output.text), detail=output.detail, sources=output.sources)


def _as_data(**values: str) -> str:
    return json.dumps(values, ensure_ascii=False)


def _as_message(text: str, calls: Sequence[ToolCall]) -> dict[str, object]:
    """Replay a reply; its reasoning is left out, since several endpoints refuse to read it back."""
    return {
        "role": "assistant",
        "content": text,
        "tool_calls": [
            {
                "id": call.call_id,
                "type": "function",
                # Servers with strict templates fail on arguments that are not JSON.
                "function": {
                    "name": call.name or "unknown",
                    "arguments": call.arguments if call.is_complete else "{}",
                },
            }
            for call in calls
        ],
    }


def _read(piece: object) -> _Chunk:
    """Read a streamed piece, trusting nothing: any field may be missing or of another type."""
    choices = getattr(piece, "choices", None)
    if choices is None:
        raise ValueError("a piece without choices")
    if not choices:  # the piece that only counts tokens
        return _Chunk()
    delta = getattr(choices[0], "delta", None)
    calls = []
    for call in getattr(delta, "tool_calls", None) or ():
        function = getattr(call, "function", None)
        index = getattr(call, "index", None)
        arguments = getattr(function, "arguments", None)
        calls.append(
            CallPiece(
                index=index if isinstance(index, int) else None,
                call_id=_text(getattr(call, "id", None)) or None,
                name=_text(getattr(function, "name", None)) or None,
                arguments=arguments if isinstance(arguments, str | dict) else None,
            )
        )
    return _Chunk(
        text=_text(getattr(delta, "content", None)),
        refusal=_text(getattr(delta, "refusal", None)),
        calls=tuple(calls),
        finish_reason=_text(getattr(choices[0], "finish_reason", None)) or None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
