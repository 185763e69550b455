"""Puts a streamed reply together, its wrongly numbered tool calls too. Pure.

Compatible servers leave out or repeat indices, ids and names, send arguments whole, in pieces or as
an object, and write calls into the text. Each rule below answers to servers that were seen doing
so.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from weft.background_agents.types import TokenUse

NESTING_LIMIT = 50
"""Most levels of lists and objects in arguments; more would break what walks through them."""

_TAGS = re.compile(r"<\|.*", re.DOTALL)
_WRITTEN_CALL = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPiece:
    """What one chunk of a stream says about a tool call; anything may be missing."""

    index: int | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPiece:
    """What one chunk of a stream says; any of it may be missing."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[CallPiece, ...] = ()
    finish_reason: str | None = None
    use: TokenUse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call that a model asked for."""

    call_id: str
    name: str
    arguments: str
    """JSON text as it came; `{}` when nothing came."""

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are a whole JSON object; a stream cut short leaves half of one."""
        return self.parsed() is not None

    def parsed(self) -> dict[str, object] | None:
        """The arguments as values; None when they are no JSON object, or nested too deeply."""
        value = _json_object(self.arguments)
        return None if _is_deep(value) else value


@dataclass(slots=True)
class _OpenCall:
    call_id: str = ""
    name: str = ""
    arguments: str = ""


class ToolCallAccumulator:
    """Collects the pieces of one reply."""

    def __init__(self, new_id: Callable[[], str] = lambda: f"call_{uuid.uuid4().hex}") -> None:
        """Start without calls; `new_id` names those that the server left without an id."""
        self._new_id = new_id
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, _OpenCall] = {}
        self._by_id: dict[str, _OpenCall] = {}

    def add(self, piece: CallPiece) -> None:
        """Take in the next piece."""
        name = _TAGS.sub("", piece.name or "").strip().removeprefix("functions.")
        call = self._continued(piece, name)
        if call is None:
            call = _OpenCall()
            self._calls.append(call)
        if piece.index is not None:
            self._by_index[piece.index] = call
        if piece.call_id:
            call.call_id = call.call_id or piece.call_id
            self._by_id[piece.call_id] = call
        # Set once: some servers repeat the whole name in every piece.
        call.name = call.name or name
        self._add_arguments(call, piece.arguments)

    @property
    def has_begun(self) -> bool:
        """Whether any piece of a call has come."""
        return bool(self._calls)

    def calls(self) -> tuple[ToolCall, ...]:
        """Give the calls in the order in which they began; each has its own id."""
        calls: dict[str, ToolCall] = {}
        for call in self._calls:
            arguments = call.arguments.strip()
            if not call.name and not arguments:
                continue
            taken = not call.call_id or call.call_id in calls
            call_id = self._new_id() if taken else call.call_id
            calls[call_id] = ToolCall(call_id=call_id, name=call.name, arguments=arguments or "{}")
        return tuple(calls.values())

    def _continued(self, piece: CallPiece, name: str) -> _OpenCall | None:
        """Find the call that a piece goes on with; None when it begins another one."""
        last = self._calls[-1] if self._calls else None
        by_id = self._by_id.get(piece.call_id) if piece.call_id else None
        if piece.index is not None and piece.index in self._by_index:
            call: _OpenCall | None = self._by_index[piece.index]
        elif piece.call_id:
            call = by_id
            # A late id belongs to the call that is still waiting for one, if it brings nothing new.
            if call is None and piece.index is None and last and not last.call_id and not name:
                call = last
        elif piece.index is not None and name:
            call = None
        else:
            # Neither id nor name: whatever index it claims, it goes on with what was begun last.
            call = last
        if call is None:
            return None
        if piece.call_id and call.call_id and piece.call_id != call.call_id:
            # A new id is a new call even under an old index.
            return by_id
        # The same id under the same index only repeats the name; elsewhere it names another call.
        same_index = piece.index is None or piece.index in self._by_index
        repeated = bool(piece.call_id) and piece.call_id == call.call_id and same_index
        if name and not repeated and _is_done(call, name):
            return None
        return call

    def _add_arguments(self, call: _OpenCall, arguments: str | Mapping[str, object] | None) -> None:
        if arguments is None:
            return
        text = arguments if isinstance(arguments, str) else _as_text(arguments)
        # A whole object sent a second time is a repetition, not more of it.
        if text == call.arguments and _json_object(text) is not None:
            return
        call.arguments += text


