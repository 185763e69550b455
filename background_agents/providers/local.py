"""The embedded agent: no network, no large model; it finds tools and passages by their meaning.

It invents nothing: what it says comes from a tool or from a document that it names, and when
neither fits well enough it says so by failing.
"""

import logging
import random
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from weft.background_agents.corrections import resolved_request
from weft.background_agents.knowledge import Knowledge, Passage
from weft.background_agents.offered import (
    offered_tools,
    only_waits,
    said_whole,
    sign_of_life,
    tool_context,
    update_kind,
)
from weft.background_agents.request_parser.parser import Parse, RequestParser
from weft.background_agents.several_requests import asks, split_requests
from weft.background_agents.side_by_side import side_by_side
from weft.background_agents.spoken import load_spoken_form, within_budget
from weft.background_agents.spoken_symbols import say_symbols
from weft.background_agents.types import ContextPackage, Finding, UpdateKind
from weft.clock import Clock, sleep_s
from weft.errors import ToolError
from weft.meaning import SentenceMeaning, Vectors
from weft.tools.builtin import PARSED_TOOLS
from weft.tools.builtin.spoken_numbers import read_pieces
from weft.tools.builtin.spoken_requests import (
    split_corrections,
    without_ending,
    without_fillers,
)
from weft.tools.registry import Registry
from weft.tools.tool import Tool

# Cosine similarities, chosen on the tables in tests/background_agents/test_local.py.
READ_TOOL_FLOOR = 0.10
"""For a tool that could read its arguments out of the request, which is strong evidence in itself:
a sum told as a long story is near to no phrasing of arithmetic."""
PLAIN_TOOL_FLOOR = 0.50
"""For a tool whose arguments are filled in by their types alone."""
KNOWLEDGE_FLOOR = 0.50
"""For a passage in which every telling word of the request occurs."""
OTHER_WORDS_FLOOR = 0.66
"""For one that says it in other words: below, it is mostly about another thing of the same kind."""
READ_TOOL_ADVANTAGE = 0.25
"""How much better a passage must fit than a tool that could read its arguments."""
SURE = 0.4
"""Below this probability of a parse the tools' own readers are asked first; chosen on
`weft/parser_training/held_out.jsonl`."""

_NOTHING_FITS = "neither a tool nor a document fits the request"
_POLITENESS = re.compile(
    r"^(?:(?:hey|hi|hello|okay|ok|so|well|please|and|excuse me|listen)\b[\s,]*|"
    r"(?:can|could|would|will) you (?:please |kindly |maybe )?"
    r"(?:tell me|find out|look up|check|say)?\b[\s,]*|"
    r"(?:do|would) you (?:happen to )?know\b[\s,]*|tell me\b[\s,]*|look up\b[\s,]*|"
    r"i(?:'d| would) (?:like|love) to know\b[\s,]*|i (?:want|need) to know\b[\s,]*)+",
    re.IGNORECASE,
)

logger = logging.getLogger(__name__)


