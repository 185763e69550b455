"""What the user's camera sees, or a film in its place: one frame a slot.

This is the only module that knows PyAV. Decoding happens in a thread of the source's own;
`frame_at` gives what is there and never raises. What goes wrong is repaired, and told in the log:

- a film whose frames come at any rate: in each slot the frame that is shown at its end;
- frames without a time follow the one before them; those that cannot be decoded are left out;
- before a film's first frame and after its last, or where it breaks off, there is nothing;
- a camera that has gone shows nothing after a second, and is opened again when it is back.
"""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from weft.clock import Clock, WallClock
from weft.errors import InputError
from weft.interaction_model.types import SLOT_S

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

_logger = logging.getLogger(__name__)

MOST_PIXELS_A_SIDE = 640
"""Larger frames are made smaller: the model sees far fewer pixels."""

GONE_AFTER_S = 1.0
"""A camera that has shown nothing for so long has gone."""

_AHEAD = 10
"""So many frames of a film are decoded before they are asked for."""
_USUAL_RATE_HZ = 25.0
_FRESH_S = 0.08
"""A camera's frames are taken at most this often: the model looks five times a second."""
_ROUNDING_S = 1e-6
_SHORT_BY_S = 0.1
"""Files promise their length a little wrong."""
_TIMEOUT_S = (10.0, 3.0)
_NO_FILM = (
    "is no film that FFmpeg knows, or is broken or cut off before its index, which an MP4 has at "
    "its end; take the whole file, or record it again, as .mkv, which is seen as far as it goes"
)


class FrameSource(Protocol):
    """Where frames come from; one session each."""

    def frame_at(self, index: int) -> "NDArray[np.uint8] | None":
        """Give what is seen at the end of slot `index`, RGB [height, width, 3], if anything.

        Called once a slot, in order, in real time from a thread of its own; while it has not
        answered it is asked for no other. Where it fails the slot has no picture.
        """
        ...

    def close(self) -> None:
        """Let go of file or device; may be called again."""
        ...

    def __enter__(self) -> Self:
        """Use it for the length of a session."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        ...


def open_film(name: str, *, patient: bool = False, clock: Clock | None = None) -> FrameSource:
    """Open a file, `camera` or `camera:N`; raises InputError for what shows no pictures.

    A patient source waits for its decoder, so that virtual time sees the same frames every time; in
    real time what is not decoded yet is not seen.
    """
    _check_installed()
    file = film_file(name)
    if file is None:
        device = camera_device(name, sys.platform)
        return Camera(device.opened, clock or WallClock(), name=name)
    return Film(file, patient=patient)


def film_file(name: str | None) -> Path | None:
    """Give the file that a name of `open_film` means; None for a camera, or for no name."""
    if name is None or name == "camera" or name.startswith("camera:"):
        return None
    return Path(name)


def _check_installed() -> None:
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise InputError("video needs PyAV: pip install 'weft[sound]'") from error


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """How FFmpeg is asked for a camera."""

    file: str
    format: str
    options: dict[str, str] = field(default_factory=dict)

    def opened(self) -> "InputContainer":
        """Open it; raises InputError."""
        return _opened(self.file, self.format, self.options)


def camera_device(name: str, platform: str) -> CameraDevice:
    """Read `camera` or `camera:WHICH` as a device of a platform (as in `sys.platform`)."""
    _, _, which = name.partition(":")
    if platform == "darwin":
        return CameraDevice(f"{which or '0'}:none", "avfoundation", {"framerate": "30"})
    if platform == "win32":
        if not which or which.isdecimal():
            raise InputError(
                f"--video {name}: on Windows a camera has no number; write camera:NAME with its "
                "name as the device manager has it"
            )
        return CameraDevice(f"video={which}", "dshow")
    if which and not which.isdecimal():
        raise InputError(f"--video {name}: a camera has a number here, as in camera:1")
    return CameraDevice(f"/dev/video{which or '0'}", "v4l2")


def _opened(
    file: str, kind: str | None = None, options: dict[str, str] | None = None
) -> "InputContainer":
    import av

    try:
        container = av.open(file, format=kind, options=options or {}, timeout=_TIMEOUT_S)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{file}: {_NO_FILM if kind is None else _no_camera(error)}") from error
    # FFmpeg takes a plain text for a film of a terminal.
    if not container.streams.video or container.format.name == "tty":
        container.close()
        raise InputError(f"{file}: there are no pictures in it")
    return container


def _no_camera(error: Exception) -> str:
    # Only its reason: as a whole FFmpeg's error has a number, and the name again.
    why = getattr(error, "strerror", None) or error
    return (
        f"cannot be seen: {why}; look whether the camera is connected and no other program has it"
    )


def _frames(container: "InputContainer") -> Iterator["VideoFrame | None"]:
    """Decode one frame after the other; None stands for something that could not be decoded."""
    import av

    stream = container.streams.video[0]
    # Threads that take a frame each would give them later, and hide some of the damage.
    stream.thread_type = "SLICE"
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            yield None
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except (av.FFmpegError, OSError):
            yield None


def _picture(frame: "VideoFrame") -> "NDArray[np.uint8]":
    """RGB [height, width, 3] of a decoded frame, upright and not too large."""
    import numpy as np

    share = min(1.0, MOST_PIXELS_A_SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * share)) for side in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    upright = np.rot90(small.to_ndarray(), round(frame.rotation / 90))
    return np.ascontiguousarray(upright, dtype=np.uint8)


class _Threaded:
    """A thread that decodes until it is told to stop."""

    def __init__(self, name: str, decode: Callable[[], None]) -> None:
        """Make the thread; it does not run yet."""
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=decode, name=f"film {name}", daemon=True)

    def close(self) -> None:
        """Stop the thread, which lets go of file or device."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=_TIMEOUT_S[1])

    def __enter__(self) -> Self:
        """Use it for the length of a session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture, and the first slot at whose end it is shown."""

    index: int
    picture: "NDArray[np.uint8]"