@dataclass(slots=True)
class StreamedReply:
    """One reply of a model, as far as it has come."""

    text: str = ""
    reasoning: str = ""
    """What the model thought; never said and never sent back."""
    refusal: str = ""
    finish_reason: str | None = None
    use: TokenUse | None = None
    _calls: ToolCallAccumulator = field(default_factory=ToolCallAccumulator)

    def add(self, piece: ReplyPiece) -> None:
        """Take in the next piece."""
        self.text += piece.text
        self.reasoning += piece.reasoning
        self.refusal += piece.refusal
        self.finish_reason = piece.finish_reason or self.finish_reason
        # Some servers count in every chunk, from the beginning: the last count is the whole.
        self.use = piece.use or self.use
        for call in piece.calls:
            self._calls.add(call)

    @property
    def has_calls(self) -> bool:
        """Whether any piece of a call has come."""
        return self._calls.has_begun

    @property
    def text_is_calls(self) -> bool:
        """Whether the text looks like calls that a server without a parser has left in it."""
        return self.text.lstrip().startswith(("{", "<tool_call>"))

    @property
    def broke_off(self) -> bool:
        """Whether the stream ended before the reply did."""
        return self.finish_reason is None and not self.calls()

    def calls(self) -> tuple[ToolCall, ...]:
        """Give the calls that count: because they came, whatever the finish reason says.

        A stream that ended without one has broken off; what it left half said is not a call.
        """
        # Some servers take all that a model writes for a thought; then nothing else is there.
        written = self.text if self.text.strip() else self.reasoning
        calls = self._calls.calls() or written_calls(written)
        if self.finish_reason is None:
            calls = tuple(call for call in calls if call.is_complete)
        return calls


def read_piece(chunk: object) -> ReplyPiece:
    """Read a chunk as JSON gives it, trusting nothing: any field may be of any type.

    Raises ValueError for a chunk that is none.
    """
    fields = _fields(chunk)
    choices = fields.get("choices")
    if not isinstance(choices, list):
        raise ValueError("a chunk without choices")
    usage = fields.get("usage")
    use = _token_use(_fields(usage)) if usage is not None else None
    if not choices:  # the chunk that only counts tokens
        return ReplyPiece(use=use)
    choice = _fields(choices[0])
    delta = _fields(choice.get("delta"))
    calls = delta.get("tool_calls")
    return ReplyPiece(
        text=_text(delta.get("content")),
        # Renamed between versions of one server; where both come they say the same.
        reasoning=_text(delta.get("reasoning")) or _text(delta.get("reasoning_content")),
        refusal=_text(delta.get("refusal")),
        calls=tuple(map(_call_piece, calls)) if isinstance(calls, list) else (),
        finish_reason=_text(choice.get("finish_reason")) or None,
        use=use,
    )


def written_calls(text: str) -> tuple[ToolCall, ...]:
    """Read calls that a server without a parser has left in the text.

    Only when there is nothing else in it: what is quoted within an answer is not a call.
    """
    if _WRITTEN_CALL.sub("", text).strip():
        bodies = [text] if text.lstrip().startswith("{") else []
    else:
        bodies = _WRITTEN_CALL.findall(text)
    calls = []
    for number, body in enumerate(bodies):
        written = _json_object(body) or {}
        name = written.get("name")
        arguments = written.get("arguments", written.get("parameters"))
        if isinstance(name, str) and isinstance(arguments, dict):
            calls.append(
                ToolCall(call_id=f"written_{number}", name=name, arguments=_as_text(arguments))
            )
    return tuple(calls) if len(calls) == len(bodies) else ()


def _call_piece(call: object) -> CallPiece:
    fields = _fields(call)
    function = _fields(fields.get("function"))
    index = fields.get("index")
    arguments = function.get("arguments")
    return CallPiece(
        index=index if isinstance(index, int) else None,
        call_id=_text(fields.get("id")) or None,
        name=_text(function.get("name")) or None,
        arguments=_as_text(arguments) if isinstance(arguments, dict) else _text(arguments) or None,
    )


def _token_use(usage: Mapping[str, object]) -> TokenUse | None:
    prompt_tokens = _count(usage.get("prompt_tokens"))
    completion_tokens = _count(usage.get("completion_tokens"))
    if not prompt_tokens and not completion_tokens:
        return None
    details = _fields(usage.get("prompt_tokens_details"))
    return TokenUse(
        replies=1,
        prompt_tokens=prompt_tokens,
        cached_tokens=min(prompt_tokens, _count(details.get("cached_tokens"))),
        completion_tokens=completion_tokens,
    )


def _fields(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_done(call: _OpenCall, next_name: str) -> bool:
    """Say whether a piece with a name begins another call after this one."""
    if not call.name:
        return False
    if not call.arguments.strip():
        return next_name != call.name
    return _json_object(call.arguments) is not None


def _as_text(arguments: Mapping[str, object]) -> str:
    """Write arguments as JSON; those that are nested too deeply as something that is refused."""
    return "[" if _is_deep(arguments) else json.dumps(dict(arguments))


def _is_deep(value: object) -> bool:
    """Whether a value is nested deeper than arguments may be; it is no recursion."""
    level = [value]
    for _ in range(NESTING_LIMIT):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    match value:
        case Mapping():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _json_object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
