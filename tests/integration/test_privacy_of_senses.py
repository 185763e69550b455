"""Whole conversations in marked sound and marked pictures, of which nothing is found outside.

In the first, record, log, memory, a queue on a real server, a remote agent and traces with words
are all on. Others have the model's own ears and eyes, and ears and a voice that fail in the middle.
Every byte that goes out is searched: as raw numbers, in base64, as digits, pickled. And whatever
log records and events hold is looked through for anything that could carry sound or a picture.
"""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import anyio
import av
import numpy as np
import pytest
import soundfile
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.background_agents.words_meaning import WordsMeaning
from tests.fakes.devices import FakeDevices
from tests.fakes.failing_sound import FAILS, Made
from tests.fakes.marks import (
    Searcher,
    carriers,
    log_text,
    marked_frame,
    marked_samples,
    printed_whole,
    searchers_of_hearing,
    searchers_of_sight,
    text_of,
)
from tests.fakes.spans import Spans, everything_in
from tests.fakes.tap import Tap
from tests.fakes.toy_senses import toy_weights
from tests.fakes.whole import hands_over
from tests.redis_server import RedisServer, programs
from weft import wiring
from weft.bench._endpoint import Reply, serving, text_chunks, usage_chunk
from weft.clock import VirtualClock, WallClock
from weft.config import parse_config
from weft.interaction_model.config import PatchConfig
from weft.interaction_model.flow import FlowConfig, FlowHead
from weft.interaction_model.sensing_stream import SensingBatch, SpeakingStream
from weft.interaction_model.types import (
    SAMPLE_RATE_HZ,
    SLOT_SAMPLES,
    ControlToken,
    MicroTurnInput,
    MicroTurnOutput,
    Row,
    Senses,
)
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.film import open_film
from weft.orchestrator.channels.given_words import GivenWords
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile
from weft.orchestrator.events import AnyEvent, Delegated, Heard, UserSpoke
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
            *searchers_of_hearing(np.tile(self.samples, 2)),
            *searchers_of_sight([self.frame], PatchConfig()),
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

            with printed_whole():
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(follow)
                    await conversation.run()

    # It was a conversation, and all of it went where it should.
    assert [event.text for event in events if isinstance(event, Heard)] == [ANSWER]
    outside = {"the agent": bytes(to_agent.passed), "the queue": bytes(to_queue.passed)}
    outside |= told(caplog.records, events, spans) | files_in(tmp_path)
    asked = QUESTION.split()[-2].encode()
    for place in ("the agent", "the queue", "traces", "record.jsonl"):
        assert asked in outside[place], f"{place} was not reached"
    assert b"Ann" in outside["memory.sqlite"] + outside.get("memory.sqlite-wal", b"")
    assert outside["the log"]
    check_nothing_of(sound.searchers(), outside)


def told(
    records: Sequence[logging.LogRecord], events: Sequence[AnyEvent], spans: Spans | None = None
) -> dict[str, bytes]:
    """What log, events and traces have as text, once none of them holds anything else."""
    assert [way for record in records for way in carriers(record, record.name)] == []
    assert carriers(events, "events") == []
    return {
        "the log": log_text(records),
        "traces": everything_in(spans.ended).encode() if spans is not None else b"",
        "events": text_of(events),
    }


def check_nothing_of(searchers: Sequence[Searcher], outside: dict[str, bytes]) -> None:
    """No marks are found in anything that was outside."""
    for searcher in searchers:
        for place, text in outside.items():
            assert not searcher.found_in(text), place


NOBODY: dict[str, object] = {
    "agents": {
        "far": {
            "provider": "openai-compatible",
            "model": "m",
            "base_url": "http://127.0.0.1:9/v1",
            "api_key": "none",
        }
    }
}
"""A `background` section whose agent cannot be reached."""


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


class Sensing(SpeakingStream):
    """A toy with senses and a voice that asks for help once, and keeps what it was given."""

    def __init__(self) -> None:
        weights = toy_weights(5)
        streams = SensingBatch(weights.module, weights.tokenizer, words=weights.words)
        config = FlowConfig(
            width=16, layers=1, heads=2, letter_width=8, trunk_width=32, euler_steps=1
        )
        super().__init__(streams, FlowHead(config).eval(), seed=1)
        self.given: list[Senses] = []
        assert weights.module.config.senses is not None
        self.eyes = weights.module.config.senses.patches

    def perceive(self, senses: Senses) -> MicroTurnInput:
        self.given.append(senses)
        return replace(super().perceive(senses), text=ASKED[senses.index])

    def step(self, heard: MicroTurnInput, row: Row | None) -> MicroTurnOutput:
        said = super().step(heard, row)
        return replace(said, control=ControlToken.DELEGATE) if heard.index == 9 else said


ASKED = dict.fromkeys(range(20), "") | dict(enumerate(QUESTION.split()))


