"""Notes that are written while a session runs answer its next question."""

from pathlib import Path

import pytest

from tests.fakes.whole import heard, talk
from weft.background_agents.knowledge import LOOK_EVERY_S
from weft.orchestrator.channels.simulated import Say, Wait
from weft.tools.tool import tool

pytestmark = pytest.mark.anyio


async def test_a_note_that_is_new_is_answered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    notes = tmp_path / "notes"
    notes.mkdir()

    @tool(examples=("jot it down",))
    def jot() -> str:
        """Jot something down."""
        (notes / "kettle.md").write_text("# Kettle\n\nThe kettle is descaled on Friday.\n")
        return "It is jotted down."

    local = {"provider": "local", "knowledge": str(notes)}
    events = await talk(
        {"background": {"agents": {"local": local}}},
        [
            Say(text="Jot it down?"),
            Wait(until=10 + LOOK_EVERY_S, patience_s=60.0),
            Say(text="When is the kettle descaled?"),
        ],
        tools=[jot],
    )
    assert heard(events) == [
        "It is jotted down.",
        "According to the kettle, the kettle is descaled on Friday.",
    ]