class Film(_Threaded):
    """The frames of a file, time-synchronous: slot 0 begins when the film does."""

    def __init__(self, path: Path, *, patient: bool) -> None:
        """Open a file and begin to decode; raises InputError when nothing in it can be seen."""
        super().__init__(path.name, self._decode)
        self._path = path
        self._patient = patient
        if not path.is_file():
            raise InputError(f"{path}: there is no such file")
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        self._container = _opened(str(path))
        stream = self._container.streams.video[0]
        self._rate_hz = float(stream.average_rate or _USUAL_RATE_HZ)
        # A photograph stays; a film begins when the first of its sound or pictures does.
        self._stays = self._container.format.name.endswith(("_pipe", "image2"))
        self._began_s = (self._container.start_time or 0) / 1e6
        self._promised_s = (self._container.duration or 0) / 1e6
        self._timed = self._times(_frames(self._container))
        first = next(self._timed, None)
        if first is None:
            self._container.close()
            raise InputError(f"{path}: no picture of it can be decoded")
        self._first = first
        self._ready: deque[_Shown] = deque()
        self._current: _Shown | None = None
        self._decoded_until = -1
        self._end_s: float | None = None
        self._end_told = False
        self._thread.start()

    def frame_at(self, index: int) -> "NDArray[np.uint8] | None":
        """Give what is shown at the end of slot `index`."""
        with self._changed:
            while True:
                while self._ready and self._ready[0].index <= index:
                    self._current = self._ready.popleft()
                self._changed.notify_all()
                if not self._patient or self._decoded_until > index or self._over:
                    break
                self._changed.wait()
            ended = self._end_s is not None and index * SLOT_S >= self._end_s - _ROUNDING_S
            if ended:
                self._tell_end()
            if self._current is None or self._current.index > index or ended:
                return None
            return self._current.picture

    def _tell_end(self) -> None:
        """Tell once that the talk is longer than what can be seen of the film."""
        if self._end_told or self._end_s is None:
            return
        self._end_told = True
        short_by_s = self._promised_s - self._end_s
        promised = f" of the {self._promised_s:.1f} s that it promises" * (short_by_s > _SHORT_BY_S)
        _logger.warning(
            "%s: its pictures end after %.1f s%s; the talk goes on without them",
            self._path.name,
            self._end_s,
            promised,
        )

    @property
    def _over(self) -> bool:
        return self._end_s is not None or self._stopping

    def _times(self, frames: "Iterator[VideoFrame | None]") -> Iterator[tuple[float, "VideoFrame"]]:
        """Frames with their seconds from the film's begin, never going back; damage is told."""
        last_s, damaged = -1.0 / self._rate_hz, 0
        for frame in frames:
            if frame is None:
                damaged += 1
                continue
            usual_s = last_s + 1.0 / self._rate_hz
            now_s = usual_s if frame.time is None else frame.time - self._began_s
            last_s = max(last_s, now_s, 0.0)
            yield last_s, frame
        if damaged:
            _logger.warning("%s: %d pieces could not be decoded", self._path.name, damaged)

    def _decode(self) -> None:
        """Keep the last frame of each slot, some slots ahead of what is asked for."""
        last_s, frame = self._first
        try:
            for moment_s, following in self._timed:
                if _slot_of(moment_s) > _slot_of(last_s) and not self._offer(last_s, frame):
                    return
                last_s, frame = moment_s, following
            self._offer(last_s, frame)
        except Exception as error:
            # Whatever a damaged film does to its decoder, the conversation goes on without it. The
            # decoder's own words are not told: nothing of a picture may come into a log.
            kind = type(error).__name__
            _logger.error("%s cannot be seen any further (%s)", self._path.name, kind)
        finally:
            self._container.close()
            with self._changed:
                self._end_s = float("inf") if self._stays else last_s + 1.0 / self._rate_hz
                self._changed.notify_all()

    def _offer(self, moment_s: float, frame: "VideoFrame") -> bool:
        """Hand over a frame when there is room; False when nobody wants it any more."""
        shown = _Shown(_slot_of(moment_s), _picture(frame))
        with self._changed:
            self._changed.wait_for(lambda: len(self._ready) < _AHEAD or self._stopping)
            self._ready.append(shown)
            self._decoded_until = shown.index
            self._changed.notify_all()
            return not self._stopping


