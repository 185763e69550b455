"""The real sentence model, loaded once: routing and detection are about what it really says."""

from pathlib import Path

import pytest

from weft.background_agents.knowledge import Knowledge
from weft.meaning import SentenceMeaning

FOLDER = Path(__file__).parents[2] / "configs" / "knowledge"


@pytest.fixture(scope="session")
def meaning() -> SentenceMeaning:
    loaded = SentenceMeaning(inline=True)
    loaded.load()
    return loaded


@pytest.fixture(scope="session")
def knowledge(meaning: SentenceMeaning) -> Knowledge:
    loaded = Knowledge(FOLDER, meaning)
    loaded.load()
    return loaded
