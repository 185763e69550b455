"""One model at one endpoint that speaks OpenAI's chat completions; nobody else knows openai.

The endpoint may refuse, stall, break off or send nonsense: every fault leaves as AgentError, within
the time that was given. Network waits are measured in real time.
"""

import json
import logging
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import anyio

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.breaker import Breaker
from weft.background_agents.providers.event_stream import EventStream
from weft.background_agents.providers.rate_limits import retry_after_s, used_up_for_s
from weft.background_agents.providers.streamed_calls import ReplyPiece, read_piece
from weft.errors import AgentError
from weft.tools.hidden import hide_addresses_in_log

if TYPE_CHECKING:
    from httpx2 import Response
    from openai import APIStatusError, AsyncOpenAI

START_S: Final = 4.0
"""How long the start waits for the list of models; conversations wait for the start."""
REPLY_LIMIT_CHARS: Final = 200_000
"""Reasoning and arguments included; what goes on beyond has no end."""
FIRST_BACK_OFF_S: Final = 0.2
READ_OUT_S: Final = 0.1
"""How long what follows the end of a reply is waited for."""
END: Final = "[DONE]"
NO_REPLY: Final = "the endpoint sent something that is not a reply"
_PASSING_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_SHOWN_MODELS: Final = 8

logger = logging.getLogger(__name__)


class EndpointFault(AgentError):
    """A request failed; carries what decides about another try and the endpoint's recovery."""

    def __init__(
        self,
        message: str,
        *,
        may_repeat: bool = False,
        wait_s: float | None = None,
        is_endpoints: bool = True,
    ) -> None:
        """Keep the facts; `wait_s` is what the endpoint asked for."""
        self.may_repeat = may_repeat
        self.wait_s = wait_s
        self.is_endpoints = is_endpoints
        super().__init__(message)