def _slot_of(moment_s: float) -> int:
    return int(moment_s / SLOT_S + _ROUNDING_S)


class Camera(_Threaded):
    """What a camera sees now; it is opened again when it has gone."""

    def __init__(
        self,
        opened: "Callable[[], InputContainer]",
        clock: Clock,
        *,
        name: str,
        retry_s: float = 1.0,
    ) -> None:
        """Open it for the first time; raises InputError when that fails."""
        super().__init__(name, self._decode)
        self._opened = opened
        self._clock = clock
        self._name = name
        self._retry_s = retry_s
        self._newest: tuple[float, NDArray[np.uint8]] | None = None
        self._gone = False
        """Told, and nothing seen since; only the thread has to do with it."""
        self._container: InputContainer | None = opened()
        self._thread.start()

    def frame_at(self, index: int) -> "NDArray[np.uint8] | None":
        """Give what it sees now, whatever the slot; None when it has gone."""
        with self._changed:
            if self._newest is None:
                return None
            taken_s, picture = self._newest
            return picture if self._clock.now_s() - taken_s < GONE_AFTER_S else None

    def _decode(self) -> None:
        import av

        while not self._stopping:
            if self._container is not None:
                self._watch(self._container)
                with suppress(av.FFmpegError, OSError):
                    self._container.close()
                self._container = None
                if self._stopping:
                    return
                self._tell_gone()
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, timeout=self._retry_s)
            if self._stopping:
                return
            try:
                self._container = self._opened()
            except (InputError, av.FFmpegError, OSError):
                continue

    def _watch(self, container: "InputContainer") -> None:
        """Take its frames until it ends, fails, or nobody looks any more."""
        taken_s = -1.0
        try:
            for frame in _frames(container):
                now_s = self._clock.now_s()
                if self._stopping:
                    return
                if frame is None or 0 <= now_s - taken_s < _FRESH_S:
                    continue
                taken_s, picture = now_s, _picture(frame)
                with self._changed:
                    self._newest = (taken_s, picture)
                self._tell_back()
        except Exception as error:
            # A driver may do anything; the slots go on without pictures meanwhile.
            if not self._gone:
                kind = type(error).__name__
                _logger.error("%s cannot be seen any further (%s)", self._name, kind)

    def _tell_gone(self) -> None:
        if not self._gone:
            self._gone = True
            _logger.warning("%s has gone; it is opened again when it is back", self._name)

    def _tell_back(self) -> None:
        # Only now: a camera that opens and shows nothing would come back and go without end.
        if self._gone:
            self._gone = False
            _logger.warning("%s is back", self._name)
