"""MCP servers: their tools as weft's, over connections that come back; nobody else knows mcp.

One task owns the connection to a server: it alone enters and leaves the client, lists the tools and
runs the calls. A tool only sends it a call and reads what comes of it. What a server says is a
stranger's: it is kept short, and never ends a conversation.
"""

import json
import logging
import math
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, cast

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from weft.errors import ToolError
from weft.suggestions import suggestion
from weft.tools.config import McpServerConfig
from weft.tools.hidden import Secrets, hide_addresses_in_log
from weft.tools.shortening import shorten
from weft.tools.tool import SideEffects, Tool, ToolContext, ToolOutput, tool_of_schema
from weft.tools.untrusted import harmless

if TYPE_CHECKING:
    import mcp
    import mcp_types
    from mcp.client._transport import ReadStream, TransportStreams
    from mcp.client.session import IncomingMessage
    from mcp.shared.message import SessionMessage

logger = logging.getLogger(__name__)

CHECK_LIMIT_S = 5.0
STEADY_S = 10.0
"""A connection that lasted so long was a good one: the next attempt follows soon."""
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
LISTEN_AGAIN_S = 2.0
PROGRESS_EVERY_S = 3.0
PROGRESS_LIMIT_CHARS = 150
NAME_LIMIT_CHARS = 64
DESCRIPTION_LIMIT_CHARS = 1_000
LOG_LINE_LIMIT_BYTES = 2_000
IDEMPOTENCY_KEY = "weft/idempotency-key"
"""Under which the `_meta` of a call names its effect; the protocol itself has no word for it."""
PAGES_LIMIT = 20
TOOLS_LIMIT = 200
_SEVERITY = (SideEffects.READ, SideEffects.WRITE, SideEffects.IRREVERSIBLE)


