"""Something that is to be changed in the world, as a value: what the user is asked about. Pure."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

QUESTION_LIMIT_CHARS = 240


class Effect(BaseModel):
    """One call of a tool that changes something; it travels to the conversation and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """Names this effect of this delegation, for all time: what was done under it is done."""
    tool: str
    arguments: str
    """As JSON."""
    irreversible: bool


def proposed(
    tool: str, arguments: Mapping[str, object], *, delegation_id: str, irreversible: bool
) -> Effect:
    """Make an effect of a call; the same call for the same delegation gets the same key."""
    written = json.dumps(arguments, sort_keys=True, ensure_ascii=False)
    named = json.dumps([delegation_id, tool, written])
    return Effect(
        key=hashlib.sha256(named.encode()).hexdigest()[:32],
        tool=tool,
        arguments=written,
        irreversible=irreversible,
    )
