"""The border to sherpa-onnx: recognisers and voices out of a folder that the user has on disk.

Only this module knows the library. It ends the whole process when a model is not what it expects,
so a model is first loaded by a process of its own; what that says becomes the error.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from weft.errors import InputError
from weft.interaction_model.types import SAMPLE_RATE_HZ

_TRIAL_LIMIT_S = 180
_TRIAL = """
import json, sys
given = json.loads(sys.argv[1])
sys.path[:] = given["path"]
from weft.interaction_model.adapters import sherpa
getattr(sherpa, given["opener"])(
    getattr(sherpa, given["kind"])(**given["files"]), threads=given["threads"]
)
"""


@dataclass(frozen=True, slots=True)
class RecognizedToken:
    """A piece of a word; one that begins a word begins with a space."""

    text: str
    time_s: float
    """When it was sounded, from the beginning of the stream."""
    log_probability: float


class RecognizerStream(Protocol):
    """One stretch of sound on its way through a recogniser."""

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take in samples at SAMPLE_RATE_HZ, and decode as far as they reach."""
        ...

    def tokens(self) -> list[RecognizedToken]:
        """Give all tokens since the beginning of the stream; those given once stay."""
        ...


class Recognizer(Protocol):
    """A recogniser that is loaded."""

    def begin(self) -> RecognizerStream:
        """Begin a new stretch of sound."""
        ...


class Synthesizer(Protocol):
    """A voice that is loaded."""

    def speak(self, text: str) -> tuple[NDArray[np.float32], int]:
        """Give samples, and their rate in Hz."""
        ...


@dataclass(frozen=True, slots=True)
class TransducerFiles:
    """The files of a streaming transducer."""

    tokens: str
    encoder: str
    decoder: str
    joiner: str


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """The files of a voice; what its kind does not have is empty."""

    kind: str
    """vits, matcha or kokoro."""
    model: str
    tokens: str
    vocoder: str = ""
    voices: str = ""
    lexicon: str = ""
    data_dir: str = ""


def find_transducer(folder: Path, *, int8: bool) -> TransducerFiles:
    """Find the files of a streaming transducer in a folder. Raises InputError."""
    tokens = _one(folder, "tokens.txt")
    encoder, decoder, joiner = (
        _network(folder, f"*{part}*.onnx", int8=int8) for part in ("encoder", "decoder", "joiner")
    )
    return TransducerFiles(tokens, encoder, decoder, joiner)


def find_voice(folder: Path) -> VoiceFiles:
    """Find the files of a voice in a folder, and of which kind it is. Raises InputError.

    `voices.bin` makes it a kokoro voice, a vocoder beside the network a matcha one.
    """
    tokens = _one(folder, "tokens.txt")
    lexicons = sorted(map(str, folder.glob("lexicon*.txt")))
    shared = {
        "lexicon": ",".join(lexicons),
        "data_dir": str(folder / "espeak-ng-data") if (folder / "espeak-ng-data").is_dir() else "",
    }
    networks = sorted(folder.glob("*.onnx"))
    vocoders = [each for each in networks if each.name.startswith(("vocos", "hifigan", "vocoder"))]
    models = [each for each in networks if each not in vocoders]
    if len(models) != 1:
        found = ", ".join(each.name for each in models) or "none"
        raise InputError(f"{folder}: there should be one network (*.onnx); found: {found}")
    model = str(models[0])
    if (folder / "voices.bin").is_file():
        voices = str(folder / "voices.bin")
        return VoiceFiles("kokoro", model, tokens, voices=voices, **shared)
    if vocoders:
        return VoiceFiles("matcha", model, tokens, vocoder=str(vocoders[0]), **shared)
    return VoiceFiles("vits", model, tokens, **shared)


def check_recognizer(files: TransducerFiles, *, threads: int) -> None:
    """Load a recogniser in a process of its own. Raises InputError with what the library says."""
    _check(open_recognizer.__name__, files, threads)


def check_synthesizer(files: VoiceFiles, *, threads: int) -> None:
    """Load a voice in a process of its own. Raises InputError with what the library says."""
    _check(open_synthesizer.__name__, files, threads)


