"""Every error weft raises on purpose, as one small tree.

WeftError
├── ConfigError          a configuration that cannot be used (all mistakes at once)
├── WeightsError         weights missing, corrupted, or of another layout
├── InputError           a file or a value from the user that cannot be read
├── PluginError          what another distribution offers is missing or cannot be loaded
├── ToolError            a tool failed, timed out or was refused its arguments
└── AgentError           a background agent could not do its work
    ├── QueueFull        no room for another delegation; carries the sentence to be said
    └── QueueError       the server of a queue, or a message on it, cannot be used
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class WeftError(Exception):
    """Base of all errors that weft raises on purpose; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a configuration file."""

    path: str
    """Dotted path of the value, for instance `background.agents.local.provider`."""
    line: int | None
    message: str
    """What is wrong and what would be right."""


class ConfigError(WeftError):
    """A configuration that cannot be used; lists every mistake with file, line and path."""

    def __init__(self, file: Path | None, mistakes: list[Mistake]) -> None:
        """Keep the mistakes and make the message from them."""
        self.file = file
        self.mistakes = mistakes
        where = str(file) if file else "configuration"
        lines = []
        for mistake in mistakes:
            place = f"{where}:{mistake.line}" if mistake.line else where
            lines.append(f"{place}: {mistake.path}: {mistake.message}")
        super().__init__("\n".join(lines))


class WeightsError(WeftError):
    """Weights that are missing, corrupted, or made for another layout."""


class InputError(WeftError):
    """A file or value from the user that cannot be read; the message names entry and reason."""


class PluginError(WeftError):
    """What another distribution offers by an entry point is missing or cannot be loaded."""


class ToolError(WeftError):
    """A tool failed, timed out or refused its arguments."""


class AgentError(WeftError):
    """A background agent could not do its work."""


class AnswerFailed(AgentError):
    """A tool says in its own words why there is no answer; they may repeat what the user said."""


class Declined(StrEnum):
    """Why there is no room for a delegation; a word for each, as metrics count them."""

    SESSION = "session"
    """Its session has as much under way as it may have."""
    QUEUE = "queue"
    """All sessions of the process together have."""
    DEPTH = "depth"
    """Too many wait for the workers, whoever's they are."""
    NOBODY = "nobody"
    """No worker can do it."""
    SIZE = "size"
    """It is larger than what travels."""


class QueueFull(AgentError):
    """There is no room for another delegation; `spoken` says so in words for the user."""

    def __init__(self, spoken: str, reason: Declined | None = None) -> None:
        """Keep the sentence that the user should hear; no reason where only that is known."""
        self.spoken = spoken
        self.reason = reason
        super().__init__(spoken)


class QueueError(AgentError):
    """The server of a queue, or a message on it, cannot be used."""
