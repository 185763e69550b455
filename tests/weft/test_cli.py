"""The command line: plain messages, honest exit codes, and no traceback for a caller's mistake."""

import importlib
import json
import os
import signal
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

import weft
from weft.bench._report import Asked, Report
from weft.cli import app
from weft.errors import InputError, WeightsError

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> tuple[int, str, str]:
    """Run a command; give its exit code, output and error output."""
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def face(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Stand in for the modules behind `demo` and `talk`; keeps what they were asked."""
    kept = types.SimpleNamespace(calls=[], outcome=0)

    def main(*positional: object, **named: object) -> int:
        kept.calls.append((positional, named))
        if isinstance(kept.outcome, BaseException):
            raise kept.outcome
        assert isinstance(kept.outcome, int)
        return kept.outcome

    for name in ("demo", "talk"):
        module = types.ModuleType(f"weft.{name}")
        module.__dict__["main"] = main
        monkeypatch.setitem(sys.modules, f"weft.{name}", module)
        monkeypatch.setattr(weft, name, module, raising=False)
    return kept


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for all that `train` begins; keeps what was asked."""
    asked: list[dict[str, object]] = []

    def begin(*_: object, **options: object) -> None:
        asked.append(options)

    for parent, name in (
        ("weft.interaction_model.training", "cli"),
        ("weft.parser_training", "run"),
        ("weft", "request_training"),
    ):
        module = types.ModuleType(name)
        module.__dict__.update(main=begin, train_voice=begin)
        monkeypatch.setitem(sys.modules, f"{parent}.{name}", module)
        monkeypatch.setattr(importlib.import_module(parent), name, module, raising=False)
    return asked


def test_a_file_without_mistakes_is_fine() -> None:
    assert run("check", str(ROOT / "configs" / "talk.yaml"))[:2] == (
        0,
        f"{ROOT / 'configs' / 'talk.yaml'}: fine\n",
    )


def test_all_mistakes_of_all_files_are_listed_and_the_exit_code_is_two(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("sesion: {}\nlog: {level: loud}\n")
    second.write_text("- a list\n")
    code, out, err = run("check", str(first), str(second), str(tmp_path / "third.yaml"))
    assert (code, out) == (2, "")
    assert f"{first}:1: sesion: is not a known key; did you mean `session`?" in err
    assert f"{first}:2: log.level: 'loud' is not one of them" in err
    assert f"{first}:1: background: is missing" in err
    assert f"{second}:1: (file): should be keys and values" in err
    assert f"{tmp_path / 'third.yaml'}: cannot be read: No such file or directory" in err
    assert "Traceback" not in err


def test_a_check_looks_for_every_tool_and_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background:\n"
        "  agents:\n"
        "    local:\n"
        "      provider: local\n"
        "      tools: [units, untis]\n"
        "tools:\n"
        "  use: [units]\n"
    )
    code, _, err = run("check", str(file))
    assert code == 2
    assert err.startswith(f"{file}:5: background.agents.local.tools[1]: no tool in use is called")
    file.write_text(
        "background: {agents: {local: {provider: local}}}\n"
        "tools:\n"
        "  use:\n"
        "    - nowhere.at_all:function\n"
    )
    code, _, err = run("check", str(file))
    assert code == 2
    assert f"{file}:4: tools.use[0]: nowhere.at_all:function cannot be loaded" in err
    assert "Traceback" not in err


def test_a_variable_without_quotes_in_braces_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text("background: {agents: {a: {provider: openai-compatible, api_key: ${KEY}}}}\n")
    code, _, err = run("check", str(file))
    assert code == 2
    assert 'put it in quotes: "${NAME}"' in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agents: {a: {provider: local}}, fallback: [a, a]", "fallback names an agent twice"),
        ('agents: {"": {provider: local}}', "an agent has an empty name"),
        (
            "agents: {a: {provider: openai-compatible, model: m, api_key: k, base_url: 'http://'}}",
            "'http://' is not an address",
        ),
    ],
)
def test_agents_that_cannot_be_used_are_mistakes(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(f"background: {{{text}}}\n")
    code, _, err = run("check", str(file))
    assert code == 2
    assert message in err


def test_a_tool_is_used_once(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text("background: {agents: {a: {provider: local}}}\ntools: {use: [units, units]}\n")
    code, _, err = run("check", str(file))
    assert (code, "names 'units' twice" in err) == (2, True)


def test_an_option_of_another_bench_is_refused() -> None:
    code, _, err = run("bench", "delegation", "--references", "x.txt")
    assert code == 2
    assert "--references belongs to `weft bench fidelity`" in err


def test_recordings_are_for_the_bench_of_hearing(tmp_path: Path) -> None:
    code, _, err = run("bench", "turns", "--wav-dir", str(tmp_path))
    assert (code, "--wav-dir belongs to `weft bench hear`" in err) == (2, True)
    code, _, err = run("bench", "hear", "--ears", "words", "--wav-dir", str(tmp_path))
    assert (code, "`words` are no ears" in err) == (2, True)


def test_the_schema_accepts_the_shipped_configurations_and_refuses_a_mistake() -> None:
    code, out, _ = run("schema")
    assert code == 0
    schema = json.loads(out)
    jsonschema.Draft202012Validator.check_schema(schema)
    for file in (ROOT / "configs").glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(file.read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"background": {"agents": {}}, "sesion": {}}, schema)


def test_demo_hands_its_options_on_and_its_exit_code_back(face: types.SimpleNamespace) -> None:
    face.outcome = 1
    assert run("demo", "--fast", "--json", "--record", "r.jsonl")[0] == 1
    assert face.calls == [((None,), {"fast": True, "as_json": True, "record": Path("r.jsonl")})]


def test_talk_hands_its_options_on(face: types.SimpleNamespace) -> None:
    assert run("talk", "mine.yaml", "--words", "w.json", "--out", "o.json", "--fast")[0] == 0
    named = {"words": Path("w.json"), "out": Path("o.json"), "fast": True, "record": None}
    assert face.calls == [((Path("mine.yaml"),), named | {"resume": None})]


def test_what_is_resumed_is_recorded_where_it_was(face: types.SimpleNamespace) -> None:
    assert run("talk", "--resume", "r.jsonl")[0] == 0
    [(_, named)] = face.calls
    assert (named["resume"], named["record"]) == (Path("r.jsonl"), None)
    code, _, err = run("talk", "--resume", "r.jsonl", "--record", "other.jsonl")
    assert code == 2
    assert "leave --record out" in err


def test_virtual_time_needs_a_transcript(face: types.SimpleNamespace) -> None:
    code, _, err = run("talk", "--fast")
    assert (code, face.calls) == (2, [])
    assert "--words" in err


def test_bench_hands_its_options_on_and_shows_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Asked] = []

    def report(what: Asked) -> Report:
        asked.append(what)
        return Report(title="Loop", numbers={"slots": 150}, lines=[], setting=[])

    loop = types.ModuleType("weft.bench.loop")
    loop.__dict__["report"] = report
    monkeypatch.setitem(sys.modules, "weft.bench.loop", loop)
    code, out, _ = run("bench", "loop", "--json", "--seed", "3", "--minutes", "0.5")
    assert (code, out) == (0, '{"slots": 150}\n')
    assert asked == [Asked(seed=3, minutes=0.5)]


