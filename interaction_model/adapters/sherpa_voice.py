"""A neural voice as the voice of a session: `voice: sherpa`."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from weft.interaction_model.adapters.phrase_voice import (
    InlineRenderer,
    PhraseVoice,
    RenderedPhrase,
)
from weft.interaction_model.adapters.sherpa import (
    Synthesizer,
    check_synthesizer,
    find_voice,
    open_synthesizer,
)
from weft.interaction_model.resampling import resample
from weft.interaction_model.types import SAMPLE_RATE_HZ

_AHEAD_S = 0.8
"""So long before it is needed a phrase is begun: a network may take a part of its length."""


class SherpaVoiceOptions(BaseModel):
    """What `voice: {name: sherpa, options: …}` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(
        description="A voice: tokens.txt and one network, with what a vits, matcha or kokoro voice "
        "has beside them (espeak-ng-data, lexicon.txt, a vocoder, voices.bin)."
    )
    speaker: int = Field(default=0, ge=0, description="Which of its speakers.")
    speed: float = Field(default=1.0, ge=0.5, le=2.0, description="Above one is faster.")
    threads: int = Field(default=1, ge=1, description="Threads of the network.")


def check_sherpa_voice(options: SherpaVoiceOptions) -> None:
    """Look whether the files are there. Raises InputError."""
    find_voice(options.folder)


def sherpa_voice(options: SherpaVoiceOptions, *, inline: bool) -> PhraseVoice:
    """Load the voice, twice; `inline`: phrases are rendered in the caller's thread.

    Raises InputError when it cannot be loaded.
    """
    files = find_voice(options.folder)
    check_synthesizer(files, threads=options.threads)
    synthesizer = open_synthesizer(
        files, threads=options.threads, speaker=options.speaker, speed=options.speed
    )
    return synthesized_voice(synthesizer, inline=inline)


def synthesized_voice(synthesizer: Synthesizer, *, inline: bool) -> PhraseVoice:
    """Make a voice of a synthesizer that is loaded."""
    speaker = _Speaker(synthesizer)
    if inline:
        return PhraseVoice(InlineRenderer(speaker.speak))
    return PhraseVoice(BesideRenderer(speaker), ahead_s=_AHEAD_S)


class _Speaker:
    """Speaks a phrase at the rate of all sound here; when its words are said, it does not know."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer

    def speak(self, text: str) -> RenderedPhrase:
        if not any(sign.isalnum() for sign in text):
            return RenderedPhrase(np.zeros(0, np.float32))
        samples, rate_hz = self._synthesizer.speak(text)
        if rate_hz == SAMPLE_RATE_HZ:
            return RenderedPhrase(samples)
        return RenderedPhrase(resample(samples, rate_hz))


class BesideRenderer:
    """Renders in a thread of its own, one phrase after the other."""

    def __init__(self, speaker: _Speaker) -> None:
        """Begin with nothing to render."""
        self._speaker = speaker
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="weft-voice")
        self._rendering: Future[RenderedPhrase] | None = None

    def begin(self, text: str) -> None:
        """Begin to render a phrase; the one before has been taken or dropped."""
        self._rendering = self._thread.submit(self._speaker.speak, text)

    def take(self) -> RenderedPhrase | None:
        """Give the phrase when it is ready; raises what rendering it has raised."""
        if self._rendering is None or not self._rendering.done():
            return None
        rendered, self._rendering = self._rendering, None
        return rendered.result()

    def drop(self) -> None:
        """Forget the phrase; one that is being rendered is finished, for nobody."""
        if self._rendering is not None:
            self._rendering.cancel()
            self._rendering = None
