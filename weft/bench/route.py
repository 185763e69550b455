"""Whether the embedded agent finds the right tool for a request, and says when it has none.

right_tool_and_arguments   share of the requests that a tool can answer for which the agent chose
                           that tool, with arguments that mean the same
honest_unknown             share of the requests that no tool can answer for which it chose none

The agent has the five tools that need nothing (arithmetic, units, time, timer, repeat) and no
documents: whether a document answers a question is another matter.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio

from weft.background_agents.providers.local import LocalAgent, ToolChoice
from weft.background_agents.request_parser.parser import RequestParser
from weft.background_agents.types import ContextPackage
from weft.bench._json_lines import objects
from weft.bench._report import Asked, Line, Report, aside, at_least
from weft.clock import VirtualClock
from weft.errors import InputError, ToolError
from weft.meaning import SentenceMeaning
from weft.progress import Tick, no_tick, progress
from weft.tools.builtin import builtin_tools, units
from weft.tools.builtin.evaluation import evaluate
from weft.tools.builtin.places import find_zone, plain
from weft.tools.registry import Registry
from weft.tools.tool import Tool

REQUESTS = Path(__file__).parent / "route_requests.jsonl"
EXAMPLE = (
    '{"text": "what is two plus two", "tool": "arithmetic", "arguments": {"expression": "2+2"}}'
)
TOOLS = ("arithmetic", "units", "time", "timer", "repeat")
_SHOWN_MISTAKES = 60
_FRAME = re.compile(r"^(?:this is your reminder (?:to|about|of)|time is up for the) ")
"""What the timer says around the user's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request, and the call that answers it."""

    text: str
    tool: str | None
    """None when no tool can answer it."""
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the agent did with a request."""

    case: Case
    tool: str | None
    arguments: Mapping[str, object]
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What was measured."""

    outcomes: tuple[Outcome, ...]

    @property
    def right_tool_and_arguments(self) -> float:
        """Share of the answerable requests."""
        return _share(o.right for o in self.outcomes if o.case.tool is not None)

    @property
    def honest_unknown(self) -> float:
        """Share of the others."""
        return _share(o.right for o in self.outcomes if o.case.tool is None)


def report(asked: Asked) -> Report:
    """Measure with the shipped requests, or those of a file."""
    path = asked.requests or REQUESTS
    registry = Registry(each for each in builtin_tools() if each.name in TOOLS)
    cases = read_requests(path, registry)[: asked.size]
    meaning = SentenceMeaning(inline=True)
    meaning.load()
    with progress("requests", len(cases)) as tick:
        found = anyio.run(partial(measure, registry, meaning, cases, tick=tick))
    answerable = sum(case.tool is not None for case in cases)
    return Report(
        title="Route: what the embedded agent makes of a request",
        numbers={
            "right_tool_and_arguments": round(found.right_tool_and_arguments, 4),
            "honest_unknown": round(found.honest_unknown, 4),
            "requests": len(cases),
        },
        lines=[
            at_least("right tool and arguments", found.right_tool_and_arguments, 0.95),
            at_least("honest about what it cannot answer", found.honest_unknown, 0.95),
            *_by_tool(found.outcomes),
            *_mistakes(found.outcomes),
        ],
        setting=(f"{len(cases)} requests, {answerable} of which a tool can answer", path.name),
    )


async def measure(
    registry: Registry, meaning: SentenceMeaning, cases: Sequence[Case], *, tick: Tick = no_tick
) -> Route:
    """Let a fresh agent choose for each case; nothing is run."""
    agent = LocalAgent(registry, meaning, None, VirtualClock(), parser=RequestParser(meaning))
    await agent.start()
    outcomes = []
    for case in cases:
        choice = await agent.chosen(_package(case.text))
        call = choice if isinstance(choice, ToolChoice) else None
        if call is None or case.tool is None:
            right = call is None and case.tool is None
        else:
            right = call.tool.name == case.tool and same_call(
                call.tool, case.arguments, call.arguments
            )
        outcomes.append(
            Outcome(
                case=case,
                tool=call.tool.name if call else None,
                arguments=call.arguments if call else {},
                right=right,
            )
        )
        tick()
    return Route(outcomes=tuple(outcomes))