def marked_film(path: Path, frames: Sequence[NDArray[np.uint8]]) -> None:
    """Write a film of one frame a slot, from which every pixel comes back as it was."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=5)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "rgb24"
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 5)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


async def test_of_a_file_and_a_film_that_the_model_itself_hears_and_sees_nothing_gets_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wav, film = tmp_path / "user.wav", tmp_path / "user.avi"
    samples = marked_samples(3, 20 * SLOT_SAMPLES)
    frames = [marked_frame(10 + index, 40, 80) for index in range(20)]
    soundfile.write(wav, samples, SAMPLE_RATE_HZ, subtype="FLOAT")
    marked_film(film, frames)
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    clock, model = VirtualClock(), Sensing()
    spans = Spans(clock, exports_words=True)
    events: list[AnyEvent] = []
    with printed_whole(), open_film(str(film), patient=True) as pictures:
        channel = FileChannel(HeardFile(wav), clock, frames=pictures)
        conversation = wiring.build(
            parse_config(
                {
                    "background": NOBODY,
                    "interaction": {"ears": "native", "voice": "native"},
                    "memory": {"path": str(outputs / "memory.sqlite"), "notice": True},
                    "user": "me",
                    "log": {"level": "debug"},
                }
            ),
            clock=clock,
            channel=wiring.Sound(channel=channel),
            model=model,
            meaning=WordsMeaning(),
            record=outputs / "record.jsonl",
            tracing=spans.tracing,
        )

        async def follow() -> None:
            events.extend([event async for event in conversation.session.events()])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await conversation.run()

    # The model was given what is marked, and has heard, asked for help, and spoken.
    assert np.array_equal(np.concatenate([each.samples for each in model.given]), samples)
    seen = [each.frame for each in model.given if each.frame is not None]
    assert any(np.array_equal(seen[5], frame) for frame in frames)
    assert any(isinstance(event, Delegated) for event in events)
    outside = told(caplog.records, events, spans) | files_in(outputs)
    assert b"high" in outside["record.jsonl"]
    assert b"tower" in outside["traces"]
    # Something of each slot, for what gets out may do so in any of them.
    in_slots = samples.reshape(-1, SLOT_SAMPLES)
    searchers = [
        Searcher(in_slots[:, :40], step=8),
        Searcher(in_slots[:, -40:], step=8),
        Searcher(np.concatenate([frame[0, :16] for frame in seen]), step=6),
    ]
    searchers += searchers_of_hearing(samples)
    for grid in (model.eyes, PatchConfig()):
        searchers += searchers_of_sight(seen, grid)
    check_nothing_of(searchers, outside)


@pytest.fixture
def _failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ears and a voice of others, as they are installed."""
    information = tmp_path / "installed" / "failing_sound-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: failing-sound\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(
        "[weft.ears]\nfailing = tests.fakes.failing_sound:make_ears\n"
        "[weft.voices]\nfailing = tests.fakes.failing_sound:make_voice\n"
    )
    monkeypatch.syspath_prepend(str(information.parent))


@pytest.mark.usefixtures("_failing")
async def test_of_ears_and_a_voice_that_fail_in_the_middle_nothing_gets_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In real time, with a microphone and a speaker: so each has a thread of its own."""
    caplog.set_level(logging.DEBUG)
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    clock, devices = WallClock(), FakeDevices()
    microphone = DeviceChannel(devices, clock)
    spans = Spans(clock, exports_words=True)
    events: list[AnyEvent] = []

    def observe(heard: MicroTurnInput, said: MicroTurnOutput) -> None:
        devices.bring(marked_samples(200 + heard.index, SLOT_SAMPLES))
        if heard.index == 20:
            microphone.close()

    with printed_whole():
        conversation = wiring.build(
            parse_config(
                {
                    "background": NOBODY,
                    "interaction": {"ears": "failing", "voice": "failing"},
                    "log": {"level": "debug"},
                }
            ),
            clock=clock,
            channel=wiring.Sound(channel=microphone, observe=observe),
            model=hands_over(),
            meaning=WordsMeaning(),
            record=outputs / "record.jsonl",
            tracing=spans.tracing,
        )

        async def follow() -> None:
            events.extend([event async for event in conversation.session.events()])

        async with anyio.create_task_group() as tasks:
            await tasks.start(microphone.keep_open)
            async with anyio.create_task_group() as talking:
                talking.start_soon(follow)
                await conversation.run()
            tasks.cancel_scope.cancel()

    ears, voice = Made.ears, Made.voice
    assert (ears.failures, voice.failures) == (len(FAILS), 2)
    # What is in their errors is what was heard: the microphone's own samples.
    failed = np.concatenate([each.samples for each in ears.given if each.index in FAILS])
    middle = failed[np.abs(failed) > 0.05]
    assert middle.size > 2 * SLOT_SAMPLES
    outside = told(caplog.records, events, spans) | files_in(outputs)
    log = outside["the log"]
    assert b"ears failing failed (RuntimeError)" in log
    assert b"voice failing failed (RuntimeError)" in log
    assert b"Ann." in outside["record.jsonl"]
    searchers = [
        Searcher(each, step=8)
        for each in (
            failed[:120],
            failed[-120:],
            *(voice.made[index][:120] for index in (2, *FAILS[:2])),
            *(voice.made[index][-120:] for index in FAILS[:2]),
        )
    ]
    check_nothing_of(searchers, outside)
