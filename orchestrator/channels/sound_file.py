"""Sound files: one as the user, one for what the model says. Only this module knows soundfile.

The file of what is said begins with the file that is heard and is as long. What the model answers
to a micro-turn is in the next one, for nobody can answer before having heard.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weft.clock import Clock
from weft.errors import InputError
from weft.interaction_model.resampling import StreamingResampler
from weft.interaction_model.types import SAMPLE_RATE_HZ, SLOT_S, SLOT_SAMPLES, Senses
from weft.orchestrator.channels.crank import slots
from weft.orchestrator.channels.film import FrameSource
from weft.orchestrator.channels.pacing import TimedWord
from weft.orchestrator.channels.slot_frames import SlotFrames
from weft.orchestrator.channels.sound_repairs import Repair, Repairs
from weft.orchestrator.sound_ports import Voiced

_SHORT_BY_S = 0.1
"""Compressed files promise their length a little wrong."""
_PIECE_FRAMES = 1_024
"""So little is read at once, for a piece of which any is damaged is lost as a whole."""
_WRONG_LENGTH = re.compile(r"\s*(?P<name>[\w ]*\w) *: *(?P<said>\d+) \(should be (?P<there>\d+)\)")
_SOUND_PARTS = {"data", "SSND", "Data Size", "riff", "Riff size"}
"""What WAV, AIFF, AU, W64 and RF64 call the part with the sound, or with that and the rest."""


class HeardFile:
    """A sound file of any kind, rate and number of channels, slot by slot."""

    def __init__(self, path: Path) -> None:
        """Open a file; raises InputError when there is no sound in it that can be read."""
        self._path = path
        self._file = _open(path)
        self.repairs = Repairs(str(path))
        if self._file.frames == 0:
            raise InputError(f"{path}: there is no sound in it")
        try:
            self._resampler = StreamingResampler(self._file.samplerate)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        self._taken = 0
        # Now, for a header may promise what is not there, and loading takes seconds.
        self._first_piece = self._read()
        if len(self._first_piece) == 0:
            raise InputError(
                f"{path}: no sound of it can be read; it ends after its beginning, or all that "
                "follows is damaged"
            )

    def slots(self) -> Iterator[NDArray[np.float32]]:
        """Give micro-turns of SLOT_SAMPLES mono samples; the last one is as short as it is."""
        waiting = np.zeros(0, dtype=np.float32)
        for piece in self._pieces():
            waiting = np.concatenate([waiting, piece])
            while len(waiting) > SLOT_SAMPLES:
                yield waiting[:SLOT_SAMPLES]
                waiting = waiting[SLOT_SAMPLES:]
        if len(waiting):
            yield waiting

    def _pieces(self) -> Iterator[NDArray[np.float32]]:
        piece = self._first_piece
        try:
            while len(piece):
                ready = self._resampler.push(self.repairs.mend(piece))
                self.repairs.note(Repair.CHANNELS_CANCEL, self._resampler.take_cancelled())
                yield ready
                piece = self._read()
            missing_s = (self._file.frames - self._taken) / self._file.samplerate
            if missing_s > _SHORT_BY_S or _promises_more(self._file.extra_info):
                self.repairs.note(Repair.ENDS_EARLY)
        finally:
            self._file.close()
        yield self._resampler.finish()

    def _read(self) -> NDArray[np.float32]:
        """Read the next [n, channels]; nothing where none follows that can be decoded."""
        try:
            piece = self._read_piece()
        except _library(self._path).LibsndfileError:
            piece = self._read_past_damage()
        self._taken += len(piece)
        return piece

    def _read_piece(self) -> NDArray[np.float32]:
        piece: NDArray[np.float32] = self._file.read(_PIECE_FRAMES, dtype="float32", always_2d=True)
        return piece

    def _read_past_damage(self) -> NDArray[np.float32]:
        """Read the sound after what cannot be decoded, with silence in the place of that.

        Where it goes on is sought in growing steps: damage and a little more are skipped.
        """
        skipped = _PIECE_FRAMES
        while self._path.is_file() and self._taken + skipped < self._file.frames:
            # Opened anew: once lost, libFLAC finds nothing any more.
            self._file.close()
            self._file = _open(self._path)
            piece = self._read_piece_at(self._taken + skipped)
            if len(piece):
                self.repairs.note(Repair.GAP, skipped)
                return np.pad(piece, ((skipped, 0), (0, 0)))
            skipped += skipped // 2
        # It is missing, and told of at the end.
        return np.zeros((0, self._file.channels), dtype=np.float32)

    def _read_piece_at(self, place: int) -> NDArray[np.float32]:
        try:
            self._file.seek(place)
            return self._read_piece()
        except _library(self._path).LibsndfileError:
            return np.zeros((0, self._file.channels), dtype=np.float32)


class SaidFile:
    """A sound file that is written while the conversation goes on: 16 kHz, usually mono."""

    def __init__(self, path: Path, *, channels: int = 1) -> None:
        """Name a file; its ending says of which kind it is. Raises InputError for another kind.

        What was in the file before stays there until something is written.
        """
        self._path = path
        self._kind = path.suffix.lstrip(".").upper() or "WAV"
        self._channels = channels
        self._file: Any = None
        soundfile = _library(path)
        try:
            # Tried in memory: some kinds are known and still not to be had, as .raw or in stereo.
            self._opened(BytesIO()).close()
        except (soundfile.LibsndfileError, ValueError, TypeError) as error:
            raise InputError(
                f"{path}: no sound is written as {path.suffix!r}; take .wav or .flac"
            ) from error

    @property
    def begun(self) -> bool:
        """Whether something has been written."""
        return self._file is not None

    def write(self, samples: NDArray[np.float32]) -> None:
        """Write the next samples ([n] or [n, channels]); raises InputError when that cannot be."""
        soundfile = _library(self._path)
        try:
            if self._file is None:
                self._file = self._opened(self._path)
            self._file.write(np.clip(samples, -1.0, 1.0))
        except (soundfile.LibsndfileError, OSError, ValueError, TypeError) as error:
            raise InputError(f"{self._path}: cannot be written: {error}") from error

    def close(self) -> None:
        """Complete the file."""
        if self._file is not None:
            self._file.close()

    def _opened(self, place: Path | BytesIO) -> Any:
        return _library(self._path).SoundFile(
            place,
            "w",
            samplerate=SAMPLE_RATE_HZ,
            channels=self._channels,
            format=self._kind,
        )


class FileChannel:
    """A SoundChannel whose user is a sound file, in real or virtual time."""

    def __init__(
        self,
        heard: HeardFile,
        clock: Clock,
        *,
        said: SaidFile | None = None,
        frames: FrameSource | None = None,
        tail_s: float = 0.0,
        longest_tail_s: float = 60.0,
        still_owed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Write what is said to `said`, which is as long as what is heard.

        After the last sample there is silence for `tail_s`, and while something is `still_owed`,
        but not for longer than `longest_tail_s`; with a `tail_s` of 0 the end is the end.
        """
        self._heard = heard
        self._clock = clock
        self._said = said
        self._frames = SlotFrames(frames, clock)
        self._tail_s = tail_s
        self._longest_tail_s = longest_tail_s
        self._still_owed = still_owed
        self._voice_before = np.zeros(SLOT_SAMPLES, dtype=np.float32)
        self._samples_now = 0
        self._voiced_index = -1
        self._heard_samples = 0
        self._words: list[TimedWord] = []

    async def senses(self) -> AsyncIterator[Senses]:
        """Yield the file slot by slot, then silence."""
        sound = self._heard.slots()
        silent_s = 0.0
        async for index in slots(self._clock):
            samples = next(sound, None)
            if samples is None:
                if not self._stays(silent_s):
                    return
                silent_s += SLOT_S
                samples = np.zeros(SLOT_SAMPLES, dtype=np.float32)
            self._samples_now = len(samples) if self._tail_s == 0 else SLOT_SAMPLES
            frame = await self._frames.at(index)
            yield Senses(index=index, samples=_whole_slot(samples), frame=frame)

    async def play(self, voiced: Voiced) -> None:
        """Write the slot before, which is heard during this one."""
        now, self._voice_before = self._voice_before, _whole_slot(voiced.samples)
        if self._said is not None:
            self._said.write(now[: self._samples_now])
        self._heard_samples += self._samples_now
        self._voiced_index = voiced.index
        self._words += [
            TimedWord(
                text=word.text,
                start_s=round(word.start_s + SLOT_S, 3),
                end_s=round(word.end_s + SLOT_S, 3),
            )
            for word in voiced.words
        ]

    def played_index(self) -> int:
        """Give the slot before the last one: that one is still to be heard."""
        return self._voiced_index - 1

    def words(self) -> tuple[TimedWord, ...]:
        """Give the words that were sounded to their end, at their times in the file."""
        length_s = self._heard_samples / SAMPLE_RATE_HZ
        return tuple(word for word in self._words if word.end_s <= length_s)

    def _stays(self, silent_s: float) -> bool:
        wanted = silent_s < self._tail_s or self._still_owed()
        return self._tail_s > 0 and wanted and silent_s < self._longest_tail_s


def _library(path: Path) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise InputError(
            f"{path}: sound files are the work of soundfile, which cannot be used here ({error}): "
            "pip install 'weft[sound]'"
        ) from error
    return soundfile


def _open(path: Path) -> Any:
    soundfile = _library(path)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: is not a sound file, or broken at its beginning; WAV, FLAC, Ogg, MP3 and "
            "others are read"
        ) from error
    # A SoundFile that can seek does so after each read: an MP3 may glitch there.
    file.seekable = lambda: False
    return file


def _promises_more(extra_info: str) -> bool:
    """Whether libsndfile says that the sound of a file should have been longer than it is."""
    parts = (_WRONG_LENGTH.match(line) for line in extra_info.splitlines())
    return any(
        part["name"] in _SOUND_PARTS and int(part["said"]) > int(part["there"])
        for part in parts
        if part is not None
    )


def _whole_slot(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.pad(samples, (0, SLOT_SAMPLES - len(samples)))
