"""What other distributions offer by entry points; loaded only when a configuration names it."""

from dataclasses import dataclass
from importlib import metadata

from weft.errors import PluginError


@dataclass(frozen=True, slots=True)
class LoadedEntry:
    """What an entry point names, and where it comes from."""

    value: object
    target: str
    """Module and name, as the entry point has them."""
    owner: str
    """The distribution with its version."""


def entry_names(group: str) -> tuple[str, ...]:
    """Names of all installed entry points of a group, without loading any."""
    return tuple(sorted({entry.name for entry in metadata.entry_points(group=group)}))


def load_entry(group: str, name: str, kind: str) -> LoadedEntry:
    """Load one entry point; `kind` is what those of the group are called, e.g. "tool plugin".

    Raises PluginError, naming the entry point and the reason, when it is missing or cannot be used.
    """
    found = list(metadata.entry_points(group=group, name=name))
    if not found:
        raise PluginError(f"no {kind} is named {name!r}; installed: {list(entry_names(group))}")
    entry = found[0]
    if len(found) > 1:
        owners = [other.dist.name if other.dist else other.value for other in found]
        raise PluginError(f"several installed packages provide the {kind} {name!r}: {owners}")
    owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    try:
        return LoadedEntry(entry.load(), entry.value, owner)
    except (Exception, SystemExit) as error:  # importing runs whatever its author wrote
        raise PluginError(
            f"the {kind} {name!r} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error
