"""weft: a small model that is present in a conversation, and larger ones that find things out.

Everything public is here and is loaded when it is first used, so that `import weft` costs nothing
and never loads torch. `weft.components`, `weft.errors` and `weft.events` are modules; all else is a
class or function.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weft import errors as errors
    from weft import events as events
    from weft.background_agents.types import AgentUpdate as AgentUpdate
    from weft.background_agents.types import BackgroundAgent as BackgroundAgent
    from weft.background_agents.types import ContextPackage as ContextPackage
    from weft.background_agents.types import Finding as Finding
    from weft.background_agents.types import UpdateKind as UpdateKind
    from weft.clock import Clock as Clock
    from weft.clock import VirtualClock as VirtualClock
    from weft.clock import WallClock as WallClock
    from weft.config import AgentConfig as AgentConfig
    from weft.errors import ConfigError as ConfigError
    from weft.errors import InputError as InputError
    from weft.errors import ToolError as ToolError
    from weft.errors import WeftError as WeftError
    from weft.interaction_model.types import Floor as Floor
    from weft.interaction_model.types import InteractionModel as InteractionModel
    from weft.interaction_model.types import MicroTurnInput as MicroTurnInput
    from weft.interaction_model.types import MicroTurnOutput as MicroTurnOutput
    from weft.interaction_model.types import Senses as Senses
    from weft.interaction_model.types import TranscribedWord as TranscribedWord
    from weft.interaction_model.types import Voiced as Voiced
    from weft.orchestrator.channels.film import FrameSource as FrameSource
    from weft.orchestrator.ports import Channel as Channel
    from weft.orchestrator.session import Session as Session
    from weft.orchestrator.sound_ports import Ears as Ears
    from weft.orchestrator.sound_ports import Voice as Voice
    from weft.sdk import Agent as Agent
    from weft.sdk import SessionHandle as SessionHandle
    from weft.sdk import load as load
    from weft.tools import components as components
    from weft.tools.tool import Tool as Tool
    from weft.tools.tool import ToolContext as ToolContext
    from weft.tools.tool import ToolOutput as ToolOutput
    from weft.tools.tool import tool as tool

_MODULES = {
    "components": "weft.tools.components",
    "errors": "weft.errors",
    "events": "weft.events",
}

_HOMES = {
    "Agent": "weft.sdk",
    "AgentConfig": "weft.config",
    "AgentUpdate": "weft.background_agents.types",
    "BackgroundAgent": "weft.background_agents.types",
    "Channel": "weft.orchestrator.ports",
    "Clock": "weft.clock",
    "ConfigError": "weft.errors",
    "ContextPackage": "weft.background_agents.types",
    "Ears": "weft.orchestrator.sound_ports",
    "Finding": "weft.background_agents.types",
    "Floor": "weft.interaction_model.types",
    "FrameSource": "weft.orchestrator.channels.film",
    "InputError": "weft.errors",
    "InteractionModel": "weft.interaction_model.types",
    "MicroTurnInput": "weft.interaction_model.types",
    "MicroTurnOutput": "weft.interaction_model.types",
    "Senses": "weft.interaction_model.types",
    "Session": "weft.orchestrator.session",
    "SessionHandle": "weft.sdk",
    "Tool": "weft.tools.tool",
    "ToolContext": "weft.tools.tool",
    "ToolError": "weft.errors",
    "ToolOutput": "weft.tools.tool",
    "TranscribedWord": "weft.interaction_model.types",
    "UpdateKind": "weft.background_agents.types",
    "VirtualClock": "weft.clock",
    "Voice": "weft.orchestrator.sound_ports",
    "Voiced": "weft.interaction_model.types",
    "WallClock": "weft.clock",
    "WeftError": "weft.errors",
    "load": "weft.sdk",
    "tool": "weft.tools.tool",
}

__all__ = [
    "Agent",
    "AgentConfig",
    "AgentUpdate",
    "BackgroundAgent",
    "Channel",
    "Clock",
    "ConfigError",
    "ContextPackage",
    "Ears",
    "Finding",
    "Floor",
    "FrameSource",
    "InputError",
    "InteractionModel",
    "MicroTurnInput",
    "MicroTurnOutput",
    "Senses",
    "Session",
    "SessionHandle",
    "Tool",
    "ToolContext",
    "ToolError",
    "ToolOutput",
    "TranscribedWord",
    "UpdateKind",
    "VirtualClock",
    "Voice",
    "Voiced",
    "WallClock",
    "WeftError",
    "components",
    "errors",
    "events",
    "load",
    "tool",
]


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name in _MODULES:
        value: object = import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'weft' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