class LocalAgent:
    """Answers with the tools of a registry and the passages of a knowledge folder."""

    def __init__(
        self,
        registry: Registry,
        meaning: SentenceMeaning,
        knowledge: Knowledge | None,
        clock: Clock,
        think_s: float | tuple[float, float] = 0.0,
        *,
        seed: int = 0,
        name: str = "local",
        tools: Sequence[str] | None = None,
        parser: RequestParser | None = None,
    ) -> None:
        """Keep what is needed; `start` loads it.

        `think_s` delays every answer on the clock, by a fixed time or one drawn from a range with
        `seed`. `tools` narrows the registry; raises ToolError for a name that it does not know.
        `parser` reads requests for the built-in tools; without it they read them themselves.
        """
        self.name = name
        self._registry = registry
        self._names = tools
        self._meaning = meaning
        self._knowledge = knowledge
        self._clock = clock
        self.parser = parser
        self._think_s = think_s if isinstance(think_s, tuple) else (think_s, think_s)
        self._random = random.Random(seed)
        self._phrased: _Phrased | None = None
        # Asked now, so that a name nobody knows is a mistake of the configuration.
        self._offered()

    async def start(self) -> None:
        """Load the sentence model and the knowledge, before the first conversation."""
        # In the calling task: nothing is going on yet, and a failure to load must stop the start.
        self._meaning.load()
        load_spoken_form()
        if self.parser is not None:
            self.parser.load()
        if self._knowledge is not None:
            await self._knowledge.load()
        tools = self._offered()
        for tool in tools:
            if tool.prepare is not None:
                _make_ready(tool.name, tool.prepare)
        rows = self._meaning.embed_kept([text for _, text in _phrasings(tools)])
        self._phrased = _Phrased(tools, rows)

    async def answer(self, package: ContextPackage) -> AsyncGenerator[Finding, None]:
        """Yield what a tool or a passage says, or one failure with the reason."""
        await sleep_s(self._clock, self._random.uniform(*self._think_s))
        several = await self._several(package)
        if not several:
            whole = self._answer_by(await self.chosen(package), package)
            async with aclosing(whole) as findings:
                async for finding in findings:
                    yield finding
            return
        quick = [part for part in several if not _waits(part)]
        waiting = [part for part in several if _waits(part)]
        streams = [self._together(quick)] if quick else []
        streams += [self._answer_by(part.choice, part.package) for part in waiting]
        async with aclosing(side_by_side(streams)) as findings:
            async for finding in findings:
                # Beside a timer a failure would be told when that has ended.
                at_once = waiting and finding.kind is UpdateKind.FAILURE
                yield replace(finding, kind=UpdateKind.RESULT) if at_once else finding

    async def _together(self, parts: "Sequence[_Part]") -> AsyncGenerator[Finding, None]:
        """Answer several requests in one result, which also names what had no answer."""
        results: list[Finding] = []
        unanswered: list[str] = []
        for part in parts:
            async with aclosing(self._answer_by(part.choice, part.package)) as findings:
                async for finding in findings:
                    match finding.kind:
                        case UpdateKind.RESULT:
                            results.append(finding)
                        case UpdateKind.FAILURE:
                            request = part.package.request.rstrip(" .?!")
                            unknown = finding.text == _NOTHING_FITS
                            reason = f"I found no answer to this: {request}."
                            unanswered.append(reason if unknown else finding.text)
                        case _:
                            yield finding
        if results:
            yield Finding(
                kind=UpdateKind.RESULT,
                text=" ".join([*(each.text for each in results), *unanswered]),
                detail="\n\n".join(each.detail for each in results if each.detail),
                sources=tuple(dict.fromkeys(s for each in results for s in each.sources)),
                components=tuple(c for each in results for c in each.components),
                tainted=any(each.tainted for each in results),
            )
        elif unanswered:
            yield Finding(kind=UpdateKind.FAILURE, text=" ".join(unanswered))

    async def _several(self, package: ContextPackage) -> "list[_Part]":
        """Give the parts of a request that are requests by themselves; none when it is one.

        They are when each has an answer, or is a plain question beside one that has.
        """
        requests = split_requests(package.request)
        if len(requests) == 1 or len(split_corrections(package.request)) > 1:
            return []
        parts: list[_Part] = []
        for request in requests:
            words = package.spoken_words // len(requests)
            alone = package.model_copy(update={"request": request, "spoken_words": words})
            parts.append(_Part(alone, await self.chosen(alone)))
        known = [_what_is_said(part.choice) for part in parts if part.choice is not None]
        repeated = any(said in known[:n] for n, said in enumerate(known))
        open_ended = all(asks(p.package.request) for p in parts if p.choice is None)
        return parts if known and open_ended and not repeated else []

    async def _answer_by(
        self, choice: "ToolChoice | Passage | None", package: ContextPackage
    ) -> AsyncGenerator[Finding, None]:
        """Yield what a choice says."""
        match choice:
            case ToolChoice(tool=tool, arguments=arguments):
                async with aclosing(self._use(tool, arguments, package)) as findings:
                    async for finding in findings:
                        yield finding
            case Passage():
                answer = within_budget(say_symbols(choice.answer), package.spoken_words)
                yield Finding(
                    kind=UpdateKind.RESULT,
                    text=f"According to the {choice.source}, {answer}",
                    detail=choice.text,
                    sources=(choice.place,),
                )
            case None:
                yield Finding(kind=UpdateKind.FAILURE, text=_NOTHING_FITS)

    async def chosen(self, package: ContextPackage) -> "ToolChoice | Passage | None":
        """Decide between the tools and the best passage; None when neither fits well enough."""
        request = await resolved_request(package, self._meaning)
        passages = await self._knowledge.search(request, limit=1) if self._knowledge else []
        passage = passages[0] if passages and _answers(passages[0]) else None
        parsed = await self._parsed(package.request, request)
        ranked = await self._ranked(request)
        choice = None
        if parsed is None or parsed.probability < SURE:
            choice = _chosen_tool(ranked, package.request, request, passage, None)
        if choice is None and parsed is not None:
            choice = _chosen_tool(ranked, package.request, request, passage, parsed)
        if choice is None and passage is not None:
            logger.info("answered from knowledge, similarity %.2f", passage.score)
        return choice or passage

    async def _parsed(self, said: str, resolved: str) -> Parse | None:
        """Read a request as it was said, or with its correction where that is a likelier call."""
        if self.parser is None:
            return None
        parsed = await self.parser.read(said)
        if resolved == said:
            return parsed
        corrected = await self.parser.read(resolved)
        if corrected.call is None:
            return parsed
        is_likelier = parsed.call is None or corrected.probability > parsed.probability
        return corrected if is_likelier else parsed

    async def _ranked(self, request: str) -> list[tuple[float, Tool]]:
        """Order the tools by how near the request is to a phrasing of theirs, nearest first."""
        tools = self._offered()
        phrasings = _phrasings(tools)
        if not phrasings:
            return []
        phrased = self._phrased
        if phrased is None or phrased.tools != tools:
            rows = await self._meaning.embedded([text for _, text in phrasings])
            phrased = self._phrased = _Phrased(tools, rows)
        fits = phrased.rows @ (await self._meaning.embedded([request]))[0]
        best: dict[str, tuple[float, Tool]] = {}
        for fit, (tool, _) in zip(fits.tolist(), phrasings, strict=True):
            if tool.name not in best or fit > best[tool.name][0]:
                best[tool.name] = (fit, tool)
        return sorted(best.values(), key=lambda pair: -pair[0])

    def _offered(self) -> tuple[Tool, ...]:
        """The tools there are now: those of servers come and go."""
        return tuple(offered_tools(self._registry, self._names).values())

    async def _use(
        self, tool: Tool, arguments: Mapping[str, object], package: ContextPackage
    ) -> AsyncGenerator[Finding, None]:
        """Run a tool and yield its outputs; its failure is a finding too."""
        if only_waits(tool):
            yield sign_of_life(tool)
        try:
            async for output in tool.run(arguments, tool_context(package, self._clock)):
                whole = said_whole(output)
                # A question is never cut: the user says yes to all of it.
                asks = output.effect is not None
                spoken = whole if asks else within_budget(whole, package.spoken_words)
                yield Finding(
                    kind=update_kind(output),
                    text=spoken,
                    detail=output.detail or (whole if spoken != whole else ""),
                    sources=output.sources,
                    effect=output.effect,
                    components=output.components,
                    tainted=tool.untrusted or output.tainted,
                )
        except ToolError as error:
            yield Finding(kind=UpdateKind.FAILURE, text=str(error))


