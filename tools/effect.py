"""Something that is to be changed in the world, as a value: what the user is asked about. Pure."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

QUESTION_LIMIT_CHARS = 240
_ENDING = re.compile(r"[\s.!…]+$")


class Effect(BaseModel):
    """One call of a tool that changes something; it travels to the conversation and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """Names this effect of this delegation, for all time: what was done under it is done."""
    tool: str
    arguments: str
    """As JSON."""
    irreversible: bool


class Ordinals:
    """Counts the calls by which one answer of one agent would change something, tool by tool."""

    def __init__(self) -> None:
        """Begin without any."""
        self._calls: Counter[str] = Counter()

    def next(self, tool: str) -> int:
        """Give the number of the next call of a tool, from 1 on."""
        self._calls[tool] += 1
        return self._calls[tool]


def effect_key(tool: str, *, delegation_id: str, revision: int, ordinal: int) -> str:
    """Name an effect by its place in the work, which is the same in every process.

    A model that is asked again words its calls anew, so the words cannot be what names them.
    """
    return _digest(delegation_id, revision, tool, ordinal)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangingCall:
    """A call by which an answer would change something, as it is recognised when it comes again."""

    tool: str
    arguments: Mapping[str, object]
    delegation_id: str
    revision: int
    ordinal: int

    @property
    def place(self) -> str:
        """Name it by its place in the work: the key of its effect, unless its words have one."""
        return effect_key(
            self.tool,
            delegation_id=self.delegation_id,
            revision=self.revision,
            ordinal=self.ordinal,
        )

    @property
    def words(self) -> str:
        """Name it by its words, which a correction may leave as they are."""
        return _digest(self.delegation_id, self.tool, wording(self.arguments))


def _digest(*parts: str | int) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def wording(arguments: Mapping[str, object]) -> str:
    """Write arguments so that equal ones are equal, however a sentence in them is written.

    What is one word may be a name or a path, in which capitals and dots count.
    """
    return json.dumps(_plain(arguments), sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, str) and len(words := value.split()) > 1:
        return _ENDING.sub("", " ".join(words).casefold())
    return value