class McpServer:
    """One MCP server, as a source of tools; `run` connects to it for as long as it runs."""

    def __init__(self, name: str, config: McpServerConfig) -> None:
        """Keep what is needed, unconnected; its tools will be called `name_…`."""
        self.name = name
        self.away = ""
        self._config = config
        self._secrets = config.secrets
        self._tools: tuple[Tool, ...] = ()
        self._side_effects: dict[str, SideEffects] = {}
        """The worst that the server has said of each tool, by its name here."""
        self._missed: tuple[str, ...] = ()
        """Names of the configuration that the server did not have when it was last asked."""
        self._tried = anyio.Event()
        self._outgoing: MemoryObjectSendStream[_Call] | None = None
        """Takes the calls of the tools while `run` is there to make them."""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that the server listed last; they stay while it is away, and fail then."""
        return self._tools

    async def wait_tried(self) -> None:
        """Wait until the first attempt to connect has succeeded or failed."""
        await self._tried.wait()

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until cancelled."""
        self._outgoing, calls = anyio.create_memory_object_stream[_Call](math.inf)
        try:
            with self._outgoing, calls:
                await self._stay_connected(calls)
        finally:
            self._outgoing = None

    async def _stay_connected(self, calls: "MemoryObjectReceiveStream[_Call]") -> None:
        failures = 0
        waiting: list[_Call] = []
        while True:
            began_s = anyio.current_time()
            reason = await self._hold_connection(calls, waiting)
            steady = anyio.current_time() - began_s >= STEADY_S
            failures = 0 if steady else failures + 1
            self.away = reason
            logger.warning("MCP server %s: %s", self.name, reason)
            for call in waiting:
                call.end(ToolError(f"The tools of {self.name} are not there: {reason}."))
            waiting.clear()
            self._tried.set()
            # Somebody who asks now need not wait for the delay to pass.
            with anyio.move_on_after(reconnect_delay_s(failures)):
                waiting.append(await calls.receive())

    async def _hold_connection(
        self, calls: "MemoryObjectReceiveStream[_Call]", waiting: "list[_Call]"
    ) -> str:
        """Serve those waiting and then all calls to come; give the reason why that ended."""
        lost = anyio.Event()
        limit_s = self._config.connect_limit_s
        changed_in, changed = anyio.create_memory_object_stream[None](1)
        try:
            with changed_in, changed, anyio.move_on_after(limit_s) as limit:
                async with self._client(lost, changed_in) as client:
                    await self._list(client)
                    limit.deadline = math.inf
                    self.away = ""
                    self._tried.set()
                    async with anyio.create_task_group() as tasks:
                        tasks.start_soon(self._follow_changes, client, changed)
                        tasks.start_soon(self._serve, client, lost, tasks, calls, waiting)
                        await lost.wait()
                        tasks.cancel_scope.cancel()
        except Exception as error:  # the wall: whatever a server does, the conversation goes on
            # Not the error itself: what a library says of it may hold the address with its query.
            logger.debug("MCP server %s: %s", self.name, type(error).__name__)
            return self._said(error)
        if limit.cancelled_caught:
            return f"it did not answer within {limit_s:g} s (`connect_limit_s`)"
        return "it has ended the connection"

    def _client(self, lost: anyio.Event, changed: MemoryObjectSendStream[None]) -> "mcp.Client":
        """Make the client of one connection; it cannot be entered twice."""
        # Here and not above: the SDK takes a second to load, and is an extra.
        import mcp
        import mcp_types

        async def hear(message: "IncomingMessage") -> None:
            if isinstance(message, mcp_types.ToolListChangedNotification):
                with suppress(anyio.WouldBlock):  # the change before is not even looked at yet
                    changed.send_nowait(None)

        return mcp.Client(
            self._transport(lost),
            message_handler=hear,
            client_info=mcp_types.Implementation(name="weft", version=metadata.version("weft")),
        )

    @asynccontextmanager
    async def _transport(self, lost: anyio.Event) -> "AsyncGenerator[TransportStreams, None]":
        """Start the program, or get ready to post to the address."""
        async with AsyncExitStack() as stack:
            if self._config.command is not None:
                opening = self._program(self._config.command, lost)
            else:
                opening = self._address(self._config.url or "")
            yield await stack.enter_async_context(opening)

    @asynccontextmanager
    async def _program(
        self, command: tuple[str, ...], lost: anyio.Event
    ) -> "AsyncGenerator[TransportStreams, None]":
        """Start the server's program; `lost` is set when it closes its output."""
        from mcp.client.stdio import StdioServerParameters, stdio_client
        from mcp.shared.message import SessionMessage

        program = StdioServerParameters(
            command=command[0],
            args=list(command[1:]),
            env={key: value.get_secret_value() for key, value in self._config.env.items()},
        )
        heard_in, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)

        async def hand_on(read: "ReadStream[SessionMessage | Exception]") -> None:
            """Pass on what the server says; the SDK tells nobody when an idle one dies."""
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                async with heard_in:
                    async for message in read:
                        await heard_in.send(message)
            lost.set()

        log_end, program_end = os.pipe()
        with heard_in, heard, os.fdopen(program_end, "w") as error_output:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._log_lines, log_end)
                async with stdio_client(program, errlog=error_output) as (read, write):
                    # The program has a copy; only without ours does the log end with it.
                    error_output.close()
                    tasks.start_soon(hand_on, read)
                    yield heard, write
                tasks.cancel_scope.cancel()

    @asynccontextmanager
    async def _address(self, url: str) -> "AsyncGenerator[TransportStreams, None]":
        """Post to an address, with the headers of the configuration."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        hide_addresses_in_log("httpx2", "mcp.client.streamable_http")
        headers = {key: value.get_secret_value() for key, value in self._config.headers.items()}
        # A stream may be silent for long; each call has its own limit.
        timeout = httpx2.Timeout(self._config.connect_limit_s, read=None)
        async with (
            httpx2.AsyncClient(headers=headers, timeout=timeout) as http,
            streamable_http_client(url, http_client=http) as streams,
        ):
            yield streams

    async def _log_lines(self, log_end: int) -> None:
        """Log what the program writes to standard error: the terminal belongs to the talk."""
        with os.fdopen(log_end, "rb", buffering=0) as log:
            rest = b""
            while True:
                await anyio.wait_readable(log)
                chunk = os.read(log.fileno(), LOG_LINE_LIMIT_BYTES)
                if not chunk:
                    return
                *lines, rest = (rest + chunk).split(b"\n")
                rest = rest[-LOG_LINE_LIMIT_BYTES:]
                for line in lines:
                    said = self._secrets.hidden(line.decode(errors="replace"))
                    logger.info("MCP server %s: %s", self.name, said)

    async def _list(self, client: "mcp.Client") -> None:
        """Ask for all tools, page by page, and offer those that can be used."""
        listed: list[mcp_types.Tool] = []
        cursor: str | None = None
        for _ in range(PAGES_LIMIT):
            page = await client.list_tools(cursor=cursor, cache_mode="refresh")
            listed += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
        self._tell_missed([each.name for each in listed])
        before = {each.name for each in self._tools}
        self._tools = tuple(self._usable(listed[:TOOLS_LIMIT]))
        now = {each.name for each in self._tools}
        logger.info(
            "MCP server %s has %d tools; new: %s; gone: %s",
            self.name, len(now), sorted(now - before), sorted(before - now),
        )  # fmt: skip

    def _tell_missed(self, listed: Sequence[str]) -> None:
        """Say once which tools the configuration names and the server does not have.

        Nobody can know that before a server has been asked.
        """
        missed = tuple(name for name in self._config.tools or () if name not in listed)
        if missed == self._missed:
            return
        self._missed = missed
        hidden = [self._secrets.hidden(name) for name in listed]
        shown = [" ".join(harmless(name[:NAME_LIMIT_CHARS]).split()) for name in hidden]
        known = list(dict.fromkeys(shown))[:TOOLS_LIMIT]
        for name in missed:
            logger.warning(
                "MCP server %s has no tool %r, which `tools.mcp.%s.tools` names; %s",
                self.name, name, self.name, suggestion(name, known),
            )  # fmt: skip

    def _usable(self, listed: "Iterable[mcp_types.Tool]") -> Iterable[Tool]:
        """Make weft's tools of the server's; one that cannot be used is left out and logged."""
        names: set[str] = set()
        for each in listed:
            if self._config.tools is not None and each.name not in self._config.tools:
                continue
            try:
                made = self._made(each)
            except ToolError as error:
                refused = self._secrets.hidden(each.name)[:NAME_LIMIT_CHARS]
                reason = self._secrets.hidden(str(error))
                logger.warning("MCP server %s: tool %r: %s", self.name, refused, reason)
                continue
            if made.name in names:
                logger.warning("MCP server %s: two tools are called %s", self.name, made.name)
                continue
            names.add(made.name)
            yield made

    def _made(self, listed: "mcp_types.Tool") -> Tool:
        """Make a tool that sends calls to the task that owns the connection."""

        async def call(
            arguments: dict[str, object], context: ToolContext
        ) -> AsyncIterator[ToolOutput]:
            sent, news = anyio.create_memory_object_stream[ToolOutput | ToolError](math.inf)
            asked = _Call(listed.name, arguments, context, self._secrets, sent)
            try:
                if self._outgoing is None:
                    raise ToolError(f"The tools of {self.name} are not there any more.")
                self._outgoing.send_nowait(asked)
                async for piece in news:
                    if isinstance(piece, ToolError):
                        raise piece
                    yield piece
            finally:
                # Also when the caller no longer wants it: then the server is told so.
                asked.scope.cancel()
                sent.close()
                news.close()

        # Models read them, whose endpoints are not the server's.
        description = self._secrets.hidden(listed.description or listed.title or listed.name)
        parameters = {
            self._secrets.hidden(keyword): self._secrets.hidden_in(value)
            for keyword, value in listed.input_schema.items()
        }
        own_name = re.sub(r"[^a-zA-Z0-9_-]", "_", self._secrets.hidden(listed.name))
        name = f"{self.name}_{own_name}"[:NAME_LIMIT_CHARS]
        return tool_of_schema(
            call,
            name=name,
            description=shorten(description, DESCRIPTION_LIMIT_CHARS),
            parameters=parameters,
            side_effects=self._config.side_effects
            or self._worst_side_effects(name, declared_side_effects(listed.annotations)),
            time_limit_s=self._config.time_limit_s,
            output_limit_chars=self._config.output_limit_chars,
            origin=f"MCP server {self.name}",
        )

    def _worst_side_effects(self, name: str, declared: SideEffects) -> SideEffects:
        """Take what a server says of a tool, but nothing milder than what it has said before.

        Otherwise a tool that asks the user could be made one that does not, behind their back.
        """
        known = self._side_effects.get(name, declared)
        if _SEVERITY.index(declared) < _SEVERITY.index(known):
            logger.warning(
                "MCP server %s: %s is now called %r; it was %r before, and stays so",
                self.name, name, declared.value, known.value,
            )  # fmt: skip
            return known
        self._side_effects[name] = declared
        return declared

    async def _follow_changes(
        self, client: "mcp.Client", changed: MemoryObjectReceiveStream[None]
    ) -> None:
        """List the tools anew whenever the server says that they have changed."""
        from mcp.client.subscriptions import SubscriptionLost
        from mcp_types.version import MODERN_PROTOCOL_VERSIONS

        if client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            # Servers of 2025 tell everybody who is connected.
            async for _ in changed:
                await self._list(client)
        offered = client.server_capabilities.tools
        while offered is not None and offered.list_changed:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    # What changed before we listened was told to nobody.
                    await self._list(client)
                    async for _ in changes:
                        await self._list(client)
            except SubscriptionLost as error:
                logger.info("MCP server %s: %s", self.name, error)
            await anyio.sleep(LISTEN_AGAIN_S)

    async def _serve(
        self,
        client: "mcp.Client",
        lost: anyio.Event,
        tasks: TaskGroup,
        calls: "MemoryObjectReceiveStream[_Call]",
        waiting: "list[_Call]",
    ) -> None:
        """Begin each call as it comes, those that waited for the connection first."""
        for call in waiting:
            tasks.start_soon(self._perform, client, lost, call)
        waiting.clear()
        async for call in calls:
            tasks.start_soon(self._perform, client, lost, call)

    async def _perform(self, client: "mcp.Client", lost: anyio.Event, call: "_Call") -> None:
        """Make one call; whatever comes of it is told to whoever waits for it."""
        outcome: ToolOutput | ToolError = ToolError(f"{self.name} has ended the connection.")
        in_doubt = False
        try:
            with call.scope:
                result = await client.call_tool(
                    call.tool,
                    call.arguments,
                    progress_callback=call.hear_progress,
                    meta=call.meta(),
                )
                outcome = self._read(result)
        except Exception as error:  # the wall: a call that fails must not end the others
            outcome = ToolError(f"{self.name} could not do that: {self._said(error)}.")
            in_doubt = True
        finally:
            call.end(outcome)
        if in_doubt:
            await _check(client, lost)

    def _read(self, result: "mcp_types.CallToolResult") -> ToolOutput | ToolError:
        """Take the text of a result, which the server may call an error."""
        import mcp_types

        texts: list[str] = []
        sources: list[str] = []
        for block in result.content:
            if isinstance(block, mcp_types.TextContent):
                texts.append(block.text)
            elif isinstance(block, mcp_types.ResourceLink):
                sources.append(block.uri)
            elif isinstance(block, mcp_types.EmbeddedResource):
                sources.append(block.resource.uri)
                if isinstance(block.resource, mcp_types.TextResourceContents):
                    texts.append(block.resource.text)
            else:
                texts.append(f"({block.type} of type {block.mime_type}, which is not shown)")
        text = self._secrets.hidden("\n".join(texts).strip())
        if result.is_error:
            return ToolError(f"{self.name} could not do that: {text or 'it gave no reason'}")
        if not text and result.structured_content is not None:
            structured = self._secrets.hidden_in(result.structured_content)
            text = json.dumps(structured, ensure_ascii=False)
        shown = tuple(map(self._secrets.hidden, sources))
        return ToolOutput(text or "It is done.", detail=text, sources=shown)

    def _said(self, error: BaseException) -> str:
        return self._secrets.hidden(_reason(error))


@dataclass(slots=True)
class _Call:
    """One call on its way to the owner of the connection, and the way back."""

    tool: str
    """As the server calls it."""
    arguments: dict[str, object]
    context: ToolContext
    secrets: Secrets
    news: MemoryObjectSendStream[ToolOutput | ToolError]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    progress: "Progress" = field(default_factory=lambda: Progress())

    def meta(self) -> "mcp_types.RequestParamsMeta | None":
        """Name the effect of a call that changes something, for servers that look at it."""
        key = self.context.idempotency_key
        # The type is open to any key, which mypy cannot see yet.
        return cast("mcp_types.RequestParamsMeta", {IDEMPOTENCY_KEY: key}) if key else None

    async def hear_progress(
        self, progress: float, total: float | None, message: str | None
    ) -> None:
        """Tell how far the server is, now and then."""
        shown = self.secrets.hidden(message) if message else None
        said = self.progress.said(progress, total, shown, now_s=self.context.clock.now_s())
        if said:
            # Some servers tell of progress when the call has ended, and nobody listens any more.
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                self.news.send_nowait(ToolOutput(said, progress=True))

    def end(self, outcome: ToolOutput | ToolError) -> None:
        """Give the outcome, which is the last there is to tell."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            self.news.send_nowait(outcome)
        self.news.close()