@dataclass(frozen=True, slots=True)
class _Part:
    """One of several requests, and what is to answer it."""

    package: ContextPackage
    choice: "ToolChoice | Passage | None"


def _what_is_said(choice: "ToolChoice | Passage") -> object:
    """Give what two choices have in common that say the same, however well each fits."""
    match choice:
        case ToolChoice(tool=tool, arguments=arguments):
            return tool.name, arguments
        case Passage(place=place, answer=answer):
            return place, answer


def _waits(part: _Part) -> bool:
    return isinstance(part.choice, ToolChoice) and only_waits(part.choice.tool)


def _make_ready(name: str, prepare: Callable[[], object]) -> None:
    try:
        prepare()
    except (Exception, SystemExit) as error:  # a plugin's author wrote it
        raise ToolError(
            f"the tool {name!r} cannot be made ready: {type(error).__name__}: {error}; "
            "repair it, or leave it out of `tools.use`"
        ) from error


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """A call that is to answer a request."""

    tool: Tool
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Phrased:
    """Where the phrasings of some tools lie in the space of meanings, a row for each."""

    tools: tuple[Tool, ...]
    rows: Vectors


def filled_arguments(parameters: Mapping[str, object], request: str) -> dict[str, object] | None:
    """Fill a tool's arguments by their types: the request as the text, its numbers in order.

    None when a required argument cannot be filled.
    """
    properties = parameters.get("properties", {})
    required = parameters.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(required, Sequence):
        return None
    request = " ".join(without_fillers(request).split())
    numbers = [float(p.value) for p in read_pieces(request) if not isinstance(p.value, str)]
    texts = 0
    arguments: dict[str, object] = {}
    for name, schema in properties.items():
        kind = schema.get("type") if isinstance(schema, Mapping) else None
        options = schema.get("enum") if isinstance(schema, Mapping) else None
        if isinstance(options, list):
            said = [o for o in options if re.search(rf"\b{re.escape(str(o))}\b", request, re.I)]
            if said:
                arguments[name] = said[0]
        elif kind in ("number", "integer") and numbers:
            number = numbers.pop(0)
            arguments[name] = int(number) if number.is_integer() else number
        elif kind == "string" and name in required:
            texts += 1
            arguments[name] = without_ending(_POLITENESS.sub("", request)) or request
    # With two texts there is no telling which words belong to which.
    if texts > 1 or any(name not in arguments for name in required):
        return None
    return arguments