def same_call(tool: Tool, wanted: Mapping[str, object], given: Mapping[str, object]) -> bool:
    """Say whether two calls of a tool mean the same, however they are written."""
    try:
        left, right = tool.check(wanted), tool.check(given)
        match tool.name:
            case "arithmetic":
                return _close(*(evaluate(str(c["expression"])) for c in (left, right)))
            case "units":
                return _same_conversion(left, right)
            case "time" if left["asked"] == right["asked"] == "difference":
                # Who is named first decides nothing: the answer says who is ahead.
                return {_zone(left[each]) for each in ("place", "compared_with")} == {
                    _zone(right[each]) for each in ("place", "compared_with")
                }
            case "time":
                same_zone = _zone(left["place"]) == _zone(right["place"])
                return same_zone and left["asked"] == right["asked"]
        return all(_same(left[name], right[name]) for name in left)
    except ToolError:
        return False


def read_requests(path: Path, registry: Registry) -> list[Case]:
    """Read JSON lines with `text`, `tool` and `arguments`; raises InputError naming the line."""
    return [_case(where, value, registry) for where, value in objects(path, example=EXAMPLE)]


def _case(where: str, value: Mapping[str, object], registry: Registry) -> Case:
    text, tool, arguments = value.get("text"), value.get("tool"), value.get("arguments") or {}
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'{where}: "text" should be words, in quotation marks')
    if "tool" not in value or not (tool is None or tool in registry.names):
        raise InputError(f'{where}: "tool" should be null or one of {", ".join(registry.names)}')
    if not isinstance(arguments, dict):
        raise InputError(f'{where}: "arguments" should be an object')
    if isinstance(tool, str):
        try:
            registry.get(tool).check(arguments)
        except ToolError as error:
            raise InputError(f"{where}: {error}") from error
        return Case(text=text, tool=tool, arguments=arguments)
    return Case(text=text, tool=None)


def _same_conversion(left: Mapping[str, object], right: Mapping[str, object]) -> bool:
    """Compare what comes out, and the units: 74 inches are six feet and two inches."""
    results = []
    for call in (left, right):
        value = call["value"]
        assert isinstance(value, float)
        converted, _, target = units.convert(value, str(call["unit_from"]), str(call["unit_to"]))
        results.append((converted, target))
    return results[0][1] == results[1][1] and _close(results[0][0], results[1][0])


def _same(wanted: object, given: object) -> bool:
    if isinstance(wanted, int | float) and isinstance(given, int | float):
        return _close(wanted, given)
    if isinstance(wanted, str) and isinstance(given, str):
        return _words(wanted) == _words(given)
    return wanted == given


def _zone(place: object) -> str:
    """Take a place for its time zone: "Panama" and "Panama City" are answered alike."""
    return find_zone(str(place)) or plain(str(place))


def _words(text: str) -> str:
    """Take a message as it sounds, without what is always said around it."""
    return _FRAME.sub("", plain(text)).removeprefix("the ")


def _close(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-9)


def _package(text: str) -> ContextPackage:
    return ContextPackage(
        delegation_id="bench.1",
        revision=0,
        session_id="bench",
        cutoff_index=0,
        request=text,
        transcript=(),
        open_delegations=(),
        language="en",
        submitted_s=0.0,
        deadline_s=30.0,
        spoken_words=60,
    )


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted) if counted else 0.0


def _by_tool(outcomes: Sequence[Outcome]) -> list[Line]:
    lines = []
    for tool in sorted({o.case.tool for o in outcomes if o.case.tool is not None}):
        of_tool = [o for o in outcomes if o.case.tool == tool]
        lines.append(aside(f"  {tool}", f"{sum(o.right for o in of_tool)} of {len(of_tool)}"))
    return lines


def _mistakes(outcomes: Sequence[Outcome]) -> list[Line]:
    """Show some requests, with what the agent made of them."""
    wrong = [o for o in outcomes if not o.right]
    return [
        aside(f"  {o.case.text}", f"{o.tool} {dict(o.arguments)}" if o.tool else "nothing")
        for o in wrong[:_SHOWN_MISTAKES]
    ]
