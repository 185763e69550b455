"""espeak-ng as the voice of a session: `voice: espeak`."""

from pydantic import BaseModel, ConfigDict, Field

from weft.interaction_model.adapters.phrase_voice import (
    InlineRenderer,
    PhraseVoice,
    RenderedPhrase,
)
from weft.interaction_model.espeak import EspeakVoice, check_installed


class EspeakOptions(BaseModel):
    """What `voice: {name: espeak, options: …}` takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str = Field(
        default="en-us",
        pattern=r"\S",
        description="A language of espeak-ng, and maybe a variant: en-gb, en-us+f3.",
    )
    rate_wpm: int = Field(default=170, ge=80, le=450, description="Words a minute.")
    pitch: int = Field(default=50, ge=0, le=99, description="How high the voice is.")


def check_voice(options: EspeakOptions) -> None:
    """Raise InputError when espeak-ng is not installed, or has no such voice."""
    check_installed()
    _voice(options).speak("ready")


def espeak_voice(options: EspeakOptions) -> PhraseVoice:
    """Make the voice; a phrase takes it a few milliseconds, so it is rendered where it is needed.

    Raises InputError like `check_voice`.
    """
    check_voice(options)
    voice = _voice(options)

    def speak(text: str) -> RenderedPhrase:
        spoken = voice.speak(text)
        times = tuple((word.start_s, word.end_s) for word in spoken.words)
        return RenderedPhrase(spoken.samples, times)

    return PhraseVoice(InlineRenderer(speak))


def _voice(options: EspeakOptions) -> EspeakVoice:
    return EspeakVoice(options.voice, options.rate_wpm, options.pitch)
