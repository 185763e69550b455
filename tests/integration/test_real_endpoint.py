"""The remote agent against an OpenAI-compatible server that nobody here wrote.

The server is `transformers serve`. Its model is made here: each token it says depends on the one
before and on nothing else, so that what it says is known, and a token is a whole word.
"""

import importlib.util
import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from tests.background_agents.packages import package
from weft.background_agents.config import OpenAICompatibleConfig
from weft.background_agents.providers.openai_compatible import OpenAICompatibleAgent
from weft.background_agents.types import ContextPackage, Finding, TokenUse, UpdateKind
from weft.clock import WallClock
from weft.errors import AgentError
from weft.tools.registry import Registry
from weft.tools.tool import tool

_NEEDED = ("fastapi", "uvicorn", "accelerate", "transformers", "torch")
_MISSING = [name for name in _NEEDED if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.integration,
    pytest.mark.limit_s(600),
    pytest.mark.skipif(
        bool(_MISSING), reason=f"pip install 'transformers[serving]': {_MISSING} not installed"
    ),
]

ASKED, TOLD, END, UNKNOWN = "<|asked|>", "<|told|>", "<|over|>", "<|unknown|>"
CALL = '<tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>'
ANSWER = "<say> It is sunny in Paris. </say> Source: weather"
TEMPLATE = f"{{{{ '{TOLD}' if messages[-1]['role'] == 'tool' else '{ASKED}' }}}}"
"""The model sees only the last token, which says whether it was asked or told something."""

asked_about: list[str] = []


@tool
def weather(city: str) -> str:
    """Say the weather in a city."""
    asked_about.append(city)
    return f"It is sunny in {city}."


def make_model(folder: Path) -> None:
    """Write a model that calls a tool when asked, and answers when told."""
    import torch
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = [UNKNOWN, END, ASKED, TOLD, CALL, *ANSWER.split()]
    words += ["(even)"] * (len(words) % 2)  # the width of a head must be even
    numbers = {word: number for number, word in enumerate(words)}
    said_after = _chain(ASKED, CALL, END) | _chain(TOLD, *ANSWER.split(), END)

    backend = Tokenizer(WordLevel(numbers, unk_token=UNKNOWN))
    backend.pre_tokenizer = WhitespaceSplit()
    backend.add_special_tokens([AddedToken(t, special=True) for t in (UNKNOWN, END, ASKED, TOLD)])
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, unk_token=UNKNOWN, eos_token=END, pad_token=END
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)

    size = len(words)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size,
            hidden_size=size,
            intermediate_size=size,
            num_hidden_layers=1,
            num_attention_heads=1,
            num_key_value_heads=1,
            tie_word_embeddings=False,
            bos_token_id=None,
            eos_token_id=numbers[END],
            pad_token_id=numbers[END],
        )
    )
    next_word = torch.zeros(size, size)
    for word, after in said_after.items():
        next_word[numbers[after], numbers[word]] = 10.0
    with torch.no_grad():
        for parameter in model.model.layers.parameters():
            parameter.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(size))
        model.model.norm.weight.fill_(1.0)
        model.lm_head.weight.copy_(next_word)
    model.generation_config.do_sample = False
    model.save_pretrained(folder)


def _chain(*words: str) -> dict[str, str]:
    return dict(itertools.pairwise(words))


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server is, and what it calls the model."""

    base_url: str
    model: str


@contextmanager
def serving(model: Path, port: int, log: Path) -> Iterator[Served]:
    """Run the server in its own process, from when it answers until the block is left."""
    environment: Mapping[str, str] = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(model.parent / "cache"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    (model.parent / "cache").mkdir()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        server = Served(f"http://127.0.0.1:{port}/v1", str(model))
        try:
            wait_until_ready(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("endpoint")
    make_model(folder / "model")
    with serving(folder / "model", free_port(), folder / "log") as server:
        yield server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_ready(server: Served, process: "subprocess.Popen[bytes]", log: Path) -> None:
    with httpx2.Client(trust_env=False, timeout=10) as client:
        while process.poll() is None:
            try:
                if client.get(f"{server.base_url}/models").status_code == 200:
                    return
            except httpx2.HTTPError:
                pass  # it is still loading
            time.sleep(0.5)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


def agent_of(base_url: str, model: str, **values: object) -> OpenAICompatibleAgent:
    section = OpenAICompatibleConfig.model_validate(
        {
            "provider": "openai-compatible",
            "model": model,
            "base_url": base_url,
            "api_key": SecretStr("none"),
            "timeout_s": 120,
            "stall_s": 60,
            "max_tokens": 40,
            "partial_after_s": None,
            **values,
        }
    )
    return OpenAICompatibleAgent("real", section, Registry([weather]), WallClock())


async def found(agent: OpenAICompatibleAgent, asked: ContextPackage) -> AsyncIterator[Finding]:
    async with aclosing(agent.answer(asked)) as findings:
        async for finding in findings:
            yield finding


async def test_a_tool_is_called_and_the_answer_said(served: Served) -> None:
    agent = agent_of(served.base_url, served.model)
    await agent.start()
    asked_about.clear()
    findings = [f async for f in found(agent, package("the weather in Paris", deadline_s=300))]
    await agent.aclose()
    assert asked_about == ["Paris"]
    [answer] = [f for f in findings if f.kind is UpdateKind.RESULT]
    assert answer.text == "It is sunny in Paris."
    assert answer.detail == "Source: weather"
    used = sum((f.use for f in findings if f.use is not None), TokenUse())
    assert used.replies == 2
    assert used.prompt_tokens == 2
    assert used.completion_tokens >= len(ANSWER.split()) + 1


async def test_a_model_that_is_not_there_fails_as_an_agent_does(served: Served) -> None:
    agent = agent_of(served.base_url, "somebody/else", tries=1)
    with pytest.raises(AgentError, match="status 4"):
        [f async for f in found(agent, package(deadline_s=300))]
    await agent.aclose()
