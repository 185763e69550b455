"""Which server is taken for what, and what it is therefore asked."""

import pytest
from pydantic import SecretStr, ValidationError

from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.profiles import PROFILES, ProfileName, profile_of


@pytest.mark.parametrize(
    ("address", "guess"),
    [
        ("https://api.cerebras.ai/v1", "cerebras"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://192.168.0.7:30000/v1", "sglang"),
        ("http://gpu-box:30000/v1", "sglang"),
        ("http://127.0.0.1:8000/v1", "generic"),
        ("https://models.example.com:30000/v1", "generic"),  # a port says little about a stranger
        ("https://notopenai.com/v1", "generic"),
        ("https://openai.com.example.org/v1", "generic"),
    ],
)
def test_a_server_is_guessed_from_its_address(address: str, guess: ProfileName) -> None:
    assert profile_of(None, address) is PROFILES[guess]


def test_a_named_profile_counts_more_than_the_address() -> None:
    assert profile_of("vllm", "https://api.openai.com/v1").name == "vllm"


def test_a_name_without_a_tag_is_found_among_tagged_ones() -> None:
    listed = frozenset({"qwen3:latest", "gemma3:4b"})
    assert PROFILES["ollama"].lists("qwen3", listed)
    assert PROFILES["ollama"].lists("gemma3:4b", listed)
    assert not PROFILES["ollama"].lists("gemma3", listed)
    assert not PROFILES["vllm"].lists("qwen3", listed)


def section(**values: object) -> OpenAICompatibleConfig:
    named = {"provider": "openai-compatible", "model": "m", "api_key": SecretStr("k")}
    return OpenAICompatibleConfig.model_validate(named | values)


def test_the_address_may_be_left_to_the_profile() -> None:
    assert section(profile="groq").address == "https://api.groq.com/openai/v1"
    assert section(profile="groq", base_url="http://proxy/v1").address == "http://proxy/v1"
    with pytest.raises(ValidationError, match="neither base_url nor a profile"):
        section(profile="generic")
    with pytest.raises(ValidationError, match=r"'llama\.cpp'"):
        section(profile="nonsense")
