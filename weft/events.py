"""Everything a session tells the outside, under a short name: `from weft.events import Heard`."""

from weft.orchestrator.events import (
    AgentProgress,
    AnyEvent,
    AskedAgain,
    Delegated,
    Dismissed,
    Event,
    FloorChanged,
    Heard,
    ModelSpoke,
    ResultReady,
    SessionEnded,
    SlotMissed,
    Superseded,
    UserSpoke,
    WeaveCut,
    WeaveStarted,
)

__all__ = [
    "AgentProgress",
    "AnyEvent",
    "AskedAgain",
    "Delegated",
    "Dismissed",
    "Event",
    "FloorChanged",
    "Heard",
    "ModelSpoke",
    "ResultReady",
    "SessionEnded",
    "SlotMissed",
    "Superseded",
    "UserSpoke",
    "WeaveCut",
    "WeaveStarted",
]
