"""espeak-ng's voices, with the times of words and phonemes. Only this module knows espeakng_loader.

The library has one state for the whole process (its voice, but also the flutter of the pitch and
the phase of its waves, which live on from one utterance to the next). So a lock guards it, and
each call loads it anew and puts it away again: the same text in the same voice gives the same
samples, whatever was said before. That takes 3 ms, most of it to look for the voice;
`speak_all` pays them once for many texts. (Where the system never unloads a library, as with musl,
the samples may differ in the last hertz of pitch.)
"""

import ctypes
import os
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.resampling import resample
from weft.interaction_model.types import SAMPLE_RATE_HZ

RATES_WPM = range(80, 451)
PITCHES = range(0, 100)

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS, _PHONEME_EVENTS, _DONT_EXIT = 2, 0x0001, 0x8000
_WORD, _END, _PHONEME = 1, 5, 7
_RATE, _PITCH = 1, 3
_UTF8, _BY_CHARACTER = 1, 1
_OK = 0
# A voice that the library does not find by the name of its language.
_FILES = {"en-gb": "gmw/en"}
_CHUNK_MS = 400

_STRESS_MARKS = "',%="
_NO_SOUND = frozenset({"", ";", "_", "_:", "_!", "_|", "_::", "_^_", "_;_", "||", "|"})
_SPOKEN_SIGNS = frozenset("&%+=@#$£€")
_OTHER_SIGNS = frozenset("£€°½¼¾²³µ×÷")
_PLAIN_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})
_PAUSES = frozenset("-,;:.")
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Timed:
    """A word as it is written, or a phoneme by espeak-ng's name, and when it is sounded."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spoken:
    """An utterance: its sound, and the times of what is in it."""

    samples: NDArray[np.float32]
    """[T] mono at SAMPLE_RATE_HZ, -1 … 1."""
    words: tuple[Timed, ...]
    """The whitespace words of the text, each with its stretch of time; what is not spoken (a dash,
    an emoji, another script) takes none."""
    phonemes: tuple[Timed, ...]
    """The sounds in their order, without stress marks and pauses; some take no time of their own,
    when espeak-ng makes one sound of two."""


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """A voice of espeak-ng; `name` is a language (en-us, en-gb-scotland) and maybe a variant (+f3).

    A language may have `lines` instead of a variant: what the file of one would say. Making a voice
    asks nothing of the library; speaking raises InputError when the library is not installed or has
    no such voice.
    """

    name: str = "en-us"
    rate_wpm: int = 170
    pitch: int = 50
    lines: tuple[str, ...] = ()
    """As espeak-ng's docs/voices.md has them: "formant 2 115 90 120" (percent of frequency, height
    and width); lines that it does not know change nothing."""

    def __post_init__(self) -> None:
        """Refuse what the library would silently replace. Raises InputError."""
        if self.rate_wpm not in RATES_WPM:
            raise InputError(f"rate_wpm {self.rate_wpm}: espeak-ng speaks 80 … 450 words a minute")
        if self.pitch not in PITCHES:
            raise InputError(f"pitch {self.pitch}: espeak-ng's pitches are 0 … 99")
        if self.lines and "+" in self.name:
            raise InputError(
                f"{self.name!r} has a variant, and lines of its own: it can only have one of them"
            )

    def speak(self, text: str) -> Spoken:
        """Speak a text; the same text gives the same samples."""
        return self.speak_all([text])[0]

    def speak_all(self, texts: Sequence[str]) -> tuple[Spoken, ...]:
        """Speak texts one after the other; all of them in the same order give the same samples."""
        return tuple(self.speak_each(texts))

    def speak_each(self, texts: Iterable[str]) -> Generator[Spoken]:
        """Speak texts as they are asked for; nobody else can speak until it is closed."""
        with _LOCK, _fresh_library() as library:
            library.take_voice(self)
            for text in texts:
                yield library.speak(text)


def check_installed() -> None:
    """Say whether espeak-ng's voices are here. Raises InputError."""
    _find_library()


