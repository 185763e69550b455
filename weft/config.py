"""One YAML file is one agent: what it may contain, how it is read, and every mistake said at once.

Reading goes text → plain values with their lines → `${VAR}` expanded on string leaves →
`AgentConfig`. Where there are mistakes, what is left without them is an `AgentConfig` too, in which
names can still be looked for. Nothing is read from the environment or from a file at import. What
an environment variable or a secret-looking key holds never appears in a message.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum, auto
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from weft.background_agents.config import (
    BackgroundConfig,
    MemoryConfig,
    PrivacyConfig,
    QueueConfig,
    WorkerConfig,
)
from weft.editor_schema import with_variables
from weft.entry_points import entry_names
from weft.errors import ConfigError, InputError, Mistake
from weft.interaction_model.adapters import (
    DEFAULT_VOICE,
    EAR_NAMES,
    EARS_GROUP,
    VOICE_NAMES,
    VOICES_GROUP,
)
from weft.interaction_model.weights_folder import SHIPPED, SHIPPED_SENSES
from weft.located_yaml import Steps, dotted, read_located
from weft.mistake_words import Said, get, said, way_in
from weft.orchestrator.config import SessionConfig
from weft.suggestions import suggestion
from weft.tools.builtin import BUILTIN_NAMES, MEMORY_NAMES, MISSING
from weft.tools.config import ToolsConfig
from weft.tools.plugins import plugin_names


class Section(BaseModel):
    """A part of the configuration: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _shipped_is_none(value: object) -> object:
    return None if value == "shipped" else value


class SoundAdapter(Section):
    """Ears or a voice that take options."""

    name: str = Field(pattern=r"\S", description="One that comes with weft, or an entry point.")
    options: dict[str, object] = Field(
        default_factory=dict,
        repr=False,
        description="What the maker of the ears or the voice understands, e.g. `folder`, which "
        "holds weights and counts from this file.",
    )


