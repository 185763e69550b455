"""The real sentence model, loaded once: routing and detection are about what it really says."""

from pathlib import Path

import anyio
import pytest
from hypothesis import settings

from weft.background_agents.knowledge import Knowledge
from weft.meaning import SentenceMeaning

# A busy machine may be slow at any example; what takes too long is for the test's limit to say.
settings.register_profile("weft-agents", deadline=None)
settings.load_profile("weft-agents")

FOLDER = Path(__file__).parents[2] / "configs" / "knowledge"


@pytest.fixture(scope="session")
def meaning() -> SentenceMeaning:
    loaded = SentenceMeaning(inline=True)
    loaded.load()
    return loaded


@pytest.fixture(scope="session")
def knowledge(meaning: SentenceMeaning) -> Knowledge:
    loaded = Knowledge(FOLDER, meaning, inline=True)
    anyio.run(loaded.load)
    return loaded
