"""The ears of the example, installed as a package installs them, hear a conversation in sound."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.sound import SilentSound, hold_in_sound
from weft import wiring
from weft.interaction_model.scripted import Reply, ScriptedModel
from weft.interaction_model.types import SLOT_SAMPLES, Senses
from weft.orchestrator.events import UserSpoke
from weft.sound_wiring import make_ears

pytestmark = [pytest.mark.integration, pytest.mark.anyio]

EXAMPLES = Path(__file__).parents[2] / "examples"
CLAPS = {3, 12, 14}


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    information = tmp_path / "clapping_ears-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: clapping-ears\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(
        "[weft.ears]\nclapping = clapping_ears:clapping\n"
    )
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.syspath_prepend(str(tmp_path))


async def _clapped(channel: SilentSound) -> AsyncIterator[Senses]:
    async for senses in SilentSound.senses(channel):
        loudness = 0.9 if senses.index in CLAPS else 0.01
        yield Senses(index=senses.index, samples=np.full(SLOT_SAMPLES, loudness, dtype=np.float32))


@pytest.mark.usefixtures("_installed")
async def test_the_ears_of_the_example_hear_a_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {local: {provider: local}}}\n"
        "interaction:\n  ears: {name: clapping, options: {loud: 0.5}}\n"
    )
    config = wiring.checked_config(file)
    ears = make_ears(config.interaction, inline=True)
    assert ears is not None

    class Clapping(SilentSound):
        senses = _clapped

    monkeypatch.setattr("tests.fakes.sound.SilentSound", Clapping)
    model = ScriptedModel([Reply(heard="yes", says="All right."), Reply(heard="no", says="Oh.")])
    conversation = await hold_in_sound(model, heard=[""] * 30, ears=ears)
    spoke = [(event.index, event.text) for event in conversation.all(UserSpoke)]
    assert spoke == [(6, "yes"), (17, "no")]
    assert "All right." in conversation.sounded
    assert isinstance(conversation.channel, Clapping)
    assert conversation.session.transcript[0].text == "yes"