class InteractionConfig(Section):
    """The interaction model, how it hears and how it speaks."""

    weights: Annotated[Path | None, BeforeValidator(_shipped_is_none)] = None
    """`shipped` (which is None here), or a folder with weights."""
    decoding: Literal["greedy", "sampled"] = "greedy"
    temperature: float = Field(default=0.7, gt=0, le=2)
    """Only for `decoding: sampled`."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    injection: Literal["additive"] = "additive"
    """How references enter the model; one row a micro-turn, see `session.row_every_slots`."""
    ears: str | SoundAdapter = Field(
        default="words",
        examples=list(EAR_NAMES),
        description="Who makes words of sound: `words` (they come with the channel), `native` (the "
        "model), `sherpa` (a recogniser whose weights you have), or an entry point in group "
        f"{EARS_GROUP}.",
    )
    voice: str | SoundAdapter | None = Field(
        default=None,
        examples=list(VOICE_NAMES),
        description="Who makes sound of words, where somebody listens: `native` (the model), "
        "`espeak` (if nothing is said), `sherpa` (a neural voice whose weights you have), or an "
        f"entry point in group {VOICES_GROUP}.",
    )

    @property
    def weights_folder(self) -> Path:
        """The folder with the weights in use: its own, or what is shipped for what is asked."""
        if self.weights is not None:
            return self.weights
        by_itself = "native" in (self.hearing.name, self.speaking.name)
        return SHIPPED_SENSES if by_itself else SHIPPED

    @property
    def hearing(self) -> SoundAdapter:
        """Who makes words of sound, with options."""
        return _adapter(self.ears)

    @property
    def speaking(self) -> SoundAdapter:
        """Who makes sound of words, with options, where somebody listens."""
        return _adapter(self.voice or DEFAULT_VOICE)


def _adapter(written: str | SoundAdapter) -> SoundAdapter:
    return SoundAdapter(name=written) if isinstance(written, str) else written


class MeaningConfig(Section):
    """The sentence embeddings that routing, search and supersession rest on."""

    path: Path | None = None
    """Folder of a sentence-transformers model; without it the packaged all-MiniLM-L6-v2."""


class LogConfig(Section):
    """The log of the `weft` command, on standard error; never contains what was said.

    A program that imports weft sets the level of the logger `weft` itself.
    """

    level: Literal["debug", "info", "warning", "error"] = "warning"


class TelemetryConfig(Section):
    """Traces and metrics by OpenTelemetry, with the extra `otel`; OTEL_* variables say where to."""

    traces: Literal["off", "otel"] = "off"
    words: Literal["keep", "export-what-was-said"] = "keep"
    """Whether what users, models and tools say leaves with the traces; redaction holds for it."""


class AgentConfig(Section):
    """One agent: the interaction model, what thinks behind it, its tools and its manners."""

    interaction: InteractionConfig = InteractionConfig()
    background: BackgroundConfig
    queue: QueueConfig = QueueConfig()
    worker: WorkerConfig = WorkerConfig()
    tools: ToolsConfig = ToolsConfig()
    user: str | None = Field(default=None, pattern=r"\S")
    """Who talks when the program does not say; without either, nothing is kept of anybody."""
    memory: MemoryConfig | None = None
    privacy: PrivacyConfig = PrivacyConfig()
    session: SessionConfig = SessionConfig()
    meaning: MeaningConfig = MeaningConfig()
    log: LogConfig = LogConfig()
    telemetry: TelemetryConfig = TelemetryConfig()


def shipped_config(name: str) -> Path:
    """Give the path of a configuration that comes with weft, for instance `demo`."""
    return Path(str(resources.files("weft.configs") / f"{name}.yaml"))


def load_config(path: Path | str, *, environment: Mapping[str, str] | None = None) -> AgentConfig:
    """Read one YAML file; raise ConfigError with all its mistakes, or InputError if unreadable.

    What is named in it is not looked for: see `weft.wiring.checked_config`.
    """
    return read_draft(path, environment=environment).finished()


def parse_config(
    values: Mapping[str, object], *, environment: Mapping[str, str] | None = None
) -> AgentConfig:
    """Make a configuration from plain values, by the same rules as a file, without line numbers."""
    return read_draft(values, environment=environment).finished()


@dataclass(frozen=True, slots=True)
class Draft:
    """A configuration as far as it can be understood, and the mistakes found in it so far."""

    file: Path | None
    mistakes: tuple[Mistake, ...]
    config: AgentConfig | None
    """What is left without the places that have a mistake; None when nothing is."""
    left_out: tuple[str, ...] = ()
    """Patterns of the names of tools that places with a mistake would have brought."""
    _lines: Mapping[Steps, int] = field(default_factory=dict)
    _kept: Mapping[Steps, tuple[int, ...]] = field(default_factory=dict)
    """Of lists that are shorter now: which of their items are left."""

    def finished(self, more: Sequence[Mistake] = ()) -> AgentConfig:
        """Give the configuration; raise ConfigError if it has mistakes, or `more` is not empty.

        `more` were found with `config`, and get the lines of the file.
        """
        known = {mistake.path for mistake in self.mistakes}
        found = (each for each in map(self._located, more) if each.path not in known)
        mistakes = [*self.mistakes, *found]
        if mistakes or self.config is None:
            mistakes.sort(key=lambda mistake: mistake.line or 0)
            raise ConfigError(self.file, mistakes)
        return self.config

    def _located(self, mistake: Mistake) -> Mistake:
        path = mistake.path
        for steps, kept in self._kept.items():
            inside = re.match(re.escape(dotted(steps)) + r"\[(\d+)\]", path)
            if inside is not None:
                path = f"{dotted((*steps, kept[int(inside[1])]))}{path[inside.end() :]}"
        lines = {dotted(steps): line for steps, line in self._lines.items()}
        line = _nearest(lines, path) if self.file else None
        return Mistake(path, line, mistake.message)


def read_draft(
    source: Path | str | Mapping[str, object], *, environment: Mapping[str, str] | None = None
) -> Draft:
    """Read a YAML file or plain values, mistakes and all; raise InputError if unreadable."""
    environment = os.environ if environment is None else environment
    if isinstance(source, Mapping):
        return _Reading(file=None, environment=environment, values=source).draft()
    file = Path(source)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{file}: cannot be read: {reason}") from error
    reading = _Reading(file=file, environment=environment)
    reading.read_yaml(text)
    return reading.draft()


def json_schema() -> dict[str, object]:
    """Give the JSON Schema of a configuration file as it is written, for editors."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "weft agent"}
    return with_variables(AgentConfig.model_json_schema()) | about


