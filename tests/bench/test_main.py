"""What every bench prints: one JSON object with the promised keys, or a table with its setting."""

import json
import pkgutil
import random
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from tests.bench.policies import hands_everything_over
from tests.fakes.meaning import FakeMeaning
from weft import bench as benches
from weft.bench._background import SeededAgent
from weft.bench._report import Asked, Report, show
from weft.clock import Clock

KEYS = {
    "fidelity": ["references", "words", "word_error_rate", "exact"],
    "delegation": ["precision", "recall", "f1", "with_backstop"],
    "weave": [
        "conversations", "results", "lost", "said_twice", "talked_over_user", "stale_said",
        "invented", "latency_slots_p50", "latency_slots_p99",
    ],
    "turns": [
        "pause_take_over_rate", "response_delay_slots_p50", "response_delay_slots_p95",
        "stop_within_2_slots", "backchannel_continue_rate", "timed_within_1_slot",
    ],
    "loop": [
        "slots", "missed", "cpu_ms_per_slot", "step_ms_p50", "step_ms_p99", "step_ms_p999",
        "orchestration_ms_p50", "cost_last_over_first", "rss_growth_mb",
    ],
}  # fmt: skip


class _LoadedMeaning(FakeMeaning):
    """Stands for the sentence model."""

    def __init__(self, inline: bool = False) -> None:
        super().__init__()

    def load(self) -> None:
        pass


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("name", KEYS)
def test_a_bench_prints_what_was_promised(
    name: str,
    as_json: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = import_module(f"weft.bench.{name}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(bench, "load_stream", lambda weights: hands_everything_over())
    monkeypatch.setattr(bench, "SentenceMeaning", _LoadedMeaning, raising=False)
    monkeypatch.setattr(bench, "LocalAgent", _local_agent, raising=False)
    size = 3 if name == "loop" else 2
    show(bench.report(Asked(seed=1, size=size, weights=tmp_path)), as_json=as_json)
    printed = capsys.readouterr().out
    if as_json:
        assert list(json.loads(printed)) == KEYS[name]
    else:
        assert "seed 1" in printed
        assert "SHA-256" in printed


def test_every_bench_gives_a_report() -> None:
    for module in pkgutil.iter_modules(benches.__path__):
        if not module.name.startswith("_"):
            bench = import_module(f"weft.bench.{module.name}")
            assert signature(bench.report).return_annotation is Report, module.name


def _local_agent(registry: object, meaning: object, knowledge: None, clock: Clock) -> object:
    return SeededAgent(clock, random.Random(0))