def test_an_unknown_bench_is_answered_with_the_known_ones() -> None:
    code, _, err = run("bench", "nonsense")
    assert code == 2
    assert err.startswith("no bench is called 'nonsense'")


@pytest.mark.parametrize("error", [InputError("entry 3: bad"), WeightsError("no weights; train")])
def test_an_error_that_is_meant_is_one_message(
    face: types.SimpleNamespace, error: Exception
) -> None:
    face.outcome = error
    assert run("demo") == (2, "", f"{error}\n")


def test_an_error_inside_a_task_group_is_one_message_too(face: types.SimpleNamespace) -> None:
    face.outcome = ExceptionGroup("tasks", [ExceptionGroup("inner", [InputError("entry 3: bad")])])
    assert run("demo") == (2, "", "entry 3: bad\n")


def test_a_fault_of_ours_is_not_hidden(face: types.SimpleNamespace) -> None:
    face.outcome = ZeroDivisionError("ours")
    result = CliRunner().invoke(app, ["demo"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_ctrl_c_ends_with_130(face: types.SimpleNamespace) -> None:
    face.outcome = KeyboardInterrupt()
    assert run("demo")[0] == 130


def test_ctrl_c_in_a_real_process_ends_quietly_with_130(tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import signal, sys, types, anyio\n"
        # Whoever runs the tests in the background has had Ctrl-C ignored for all children.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "async def wait() -> None:\n"
        "    try:\n"
        "        print('holding', flush=True)\n"
        "        await anyio.sleep_forever()\n"
        "    finally:\n"
        "        print('session ended', flush=True)\n"
        "demo = types.ModuleType('weft.demo')\n"
        "demo.main = lambda *a, **k: anyio.run(wait)\n"
        "import weft\n"
        "sys.modules['weft.demo'] = weft.demo = demo\n"
        "sys.argv = ['weft', 'demo']\n"
        "from weft.cli import main\n"
        "main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "session ended\n", "")


def test_the_version_is_said() -> None:
    assert run("--version") == (0, f"weft {metadata.version('weft')}\n", "")


def test_a_folder_that_cannot_be_written_into_is_said_before_any_training(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    for options in (["--out", str(file)], ["--out", str(file / "inside")]):
        for what in ([], ["--request-detector"]):
            code, _, err = run("train", *what, *options)
            assert code == 2
            assert err.startswith("--out must be a folder to write into; ")
            assert len(err.splitlines()) == 1
    assert file.read_text() == "precious"


def test_a_device_that_is_not_there_is_said_before_any_training(tmp_path: Path) -> None:
    code, _, err = run("train", "--device", "nonsense", "--out", str(tmp_path))
    assert code == 2
    assert err.startswith("cannot train on device 'nonsense': ")
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--steps", "--word-dims"])
def test_options_of_the_model_are_refused_for_the_detector(tmp_path: Path, option: str) -> None:
    code, _, err = run("train", "--request-detector", option, "3", "--out", str(tmp_path))
    assert (code, err) == (2, f"{option} is for the model, not for --request-detector\n")


@pytest.mark.parametrize(
    ("options", "refused", "because"),
    [
        (["--senses", "--voice"], "--voice", "--senses teaches the voice as well"),
        (["--senses", "--word-dims", "7"], "--word-dims", "shipped"),
        (["--voice", "--word-dims", "3"], "--word-dims", "shipped"),
        (["--processes", "4"], "--processes", "it belongs to --senses"),
        (["--voice", "--processes", "4"], "--processes", "it belongs to --senses"),
        (["--request-detector", "--senses"], "--senses", "is for the model"),
        (["--request-detector", "--voice"], "--voice", "is for the model"),
        (["--request-parser", "--senses", "--voice"], "--voice", "--senses"),
        (["--request-parser", "--voice"], "--voice", "is for the model"),
        (["--request-detector", "--request-parser"], "--request-parser", "one at a time"),
    ],
)
def test_options_of_a_training_that_would_change_nothing_are_refused(
    tmp_path: Path,
    trainings: list[dict[str, object]],
    options: list[str],
    refused: str,
    because: str,
) -> None:
    code, out, err = run("train", *options, "--out", str(tmp_path / "new"))
    assert (code, out) == (2, "")
    assert refused in err
    assert because in err
    assert not trainings
    assert not (tmp_path / "new").exists()


def test_the_help_says_how_many_steps_each_training_has(
    trainings: list[dict[str, object]], tmp_path: Path
) -> None:
    for options in ([], ["--senses"], ["--voice"]):
        assert run("train", *options, "--out", str(tmp_path))[::2] == (0, "")
    text, senses, voice = (asked["steps"] for asked in trainings)
    said = " ".join(run("train", "--help")[1].split())
    assert f"Optimiser steps; {text} if nothing is said" in said
    assert f"with --senses {senses}, and then a quarter as many for its voice" in said
    assert f"with --voice {voice}." in said


def test_the_tools_are_listed_with_where_they_come_from() -> None:
    code, out, _ = run("tools")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert {"arithmetic", "units", "time", "timer", "fetch", "web_search", "run_code"} <= set(names)
    assert "built in" in out


def test_help_is_given_without_loading_anything_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['weft', '--help']\n"
        "from weft.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert not {'torch', 'pydantic', 'textual', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("demo", "talk", "bench", "train", "check", "schema", "tools", "replay"):
        assert command in done.stdout
