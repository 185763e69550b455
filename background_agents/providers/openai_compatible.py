"""An agent behind any endpoint that speaks OpenAI's chat completions: it thinks, calls, answers.

Network waits are measured in real time; tools wait on the session's clock.
"""

import logging
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import anyio
import anyio.to_thread

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.offered import (
    offered_tools,
    only_waits,
    said_whole,
    sign_of_life,
    tool_context,
    update_kind,
)
from weft.background_agents.prompt import messages
from weft.background_agents.providers.chat_endpoint import ChatEndpoint
from weft.background_agents.providers.streamed_calls import ReplyPiece, StreamedReply
from weft.background_agents.providers.tool_runs import (
    ToolRun,
    as_messages,
    found,
    prepared,
    run_together,
    told,
)
from weft.background_agents.providers.traced_reply import Asked, traced_reply
from weft.background_agents.spoken import (
    finished_sentences,
    load_spoken_form,
    neutral,
    plain,
    within_budget,
)
from weft.background_agents.spoken_marks import MarkedText
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.clock import Clock
from weft.errors import AgentError
from weft.sentences import sentences
from weft.tools.components import COMPONENTS_LIMIT, AnyComponent
from weft.tools.effect import Effect
from weft.tools.registry import Registry
from weft.tools.remarks import Remarks
from weft.tools.tool import ToolContext, ToolOutput
from weft.tools.untrusted import ToolMessage
from weft.tracing import Tracing

logger = logging.getLogger(__name__)

THINKING_EVERY_S = 1.0
LONGEST_ENDING_CHARS = 60
"""A mark, what closes behind it, and the next word."""
_ENOUGH_SHOWN = f"{COMPONENTS_LIMIT} components are shown already, and no more may be"
_ASKING = (
    "nothing is done yet: the user is asked about this right behind your answer; do not call it "
    "again and do not speak of it, but say what else was found"
)
_ENDING = re.compile(r"[.?!…:;\n](?=\S*\s+\S+(\s))")
"""A mark behind which a whole word has come; whether it ended a sentence can then be told."""
THINKING_CHARS = 600
"""Most characters of one thought that are passed on: enough to see that it goes on, and where."""


