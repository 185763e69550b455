"""One YAML file is one agent: what it may contain, how it is read, and every mistake said at once.

Reading goes text → node tree (for line numbers) → plain values → `${VAR}` expanded on string leaves
→ `AgentConfig`. Nothing is read from the environment or from a file at import. What an environment
variable or a secret-looking key holds never appears in a message.
"""

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from weft.background_agents.config import (
    BackgroundConfig,
    MemoryConfig,
    PrivacyConfig,
    QueueConfig,
)
from weft.errors import ConfigError, InputError, Mistake
from weft.orchestrator.config import SessionConfig
from weft.plain_yaml import PlainLoader
from weft.tools.builtin import BUILTIN_NAMES, MEMORY_NAMES, MISSING
from weft.tools.config import ToolsConfig
from weft.tools.plugins import plugin_names


class Section(BaseModel):
    """A part of the configuration: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _shipped_is_none(value: object) -> object:
    return None if value == "shipped" else value


class InteractionConfig(Section):
    """The interaction model and how it speaks."""

    weights: Annotated[Path | None, BeforeValidator(_shipped_is_none)] = None
    """`shipped` (which is None here), or a folder with weights."""
    decoding: Literal["greedy", "sampled"] = "greedy"
    temperature: float = Field(default=0.7, gt=0, le=2)
    """Only for `decoding: sampled`."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    injection: Literal["additive"] = "additive"
    """How references enter the model; one row a micro-turn, see `session.row_every_slots`."""


class MeaningConfig(Section):
    """The sentence embeddings that routing, search and supersession rest on."""

    path: Path | None = None
    """Folder of a sentence-transformers model; without it the packaged all-MiniLM-L6-v2."""


class LogConfig(Section):
    """The log of the `weft` command, on standard error; never contains what was said.

    A program that imports weft sets the level of the logger `weft` itself.
    """

    level: Literal["debug", "info", "warning", "error"] = "warning"


class AgentConfig(Section):
    """One agent: the interaction model, what thinks behind it, its tools and its manners."""

    interaction: InteractionConfig = InteractionConfig()
    background: BackgroundConfig
    queue: QueueConfig = QueueConfig()
    tools: ToolsConfig = ToolsConfig()
    user: str | None = Field(default=None, min_length=1)
    """Who talks when the program does not say; without either, nothing is kept of anybody."""
    memory: MemoryConfig | None = None
    privacy: PrivacyConfig = PrivacyConfig()
    session: SessionConfig = SessionConfig()
    meaning: MeaningConfig = MeaningConfig()
    log: LogConfig = LogConfig()


def shipped_config(name: str) -> Path:
    """Give the path of a configuration that comes with weft, for instance `demo`."""
    return Path(str(resources.files("weft.configs") / f"{name}.yaml"))