def open_recognizer(files: TransducerFiles, *, threads: int) -> Recognizer:
    """Load a recogniser; where its files are not what they should be, the process may end."""
    import sherpa_onnx

    return _SherpaRecognizer(
        sherpa_onnx.OnlineRecognizer.from_transducer(
            **asdict(files), num_threads=threads, sample_rate=SAMPLE_RATE_HZ
        )
    )


def open_synthesizer(
    files: VoiceFiles, *, threads: int, speaker: int = 0, speed: float = 1.0
) -> Synthesizer:
    """Load a voice; where its files are not what they should be, the process may end."""
    import sherpa_onnx as sherpa

    model = sherpa.OfflineTtsModelConfig(num_threads=threads, **{files.kind: _voice_config(files)})
    config = sherpa.OfflineTtsConfig(model=model, max_num_sentences=1)
    if not config.validate():
        raise InputError(f"{Path(files.model).parent}: sherpa-onnx cannot use this voice")
    return _SherpaSynthesizer(sherpa.OfflineTts(config), speaker, speed)


def _voice_config(files: VoiceFiles) -> Any:
    import sherpa_onnx as sherpa

    shared = {"tokens": files.tokens, "lexicon": files.lexicon, "data_dir": files.data_dir}
    match files.kind:
        case "kokoro":
            return sherpa.OfflineTtsKokoroModelConfig(
                model=files.model, voices=files.voices, **shared
            )
        case "matcha":
            return sherpa.OfflineTtsMatchaModelConfig(
                acoustic_model=files.model, vocoder=files.vocoder, **shared
            )
        case _:
            return sherpa.OfflineTtsVitsModelConfig(model=files.model, **shared)


class _SherpaStream:
    """A stream of the library."""

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer
        self._stream = recognizer.create_stream()

    def add(self, samples: NDArray[np.float32]) -> None:
        self._stream.accept_waveform(SAMPLE_RATE_HZ, samples)
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)

    def tokens(self) -> list[RecognizedToken]:
        found = self._recognizer.get_result_all(self._stream)
        # `<unk>` has a time and no text, so there may be more times than texts.
        return [
            RecognizedToken(text.replace("▁", " "), float(time_s), float(log_probability))
            for text, time_s, log_probability in zip(
                found.tokens, found.timestamps, found.ys_probs, strict=False
            )
        ]


class _SherpaRecognizer:
    """A recogniser of the library."""

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer

    def begin(self) -> RecognizerStream:
        return _SherpaStream(self._recognizer)


class _SherpaSynthesizer:
    """A voice of the library."""

    def __init__(self, voice: Any, speaker: int, speed: float) -> None:
        if not 0 <= speaker < max(1, voice.num_speakers):
            raise InputError(f"speaker {speaker}: the voice has {voice.num_speakers} speakers")
        self._voice = voice
        self._speaker = speaker
        self._speed = speed

    def speak(self, text: str) -> tuple[NDArray[np.float32], int]:
        spoken = self._voice.generate(text, sid=self._speaker, speed=self._speed)
        return np.asarray(spoken.samples, np.float32), int(spoken.sample_rate)


def _check(opener: str, files: TransducerFiles | VoiceFiles, threads: int) -> None:
    given = {
        "path": sys.path,
        "opener": opener,
        "kind": type(files).__name__,
        "files": asdict(files),
        "threads": threads,
    }
    folder = Path(files.tokens).parent
    command = [sys.executable, "-c", _TRIAL, json.dumps(given)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TRIAL_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{folder}: does not load within {_TRIAL_LIMIT_S} s") from error
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines() or ["it says nothing about it"]
        raise InputError(f"{folder}: sherpa-onnx cannot load this: {said[-1]}")


def _one(folder: Path, name: str) -> str:
    """Give the path of a file. Raises InputError when it is not there."""
    if not (folder / name).is_file():
        raise InputError(f"{folder}: there is no {name} in it")
    return str(folder / name)


def _network(folder: Path, pattern: str, *, int8: bool) -> str:
    """Give the one network of that name, in the precision asked for if there are two."""
    found = sorted(folder.glob(pattern))
    wanted = [each for each in found if (".int8." in each.name) == int8] or found
    if len(wanted) != 1:
        names = ", ".join(each.name for each in wanted) or "none"
        raise InputError(f"{folder}: there should be one {pattern}; found: {names}")
    return str(wanted[0])