class OpenAICompatibleAgent:
    """Answers with a remote or local language model that may call tools, several at once."""

    def __init__(
        self,
        name: str,
        config: OpenAICompatibleConfig,
        registry: Registry,
        clock: Clock,
        tracing: Tracing | None = None,
    ) -> None:
        """Keep what is needed, unconnected. Raises ToolError for an unknown tool name."""
        self.name = name
        self._config = config
        self._registry = registry
        self._tools = offered_tools(registry, config.tools)
        self._clock = clock
        self._endpoint = ChatEndpoint(config)
        self._tracing = tracing

    async def start(self) -> None:
        """Make the endpoint ready. Raises AgentError when it is away or has no such model."""
        await anyio.to_thread.run_sync(load_spoken_form)
        await self._endpoint.start()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._endpoint.aclose()

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield thoughts, partial answers, news of tools, and the answer.

        Raises AgentError when the endpoint fails, declines, or has no answer within its limits:
        the steps and the time of the configuration, and the deadline of the delegation.
        """
        progress = _Progress(
            words=package.spoken_words, began_s=anyio.current_time(), tainted=package.tainted
        )
        async with aclosing(self._work(package, progress)) as findings:
            async for finding in findings:
                yield replace(finding, tainted=progress.tainted)

    async def _work(
        self, package: ContextPackage, progress: "_Progress"
    ) -> AsyncGenerator[Finding, None]:
        """Give the answer, then the questions that come with it, then what timers say."""
        # Those of servers may have come or gone since the last answer.
        self._tools = offered_tools(self._registry, self._config.tools)
        context = tool_context(package, self._clock)
        try:
            async with aclosing(self._replies(package, context, progress)) as findings:
                async for finding in findings:
                    yield finding
        except AgentError as error:
            if not progress.questions:
                raise
            # What the model wanted to propose does not depend on how well it answers.
            logger.warning("agent %s only asks, without an answer: %s", self.name, error)
        # Behind the answer: whoever is asked replies to what was said last.
        for question in progress.questions.values():
            yield question
        context = replace(context, tainted=progress.tainted)
        progress.tainted |= any(run.tool.untrusted for run in progress.waiting)
        for run in progress.waiting:
            yield sign_of_life(run.tool)
        async with aclosing(run_together(progress.waiting, context)) as outputs:
            async for said in outputs:
                if said.output is None:
                    raise AgentError(said.error)
                yield _said_by_tool(said.output)

    async def _replies(
        self, package: ContextPackage, context: ToolContext, progress: "_Progress"
    ) -> AsyncGenerator[Finding, None]:
        """Let the model reply and run the tools it calls, until it calls none: then it answers.

        There is no answer where nothing was called but what asks the user, and timers.
        """
        deadline_s = anyio.current_time() + self._time_left_s(package)
        talk: list[dict[str, object]] = [dict(message) for message in messages(package)]
        for step in range(self._config.step_limit):
            reply = _Reply()
            is_last = step + 1 == self._config.step_limit or progress.asked_again
            may_call = bool(self._tools) and not is_last
            async with aclosing(
                self._hear(self._asked(package, talk, deadline_s, may_call), reply, progress)
            ) as partials:
                async for finding in partials:
                    yield finding
            calls = reply.streamed.calls()
            if not calls or progress.asked_again:
                yield progress.result(reply)
                return
            remark = progress.remark(reply.marked.said, self._clock.now_s())
            if remark is not None:
                yield remark
            runs, refused = prepared(calls, self._tools)
            waiting = [run for run in runs if only_waits(run.tool)]
            quick = [run for run in runs if not only_waits(run.tool)]
            progress.waiting += waiting
            progress.learnt |= bool(refused)
            answers = refused | {
                run.call.call_id: told(run.call, status="running") for run in waiting
            }
            called = replace(context, tainted=progress.tainted)
            # What is found from here on may be in the words of strangers. The calls themselves are
            # not: the model has made them before it reads any.
            progress.tainted |= any(run.tool.untrusted for run in quick)
            async with aclosing(self._news(quick, called, answers, progress, deadline_s)) as news:
                async for finding in news:
                    yield finding
            if not quick and not refused and reply.text_beside_calls.strip():
                yield progress.result(reply)
                return
            if not progress.learnt:
                # A question waits for the user; timers speak for themselves.
                return
            talk += as_messages(reply.text_beside_calls, calls, answers)
        raise AgentError(f"came to no answer in {self._config.step_limit} steps")

    def _time_left_s(self, package: ContextPackage) -> float:
        waited_s = self._clock.now_s() - package.submitted_s
        left_s = min(self._config.timeout_s, package.deadline_s - waited_s)
        if left_s <= 0:
            raise AgentError("no time was left to ask")
        return left_s

    def _asked(
        self,
        package: ContextPackage,
        talk: list[dict[str, object]],
        deadline_s: float,
        may_call: bool,
    ) -> AsyncGenerator[ReplyPiece, None]:
        """Ask the model for one reply, in a span where somebody looks."""
        tools = [tool.openai_schema() for tool in self._tools.values()]
        pieces = self._endpoint.reply(talk, tools, may_call=may_call, deadline_s=deadline_s)
        if self._tracing is None:
            return pieces
        asked = Asked(
            config=self._config,
            talk=talk,
            session_id=package.session_id,
            traceparent=package.traceparent,
        )
        return traced_reply(pieces, asked, self._tracing)

    async def _hear(
        self,
        pieces: AsyncGenerator[ReplyPiece, None],
        reply: "_Reply",
        progress: "_Progress",
    ) -> AsyncGenerator[Finding, None]:
        """Hear one reply to its end; a long and slow one is handed over sentence by sentence."""
        progress.next_reply()
        async with aclosing(pieces):
            async for piece in pieces:
                reply.add(piece)
                now_s = anyio.current_time()
                thought = progress.thought(reply, now_s)
                if thought is not None:
                    yield thought
                slow = (
                    self._config.partial_after_s is not None
                    and now_s - progress.began_s >= self._config.partial_after_s
                )
                if slow and piece.text and not reply.has_calls:
                    partial_answer = progress.partial(reply.marked.to_say)
                    if partial_answer is not None:
                        yield partial_answer
        reply.end()
        if reply.streamed.use is not None:
            yield Finding(kind=UpdateKind.THINKING, use=reply.streamed.use)

    async def _news(
        self,
        runs: Sequence[ToolRun],
        context: ToolContext,
        answers: dict[str, ToolMessage],
        progress: "_Progress",
        deadline_s: float,
    ) -> AsyncGenerator[Finding, None]:
        """Run tools together; yield their progress, and put what they found into `answers`.

        What they ask the user is kept for behind the answer.
        """
        texts: dict[str, list[str]] = {run.call.call_id: [] for run in runs}
        asking: set[str] = set()
        async with aclosing(run_together(runs, context, deadline_s)) as outputs:
            async for news in outputs:
                call_id = news.run.call.call_id
                progress.tainted |= news.output is not None and news.output.tainted
                if news.output is None:
                    answers[call_id] = told(news.run.call, error=news.error)
                elif news.output.effect is not None:
                    asking.add(call_id)
                    answers[call_id] = told(news.run.call, status=_ASKING)
                    progress.ask(news.output.effect, _said_by_tool(news.output))
                elif news.output.progress:
                    if progress.remarks.admit(news.output.text, self._clock.now_s()):
                        yield _said_by_tool(news.output)
                elif progress.shows_too_much(news.output):
                    answers[call_id] = told(news.run.call, error=_ENOUGH_SHOWN)
                else:
                    texts[call_id].append(news.output.detail or news.output.text)
                    progress.sources += news.output.sources
                    progress.components += news.output.components
        progress.learnt |= len(asking) < len(runs)
        for run in runs:
            call_id = run.call.call_id
            answers.setdefault(call_id, found(run, texts[call_id], self._config.tool_output_chars))


@dataclass(slots=True)
class _Reply:
    """One reply of the model, as far as it has come, and which parts of its text are for whom."""

    streamed: StreamedReply = field(default_factory=StreamedReply)
    marked: MarkedText = field(default_factory=MarkedText)

    def add(self, piece: ReplyPiece) -> None:
        self.streamed.add(piece)
        self.marked.add(piece.text)

    def end(self) -> None:
        self.marked.end()

    @property
    def has_calls(self) -> bool:
        """Whether calls have begun to come, in whatever form."""
        return self.streamed.has_calls or self.streamed.text_is_calls

    @property
    def text_beside_calls(self) -> str:
        """The text that goes back to the model with its calls; calls within it go as calls."""
        return "" if self.streamed.text_is_calls else self.streamed.text

    def spoken(self) -> str:
        """Give what is to be said, in plain sentences; one that was cut off is left out.

        Raises AgentError when the reply is not an answer.
        """
        if self.streamed.refusal or self.streamed.finish_reason == "content_filter":
            raise AgentError("the model declined to answer")
        if self.streamed.broke_off:
            raise AgentError("the endpoint broke off while it answered")
        text = plain(self.marked.to_say)
        if not text:
            raise AgentError("the model gave an empty answer")
        if self.streamed.finish_reason == "length":
            whole = finished_sentences(self.marked.to_say)
            if whole:
                return " ".join(whole)
        return text


@dataclass(slots=True)
class _Progress:
    """How much of an answer was handed over already, and what it rests on."""

    words: int
    """What is left of the budget of spoken words, when the current reply began."""
    began_s: float
    given: list[str] = field(default_factory=list)
    """Words of the current reply that were handed over."""
    seen_chars: int = 0
    """How much of the current reply was searched for finished sentences."""
    thought_chars: int = 0
    """How much of the current reply's reasoning was passed on, or passed over."""
    thought_s: float | None = None
    remarks: Remarks = field(default_factory=Remarks)
    sources: tuple[str, ...] = ()
    components: tuple[AnyComponent, ...] = ()
    tainted: bool = False
    """Whether the model has read words of strangers."""
    learnt: bool = False
    """Whether a call gave the model something to tell, or to mend."""
    waiting: list[ToolRun] = field(default_factory=list)
    """What was called and only waits; it is run behind the answer."""
    questions: dict[str, Finding] = field(default_factory=dict)
    """What the user is asked behind the answer, by the key of the effect."""
    asked_again: bool = False
    """Whether the model has proposed the same twice, though it was told that the user is asked."""

    def next_reply(self) -> None:
        """Begin another reply of the model; what was said before counts against the budget."""
        self.words = max(1, self.words - len(self.given))
        self.given = []
        self.seen_chars = 0
        self.thought_chars = 0

    def ask(self, effect: Effect, question: Finding) -> None:
        """Keep a question for behind the answer; what was proposed before is not asked twice."""
        self.asked_again |= effect.key in self.questions
        self.questions.setdefault(effect.key, question)

    def shows_too_much(self, output: ToolOutput) -> bool:
        """Whether an answer would show more than it may, with what a tool adds to it."""
        return len(self.components) + len(output.components) > COMPONENTS_LIMIT

    def thought(self, reply: _Reply, now_s: float) -> Finding | None:
        """Give the reasoning that is new, once in a while."""
        reasoning = reply.streamed.reasoning
        fresh = reasoning[self.thought_chars :].strip()
        if not fresh or (self.thought_s is not None and now_s - self.thought_s < THINKING_EVERY_S):
            return None
        self.thought_chars = len(reasoning)
        self.thought_s = now_s
        return Finding(kind=UpdateKind.THINKING, text=neutral(fresh[-THINKING_CHARS:]))

    def remark(self, said: str, now_s: float) -> Finding | None:
        """Give what the model marked to be said while its tools run."""
        text = within_budget(plain(said), self.words)
        if self.given or not self.remarks.admit(text, now_s):
            return None
        return Finding(kind=UpdateKind.COMMENTARY, text=text)

    def partial(self, text: str) -> Finding | None:
        """Give the finished sentences that are new, as commentary; None when there are none."""
        # Finding sentences costs more than a piece is worth: once where one may have ended.
        seen_chars, self.seen_chars = self.seen_chars, len(text)
        endings = _ENDING.finditer(text, max(0, seen_chars - LONGEST_ENDING_CHARS))
        if not any(ending.end(1) > seen_chars for ending in endings):
            return None
        finished = " ".join(finished_sentences(text)).split()
        fresh = finished[len(self.given) :]
        # One sentence is always left for the result, so the budget must not be used up before.
        if not fresh or finished[: len(self.given)] != self.given or len(finished) >= self.words:
            return None
        self.given = finished
        return Finding(kind=UpdateKind.COMMENTARY, text=" ".join(fresh))

    def result(self, reply: _Reply) -> Finding:
        """Give the answer within the budget, its beginning included; `detail` holds the whole.

        Whether the beginning was said is for the session to know, which then leaves it out.
        Raises AgentError when the reply is not an answer.
        """
        text = reply.spoken()
        words = self.words
        rest = " ".join(text.split()[len(self.given) :])
        if self.given and rest:
            words = max(words, len(self.given) + len(sentences(rest)[0].split()))
        return Finding(
            kind=UpdateKind.RESULT,
            text=within_budget(text, words),
            detail=neutral(reply.marked.to_show).strip(),
            sources=tuple(dict.fromkeys(self.sources)),
            components=self.components,
        )


def _said_by_tool(output: ToolOutput) -> Finding:
    return Finding(
        kind=update_kind(output),
        text=said_whole(output),
        detail=output.detail,
        sources=output.sources,
        effect=output.effect,
        components=output.components,
    )