def load_config(path: Path | str, *, environment: Mapping[str, str] | None = None) -> AgentConfig:
    """Read one YAML file; raise ConfigError with all its mistakes, or InputError if unreadable."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"{file}: cannot be read: {reason}") from error
    reading = _Reading(file=file, environment=os.environ if environment is None else environment)
    reading.read_yaml(text)
    return reading.finish()


def parse_config(
    values: Mapping[str, object], *, environment: Mapping[str, str] | None = None
) -> AgentConfig:
    """Make a configuration from plain values, by the same rules as a file, without line numbers."""
    reading = _Reading(file=None, environment=os.environ if environment is None else environment)
    reading.values = values
    return reading.finish()


def located(path: Path | str, mistakes: Sequence[Mistake]) -> ConfigError:
    """Give mistakes that were found later the lines of the file that they are about."""
    file = Path(path)
    reading = _Reading(file=file, environment={})
    reading.read_yaml(file.read_text(encoding="utf-8"))
    lines = reading.lines()
    found = [Mistake(each.path, _nearest(lines, each.path), each.message) for each in mistakes]
    return ConfigError(file, sorted(found, key=lambda mistake: mistake.line or 0))


def json_schema() -> dict[str, object]:
    """Give the JSON Schema of a configuration file, for editors."""
    schema = AgentConfig.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "weft agent",
    } | schema


Steps = tuple[str | int, ...]
"""A way through nested mappings and lists, from the outside in."""

_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}|\{)")
_SECRET = re.compile(r"key|token|secret|passw|credential|authorization|headers", re.IGNORECASE)


_MOST_VALUES = 20_000
"""A file with more, aliases written out, was not meant as a configuration."""


@dataclass
class _Reading:
    """One configuration on its way from text to `AgentConfig`, and the mistakes found so far."""

    file: Path | None
    environment: Mapping[str, str]
    values: object = None
    mistakes: list[Mistake] = field(default_factory=list)
    _lines: dict[Steps, int] = field(default_factory=dict)
    _from_environment: set[Steps] = field(default_factory=set)
    _values_seen: int = 0
    _unusable: set[Steps] = field(default_factory=set)
    """Places with a mistake already named, about which there is nothing to add."""

    def read_yaml(self, text: str) -> None:
        """Turn YAML into plain values, remembering every line; stop at a syntax mistake."""
        root: yaml.Node | None = None
        try:
            root = yaml.compose(text, Loader=PlainLoader)
            if root is None:
                self._mistake((), "the file is empty; it needs at least `background`", line=1)
            elif not isinstance(root, yaml.MappingNode):
                self._mistake((), "should be keys and values, like `background:`", line=1)
            else:
                self._note_lines(root, (), frozenset())
                self.values = yaml.load(text, Loader=PlainLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._mistake((), _yaml_mistake(error), line=mark.line + 1 if mark else 1)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, int(error.position)) + 1
            forbidden = (
                f"has the character {chr(int(error.character))!r}, which YAML does not allow"
            )
            self._mistake((), f"{forbidden}; remove it", line=line)
        except RecursionError:
            self._mistake((), "is nested too deeply", line=1)
        except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError):
            # PyYAML's constructors fail in all these ways at a value that is not what its tag says.
            node = _unreadable(root)
            shown = f"{node.value[:40]!r} is no {node.tag.rpartition(':')[2]}" if node else ""
            self._mistake((), shown or "cannot be read", line=_line_of(node))
        if self.mistakes and self.values is None:
            raise ConfigError(self.file, self.mistakes)

    def lines(self) -> dict[str, int]:
        """Give the line of every place in the file, by its dotted path."""
        return {_dotted(steps): line for steps, line in self._lines.items()}

    def finish(self) -> AgentConfig:
        """Expand, validate and cross-check; raise ConfigError if anything at all was wrong."""
        if not isinstance(self.values, Mapping):
            self._mistake((), "should be keys and values, like `background:`")
            raise ConfigError(self.file, self.mistakes)
        self.values = self._expanded(self.values, ())
        self._find_paths(self.values)
        found = list(_unknown_names(self.values))
        config: AgentConfig | None = None
        try:
            config = AgentConfig.model_validate(self.values)
        except ValidationError as error:
            found += [self._mistake_of(details) for details in error.errors(include_url=False)]
        self._add_one_for_each_place(found)
        if self.mistakes or config is None:
            self.mistakes.sort(key=lambda mistake: mistake.line or 0)
            raise ConfigError(self.file, self.mistakes)
        return config

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
        self.mistakes.append(Mistake(_dotted(steps), line, message))

    def _note_lines(self, node: yaml.Node, steps: Steps, above: frozenset[int]) -> None:
        """Walk the node tree: lines, duplicate keys, and aliases that contain themselves."""
        self._lines.setdefault(steps, node.start_mark.line + 1)
        self._values_seen += 1
        if self._values_seen > _MOST_VALUES:
            raise yaml.constructor.ConstructorError(
                problem=f"more than {_MOST_VALUES} values, aliases written out",
                problem_mark=node.start_mark,
            )
        if id(node) in above:
            raise yaml.constructor.ConstructorError(
                problem="an alias contains itself", problem_mark=node.start_mark
            )
        above |= {id(node)}
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self._note_lines(item, (*steps, number), above)
        elif isinstance(node, yaml.MappingNode):
            seen: dict[str, int] = {}
            for key, value in node.value:
                line = key.start_mark.line + 1
                if key.tag == "tag:yaml.org,2002:merge":
                    merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                    for item in merged:
                        self._note_lines(item, steps, above)
                    continue
                name = str(key.value)
                here = (*steps, name)
                if name in seen:
                    again = f"is given twice (first in line {seen[name]}); keep one"
                    self._mistake(here, again, line=line)
                seen.setdefault(name, line)
                self._lines[here] = line
                self._note_lines(value, here, above)

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
                holder = _get(holder, str(step))
            written = _get(holder, str(steps[-1]))
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

    def _add_one_for_each_place(self, found: list[tuple[Steps, str]]) -> None:
        """Keep one mistake for each place, and the closest where one contains the other.

        A value that may be a word or a mapping fails as both; a section whose parts disagree is
        said where they do.
        """
        for steps, message in found:
            deeper = any(other[: len(steps)] == steps != other for other, _ in found)
            if steps in self._unusable or deeper:
                continue
            self._unusable.add(steps)
            self._mistake(steps, message)

    def _mistake_of(self, details: ErrorDetails) -> tuple[Steps, str]:
        """Say one of pydantic's errors in terms of the file."""
        kind, context = details["type"], details.get("ctx", {})
        steps, value = _way_in(self.values, details["loc"], to_nothing=kind == "missing")
        discriminator = str(context.get("discriminator", "")).strip("'")
        if kind == "union_tag_invalid":
            steps, value = (*steps, discriminator), _get(value, discriminator)
        hidden = self._is_hidden(steps)
        shown = "this value" if hidden else _shown(value)
        match kind:
            case "missing":
                message = f"is missing{_EXAMPLES.get(steps, '')}"
            case "extra_forbidden":
                known = _known_keys(json_schema(), self.values, steps[:-1])
                message = f"is not a known key; {_right(str(steps[-1]), known)}"
            case "literal_error" | "enum" | "union_tag_invalid":
                expected = str(context.get("expected_tags") or context.get("expected", ""))
                allowed = re.findall(r"'([^']*)'", expected)
                guess = "" if hidden else str(value)
                message = f"{shown} is not one of them; {_right(guess, allowed)}"
            case "union_tag_not_found":
                allowed = _tags(json_schema(), self.values, steps)
                message = f"needs `{discriminator}`: one of {', '.join(allowed)}"
            case "value_error":
                message = str(context.get("error", details["msg"]))
                if hidden and str(value):
                    message = message.replace(repr(value), "this value").replace(str(value), "…")
            case "model_type" | "dict_type":
                message = f"should be keys and values; {shown} is not"
            case "ip_v4_network" | "ip_v6_network":
                message = f"{shown} is not a network; one looks like 192.168.1.0/24"
            case "tuple_type":
                message = f"should be a list; {shown} is not"
            case _:
                wanted = details["msg"].removeprefix("Input ").split(",")[0]
                message = f"{wanted[:1].lower()}{wanted[1:]}; {shown} is not"
        return steps, message

    def _is_hidden(self, steps: Steps) -> bool:
        """Whether the value at a place may be a secret: from the environment, or by its key."""
        return steps in self._from_environment or any(_SECRET.search(str(step)) for step in steps)


