"""Films and cameras as frames a slot: any rate, any damage, and a camera that goes and comes."""

import logging
import threading
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from weft.clock import WallClock
from weft.errors import InputError
from weft.interaction_model.types import SLOT_S
from weft.orchestrator.channels.film import (
    MOST_PIXELS_A_SIDE,
    Camera,
    Film,
    camera_device,
    open_film,
)

_SIZE = (48, 64)


def _encoded(
    path: Path,
    times_s: list[float],
    *,
    size: tuple[int, int] = _SIZE,
    codec: str = "ffv1",
) -> Path:
    """Encode a film whose frame n has grey level 10 + 5·(n mod 48), shown from its time on."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=100)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size[1], size[0]
        stream.pix_fmt = "rgb24" if codec == "png" else "yuv420p"
        stream.time_base = Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, moment_s in enumerate(times_s):
            grey = np.full((*size, 3), 10 + 5 * (number % 48), np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = round(moment_s * 1000)
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _number(picture: NDArray[np.uint8] | None) -> int | None:
    """Which frame a picture is, by its grey level."""
    return None if picture is None else round((float(picture.mean()) - 10) / 5)


def _seen(path: Path, slots: int) -> list[int | None]:
    with open_film(str(path), patient=True) as film:
        return [_number(film.frame_at(index)) for index in range(slots)]


def _plain(times_s: list[float], slots: int, ends_s: float) -> list[int | None]:
    """What is shown at the end of each slot, said plainly."""
    shown: list[int | None] = []
    for index in range(slots):
        before = [n for n, t in enumerate(times_s) if t < (index + 1) * SLOT_S - 1e-6]
        over = index * SLOT_S >= ends_s - 1e-6
        shown.append(before[-1] if before and not over else None)
    return shown


@pytest.mark.parametrize(
    "times_s",
    [
        [n / 25 for n in range(40)],
        [n / 5 for n in range(10)],
        [n / 2 for n in range(4)],
        [0.0, 0.05, 0.1, 0.9, 1.0, 1.45, 2.0],
        [0.0],
    ],
    ids=["25 a second", "5 a second", "2 a second", "now and then", "one"],
)
def test_each_slot_shows_the_frame_at_its_end(tmp_path: Path, times_s: list[float]) -> None:
    path = _encoded(tmp_path / "film.mkv", times_s)
    slots = round(times_s[-1] / SLOT_S) + 6
    seen = _seen(path, slots)
    last = next(n for n in reversed(range(slots)) if seen[n] is not None)
    assert seen[: last + 1] == _plain(times_s, last + 1, float("inf"))
    assert seen[-1] is None, "after its end there is nothing"
    assert last * SLOT_S <= times_s[-1] + 0.6


def test_the_same_film_is_seen_the_same_twice(tmp_path: Path) -> None:
    path = _encoded(tmp_path / "film.mp4", [n / 30 for n in range(45)], codec="mpeg4")
    assert _seen(path, 12) == _seen(path, 12)


def test_before_the_first_frame_there_is_nothing(tmp_path: Path) -> None:
    """The sound begins at 0, the pictures later."""
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=16_000)
        video = container.add_stream("ffv1", rate=10)
        assert isinstance(sound, AudioStream)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = _SIZE[1], _SIZE[0], "yuv420p"
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 32_000), np.int16), "s16", "mono")
        silence.sample_rate, silence.pts = 16_000, 0
        container.mux(sound.encode(silence))
        for number in range(5):
            picture = np.full((*_SIZE, 3), 10 + 5 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = 10 + number, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    seen = _seen(path, 7)
    assert seen[:5] == [None] * 5
    assert seen[5:7] == [1, 3]


def test_a_film_that_breaks_off_is_seen_as_far_as_it_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = _encoded(tmp_path / "whole.mkv", [n / 25 for n in range(50)], size=(120, 160))
    content = whole.read_bytes()
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(content[: len(content) * 2 // 3])
    with caplog.at_level(logging.WARNING):
        seen, full = _seen(broken, 14), _seen(whole, 14)
    shown = [number for number in seen if number is not None]
    assert 1 <= len(shown) < len([number for number in full if number is not None])
    assert seen[: len(shown) - 1] == full[: len(shown) - 1]
    of_broken, of_whole = [record.getMessage() for record in caplog.records]
    assert of_broken.startswith("broken.mkv: its pictures end after 1.")
    assert " s of the 2.0 s that it promises;" in of_broken
    assert of_whole.startswith("whole.mkv: its pictures end after 2.0 s;")


def test_a_film_that_lasts_as_long_as_the_talk_is_not_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _encoded(tmp_path / "film.mkv", [n / 25 for n in range(50)])
    with caplog.at_level(logging.WARNING):
        assert None not in _seen(path, 10)
    assert not caplog.records


def test_damage_inside_a_film_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _encoded(tmp_path / "film.avi", [n / 10 for n in range(40)], codec="png")
    content = bytearray(path.read_bytes())
    middle = content.rindex(b"IHDR", 0, len(content) // 2)
    content[middle : middle + 17] = bytes(17)
    path.write_bytes(bytes(content))
    with caplog.at_level(logging.WARNING):
        seen = _seen(path, 25)
    shown = [number for number in seen if number is not None]
    assert shown[0] == 1
    assert shown[-1] in (38, 39), "what comes after the damage is seen"
    assert "film.avi: 1 pieces could not be decoded" in caplog.text


@pytest.mark.parametrize("kind", ["text", "sound", "noise", "empty", "folder", "missing", "cut"])
def test_what_is_no_film_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.bin"
    if kind == "text":
        path = tmp_path / "letter.txt"
        path.write_text("dear film,\n" * 200)
    elif kind == "sound":
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(bytes(32_000))
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(1).bytes(5_000))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "cut":
        whole = _encoded(tmp_path / "whole.mp4", [n / 10 for n in range(10)], codec="mpeg4")
        path.write_bytes(whole.read_bytes()[:300])
    with pytest.raises(InputError, match=path.name) as refused:
        open_film(str(path))
    said = str(refused.value)
    assert said.count(path.name) == 1
    assert "Errno" not in said


def test_what_is_no_film_is_told_with_what_to_do(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("dear film,\n" * 200)
    whole = _encoded(tmp_path / "whole.mp4", [n / 10 for n in range(30)], codec="mpeg4")
    half = tmp_path / "half.mp4"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(_encoded(tmp_path / "whole.mkv", [0.0, 0.1]).read_bytes()[:200])
    for path in (text, half, cut):
        with pytest.raises(InputError) as refused:
            open_film(str(path))
        assert str(refused.value) == (
            f"{path}: is no film that FFmpeg knows, or is broken or cut off before its index, "
            "which an MP4 has at its end; take the whole file, or record it again, as .mkv, which "
            "is seen as far as it goes"
        )


def test_a_photograph_stays(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        grey = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 35, np.uint8), format="rgb24")
        container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
    with open_film(str(path), patient=True) as film:
        assert [_number(film.frame_at(index)) for index in (0, 1, 50, 5_000)] == [5, 5, 5, 5]


def test_large_frames_are_made_smaller_in_their_shape(tmp_path: Path) -> None:
    path = _encoded(tmp_path / "wide.mkv", [0.0, 0.1], size=(540, 1280))
    with open_film(str(path), patient=True) as film:
        picture = film.frame_at(0)
    assert picture is not None
    assert picture.shape == (270, MOST_PIXELS_A_SIDE, 3)
    assert picture.dtype == np.uint8


def test_frames_that_are_skipped_or_asked_for_again_do_no_harm(tmp_path: Path) -> None:
    path = _encoded(tmp_path / "film.mkv", [n / 5 for n in range(30)])
    with open_film(str(path), patient=True) as film:
        assert _number(film.frame_at(20)) == 20
        assert film.frame_at(3) is None, "what has passed is not kept"
        assert _number(film.frame_at(21)) == 21
        assert film.frame_at(-1) is None


def test_in_real_time_nobody_waits_for_the_decoder(tmp_path: Path) -> None:
    path = _encoded(tmp_path / "film.mkv", [n / 5 for n in range(30)])
    film = open_film(str(path))
    assert isinstance(film, Film)
    for index in range(29):
        number = _number(film.frame_at(index))
        assert number is None or number <= index
    film.close()
    film.close()
    assert not film._thread.is_alive()


def test_a_film_that_is_left_in_the_middle_lets_go_of_its_file(tmp_path: Path) -> None:
    path = _encoded(tmp_path / "film.mkv", [n / 5 for n in range(300)])
    with open_film(str(path), patient=True) as film:
        assert _number(film.frame_at(2)) == 2
    assert isinstance(film, Film)
    assert not film._thread.is_alive()


class _Stream:
    thread_type = ""


class _FakeCamera:
    """Shows frames of one grey level, and then fails like a cable that was pulled."""

    def __init__(self, level: int, gone: threading.Event, *, shows: bool = True) -> None:
        self._level = level
        self._gone = gone
        self._shows = shows
        self.streams = self
        self.video = [_Stream()]
        self.closed = False

    def demux(self, stream: object) -> Iterator["_FakeCamera"]:
        while self._shows and not self._gone.wait(0.005):
            yield self
        raise av.error.OSError(19, "No such device")

    def decode(self) -> list[av.VideoFrame]:
        grey = np.full((24, 32, 3), self._level, np.uint8)
        return [av.VideoFrame.from_ndarray(grey, format="rgb24")]

    def close(self) -> None:
        self.closed = True


class _TurnedClock:
    virtual = True

    def __init__(self) -> None:
        self.now = 0.0

    def now_s(self) -> float:
        return self.now

    async def sleep_until_s(self, moment_s: float) -> None:
        raise AssertionError("a camera does not wait on the clock")


def _wait_for_level(camera: Camera, clock: _TurnedClock, level: int) -> None:
    for _ in range(2_000):
        clock.now += 0.01
        picture = camera.frame_at(0)
        if picture is not None and abs(float(picture.mean()) - level) < 3:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"the camera never showed {level}")


def test_a_camera_that_disappears_shows_nothing_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = [threading.Event(), threading.Event()]
    devices = [_FakeCamera(40, gone[0]), _FakeCamera(200, gone[1])]
    waiting = list(devices)
    back = threading.Event()

    def opened() -> InputContainer:
        if len(waiting) == 1 and not back.is_set():
            raise InputError("no camera")
        return waiting.pop(0)  # type: ignore[return-value]  # as much of one as is looked at

    clock = _TurnedClock()
    with caplog.at_level(logging.WARNING), Camera(opened, clock, name="camera", retry_s=0.01) as it:
        _wait_for_level(it, clock, 40)
        gone[0].set()
        while not devices[0].closed:
            threading.Event().wait(0.005)
        clock.now += 1.5
        assert it.frame_at(7) is None
        back.set()
        _wait_for_level(it, clock, 200)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["camera has gone; it is opened again when it is back", "camera is back"]
    assert devices[1].closed


def test_a_camera_that_opens_and_shows_nothing_is_told_of_once_until_it_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = threading.Event()
    blind = [_FakeCamera(0, gone, shows=False) for _ in range(5)]
    failures = [av.error.OSError(16, "busy"), OSError(16, "busy"), InputError("no camera")]
    waiting: list[_FakeCamera | Exception] = [*blind, *failures, _FakeCamera(200, gone)]

    def opened() -> InputContainer:
        device = waiting.pop(0)
        if isinstance(device, Exception):
            raise device
        return device  # type: ignore[return-value]  # as much of one as is looked at

    clock = _TurnedClock()
    with caplog.at_level(logging.WARNING), Camera(opened, clock, name="camera", retry_s=0.01) as it:
        _wait_for_level(it, clock, 200)
    assert not waiting
    said = [record.getMessage() for record in caplog.records]
    assert said == ["camera has gone; it is opened again when it is back", "camera is back"]


def test_a_camera_that_is_not_there_is_an_error_by_name() -> None:
    with pytest.raises(InputError) as refused:
        open_film("camera:97", clock=WallClock())
    assert str(refused.value) == (
        "/dev/video97: cannot be seen: No such file or directory; look whether the camera is "
        "connected and no other program has it"
    )


def test_cameras_are_named_as_their_platform_has_them() -> None:
    assert camera_device("camera", "linux").file == "/dev/video0"
    assert camera_device("camera:2", "linux").format == "v4l2"
    assert camera_device("camera:1", "darwin").file == "1:none"
    assert camera_device("camera:Eye of Sauron", "win32").file == "video=Eye of Sauron"
    with pytest.raises(InputError, match="number"):
        camera_device("camera:front", "linux")
    with pytest.raises(InputError, match="NAME"):
        camera_device("camera", "win32")
