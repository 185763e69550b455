"""YAML as plain values, each place with its line; what is wrong in one does not hide the rest.

Knows no configuration. No message quotes a value or a line, for either may hold a secret.
"""

from dataclasses import dataclass, field

import yaml

from weft.plain_yaml import PlainLoader

Steps = tuple[str | int, ...]
"""A way through nested mappings and lists, from the outside in."""

_MOST_VALUES = 20_000
"""A file with more, aliases written out, was not meant as a configuration."""
_TAG = "tag:yaml.org,2002:"
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}


@dataclass(frozen=True, slots=True)
class Found:
    """Something wrong at one place."""

    steps: Steps
    line: int
    message: str
    unusable: bool = True
    """Whether there is nothing to add about the value at that place."""


@dataclass
class LocatedYaml:
    """The plain values of a text, the line of every place, and what is wrong so far."""

    values: object = None
    lines: dict[Steps, int] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


def dotted(steps: Steps) -> str:
    """Write steps as `background.agents.local.tools[2]`; the whole file is `(file)`."""
    empty = "''"
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step or empty}" for step in steps)
    return path.removeprefix(".") or "(file)"


def read_located(text: str) -> LocatedYaml:
    """Read YAML; `values` is None when the text has no keys and values at all."""
    reading = _Reading()
    try:
        root = yaml.compose(text, Loader=PlainLoader)
        if root is None:
            reading.add((), 1, "the file is empty; it needs at least `background`")
        elif not isinstance(root, yaml.MappingNode):
            reading.add((), 1, "should be keys and values, like `background:`")
        else:
            reading.result.values = reading.value(root, (), frozenset())
    except yaml.MarkedYAMLError as error:
        reading.add((), _line_of_mistake(error), _yaml_mistake(error))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        forbidden = f"has the character {chr(int(error.character))!r}, which YAML does not allow"
        reading.add((), line, f"{forbidden}; remove it")
    except RecursionError:
        reading.add((), 1, "is nested too deeply")
    return reading.result


class _Reading:
    """One walk through the node tree; every place that can be read becomes a plain value."""

    def __init__(self) -> None:
        self.result = LocatedYaml()
        self._scalars = PlainLoader("")
        self._values_seen = 0

    def add(self, steps: Steps, line: int, message: str, *, unusable: bool = True) -> None:
        self.result.found.append(Found(steps, line, message, unusable))

    def value(self, node: yaml.Node, steps: Steps, above: frozenset[int]) -> object:
        """Make the value of a node; `above` are the nodes that it lies in."""
        line = node.start_mark.line + 1
        self.result.lines.setdefault(steps, line)
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
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, steps, line)
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self.add(steps, line, _TAGGED)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, steps, above)
        return [self.value(item, (*steps, n), above) for n, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, steps: Steps, line: int) -> object:
        kind = node.tag.removeprefix(_TAG)
        if kind in ("value", "merge"):  # a lone `=` or `<<`
            return node.value
        try:
            return self._scalars.construct_object(node)
        except yaml.constructor.ConstructorError:
            self.add(steps, line, _TAGGED)
        except (ValueError, TypeError, AttributeError, LookupError):
            # PyYAML's constructors fail in all these ways at a value that is not what its tag says.
            digits = sum(sign.isdigit() for sign in node.value)
            long = f" of {digits} digits" if kind == "int" and digits > 100 else ""
            named = _KINDS.get(kind, f"a {kind}")
            self.add(steps, line, f"cannot be read as {named}{long}; put text in quotes")
        return None

    def _mapping(
        self, node: yaml.MappingNode, steps: Steps, above: frozenset[int]
    ) -> dict[str, object]:
        """Make a mapping whose keys are as they are written, and note those given twice."""
        values: dict[str, object] = {}
        own_lines: dict[str, int] = {}
        merged: list[tuple[yaml.Node, int]] = []
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                kind = "a list" if isinstance(key, yaml.SequenceNode) else "keys and values"
                self.add(steps, line, f"has {kind} as a key; a key is a word", unusable=False)
                continue
            if key.tag == f"{_TAG}merge":
                items = value.value if isinstance(value, yaml.SequenceNode) else [value]
                merged += [(item, line) for item in items]
                continue
            name = str(key.value)
            here = (*steps, name)
            if name in own_lines:
                again = f"is given twice (first in line {own_lines[name]}); keep one"
                self.add(here, line, again, unusable=False)
            if name in own_lines or here not in self.result.lines:
                self.result.lines[here] = line
            own_lines.setdefault(name, line)
            values[name] = self.value(value, here, above)
        # Last, for what a mapping says itself goes before what it takes over.
        for item, line in merged:
            if not isinstance(item, yaml.MappingNode):
                wrong = "merges what is not keys and values; write `<<: *name` of a mapping"
                self.add(steps, line, wrong, unusable=False)
                continue
            taken = self.value(item, steps, above)
            if isinstance(taken, dict):
                values = taken | values
        return values


_TAGGED = "has a tag (`!name`), which is not allowed here; quote a value that begins with !"


def _line_of_mistake(error: yaml.MarkedYAMLError) -> int:
    """Give the line in which a mistake begins: a quote that never ends is noticed far below it."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark is not None and "end of stream" in (error.problem or ""):
        mark = error.context_mark
    return mark.line + 1 if mark else 1


def _yaml_mistake(error: yaml.MarkedYAMLError) -> str:
    """Say a YAML mistake without quoting the line, which might hold a secret."""
    problem = error.problem or "cannot be read"
    if r"'\t'" in problem or "tab" in problem:
        return "has a tab where YAML wants spaces; indent with spaces"
    if error.problem_mark is not None and "${" in _line_at(error.problem_mark):
        return 'is not valid YAML near a `${…}`; inside { } put it in quotes: "${NAME}"'
    if "undefined alias" in problem:
        return "refers to an alias (`*name`) that is not defined; quote a value that begins with *"
    if "mapping values are not allowed" in problem:
        return (
            "is not valid YAML: a `:` where no key can be; "
            "put a text that has one in quotes, or indent the key like those beside it"
        )
    if "end of stream" in problem:
        return "is not valid YAML: a quote or bracket that is opened here is never closed"
    if isinstance(error, yaml.constructor.ConstructorError):
        return f"is not valid YAML: {problem}"
    return f"is not valid YAML: {problem}; look at quotes, brackets and indentation here and above"


def _line_at(mark: yaml.Mark) -> str:
    """Give the text of the line in which a mistake was noticed, or nothing when it is not known."""
    lines = (mark.buffer or "").rstrip("\0").split("\n")
    return lines[mark.line] if mark.line < len(lines) else ""
