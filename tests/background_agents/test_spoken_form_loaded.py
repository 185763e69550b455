"""What the spoken form needs is loaded when agents start, and not while somebody listens."""

import subprocess
import sys

import pytest

FIRST_WORDS = """
import sys, anyio, numpy
from pydantic import SecretStr
from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.local import LocalAgent
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.spoken import finished_sentences, spoken
from weft.clock import VirtualClock
from weft.errors import AgentError
from weft.meaning import SentenceMeaning
from weft.tools.registry import Registry

class NoMeaning(SentenceMeaning):
    def load(self):
        "The model has nothing to do with words that are said."
    def embed_kept(self, texts):
        return numpy.zeros((len(texts), 4))

async def start():
    if sys.argv[1] == "local":
        await LocalAgent(Registry([]), NoMeaning(), None, VirtualClock()).start()
        return
    config = OpenAICompatibleConfig(
        provider="openai-compatible", model="m", base_url="http://127.0.0.1:1/v1",
        api_key=SecretStr("none"),
    )
    try:
        await OpenAICompatibleAgent("remote", config, Registry([]), VirtualClock()).start()
    except AgentError:
        pass  # nobody is there

anyio.run(start)
before = set(sys.modules)
text = (
    "It weighs 3 kg, 5 % less. It costs $3.20 or 1,200 USD. On 2025-02-03 at 09:30 it rains. "
    "So $\\\\frac{a}{b}$ or \\\\(x^2\\\\) is 5 m². Smile 🎉! It is Dr. Who... 3–5 km/h?"
)
spoken(text, 60), finished_sentences(text)
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


@pytest.mark.parametrize("agent", ["local", "remote"])
def test_the_first_words_load_nothing_any_more(agent: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FIRST_WORDS, agent],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr[-2000:]) == (0, "\n", "")