_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}|\{)")
_SOMEBODY: Mapping[str, object] = {"agents": {"local": {"provider": "local"}}}
"""Stands for a `background` of which nothing is left, so that the rest can be looked at."""
_TRIES = 5
"""So often places are taken out before a configuration is given up."""


@dataclass
class _Reading:
    """One configuration on its way from text to `AgentConfig`, and the mistakes found so far."""

    file: Path | None
    environment: Mapping[str, str]
    values: object = None
    mistakes: list[Mistake] = field(default_factory=list)
    _lines: dict[Steps, int] = field(default_factory=dict)
    _from_environment: set[Steps] = field(default_factory=set)
    _unusable: set[Steps] = field(default_factory=set)
    """Places with a mistake already named, about which there is nothing to add."""
    _absent: set[Steps] = field(default_factory=set)
    """Places where something is missing, without which what they lie in is of no use."""

    def read_yaml(self, text: str) -> None:
        """Turn YAML into plain values, remembering every line."""
        read = read_located(text)
        self.values, self._lines = read.values, read.lines
        for found in read.found:
            self._mistake(found.steps, found.message, line=found.line)
            if found.unusable:
                self._unusable.add(found.steps)

    def draft(self) -> Draft:
        """Expand, validate and cross-check."""
        if not isinstance(self.values, Mapping):
            if not self.mistakes:
                self._mistake((), "should be keys and values, like `background:`")
            return Draft(self.file, tuple(self.mistakes), None)
        self.values = self._expanded(self.values, ())
        self._find_paths(self.values)
        found = [Said(steps, message) for steps, message in _cross_references(self.values)]
        config: AgentConfig | None = None
        try:
            config = AgentConfig.model_validate(self.values)
        except ValidationError as error:
            found += self._said(error, self.values)
        self._add_one_for_each_place(found)
        if not self._unusable | self._absent:
            return Draft(self.file, tuple(self.mistakes), config, (), self._lines)
        usable = _Usable(self._unusable, self._absent)
        config = usable.config(self.values)
        left_out = tuple(_tools_left_out(self.values, usable.without))
        return Draft(
            self.file, tuple(self.mistakes), config, left_out, self._lines, dict(usable.kept)
        )

    def _said(self, error: ValidationError, values: object) -> list[Said]:
        schema = AgentConfig.model_json_schema()
        hidden = self._from_environment
        errors = error.errors(include_url=False)
        absent = {each["loc"] for each in errors if each["type"] == "missing"}
        mistakes = []
        for details in errors:
            mistake = said(details, values, schema, hidden=hidden)
            if details["loc"] in absent:
                self._absent.add(mistake.steps)
            mistakes.append(mistake)
        return mistakes

    def _mistake(self, steps: Steps, message: str, *, line: int | None = None) -> None:
        if line is None:
            line = next(
                (
                    self._lines[steps[:end]]
                    for end in range(len(steps), -1, -1)
                    if steps[:end] in self._lines
                ),
                1 if self.file else None,
            )
        self.mistakes.append(Mistake(dotted(steps), line, message))

    def _expanded(self, value: object, steps: Steps) -> object:
        """Copy nested values with `${VAR}` replaced in every string leaf."""
        if isinstance(value, Mapping):
            return {
                str(key): self._expanded(item, (*steps, str(key))) for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._expanded(item, (*steps, number)) for number, item in enumerate(value)]
        if isinstance(value, str) and "$" in value:
            return _VARIABLE.sub(lambda found: self._variable(found, steps), value)
        return value

    def _variable(self, found: re.Match[str], steps: Steps) -> str:
        if found[0] == "$$":
            return "$"
        name, default = found[1], found[2]
        if name is None:
            self._mistake(
                steps, "has a `${` that is not `${NAME}` or `${NAME:-default}`; `$$` is a plain $"
            )
            self._unusable.add(steps)
            return ""
        self._from_environment.add(steps)
        if self.environment.get(name):
            return self.environment[name]
        if default is not None:
            return default.removeprefix(":-")
        self._mistake(
            steps,
            f"uses ${{{name}}}, but the environment variable {name} is not set; "
            f"set it, or write ${{{name}:-default}}",
        )
        self._unusable.add(steps)
        return ""

    def _find_paths(self, values: object) -> None:
        """Let paths count from the folder of the file, wherever the program was started."""
        for steps, kind in _paths(values):
            holder = values
            for step in steps[:-1]:
                holder = get(holder, str(step))
            written = get(holder, str(steps[-1]))
            if not isinstance(holder, dict) or not isinstance(written, str):
                continue
            if not written and steps not in self._unusable:
                # Taken as a path it would be the current folder, which nobody meant.
                self._unusable.add(steps)
                named = "folder" if kind is _Kind.FOLDER else "file"
                self._mistake(steps, f"is empty; name a {named}, or leave the key out")
            if not written:
                continue
            path = Path(written).expanduser()
            if self.file is not None:
                path = self.file.parent.absolute() / path
            holder[steps[-1]] = str(path)
            if steps in self._unusable:
                continue
            shown = "this" if steps in self._from_environment else str(path)
            if kind is _Kind.FOLDER and not path.is_dir():
                self._unusable.add(steps)
                self._mistake(steps, f"there is no folder {shown}")
            if kind is not _Kind.FOLDER and path.is_dir():
                self._unusable.add(steps)
                self._mistake(steps, f"{shown} is a folder; name a file in it")
            elif kind is _Kind.FILE and not path.is_file():
                self._unusable.add(steps)
                self._mistake(steps, f"there is no file {shown}")

    def _add_one_for_each_place(self, found: Sequence[Said]) -> None:
        """Keep one mistake for each place, and the closest where one contains the other.

        A value that may be a word or a mapping fails as both; a section whose parts disagree is
        said where they do. A name that is wrong has nothing to do with what it holds.
        """
        for name in found:
            if name.about_key:
                self._mistake(name.steps, name.message)
        for one in found:
            deeper = any(
                other.steps[: len(one.steps)] == one.steps != other.steps for other in found
            )
            if one.about_key or one.steps in self._unusable or deeper:
                continue
            self._unusable.add(one.steps)
            self._mistake(one.steps, one.message)
        self._unusable |= {name.steps for name in found if name.about_key}


