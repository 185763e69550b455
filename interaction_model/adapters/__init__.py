"""Ears and voices of other people's making, beside the model's own; each library in one module."""

EARS_GROUP = "weft.ears"
"""Entry points that name a factory of ears, `(options: Mapping, seed: int) -> Ears`."""

VOICES_GROUP = "weft.voices"
"""Entry points that name a factory of voices, likewise."""

EAR_NAMES = ("native", "words", "sherpa")
"""Ears that need no plug-in: the model's own, words that come with the channel, a recogniser."""

VOICE_NAMES = ("native", "espeak", "sherpa")
"""Voices that need no plug-in: the model's own, espeak-ng's, a neural one."""

DEFAULT_VOICE = "espeak"
"""Who speaks where somebody listens and the configuration names nobody."""
