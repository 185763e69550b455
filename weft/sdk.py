"""What a program uses: load an agent, open a session, let it hear, follow what happens."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from weft import wiring
from weft.announcing import announce_in_log
from weft.background_wiring import make_meaning
from weft.clock import Clock, WallClock
from weft.config import AgentConfig
from weft.errors import InputError
from weft.interaction_model.types import InteractionModel
from weft.meaning import SentenceMeaning
from weft.orchestrator.channels.memory import MemoryChannel
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.record import read_record
from weft.tools.tool import Tool, tool


class SessionHandle:
    """A live session, as a program sees it."""

    def __init__(self, conversation: wiring.Conversation, channel: MemoryChannel) -> None:
        """Made by `Agent.session`."""
        self._conversation = conversation
        self._channel = channel

    async def hear(self, text: str) -> float:
        """Let the user say a text, in natural time, after what is still being said.

        About three words a second, so that a page of text takes minutes. Returns at once; gives the
        media time in seconds at which its last word will be over.
        """
        return self._channel.hear(text)

    def events(self) -> AsyncIterator[AnyEvent]:
        """Follow everything that happens, from the beginning, until the session ends.

        A session that was resumed begins with what is new.
        """
        return self._conversation.session.events()

    def close(self) -> None:
        """End the conversation with the next micro-turn, as leaving the `async with` block does."""
        self._channel.close()


class Agent:
    """A configuration with its tools, from which any number of sessions can be opened."""

    def __init__(self, config: AgentConfig, tools: Iterable[Tool] = ()) -> None:
        """Keep both; nothing is loaded before the first session."""
        self.config = config
        self.tools = tuple(tools)
        self._meanings: dict[bool, SentenceMeaning] = {}

    @asynccontextmanager
    async def session(
        self,
        clock: Clock | None = None,
        *,
        model: InteractionModel | None = None,
        record: Path | None = None,
        resume: Path | None = None,
        user_id: str | None = None,
    ) -> AsyncIterator[SessionHandle]:
        """Hold one session for as long as the block lasts.

        With a `VirtualClock` the conversation goes as fast as it computes. `model` replaces the
        interaction model that the configuration names. `record` is a file for the session's record.
        `resume` is one that was written by a process that is gone: its session goes on, and so does
        the record. `user_id` says who talks: what is kept, is kept for that user. Raises InputError
        when a file cannot be used.
        """
        if resume is not None and record is not None:
            raise InputError("what is resumed is recorded where it was: leave `record` out")
        past = read_record(resume) if resume else None
        clock = clock or WallClock()
        channel = MemoryChannel(clock, first_index=past.next_index if past else 0)
        # Loading takes seconds; sessions that keep the same kind of time share what was loaded.
        meaning = self._meanings.setdefault(clock.virtual, make_meaning(self.config, clock))
        conversation = await anyio.to_thread.run_sync(
            lambda: wiring.build(
                self.config,
                clock=clock,
                channel=channel,
                tools=self.tools,
                model=model,
                meaning=meaning,
                record=record or resume,
                past=past,
                user_id=user_id,
                announce=announce_in_log,
            )
        )
        with wiring.single_errors():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(conversation.run)
                yield SessionHandle(conversation, channel)
                channel.close()


def load(
    source: Path | str | Mapping[str, object],
    tools: Iterable[Tool | Callable[..., object]] = (),
) -> Agent:
    """Make an agent from a YAML file or from plain values, with tools of one's own.

    Plain functions become tools as `@weft.tool` would make them. Raises ConfigError with every
    mistake at once.
    """
    own = [each if isinstance(each, Tool) else tool(each) for each in tools]
    return Agent(wiring.checked_config(source, own), own)