class ChatEndpoint:
    """Asks one model, not too often, not too long, and never one that recovers."""

    def __init__(self, config: OpenAICompatibleConfig) -> None:
        """Keep what is needed, unconnected."""
        self._config = config
        self._address = config.shown_address
        self._profile = config.endpoint_profile
        self._client: AsyncOpenAI | None = None
        self._breaker = Breaker()

    async def start(self) -> None:
        """Load the client library, which takes about a second, and look for the model.

        Raises AgentError when the endpoint cannot be reached or has no such model.
        """
        await self._connected()
        listed = await self._listed_models()
        if not listed or not self._profile.checks_model:
            return
        if not self._profile.lists(self._config.model, listed):
            some = ", ".join(sorted(listed)[:_SHOWN_MODELS])
            more = f" and {len(listed) - _SHOWN_MODELS} more" if len(listed) > _SHOWN_MODELS else ""
            raise AgentError(
                f"{self._address} has no model {self._config.model!r}; "
                f"set `model` to one of: {some}{more}"
            )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def reply(
        self,
        talk: Sequence[Mapping[str, object]],
        tools: Sequence[Mapping[str, object]],
        *,
        may_call: bool,
        deadline_s: float,
    ) -> AsyncGenerator[ReplyPiece, None]:
        """Ask the model and yield its reply piece by piece.

        `deadline_s` is on the clock of `anyio.current_time`. Raises AgentError for every fault.
        """
        await self._wait_for_turn(deadline_s)
        self._breaker = self._breaker.asked()
        is_probe = self._breaker.probing
        request = _Request(
            talk=talk,
            body=self._body(tools, may_call),
            deadline_s=deadline_s,
            is_fair=deadline_s - anyio.current_time() >= self._config.stall_s,
        )
        told = False
        try:
            async with aclosing(self._pieces(request)) as pieces:
                async for piece in pieces:
                    yield piece
            self._breaker = self._breaker.succeeded()
            told = True
        except EndpointFault as fault:
            if fault.is_endpoints:
                now_s = anyio.current_time()
                self._breaker = self._breaker.failed(now_s).recovering(now_s, fault.wait_s or 0.0)
                told = True
            raise
        finally:
            # The probe's place is not free because an older request was given up.
            if is_probe and not told:
                self._breaker = self._breaker.abandoned()

    async def _pieces(self, request: "_Request") -> AsyncGenerator[ReplyPiece, None]:
        response = await self._begun(request)
        self._heed_limits(response.headers)
        events = EventStream()
        chars = 0
        async with aclosing(response), aclosing(response.aiter_bytes()) as body:
            while (received := await self._next(body, request)) is not None:
                for data in _events_in(received, events):
                    if data.startswith(END):
                        await _read_out(body)
                        return
                    piece = self._priced(_read(data))
                    chars += len(piece.text) + len(piece.reasoning)
                    chars += sum(len(str(call.arguments or "")) for call in piece.calls)
                    if chars > REPLY_LIMIT_CHARS:
                        raise EndpointFault(
                            f"the reply is longer than {REPLY_LIMIT_CHARS} characters"
                        )
                    yield piece

    async def _begun(self, request: "_Request") -> "Response":
        """Send the request until the endpoint begins to reply, as often as that makes sense."""
        import stamina

        tries = stamina.retry_context(
            on=partial(self._back_off, request.deadline_s),
            attempts=self._config.tries,
            timeout=None,
            wait_initial=FIRST_BACK_OFF_S,
            wait_max=self._config.longest_wait_s,
            wait_jitter=FIRST_BACK_OFF_S,
        )
        async for attempt in tries:
            with attempt:
                return await self._asked_once(request)
        raise AssertionError("a retry context ends by a return or an error")

    def _back_off(self, deadline_s: float, error: Exception) -> bool | float:
        """Decide about another try: no, yes, or after so many seconds."""
        if not isinstance(error, EndpointFault) or not error.may_repeat:
            return False
        left_s = deadline_s - anyio.current_time()
        if error.wait_s is None:
            return left_s > 2 * FIRST_BACK_OFF_S
        return error.wait_s if error.wait_s < min(left_s, self._config.longest_wait_s) else False

    async def _asked_once(self, request: "_Request") -> "Response":
        client = await self._connected()
        import httpx2
        import openai

        try:
            with anyio.fail_after(self._patience_s(request.deadline_s)):
                # The response itself, and not a stream of typed chunks: see `event_stream`.
                response: object = await client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body={
                        "model": self._config.model,
                        "messages": request.talk,
                        "stream": True,
                        **request.body,
                    },
                    options={"timeout": self._config.stall_s},
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                )
                return cast("Response", response)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise self._out_of_time(request) from error
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise EndpointFault(f"cannot reach {self._address}", may_repeat=True) from error
        except (openai.OpenAIError, ValueError, TypeError) as error:
            raise EndpointFault(NO_REPLY) from error

    async def _next(self, body: AsyncGenerator[bytes, None], request: "_Request") -> bytes | None:
        """Wait for more of a reply; None is its end."""
        import httpx2

        left_s = request.deadline_s - anyio.current_time()
        try:
            if left_s > self._config.stall_s:
                # The client watches for a stall itself; a limit beside it costs as much as a piece.
                return await anext(body, None)
            with anyio.fail_after(max(0.0, left_s)):
                return await anext(body, None)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise self._out_of_time(request) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise EndpointFault("the endpoint broke off while it answered") from error

    def _out_of_time(self, request: "_Request") -> EndpointFault:
        if anyio.current_time() < request.deadline_s:
            return EndpointFault(f"silent for {self._config.stall_s:g} s")
        return EndpointFault(
            "no answer within the time that was left", is_endpoints=request.is_fair
        )

    def _refused(self, error: "APIStatusError") -> EndpointFault:
        status = error.status_code
        passing = status in _PASSING_STATUSES or error.code in self._profile.repeatable_codes
        return EndpointFault(
            f"the endpoint answered with status {status}",
            may_repeat=passing,
            wait_s=retry_after_s(error.response.headers, datetime.now(UTC)) if passing else None,
            # What it cannot do with this one request (400, 413, 422), it may well do with others.
            is_endpoints=status not in (400, 413, 422),
        )

    def _priced(self, piece: ReplyPiece) -> ReplyPiece:
        if piece.use is None or self._config.prices is None:
            return piece
        cost = self._config.prices.cost_of(piece.use)
        return replace(piece, use=piece.use.model_copy(update={"cost": cost}))

    def _heed_limits(self, headers: Mapping[str, str]) -> None:
        recovery_s = used_up_for_s(headers, self._profile.rate_limits)
        if recovery_s:
            logger.info("%s is used up for %.1f s", self._address, recovery_s)
            self._breaker = self._breaker.recovering(anyio.current_time(), recovery_s)

    async def _wait_for_turn(self, deadline_s: float) -> None:
        """Wait out a short recovery; raise AgentError for one too long to wait for."""
        # Again after the recovery: of all that have waited, one is the probe.
        while (recovery_s := self._breaker.recovery_s(anyio.current_time())) > 0:
            left_s = deadline_s - anyio.current_time()
            if recovery_s > min(self._config.longest_wait_s, left_s):
                when = "once another request has shown"
                when = when if math.isinf(recovery_s) else f"in {recovery_s:.0f} s"
                raise AgentError(f"{self._address} is left alone; it is tried again {when}")
            await anyio.sleep(recovery_s)

    def _patience_s(self, deadline_s: float) -> float:
        return max(0.0, min(self._config.stall_s, deadline_s - anyio.current_time()))

    def _body(self, tools: Sequence[Mapping[str, object]], may_call: bool) -> dict[str, object]:
        limit = self._config.token_limit_parameter or self._profile.token_limit_parameter
        body: dict[str, object] = {limit: self._config.max_tokens}
        if self._config.temperature is not None:
            body["temperature"] = self._config.temperature
        if self._profile.usage_chunk:
            body["stream_options"] = {"include_usage": True}
        if tools:
            body["tools"] = list(tools)
            if not may_call:
                body["tool_choice"] = "none"
            elif self._profile.asks_parallel_calls:
                body["parallel_tool_calls"] = True
        return body | dict(self._config.extra_body)

    async def _listed_models(self) -> frozenset[str]:
        """Ask for the names of all models; none when the endpoint does not tell."""
        client = await self._connected()
        import httpx2
        import openai

        try:
            with anyio.fail_after(START_S):
                page = await client.models.list()
            return frozenset(model.id for model in page.data if isinstance(model.id, str))
        except TimeoutError as error:
            raise AgentError(f"{self._address} was silent for {START_S:g} s") from error
        except openai.APIStatusError as error:
            if error.status_code in (401, 403):
                raise AgentError(
                    f"{self._address} refuses the key (status {error.status_code})"
                ) from error
            logger.info("%s lists no models: status %d", self._address, error.status_code)
            return frozenset()
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise AgentError(f"cannot reach {self._address}") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError):
            logger.info("%s lists no models that can be read", self._address)
            return frozenset()

    async def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            self._client = await anyio.to_thread.run_sync(self._new_client)
        return self._client

    def _new_client(self) -> "AsyncOpenAI":
        import openai

        hide_addresses_in_log("httpx2", "openai._base_client")
        # Key and address are always given: what is left out is read from OPENAI_* variables, and a
        # local endpoint would receive the real key. Other tries are decided on here, not there.
        return openai.AsyncOpenAI(
            api_key=self._config.api_key.get_secret_value(),
            base_url=self._config.address,
            max_retries=0,
            timeout=self._config.timeout_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request, and how long it may take."""

    talk: Sequence[Mapping[str, object]]
    body: Mapping[str, object]
    deadline_s: float
    is_fair: bool
    """Whether there is as much time as the endpoint may be silent; with less, being late says
    nothing about it."""


async def _read_out(body: AsyncGenerator[bytes, None]) -> None:
    """Take what follows the last event, without which a connection cannot be used again."""
    with anyio.move_on_after(READ_OUT_S):
        async for _ in body:
            pass


def _events_in(received: bytes, events: EventStream) -> list[str]:
    try:
        return events.add(received)
    except ValueError as error:
        raise EndpointFault(NO_REPLY) from error


def _read(data: str) -> ReplyPiece:
    try:
        chunk = json.loads(data)
        if isinstance(chunk, dict) and chunk.get("error"):
            raise EndpointFault("the endpoint reported an error while it answered")
        return read_piece(chunk)
    except (ValueError, RecursionError) as error:
        raise EndpointFault(NO_REPLY) from error
