"""Where the ears and the voice of a conversation in sound are found and made."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from weft.config import AgentConfig, InteractionConfig, SoundAdapter
from weft.entry_points import load_entry
from weft.errors import ConfigError, InputError, Mistake, PluginError, WeightsError
from weft.interaction_model.adapters import EAR_NAMES, EARS_GROUP, VOICE_NAMES, VOICES_GROUP
from weft.interaction_model.weights_folder import (
    SHIPPED_SENSES,
    has_senses,
    has_voice,
    verified_voice,
)
from weft.mistake_words import said
from weft.orchestrator.sound_ports import Ears, Voice

_T = TypeVar("_T")
_logger = logging.getLogger(__name__)

NO_SENSES = (
    "the weights in use were trained on text and have no senses; "
    "let others hear and speak, e.g. `ears: sherpa`, `voice: espeak`"
)

NO_VOICE = "the weights in use hear and have no voice; let another speak, e.g. `voice: espeak`"

NOBODY_HEARS = (
    "nobody makes words of the sound: interaction.ears is `words`; write `ears: native` (the "
    "model's own, where its weights have senses), `ears: sherpa` (a recogniser whose weights you "
    f"have) or the name of a plug-in in group {EARS_GROUP}, or give the words of a sound file with "
    "--words FILE"
)


class MakesEars(Protocol):
    """What an entry point in group `weft.ears` names."""

    def __call__(self, options: Mapping[str, object], seed: int) -> Ears:
        """Make ears for one session; whatever it raises is told as a mistake of the file."""
        ...


class MakesVoice(Protocol):
    """What an entry point in group `weft.voices` names."""

    def __call__(self, options: Mapping[str, object], seed: int) -> Voice:
        """Make a voice for one session; whatever it raises is told as a mistake of the file."""
        ...


def with_own_senses(config: AgentConfig, shipped: Path | None = None) -> AgentConfig:
    """Let the model hear and speak by itself where it can, and nobody else is asked to.

    Where the configuration names no weights, those that are `shipped` with senses are taken. Ears
    that it names, `words` too, stay; and beside them the voice stays as it is. So it does where the
    model's own is damaged, which is told: nobody has asked for it.
    """
    interaction = config.interaction
    folder = interaction.weights or shipped or SHIPPED_SENSES
    own: dict[str, object] = {}
    if "ears" not in interaction.model_fields_set and has_senses(folder):
        own["ears"] = "native"
    hears_itself = own or interaction.hearing.name == "native"
    if interaction.voice is None and hears_itself and has_voice(folder):
        try:
            verified_voice(folder)
            own["voice"] = "native"
        except WeightsError as error:
            others = interaction.speaking.name
            _logger.warning(
                "the model's own voice cannot be used, and `%s` speaks: %s", others, error
            )
    return config.model_copy(update={"interaction": interaction.model_copy(update=own)})


def check_seen(config: InteractionConfig) -> None:
    """Raise InputError where nobody would look at what the user shows.

    Pictures reach the model by its own senses alone; a plug-in is given them too, and knows by
    itself whether it looks.
    """
    name = config.hearing.name
    if name in EAR_NAMES and name != "native":
        raise InputError(
            f"nobody would look at what is shown: interaction.ears is `{name}`, and pictures reach "
            "the model by its own senses alone; write `ears: native` (its weights must have "
            "senses), or leave the video out"
        )


def make_ears(
    config: InteractionConfig, *, inline: bool = False, native: Ears | None = None
) -> Ears | None:
    """Make the ears that the configuration names; None where words come with the channel.

    Takes the seconds that loading takes. `inline`: all is done in the caller's thread, as virtual
    time wants it. `native` are the model's own. Raises ConfigError when they cannot be made.
    """
    asked = _Asked("ears", config.hearing, config)
    if asked.name == "words":
        return None
    if asked.name == "native":
        return native or asked.refuse(NO_SENSES)
    from weft.orchestrator.guarded_sound import GuardedEars
    from weft.orchestrator.patient_sound import PatientEars

    ears = GuardedEars(asked.made(inline, "perceive"), asked.name)
    return ears if inline else PatientEars(ears, asked.name)


def make_voice(
    config: InteractionConfig, *, inline: bool = False, native: Voice | None = None
) -> Voice:
    """Make the voice that the configuration names, and espeak-ng's where it names none.

    Like `make_ears` otherwise.
    """
    asked = _Asked("voice", config.speaking, config)
    if asked.name == "native":
        if native is None:
            asked.check()
            asked.refuse(NO_VOICE)
        return native
    from weft.orchestrator.guarded_sound import GuardedVoice
    from weft.orchestrator.patient_sound import PatientVoice

    voice = GuardedVoice(asked.made(inline, "sound", "stop"), asked.name)
    # What comes with weft takes little of a slot, or has a thread of its own.
    return voice if inline or asked.is_built_in else PatientVoice(voice, asked.name)


def find_sound_mistakes(config: InteractionConfig) -> list[Mistake]:
    """Look for the ears and the voice that a configuration names; load no weights."""
    mistakes = []
    for asked in (
        _Asked("ears", config.hearing, config),
        _Asked("voice", config.speaking, config),
    ):
        if asked.key == "voice" and config.voice is None:
            continue  # Not asked for, and perhaps never needed.
        try:
            asked.check()
        except ConfigError as error:
            mistakes += error.mistakes
    return mistakes


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """Ears or a voice that come with weft."""

    options: type[BaseModel]
    library: str
    """The library that it needs."""
    extra: str
    """The extra of weft that brings the library."""
    make: Callable[..., object]
    """(options, *, inline) -> Ears or Voice; raises InputError."""
    check: Callable[..., None]
    """(options) -> None; raises InputError when something is not there, and loads nothing."""


def _built_in(key: str, name: str) -> _BuiltIn:
    # Here and not above: numbers take time to load, and most who check a file only talk.
    if (key, name) == ("voice", "espeak"):
        from weft.interaction_model.adapters import espeak_voice as espeak

        return _BuiltIn(
            espeak.EspeakOptions,
            "espeakng_loader",
            "sound",
            make=lambda options, inline: espeak.espeak_voice(options),
            check=espeak.check_voice,
        )
    if key == "voice":
        from weft.interaction_model.adapters import sherpa_voice as voice

        return _BuiltIn(
            voice.SherpaVoiceOptions,
            "sherpa_onnx",
            "sherpa",
            make=voice.sherpa_voice,
            check=voice.check_sherpa_voice,
        )
    from weft.interaction_model.adapters import sherpa_ears as ears

    return _BuiltIn(
        ears.SherpaEarsOptions,
        "sherpa_onnx",
        "sherpa",
        make=lambda options, inline: ears.sherpa_ears(options),
        check=ears.check_sherpa_ears,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """Ears or a voice as a configuration asks for them."""

    key: Literal["ears", "voice"]
    adapter: SoundAdapter
    config: InteractionConfig

    @property
    def name(self) -> str:
        return self.adapter.name

    def refuse(self, message: str) -> NoReturn:
        """Say that they cannot be used. Raises ConfigError."""
        raise ConfigError(None, [Mistake(f"interaction.{self.key}", None, message)])

    def check(self) -> None:
        """Look whether they can be made. Raises ConfigError."""
        if self.name in ("native", "words"):
            if self.adapter.options:
                self.refuse(f"`{self.name}` takes no options")
            if self.name == "native":
                self._check_native()
        elif self.is_built_in:
            built_in, options = self._checked()
            self._tried(built_in.check, options)
        else:
            self._factory()

    def _check_native(self) -> None:
        folder = self.config.weights_folder
        if not has_senses(folder):
            self.refuse(NO_SENSES)
        if self.key != "voice":
            return
        if not has_voice(folder):
            self.refuse(NO_VOICE)
        try:
            verified_voice(folder)
        except WeightsError as error:
            self.refuse(str(error))

    def made(self, inline: bool, *verbs: str) -> Any:
        """Make them; what is made has these verbs. Raises ConfigError."""
        if self.is_built_in:
            built_in, options = self._checked()
            return self._tried(built_in.make, options, inline=inline)
        made = self._tried(self._factory(), dict(self.adapter.options), self.config.seed)
        for verb in verbs:
            if not callable(getattr(made, verb, None)):
                self.refuse(f"{self.name!r} made {type(made).__name__}, which has no `{verb}`")
        return made

    @property
    def is_built_in(self) -> bool:
        """Whether they come with weft."""
        return self.name in (EAR_NAMES if self.key == "ears" else VOICE_NAMES)

    def _checked(self) -> tuple[_BuiltIn, BaseModel]:
        """Give what is built in, with options that are right."""
        built_in = _built_in(self.key, self.name)
        if find_spec(built_in.library) is None:
            self.refuse(
                f"{self.name} needs the extra `{built_in.extra}`: "
                f"pip install 'weft[{built_in.extra}]'"
            )
        values = dict(self.adapter.options)
        try:
            return built_in, built_in.options.model_validate(values)
        except ValidationError as error:
            schema = built_in.options.model_json_schema()
            found = (said(each, values, schema, hidden=set()) for each in error.errors())
            inside = f"interaction.{self.key}.options"
            mistakes = [
                Mistake(".".join([inside, *map(str, one.steps)]), None, one.message)
                for one in found
            ]
            raise ConfigError(None, mistakes) from None

    def _factory(self) -> Callable[..., object]:
        """Load the entry point."""
        group = EARS_GROUP if self.key == "ears" else VOICES_GROUP
        try:
            entry = load_entry(group, self.name, f"{self.key} plugin")
        except PluginError as error:
            self.refuse(str(error))
        if not callable(entry.value):
            self.refuse(
                f"the {self.key} plugin {self.name!r} ({entry.target}) is no function that takes "
                "options and a seed"
            )
        return entry.value

    def _tried(self, do: Callable[..., _T], *values: object, **named: object) -> _T:
        """Do what others have written; whatever it raises is a mistake of this place."""
        try:
            return do(*values, **named)
        except InputError as error:
            self.refuse(str(error))
        except (Exception, SystemExit) as error:
            self.refuse(f"{self.name!r} cannot be made: {type(error).__name__}: {error}")
