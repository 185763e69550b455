"""One reply of a model as a span: who was asked, what it cost, how soon it began."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from weft import trace_names as names
from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.streamed_calls import ReplyPiece, StreamedReply
from weft.tracing import NS_PER_S, Attributes, Operation, Tracing

_FINISH_REASONS: Final = frozenset({"stop", "length", "tool_calls", "content_filter"})
"""An endpoint may send any text as its reason; only what everybody sends is passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a model was asked, and for which session."""

    config: OpenAICompatibleConfig
    talk: Sequence[Mapping[str, object]]
    session_id: str
    traceparent: str | None


async def traced_reply(
    pieces: AsyncGenerator[ReplyPiece, None], asked: Asked, tracing: Tracing
) -> AsyncGenerator[ReplyPiece, None]:
    """Yield the pieces of a reply; raises what they raise."""
    config = asked.config
    with Operation(
        tracing,
        names.CHAT,
        config.model,
        parent=asked.traceparent,
        kind="client",
        measured_by=about_endpoint(config),
        attributes=_about_request(asked),
    ) as operation:
        if tracing.exports_words:
            given = await tracing.words(_messages(asked.talk))
            operation.span.set({names.INPUT_MESSAGES: given})
        heard = _Heard(operation, tracing)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    heard.add(piece)
                    yield piece
        finally:
            # What a reply has cost is known of one that was broken off, too.
            heard.tell()
        if tracing.exports_words:
            said = await tracing.words(heard.messages())
            operation.span.set({names.OUTPUT_MESSAGES: said})


def about_endpoint(config: OpenAICompatibleConfig) -> Attributes:
    """Say which model is asked, and where."""
    address = urlsplit(config.address)
    port = address.port or {"https": 443}.get(address.scheme, 80)
    return {
        names.PROVIDER: config.endpoint_profile.name,
        names.MODEL: config.model,
        names.SERVER_ADDRESS: address.hostname or "",
        names.SERVER_PORT: port,
    }


def _about_request(asked: Asked) -> Attributes:
    about: dict[str, str | bool | int | float] = {
        names.CONVERSATION: asked.session_id,
        names.MAX_TOKENS: asked.config.max_tokens,
        names.STREAM: True,
    }
    if asked.config.temperature is not None:
        about[names.TEMPERATURE] = asked.config.temperature
    return about


@dataclass(slots=True)
class _Heard:
    """What has come of a reply so far."""

    operation: Operation
    tracing: Tracing
    last_ns: int | None = None
    reply: StreamedReply = field(default_factory=StreamedReply)

    def add(self, piece: ReplyPiece) -> None:
        """Take in a piece, and how long it was waited for."""
        now_ns = self.tracing.now_ns()
        if self.last_ns is None:
            after_s = (now_ns - self.operation.began_ns) / NS_PER_S
            self.operation.span.set({names.FIRST_CHUNK_AFTER_S: after_s})
            self.tracing.measure(names.FIRST_CHUNK, after_s, self.operation.measured_by)
        else:
            after_s = (now_ns - self.last_ns) / NS_PER_S
            self.tracing.measure(names.EACH_CHUNK, after_s, self.operation.measured_by)
        self.last_ns = now_ns
        self.reply.add(piece)

    def tell(self) -> None:
        """Say how the reply ended, and what it has cost."""
        span, use, reason = self.operation.span, self.reply.use, self.reply.finish_reason
        if reason is not None:
            span.set({names.FINISH_REASONS: [reason if reason in _FINISH_REASONS else "other"]})
        if use is None:
            return
        span.set(
            {
                names.INPUT_TOKENS: use.prompt_tokens,
                names.CACHED_TOKENS: use.cached_tokens,
                names.OUTPUT_TOKENS: use.completion_tokens,
            }
        )
        if use.cost:
            span.set({names.COST: use.cost})
        for kind, tokens in (("input", use.prompt_tokens), ("output", use.completion_tokens)):
            by_kind = {**self.operation.measured_by, names.TOKEN_TYPE: kind}
            self.tracing.measure(names.TOKENS, tokens, by_kind)

    def messages(self) -> list[dict[str, object]]:
        """Give the reply as the GenAI conventions write messages."""
        calls = [_call_part(each.call_id, each.name, each.arguments) for each in self.reply.calls()]
        return [{"role": "assistant", "parts": [*_text_parts(self.reply.text), *calls]}]


def _messages(talk: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Give what was sent as the GenAI conventions write messages."""
    return [{"role": message["role"], "parts": _parts(message)} for message in talk]


def _parts(message: Mapping[str, object]) -> list[dict[str, object]]:
    if message["role"] == "tool":
        call_id, response = message["tool_call_id"], message["content"]
        return [{"type": "tool_call_response", "id": call_id, "response": response}]
    called = message.get("tool_calls")
    calls = [
        _call_part(each["id"], each["function"]["name"], each["function"]["arguments"])
        for each in (called if isinstance(called, list) else ())
    ]
    return [*_text_parts(message["content"]), *calls]


def _text_parts(text: object) -> list[dict[str, object]]:
    return [{"type": "text", "content": text}] if text else []


def _call_part(call_id: object, name: object, arguments: object) -> dict[str, object]:
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}


__all__ = ["Asked", "about_endpoint", "traced_reply"]