def _find_library() -> tuple[str, str]:
    try:
        import espeakng_loader
    except ImportError as error:
        raise InputError(
            "espeak-ng's voices are not installed: pip install 'weft[sound]'"
        ) from error
    try:
        return str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path())
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"espeak-ng's voices are damaged ({error}): pip install --force-reinstall "
            "espeakng-loader"
        ) from error


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class _VoiceFile(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("file", ctypes.c_char_p),  # as in gmw/en-US+f3
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """An event of a word (its place in the text) or of a phoneme (its name), at a sample."""

    sample: int
    position: int = -1
    phoneme: str = ""


@contextmanager
def _fresh_library() -> "Iterator[_Library]":
    path, data = _find_library()
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        raise InputError(
            f"espeak-ng's voices cannot be loaded ({error}): pip install --force-reinstall "
            "espeakng-loader"
        ) from error
    try:
        rate_hz = loaded.espeak_Initialize(
            _SYNCHRONOUS, _CHUNK_MS, os.fsencode(data), _PHONEME_EVENTS | _DONT_EXIT
        )
        if rate_hz <= 0:
            raise InputError(f"espeak-ng finds no voices in {data}: reinstall espeakng-loader")
        try:
            yield _Library(loaded, rate_hz, Path(data))
        finally:
            loaded.espeak_Terminate()
    finally:
        _unload(loaded)


def _unload(loaded: ctypes.CDLL) -> None:
    import _ctypes

    unload: Callable[[int], Any] = getattr(_ctypes, "dlclose", None) or _ctypes.FreeLibrary  # type: ignore[attr-defined,unused-ignore]
    unload(loaded._handle)


class _Library:
    """The loaded library, for one caller at a time."""

    def __init__(self, loaded: ctypes.CDLL, rate_hz: int, data: Path) -> None:
        self._loaded = loaded
        self._rate_hz = rate_hz
        self._data = data
        self._chunks: list[bytes] = []
        self._marks: list[_Mark] = []
        self._callback = _Callback(self._take)  # the library keeps no reference to it
        loaded.espeak_SetSynthCallback(self._callback)
        loaded.espeak_ng_SetRandSeed(ctypes.c_long(1))
        loaded.espeak_GetCurrentVoice.restype = ctypes.POINTER(_VoiceFile)
        loaded.espeak_Synth.argtypes = (
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        )

    def take_voice(self, voice: EspeakVoice) -> None:
        language, _, variant = voice.name.partition("+")
        file = _FILES.get(language, language)
        name = f"{file}+{variant}" if variant else file
        taken = self._loaded.espeak_SetVoiceByName(name.encode()) == _OK
        # A variant that is not there is silently left out.
        if not taken or (variant and not self._voice_file().endswith(f"+{variant}")):
            raise InputError(
                f"espeak-ng has no voice {voice.name!r}; en-us, en-gb and en-gb-scotland are "
                "voices, and each takes a variant, as in en-us+f3"
            )
        if voice.lines:
            self._take_lines(voice)
        self._loaded.espeak_SetParameter(_RATE, voice.rate_wpm, 0)
        self._loaded.espeak_SetParameter(_PITCH, voice.pitch, 0)

    def _take_lines(self, voice: EspeakVoice) -> None:
        """Take the voice of a file that says what the present voice's says, and the lines."""
        language = (self._data / "lang" / self._voice_file()).read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "voice"
            file.write_bytes(b"\n".join((language, *(line.encode() for line in voice.lines), b"")))
            if self._loaded.espeak_ng_SetVoiceByFile(os.fsencode(file)) != _OK:
                raise InputError(f"espeak-ng takes no voice {voice.name!r} with {voice.lines}")

    def _voice_file(self) -> str:
        voice = self._loaded.espeak_GetCurrentVoice()
        return str(voice.contents.file.decode()) if voice and voice.contents.file else ""

    def speak(self, text: str) -> Spoken:
        words = text.split()
        plain = _speakable(words)
        self._chunks, self._marks = [], []
        if any(plain):
            data = " ".join(filter(None, plain)).encode()
            status = self._loaded.espeak_Synth(
                data, len(data) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None
            )
            if status != _OK:
                raise InputError(f"espeak-ng cannot speak this text (status {status})")
        whole = np.frombuffer(b"".join(self._chunks), np.int16).astype(np.float32) / 32768
        samples = resample(whole, self._rate_hz).clip(-1, 1)
        end_s = len(samples) / SAMPLE_RATE_HZ
        stretches = _Stretches(self._marks, self._rate_hz, end_s)
        return Spoken(
            samples=samples,
            words=stretches.words(words, plain),
            phonemes=stretches.phonemes(),
        )

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if count > 0 and samples:
            self._chunks.append(ctypes.string_at(samples, 2 * count))
        number = 0
        while events[number].type:
            event = events[number]
            number += 1
            if event.type == _WORD:
                self._marks.append(_Mark(event.sample, position=event.text_position - 1))
            elif event.type == _PHONEME:
                name = event.id.string.decode("utf-8", "replace").lstrip(_STRESS_MARKS)
                self._marks.append(_Mark(event.sample, phoneme=name))
            elif event.type == _END:
                self._marks.append(_Mark(event.sample))
        return 0


def _speakable(words: Sequence[str]) -> list[str]:
    """Give what is spoken of each word, "" for nothing: signs that steer the library are gone."""
    plain: list[str] = []
    for word in words:
        plainer = unicodedata.normalize("NFC", word).translate(_PLAIN_SIGNS)
        signs = "".join(filter(_can_be_spoken, plainer))
        if any(sign.isalnum() or sign in _SPOKEN_SIGNS for sign in signs):
            plain.append(signs)
            continue
        plain.append("")
        before = next((n for n in range(len(plain) - 2, -1, -1) if plain[n]), None)
        if before is not None and signs and set(signs) <= _PAUSES and plain[before][-1].isalnum():
            plain[before] += ","  # a dash that stands alone is heard as a short silence
    return plain


def _can_be_spoken(sign: str) -> bool:
    if sign.isascii():
        return sign.isprintable()
    return sign in _OTHER_SIGNS or unicodedata.name(sign, "").startswith("LATIN ")


class _Stretches:
    """From when to when words and phonemes are sounded, by the library's marks."""

    def __init__(self, marks: Sequence[_Mark], rate_hz: int, end_s: float) -> None:
        self._marks = sorted(marks, key=lambda mark: mark.sample)  # stable: their order is told
        self._rate_hz = rate_hz
        self._end_s = end_s

    def phonemes(self) -> tuple[Timed, ...]:
        marks = [mark for mark in self._marks if mark.position < 0]
        ends = [mark.sample for mark in marks[1:]] + [None]
        return tuple(
            Timed(mark.phoneme, self._time_s(mark.sample), self._time_s(end))
            for mark, end in zip(marks, ends, strict=False)
            if mark.phoneme not in _NO_SOUND
        )

    def words(self, words: Sequence[str], plain: Sequence[str]) -> tuple[Timed, ...]:
        """Give each written word its stretch; `plain` is what was spoken of it."""
        stretches = self._by_word(plain)
        found: list[Timed] = []
        now_s = 0.0
        for number, word in enumerate(words):
            start_s, end_s = stretches.get(number, (now_s, now_s))
            start_s = max(now_s, start_s)
            now_s = max(start_s, end_s)
            found.append(Timed(word, start_s, now_s))
        return tuple(found)

    def _by_word(self, plain: Sequence[str]) -> dict[int, tuple[float, float]]:
        """Give the stretches of the words that are spoken, by their number.

        One written word may have several marks (a number), and several words one ("of the"): those
        share its stretch by their letters.
        """
        spoken = [number for number, word in enumerate(plain) if word]
        marked = self._marked(plain, spoken)
        if not marked:
            return {}
        firsts = sorted(marked)
        stretches = {}
        for n, first in enumerate(firsts):
            until = firsts[n + 1] if n + 1 < len(firsts) else len(plain)
            since = 0 if n == 0 else first
            together = [number for number in spoken if since <= number < until]
            start_s, end_s = marked[first]
            a_letter_s = (end_s - start_s) / sum(len(plain[number]) for number in together)
            for number in together[:-1]:
                after_s = start_s + a_letter_s * len(plain[number])
                stretches[number] = (start_s, after_s)
                start_s = after_s
            stretches[together[-1]] = (start_s, end_s)
        return stretches

    def _marked(
        self, plain: Sequence[str], spoken: Sequence[int]
    ) -> dict[int, tuple[float, float]]:
        """Give from the first mark of a word to the end of its last sound, by its number."""
        number_at: list[int] = []
        for number in spoken:
            number_at += [number] * (len(plain[number]) + 1)
        found: dict[int, tuple[float, float]] = {}
        word: int | None = None
        for mark, following in pairwise([*self._marks, _Mark(-1)]):
            if mark.position >= 0 and number_at:
                at = number_at[min(mark.position, len(number_at) - 1)]
                word = at if word is None else max(word, at)
                start_s = self._time_s(mark.sample)
                found.setdefault(word, (start_s, start_s))
            elif word is not None and mark.phoneme not in _NO_SOUND:
                end_s = self._time_s(following.sample if following.sample >= 0 else None)
                found[word] = (found[word][0], end_s)
        return found

    def _time_s(self, sample: int | None) -> float:
        return self._end_s if sample is None else min(sample / self._rate_hz, self._end_s)