@dataclass(slots=True)
class Progress:
    """What has been said of a call's progress, so that it is told seldom and never twice."""

    text: str = ""
    said_s: float = -math.inf

    def said(
        self, progress: float, total: float | None, message: str | None, *, now_s: float
    ) -> str:
        """Give the sentence to say now, or nothing."""
        if message and message.strip():
            text = shorten(" ".join(message.split()), PROGRESS_LIMIT_CHARS)
            text = text if text[-1] in ".!?…" else f"{text}."
        elif total and 0 < progress < total:
            text = f"{100 * progress / total:.0f} percent are done."
        else:
            return ""
        if text == self.text or now_s - self.said_s < PROGRESS_EVERY_S:
            return ""
        self.text, self.said_s = text, now_s
        return text


def reconnect_delay_s(failures: int) -> float:
    """Say how long to wait after so many attempts in a row that came to nothing."""
    return min(FIRST_DELAY_S * 2.0 ** min(failures, 16), LONGEST_DELAY_S)


def declared_side_effects(annotations: "mcp_types.ToolAnnotations | None") -> SideEffects:
    """Read what a server says of a tool; where it says nothing, the worst is meant."""
    if annotations is None:
        return SideEffects.IRREVERSIBLE
    if annotations.read_only_hint:
        return SideEffects.READ
    return SideEffects.WRITE if annotations.destructive_hint is False else SideEffects.IRREVERSIBLE


async def _check(client: "mcp.Client", lost: anyio.Event) -> None:
    """After a call has failed, see whether the server is there at all."""
    try:
        with anyio.fail_after(CHECK_LIMIT_S):
            await client.list_tools(cache_mode="refresh")
    except Exception:  # the wall: any failure to list means the same
        lost.set()


def _reason(error: BaseException) -> str:
    """Say in a few words why something failed, without what a URL or a header might hold."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if type(error).__name__ == "MCPError":
        return shorten(" ".join(str(error).split()).rstrip("."), 200) or "it gave no reason"
    if isinstance(error, ImportError):
        return "MCP servers need the extra `mcp`: pip install 'weft[mcp]'"
    if isinstance(error, FileNotFoundError):
        return f"there is no program {error.filename!r}"
    if isinstance(error, OSError):
        return f"it cannot be started or reached ({error.strerror or type(error).__name__})"
    return f"it cannot be used ({type(error).__name__})"


__all__ = ["McpServer", "Progress", "declared_side_effects", "reconnect_delay_s"]
