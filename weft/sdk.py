"""What a program uses: load an agent, open a session, let it hear, follow what happens."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from weft import wiring
from weft.announcing import announce_in_log
from weft.background_wiring import make_meaning
from weft.clock import Clock, WallClock
from weft.config import AgentConfig
from weft.errors import InputError
from weft.interaction_model.types import SAMPLE_RATE_HZ, InteractionModel
from weft.meaning import SentenceMeaning
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.memory import MemoryChannel
from weft.orchestrator.events import AnyEvent
from weft.orchestrator.ports import Channel
from weft.orchestrator.record import read_record
from weft.orchestrator.sound_ports import Ears
from weft.sound_wiring import check_seen
from weft.tools.tool import Tool, tool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from weft.orchestrator.channels.program_sound import ProgramSound


class SessionHandle:
    """A live session, as a program sees it."""

    def __init__(
        self, conversation: wiring.Conversation, channel: "MemoryChannel | ProgramSound"
    ) -> None:
        """Made by `Agent.session`."""
        self._conversation = conversation
        self._channel = channel

    async def hear(self, text: str) -> float:
        """Let the user say a text, in natural time, after what is still being said.

        About three words a second, so that a page of text takes minutes. Returns at once; gives the
        media time in seconds at which its last word will be over.
        """
        if not isinstance(self._channel, MemoryChannel):
            raise InputError("this session hears sound: hand it in with `hear_sound`")
        return self._channel.hear(text)

    async def hear_sound(
        self,
        samples: "NDArray[np.floating]",
        *,
        rate_hz: int = SAMPLE_RATE_HZ,
        at_s: float | None = None,
    ) -> float:
        """Let the user be heard in a session in sound, in natural time, after what came before.

        `samples` are [n] or [n, channels], floating-point from -1 to 1; chunks may have any length.
        `at_s` says where in the user's own stream a chunk begins: one that comes twice is left out,
        and where one is missing there is silence. Returns at once; gives how many seconds of sound
        wait to be heard. Raises InputError for what is no sound.
        """
        return self._sound().hear(samples, rate_hz=rate_hz, at_s=at_s)

    def voice(self) -> "AsyncIterator[NDArray[np.float32]]":
        """Follow the voice of a session in sound: 200 ms of samples at 16 kHz for every micro-turn.

        Ask for the next ones when these have been played: only then do they count as heard. What
        is said waits for whoever is slow, and without anybody who asks nothing more is said.
        """
        return self._sound().voice()

    def events(self) -> AsyncIterator[AnyEvent]:
        """Follow everything that happens, from the beginning, until the session ends.

        A session that was resumed begins with what is new.
        """
        return self._conversation.session.events()

    def close(self) -> None:
        """End the conversation with the next micro-turn, as leaving the `async with` block does."""
        self._channel.close()

    def _sound(self) -> "ProgramSound":
        if isinstance(self._channel, MemoryChannel):
            raise InputError("this session has no sound: open it with `agent.session(sound=True)`")
        return self._channel


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
        sound: bool = False,
        ears: Ears | None = None,
        frames: FrameSource | None = None,
    ) -> AsyncIterator[SessionHandle]:
        """Hold one session for as long as the block lasts.

        With a `VirtualClock` the conversation goes as fast as it computes. `model` replaces the
        interaction model that the configuration names. `record` is a file for the session's record.
        `resume` is one that was written by a process that is gone: its session goes on, and so does
        the record. `user_id` says who talks: what is kept, is kept for that user. With `sound` the
        user is heard by `hear_sound` and the agent by `voice`; `ears` make words of it where the
        configuration leaves that to the program (`ears: words`). `frames` are what the user shows
        meanwhile; the session closes them. Raises InputError when a file cannot be used, for sound
        of which nobody makes words, and for frames at which nobody would look.
        """
        if frames is not None and not sound:
            raise InputError("frames belong to a session in sound: `agent.session(sound=True)`")
        if frames is not None and (ears is None or self.config.interaction.hearing.name != "words"):
            # Ears that a program brings are given each frame.
            check_seen(self.config.interaction)
        if resume is not None and record is not None:
            raise InputError("what is resumed is recorded where it was: leave `record` out")
        past = read_record(resume) if resume else None
        clock = clock or WallClock()
        channel: MemoryChannel | ProgramSound
        part: Channel | wiring.Sound
        if sound:
            channel = _program_sound(clock, frames)
            part = wiring.Sound(channel=channel, ears=ears)
        else:
            channel = part = MemoryChannel(clock, first_index=past.next_index if past else 0)
        # Loading takes seconds; sessions that keep the same kind of time share what was loaded.
        meaning = self._meanings.setdefault(clock.virtual, make_meaning(self.config, clock))
        with frames or nullcontext():
            conversation = await anyio.to_thread.run_sync(
                lambda: wiring.build(
                    self.config,
                    clock=clock,
                    channel=part,
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


def _program_sound(clock: Clock, frames: FrameSource | None) -> "ProgramSound":
    # Here and not above: numbers take time to load, and most sessions are of words.
    from weft.orchestrator.channels.program_sound import ProgramSound

    return ProgramSound(clock, frames=frames)