def _chosen_tool(
    ranked: Iterable[tuple[float, Tool]],
    said: str,
    resolved: str,
    passage: Passage | None,
    parsed: Parse | None,
) -> "ToolChoice | None":
    """Decide for the nearest tool with arguments; without a parse the tools' own readers read."""
    for score, tool in ranked:
        if parsed is not None and is_parsed(tool):
            call = parsed.call
            arguments = call.arguments if call and call.tool == tool.name else None
            rival = max(score + READ_TOOL_ADVANTAGE, parsed.probability)
        elif score < READ_TOOL_FLOOR:
            continue
        elif tool.read_arguments is not None:
            # As it was said first: readers know corrections of their own arguments.
            arguments = tool.read_arguments(said) or tool.read_arguments(resolved)
            rival = score + READ_TOOL_ADVANTAGE
        else:
            arguments = filled_arguments(tool.parameters, resolved)
            rival = score if score >= PLAIN_TOOL_FLOOR else -1.0
        if arguments is not None and (passage.score if passage else 0.0) <= rival:
            logger.info("routed to tool %s, similarity %.2f", tool.name, score)
            return ToolChoice(tool, arguments)
    return None


def is_parsed(tool: Tool) -> bool:
    """Say whether a tool is one of those that the parser of requests knows."""
    reader = PARSED_TOOLS.get(tool.name)
    return reader is not None and tool.read_arguments is reader


def _answers(passage: Passage) -> bool:
    return passage.score >= (OTHER_WORDS_FLOOR if passage.missing else KNOWLEDGE_FLOOR)


def _phrasings(tools: Sequence[Tool]) -> list[tuple[Tool, str]]:
    """Pair each tool with every text that it may be meant by."""
    pairs = []
    for tool in tools:
        texts = (*tool.examples, tool.description) if tool.description else tool.examples
        pairs += [(tool, text) for text in texts or (tool.name,)]
    return pairs
