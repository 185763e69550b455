"""A whole conversation in marked sound and marked pictures, of which nothing is found outside.

Record, log, memory, a queue on a real server, a remote agent and traces with words are all on, and
every byte that any of them takes is searched: as raw numbers, in base64, as digits, pickled.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.background_agents.words_meaning import WordsMeaning
from tests.fakes.marks import Searcher, marked_frame, marked_samples
from tests.fakes.spans import Spans, everything_in
from tests.fakes.tap import Tap
from tests.fakes.whole import hands_over
from tests.redis_server import RedisServer, programs
from weft import wiring
from weft.bench._endpoint import Reply, serving, text_chunks, usage_chunk
from weft.clock import WallClock
from weft.config import parse_config
from weft.interaction_model.types import SLOT_SAMPLES, Senses
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.events import AnyEvent, Heard, UserSpoke
from weft.orchestrator.sound_ports import Voiced

pytestmark = [pytest.mark.anyio, pytest.mark.integration]

QUESTION = "How high is the tower of Pisa?"
ANSWER = "It is fifty seven metres high."
TOLD = "My sister is called Ann."
LONGEST_SLOTS = 400


class MarkedSound:
    """A microphone and a camera that are marked, and a speaker that remembers."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self.samples = marked_samples(1, SLOT_SAMPLES)
        self.frame = marked_frame(2, 40, 40)
        self.played: list[NDArray[np.float32]] = []
        self.closed = False

    async def senses(self) -> AsyncIterator[Senses]:
        async for index in slots(self._clock):
            if self.closed or index == LONGEST_SLOTS:
                return
            yield Senses(index=index, samples=self.samples, frame=self.frame)

    async def play(self, voiced: Voiced) -> None:
        self.played.append(voiced.samples)

    def played_index(self) -> int:
        return len(self.played) - 1

    def searchers(self) -> list[Searcher]:
        """For what was heard and seen, and for the loud middle of what was said."""
        loud = np.concatenate(self.played)
        loud = loud[np.abs(loud) > 0.05]
        middle = loud[loud.size // 2 : loud.size // 2 + 120]
        return [
            Searcher(self.samples[:120]),
            Searcher(self.samples[-120:]),
            Searcher(self.frame[0]),
            Searcher(middle),
        ]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    found = programs()
    if not found:
        pytest.skip("there is no Redis server here")
    folder = tmp_path / "server"
    folder.mkdir()
    started = RedisServer(next(iter(found.values())), folder, options=("--appendonly", "yes"))
    started.start()
    yield started
    started.kill()


def files_in(folder: Path) -> dict[str, bytes]:
    """What was written to disk, by whomever."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def timed(text: str, start_s: float) -> list[TimedWord]:
    """Words of a third of a second."""
    return [
        TimedWord(text=word, start_s=start_s + place / 3, end_s=start_s + (place + 1) / 3)
        for place, word in enumerate(text.split())
    ]


@pytest.mark.limit_s(600)
async def test_of_a_whole_conversation_no_sample_and_no_pixel_gets_out(
    tmp_path: Path, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = WallClock()
    sound = MarkedSound(clock)
    spans = Spans(clock, exports_words=True)
    events: list[AnyEvent] = []
    reply = Reply(chunks=[*text_chunks(ANSWER), usage_chunk(100, 20)])
    async with serving(reply, reply, reply) as endpoint:
        to_agent = Tap(int(endpoint.base_url.rpartition(":")[2].partition("/")[0]))
        to_queue = Tap(server.port)
        async with to_agent.running(), to_queue.running():
            conversation = wiring.build(
                parse_config(configured(to_agent.port, to_queue.port, tmp_path)),
                clock=clock,
                channel=wiring.Sound(
                    channel=sound, ears=GivenWords([*timed(QUESTION, 0.5), *timed(TOLD, 9.0)])
                ),
                model=hands_over(),
                meaning=WordsMeaning(),
                record=tmp_path / "record.jsonl",
                tracing=spans.tracing,
            )

            async def follow() -> None:
                async for event in conversation.session.events():
                    events.append(event)
                    told = any(isinstance(e, UserSpoke) and "Ann." in e.text for e in events)
                    heard = any(isinstance(e, Heard) for e in events)
                    # Some slots more, in which what was told is remembered.
                    if told and heard and event.index > 70:
                        sound.closed = True

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                await conversation.run()

    # It was a conversation, and all of it went where it should.
    assert [event.text for event in events if isinstance(event, Heard)] == [ANSWER]
    outside = {
        "the agent": bytes(to_agent.passed),
        "the queue": bytes(to_queue.passed),
        "the log": "\n".join(repr(vars(record)) for record in caplog.records).encode(),
        "traces": everything_in(spans.ended).encode(),
        "events": repr(events).encode(),
    }
    outside |= files_in(tmp_path)
    asked = QUESTION.split()[-2].encode()
    for place in ("the agent", "the queue", "traces", "record.jsonl"):
        assert asked in outside[place], f"{place} was not reached"
    assert b"Ann" in outside["memory.sqlite"] + outside.get("memory.sqlite-wal", b"")
    assert outside["the log"]

    for searcher in sound.searchers():
        for place, text in outside.items():
            assert not searcher.found_in(text), place


def configured(agent_port: int, queue_port: int, folder: Path) -> dict[str, object]:
    far = {
        "provider": "openai-compatible",
        "model": "m",
        "base_url": f"http://127.0.0.1:{agent_port}/v1",
        "api_key": "none",
    }
    return {
        "background": {"agents": {"far": far}},
        "interaction": {"voice": "espeak"},
        "queue": {"kind": "redis", "url": f"redis://127.0.0.1:{queue_port}/0"},
        "user": "me",
        "memory": {"path": str(folder / "memory.sqlite"), "notice": True},
        "tools": {"use": ["timer"], "reminders": str(folder / "reminders.sqlite")},
        "log": {"level": "debug"},
    }