class _Usable:
    """What is left of a configuration when places with a mistake are taken out of it."""

    def __init__(self, places: Set[Steps], absent: Set[Steps]) -> None:
        self._places = set(places)
        for steps in absent:
            self._places.add(steps[:-1])
        self.kept: dict[Steps, tuple[int, ...]] = {}
        self.without: object = None

    def config(self, values: object) -> AgentConfig | None:
        """Give what can be used; None when taking out mistakes does not lead to anything."""
        for _ in range(_TRIES):
            self.kept = {}
            self.without = self._without(values, ())
            self.without = {"background": _SOMEBODY, **_mapping(self.without)}
            places = {
                self._as_written(("tools", "use", number)) for number, _ in _unmet(self.without)
            }
            try:
                config = AgentConfig.model_validate(self.without)
            except ValidationError as error:
                for details in error.errors(include_url=False):
                    steps, _value = way_in(self.without, details["loc"], to_nothing=False)
                    places.add(self._as_written(steps))
            else:
                if not places:
                    return config
            self._places |= places
        return None

    def _without(self, value: object, steps: Steps) -> object:
        """Copy nested values without the places that have a mistake."""
        if isinstance(value, Mapping):
            left = ((str(key), item) for key, item in value.items())
            return {
                key: self._without(item, (*steps, key))
                for key, item in left
                if (*steps, key) not in self._places
            }
        if isinstance(value, list):
            kept = tuple(n for n in range(len(value)) if (*steps, n) not in self._places)
            if len(kept) < len(value):
                self.kept[steps] = kept
            return [self._without(value[number], (*steps, number)) for number in kept]
        return value

    def _as_written(self, steps: Steps) -> Steps:
        """Give the way to a place in the whole values from that to it in what is left."""
        written: Steps = ()
        for step in steps:
            kept = self.kept.get(written)
            written = (*written, kept[step] if kept and isinstance(step, int) else step)
        return written


