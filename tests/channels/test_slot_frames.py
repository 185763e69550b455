"""Whatever a source of pictures does, the slots go on, and it is told once."""

import gc
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Self

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.fakes.devices import FakeDevices
from weft.clock import Clock, VirtualClock, WallClock
from weft.interaction_model.types import SAMPLE_RATE_HZ, Senses
from weft.orchestrator.channels.device_channel import DeviceChannel
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.program_sound import ProgramSound
from weft.orchestrator.channels.slot_frames import GuardedFrames, PatientFrames, SlotFrames
from weft.orchestrator.channels.sound_file import FileChannel, HeardFile
from weft.orchestrator.channels.sound_repairs import Repair, Repairs

pytestmark = pytest.mark.anyio

SECRET = "the letter says 4711"
SOUND = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * 3_200).astype(np.float32)
LONG_S = 60.0


def grey(level: int) -> NDArray[np.uint8]:
    return np.full((2, 3, 3), level, np.uint8)


class Shows:
    """Gives, in each slot, what a function makes of its index."""

    def __init__(self, give: Callable[[int], object]) -> None:
        self._give = give
        self.asked: list[int] = []

    def frame_at(self, index: int) -> NDArray[np.uint8] | None:
        self.asked.append(index)
        return self._give(index)  # type: ignore[return-value]  # as a program may

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


def _fails_twice(index: int) -> NDArray[np.uint8]:
    if index in (2, 3):
        raise OSError(f"camera gone; {SECRET}")
    return grey(index)


def _program(frames: FrameSource, clock: Clock, _wav: Path) -> AsyncIterator[Senses]:
    channel = ProgramSound(clock, frames=frames)
    channel.hear(SOUND)
    return channel.senses()


def _device(frames: FrameSource, clock: Clock, _wav: Path) -> AsyncIterator[Senses]:
    return DeviceChannel(FakeDevices(), clock, frames=frames).senses()


def _file(frames: FrameSource, clock: Clock, wav: Path) -> AsyncIterator[Senses]:
    soundfile.write(wav, SOUND, SAMPLE_RATE_HZ, subtype="FLOAT")
    return FileChannel(HeardFile(wav), clock, frames=frames).senses()


@pytest.mark.parametrize("begin", [_program, _device, _file])
async def test_a_camera_that_fails_leaves_slots_without_a_picture_and_ends_nothing(
    begin: Callable[[FrameSource, Clock, Path], AsyncIterator[Senses]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shows = Shows(_fails_twice)
    heard: list[Senses] = []
    slots = begin(shows, VirtualClock(), tmp_path / "user.wav")
    with caplog.at_level(logging.WARNING):
        async with aclosing(slots):  # type: ignore[type-var]  # it is a generator
            async for senses in slots:
                heard.append(senses)
                if senses.index == 5:
                    break
    seen = [None if each.frame is None else int(each.frame[0, 0, 0]) for each in heard]
    assert seen == [0, 1, None, None, 4, 5]
    assert shows.asked == list(range(6))
    if begin is not _device:
        assert np.array_equal(np.concatenate([each.samples for each in heard]), SOUND)
    assert [record.getMessage() for record in caplog.records] == [
        f"what is shown: {Repair.FRAMES_FAIL} (OSError)"
    ]


async def test_each_failure_is_counted_even_one_that_would_end_a_program() -> None:
    def ends(index: int) -> object:
        raise SystemExit(3)

    frames = SlotFrames(Shows(ends), VirtualClock())
    assert [await frames.at(index) for index in range(4)] == [None] * 4
    assert frames.repairs.counts == {Repair.FRAMES_FAIL: 4}


@pytest.mark.parametrize(
    ("shown", "named"),
    [
        (np.zeros((10, 10, 3), np.float32), "float32 [10, 10, 3]"),
        (np.zeros((0, 10, 3), np.uint8), "uint8 [0, 10, 3]"),
        ([[1], [2, 3]], "one is list"),
        (SECRET, "one is str"),
    ],
)
async def test_what_is_no_picture_is_left_out_told_once_and_counted(
    shown: object, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    frames = SlotFrames(Shows(lambda index: shown if index else grey(7)), VirtualClock())
    with caplog.at_level(logging.WARNING):
        seen = [await frames.at(index) for index in range(4)]
    assert seen[0] is not None
    assert seen[1:] == [None] * 3
    assert frames.repairs.counts == {Repair.NO_PICTURE: 3}
    [record] = caplog.records
    said = record.getMessage()
    assert said.startswith(f"what is shown: {Repair.NO_PICTURE} (a video frame must be uint8")
    assert named in said
    assert SECRET not in said


async def test_grey_pictures_and_transparent_ones_become_rgb() -> None:
    frames = SlotFrames(Shows([grey(7)[:, :, 0], grey(7)].__getitem__), VirtualClock())
    for index in range(2):
        seen = await frames.at(index)
        assert seen is not None
        assert (seen == grey(7)).all()


async def test_nothing_shown_is_nothing() -> None:
    assert await SlotFrames(None, WallClock()).at(0) is None
    assert await SlotFrames(Shows(lambda _: None), VirtualClock()).at(0) is None


async def test_in_real_time_a_camera_is_asked_beside_the_event_loop() -> None:
    threads: set[int] = set()

    def give(index: int) -> NDArray[np.uint8]:
        threads.add(threading.get_ident())
        return grey(index)

    frames = SlotFrames(Shows(give), WallClock(), patience_s=LONG_S)
    for index in range(3):
        seen = await frames.at(index)
        assert seen is not None
        assert (seen == index).all()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert not frames.repairs.counts


class Hanging(Shows):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__(grey)
        self.may = threading.Semaphore(0)
        self.threads: set[threading.Thread] = set()

    def frame_at(self, index: int) -> NDArray[np.uint8] | None:
        self.threads.add(threading.current_thread())
        shown = super().frame_at(index)
        self.may.acquire()  # one hangs for ever: its thread is a daemon
        return shown


def test_a_camera_that_hangs_is_told_once_and_seen_when_it_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera, repairs = Hanging(), Repairs("what is shown")
    frames = PatientFrames(GuardedFrames(camera, repairs), repairs, patience_s=0.0)
    with caplog.at_level(logging.WARNING):
        assert [frames.frame_at(index) for index in range(20)] == [None] * 20
    assert [record.getMessage() for record in caplog.records] == [
        f"what is shown: {Repair.FRAMES_LATE}"
    ]
    assert repairs.counts == {Repair.FRAMES_LATE: 20}
    camera.may.release(2)
    frames._patience_s = LONG_S
    seen = frames.frame_at(20)
    assert seen is not None
    assert (seen == 20).all(), "what comes late gives way to what comes in time"
    assert camera.asked == [0, 20], "nothing is asked for while it hangs"


def test_the_thread_ends_when_nobody_looks_any_more() -> None:
    camera = Hanging()
    camera.may.release()
    repairs = Repairs("what is shown")
    frames = PatientFrames(GuardedFrames(camera, repairs), repairs, patience_s=LONG_S)
    assert frames.frame_at(0) is not None
    (thread,) = camera.threads
    del frames
    gc.collect()
    thread.join(LONG_S)
    assert not thread.is_alive()