def _unreadable(root: yaml.Node | None) -> yaml.ScalarNode | None:
    """Find the first scalar of which no value can be made."""
    nodes = [root] if root is not None else []
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, yaml.MappingNode):
            nodes += [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.ScalarNode):
            try:
                PlainLoader("").construct_object(node)
            except Exception:  # whatever it is, this is the node
                return node
    return None


def _line_of(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1


def _yaml_mistake(error: yaml.MarkedYAMLError) -> str:
    """Say a YAML mistake without quoting the line, which might hold a secret."""
    problem = error.problem or "cannot be read"
    if r"'\t'" in problem or "tab" in problem:
        return "has a tab where YAML wants spaces; indent with spaces"
    if error.problem_mark is not None and "${" in _line_at(error.problem_mark):
        return 'is not valid YAML near a `${…}`; inside { } put it in quotes: "${NAME}"'
    if "undefined alias" in problem:
        return "refers to an alias (`*name`) that is not defined; quote a value that begins with *"
    if "constructor for the tag" in problem:
        return "has a tag (`!name`), which is not allowed here; quote a value that begins with !"
    return f"is not valid YAML: {problem}"


def _line_at(mark: yaml.Mark) -> str:
    """Give the text of the line in which a mistake was noticed, or nothing when it is not known."""
    lines = (mark.buffer or "").rstrip("\0").split("\n")
    return lines[mark.line] if mark.line < len(lines) else ""


def _way_in(values: object, loc: Sequence[str | int], *, to_nothing: bool) -> tuple[Steps, object]:
    """Follow pydantic's location through the values, leaving out the union tags it contains.

    The last step of a missing key leads `to_nothing` and is kept.
    """
    steps: list[str | int] = []
    value = values
    for step in loc:
        inside: Mapping[object, object] = {}
        if isinstance(value, Mapping):
            inside = value
        elif isinstance(value, list):
            inside = dict(enumerate(value))
        if step in inside:
            value = inside[step]
            steps.append(step)
    return (*steps, loc[-1]) if to_nothing else tuple(steps), value


def _dotted(steps: Steps) -> str:
    """Write steps as `background.agents.local.tools[2]`; the whole file is `(file)`."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".") or "(file)"


def _nearest(lines: Mapping[str, int], path: str) -> int:
    """Give the line of a dotted path, or of what it lies in where it is not written out."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 1)


def _shown(value: object) -> str:
    """Show a value in a message, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _right(wrong: str, allowed: Sequence[str]) -> str:
    """Say what would be right: the nearest of the allowed names if there is one, and all."""
    near = difflib.get_close_matches(wrong.lower(), allowed, n=1, cutoff=0.6)
    guess = f"did you mean `{near[0]}`? " if near else ""
    return f"{guess}known: {', '.join(allowed) or 'none'}"


_EXAMPLES: dict[Steps, str] = {
    ("background",): "; for instance `background: {agents: {local: {provider: local}}}`",
    ("background", "agents"): "; for instance `agents: {local: {provider: local}}`",
}


def _known_keys(schema: Mapping[str, object], values: object, steps: Steps) -> list[str]:
    """List the keys that the schema allows at a place."""
    node = _schema_at(schema, values, steps)
    properties = node.get("properties") if node else None
    return list(properties) if isinstance(properties, Mapping) else []


def _tags(schema: Mapping[str, object], values: object, steps: Steps) -> list[str]:
    """List the union tags that the schema allows at a place."""
    node = _schema_at(schema, values, steps)
    discriminator = node.get("discriminator") if node else None
    mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    return list(mapping) if isinstance(mapping, Mapping) else []


def _schema_at(
    schema: Mapping[str, object], values: object, steps: Steps
) -> Mapping[str, object] | None:
    """Walk a JSON Schema beside the values, choosing union members by their tag."""
    node: object = schema
    value = values
    for step in (*steps, None):
        node = _resolved(schema, node, value)
        if not isinstance(node, Mapping):
            return None
        if step is None:
            return node
        if isinstance(step, int):
            node = node.get("items")
            value = value[step] if isinstance(value, list) else None
        else:
            properties = node.get("properties")
            known = properties.get(step) if isinstance(properties, Mapping) else None
            node = known or node.get("additionalProperties")
            value = value.get(step) if isinstance(value, Mapping) else None
    return None


def _resolved(schema: Mapping[str, object], node: object, value: object) -> object:
    """Follow references and tagged unions until a plain schema is reached."""
    definitions = schema.get("$defs")
    while isinstance(node, Mapping):
        reference = node.get("$ref")
        discriminator = node.get("discriminator")
        if not isinstance(reference, str) and isinstance(discriminator, Mapping):
            tag = value.get(discriminator["propertyName"]) if isinstance(value, Mapping) else None
            reference = discriminator["mapping"].get(tag) if isinstance(tag, str) else None
        members = node.get("anyOf")
        if not isinstance(reference, str) and isinstance(members, list):
            node = _member(schema, members, value)
            continue
        if not isinstance(reference, str) or not isinstance(definitions, Mapping):
            return node
        node = definitions.get(reference.rpartition("/")[2])
    return node


def _member(schema: Mapping[str, object], members: list[object], value: object) -> object:
    """Choose the member of an untagged union that has the shape of the value."""
    shape = "object" if isinstance(value, Mapping) else "array"
    for member in members:
        node = _resolved(schema, member, value)
        if not isinstance(node, Mapping):
            continue
        if node.get("type") == shape or (shape == "object" and "discriminator" in node):
            return node
    return None


FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
"""How a tool of one's own is named: `package.module:function`."""


def _unknown_names(values: object) -> Iterator[tuple[Steps, str]]:
    """Find names that refer to nothing: agents in the order, tools anywhere.

    Looks at the raw values, so that these mistakes are reported together with all others.
    """
    background = _get(values, "background")
    agents = _get(background, "agents")
    if isinstance(agents, Mapping):
        for number, name in enumerate(_list(_get(background, "fallback"))):
            if isinstance(name, str) and name not in agents:
                right = _right(name, [str(agent) for agent in agents])
                yield (
                    ("background", "fallback", number),
                    f"{name!r} is not one of the agents; {right}",
                )
    known = [*BUILTIN_NAMES, *plugin_names()]
    tools = _get(values, "tools")
    configured = {
        "knowledge": any(_get(agent, "knowledge") for agent in _values(agents)),
        "web_search": _get(tools, "web_search") is not None,
    } | dict.fromkeys(MEMORY_NAMES, _get(values, "memory") is not None)
    for number, entry in enumerate(_list(_get(tools, "use"))):
        name = _get(entry, "name") if isinstance(entry, Mapping) else entry
        if isinstance(name, str) and name not in known and not FUNCTION.fullmatch(name):
            right = _right(name, known)
            yield (
                ("tools", "use", number),
                f"no tool is called {name!r} (or write `module:function`); {right}",
            )
        elif isinstance(name, str) and not configured.get(name, True):
            yield ("tools", "use", number), MISSING[name]


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
    if _get(_get(values, "interaction"), "weights") != "shipped":
        yield ("interaction", "weights"), _Kind.FOLDER
    yield ("meaning", "path"), _Kind.FOLDER
    agents = _get(_get(values, "background"), "agents")
    for name in agents if isinstance(agents, Mapping) else ():
        yield ("background", "agents", str(name), "knowledge"), _Kind.FOLDER
    documents = _get(_get(values, "tools"), "openapi")
    for name in documents if isinstance(documents, Mapping) else ():
        yield ("tools", "openapi", str(name), "document"), _Kind.FILE


def _get(values: object, key: str) -> object:
    return values.get(key) if isinstance(values, Mapping) else None


def _values(values: object) -> list[object]:
    return list(values.values()) if isinstance(values, Mapping) else []


def _list(values: object) -> list[object]:
    """Take a list; anything else has been reported by validation."""
    return values if isinstance(values, list) else []