def _nearest(lines: Mapping[str, int], path: str) -> int:
    """Give the line of a dotted path, or of what it lies in where it is not written out."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
"""How a tool of one's own is named: `package.module:function`."""


def _cross_references(values: object) -> Iterator[tuple[Steps, str]]:
    """Find what disagrees with another part of the file, and names that refer to nothing.

    Looks at the raw values, so that these mistakes are reported together with all others.
    """
    background = get(values, "background")
    agents = get(background, "agents")
    if isinstance(agents, Mapping):
        yield from _wrong_order(background, [str(name) for name in agents])
    telemetry = get(values, "telemetry")
    if get(telemetry, "words") == "export-what-was-said" and get(telemetry, "traces") != "otel":
        message = "there are no traces to export words with; add `traces: otel`, or leave this out"
        yield ("telemetry", "words"), message
    yield from _unknown_adapters(get(values, "interaction"))
    tools = get(values, "tools")
    known = [*BUILTIN_NAMES, *plugin_names()]
    first: dict[str, int] = {}
    for number, name in _used(values):
        place = ("tools", "use", number)
        if name not in known and not FUNCTION.fullmatch(name):
            right = suggestion(name, known)
            yield place, f"no tool is called {name!r} (or write `module:function`); {right}"
        if name in first:
            yield place, f"names {name!r} twice (first as tools.use[{first[name]}]); keep one"
        first.setdefault(name, number)
    for number, missing in _unmet(values):
        yield ("tools", "use", number), missing
    servers = _mapping(get(tools, "mcp"))
    for name in _mapping(get(tools, "openapi")):
        if name in servers:
            message = f"{name!r} is an MCP server too; call one of them something else"
            yield ("tools", "openapi", str(name)), message


def _unknown_adapters(interaction: object) -> Iterator[tuple[Steps, str]]:
    """Find ears and voices that neither come with weft nor are installed."""
    for key, none, built_in, group in (
        ("ears", "there are no ears", EAR_NAMES, EARS_GROUP),
        ("voice", "there is no voice", VOICE_NAMES, VOICES_GROUP),
    ):
        written = get(interaction, key)
        place: Steps = ("interaction", key)
        name = get(written, "name") if isinstance(written, Mapping) else written
        known = [*built_in, *entry_names(group)]
        if isinstance(name, str) and name not in known:
            where = (*place, "name") if isinstance(written, Mapping) else place
            message = f"{none} called {name!r}; {suggestion(name, known)}"
            yield where, f"{message}; more are found by entry points in group {group}"


def _wrong_order(background: object, agents: Sequence[str]) -> Iterator[tuple[Steps, str]]:
    """Find what is wrong with the order of the agents, and with how many are asked at once."""
    fallback = _list(get(background, "fallback"))
    for number, name in enumerate(fallback):
        place = ("background", "fallback", number)
        if isinstance(name, str) and name not in agents:
            yield place, f"{name!r} is not one of the agents; {suggestion(name, agents)}"
        elif name in fallback[:number]:
            yield place, f"fallback names an agent twice, {name!r}; each is asked once"
    race, racers = get(background, "race"), len(fallback or agents)
    if isinstance(race, int) and race > racers:
        message = f"race asks {race} agents at once; there are {racers}: add some, or write less"
        yield ("background", "race"), message


def _used(values: object) -> Iterator[tuple[int, str]]:
    """Give the names in `tools.use` that can be read, with their numbers."""
    for number, entry in enumerate(_list(get(get(values, "tools"), "use"))):
        name = get(entry, "name") if isinstance(entry, Mapping) else entry
        if isinstance(name, str):
            yield number, name


def _unmet(values: object) -> Iterator[tuple[int, str]]:
    """Find tools in use for which something else would have to be configured."""
    agents = _mapping(get(get(values, "background"), "agents"))
    configured = {
        "knowledge": any(get(agent, "knowledge") for agent in agents.values()),
        "web_search": get(get(values, "tools"), "web_search") is not None,
    } | dict.fromkeys(MEMORY_NAMES, get(values, "memory") is not None)
    for number, name in _used(values):
        if not configured.get(name, True):
            yield number, MISSING[name]


def _tools_left_out(values: object, left: object) -> Iterator[str]:
    """Give patterns of the names that the tools would have which `left` has not any more."""
    tools, left_tools = get(values, "tools"), get(left, "tools")
    use = get(tools, "use")
    if (tools is not None and left_tools is None) or (
        use is not None and get(left_tools, "use") is None
    ):
        yield "*"
    names = {name for _, name in _used(values)} - {name for _, name in _used(left)}
    yield from (name.rpartition(":")[2] for name in sorted(names))
    for kind in ("mcp", "openapi"):
        servers = _mapping(get(tools, kind)).keys() - _mapping(get(left_tools, kind)).keys()
        yield from (f"{name}_*" for name in sorted(map(str, servers)))


class _Kind(Enum):
    """What a path in the configuration leads to."""

    FOLDER = auto()
    FILE = auto()
    KEPT = auto()
    """A file of weft's own, which is made when it is missing."""


def _paths(values: object) -> Iterator[tuple[tuple[str, ...], _Kind]]:
    """Find the places that hold a path."""
    yield ("memory", "path"), _Kind.KEPT
    yield ("tools", "reminders"), _Kind.KEPT
    for name in ("tls_ca", "tls_certificate", "tls_key"):
        yield ("queue", name), _Kind.FILE
    if get(get(values, "interaction"), "weights") != "shipped":
        yield ("interaction", "weights"), _Kind.FOLDER
    yield ("interaction", "ears", "options", "folder"), _Kind.FOLDER
    yield ("interaction", "voice", "options", "folder"), _Kind.FOLDER
    yield ("meaning", "path"), _Kind.FOLDER
    agents = get(get(values, "background"), "agents")
    for name in agents if isinstance(agents, Mapping) else ():
        yield ("background", "agents", str(name), "knowledge"), _Kind.FOLDER
    documents = get(get(values, "tools"), "openapi")
    for name in documents if isinstance(documents, Mapping) else ():
        yield ("tools", "openapi", str(name), "document"), _Kind.FILE


def _mapping(values: object) -> Mapping[str, object]:
    """Take a mapping; anything else has been reported by validation."""
    return values if isinstance(values, Mapping) else {}


def _list(values: object) -> list[object]:
    """Take a list; anything else has been reported by validation."""
    return values if isinstance(values, list) else []
