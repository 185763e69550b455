"""`weft tools`: what is listed, one call, and a new package, all as a caller sees them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weft.cli import app
from weft.errors import InputError
from weft.new_plugin import module_name, write_plugin
from weft.tools.builtin import BUILTIN_NAMES

ROOT = Path(__file__).parents[2]

PLUGIN = '''
from weft.tools.tool import tool, ToolOutput

@tool(side_effects="write")
async def slowly(word: str):
    """Say it in two steps."""
    yield ToolOutput("Nearly there.", progress=True)
    yield ToolOutput(word, detail=f"**{word}**", sources=("my head",))

@tool
def loudly(word: str) -> str:
    """Say it loudly."""
    return word.upper()

both = [slowly, loudly]
'''


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["tools", *arguments])
    return result.exit_code, result.stdout, result.stderr


def install(folder: Path, entry_points: str) -> None:
    """Lay out a distribution as pip would."""
    (folder / "weft_spoken_plugin.py").write_text(PLUGIN)
    information = folder / "weft_spoken-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: weft-spoken\nVersion: 1.2\n"
    )
    (information / "entry_points.txt").write_text(f"[weft.tools]\n{entry_points}\n")


@pytest.fixture
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "spoken = weft_spoken_plugin:both")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("_plugin")
def test_each_tool_is_listed_with_its_source_and_what_it_changes() -> None:
    code, out, _ = run()
    assert code == 0
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert rows["units"].split()[1:4] == ["built", "in", "read"]
    assert rows["slowly"].split()[1:] == [
        "weft-spoken", "1.2", "write", "Say", "it", "in", "two", "steps.",
    ]  # fmt: skip


@pytest.mark.usefixtures("_plugin")
def test_schemas_are_shown_on_demand_and_always_in_json() -> None:
    assert '"word"' not in run()[1]
    assert '"word"' in run("--schema")[1]
    listed = {each["name"]: each for each in json.loads(run("--json")[1])["tools"]}
    assert listed["loudly"]["parameters"]["required"] == ["word"]
    assert (listed["loudly"]["source"], listed["loudly"]["side_effects"]) == (
        "weft-spoken 1.2",
        "read",
    )


def test_what_needs_a_configuration_is_described_whole_and_cannot_be_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    listed = {each["name"]: each for each in json.loads(run("--json")[1])["tools"]}
    assert set(BUILTIN_NAMES) <= listed.keys()
    for name in BUILTIN_NAMES:
        assert listed[name]["side_effects"] in ("read", "write", "irreversible")
        assert listed[name]["source"] == "built in"
        assert listed[name]["parameters"]["type"] == "object"
    assert {name for name, each in listed.items() if "no folder" in each.get("needs", "")} == {
        "knowledge"
    }
    rows = {line.split()[0]: line for line in run()[1].splitlines()}
    assert rows["forget_everything"].split()[1:4] == ["built", "in", "irreversible"]
    assert "Not yet: it has nowhere to keep anything; add for instance" in rows["remember"]
    assert list(tmp_path.iterdir()) == []
    code, _, err = run("call", "recall", "{}")
    assert code == 2
    assert err.startswith("the tool 'recall' has nowhere to keep anything")


def test_a_plugin_that_is_broken_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "spoken = weft_spoken_plugin:missing")
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, _ = run()
    assert code == 1
    assert "cannot be used" in out
    assert "missing" in out
    code, _, err = run("call", "spoken", '{"word": "loom"}')
    assert code == 2
    assert "the tool plugin 'spoken' (weft_spoken_plugin:missing) cannot be loaded" in err


def test_code_that_leaves_while_it_is_imported_is_a_mistake_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "spoken = weft_leaving_plugin:both")
    (tmp_path / "weft_leaving_plugin.py").write_text("import sys\n\nsys.exit('no key')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, _ = run()
    assert code == 1
    assert "cannot be loaded: SystemExit: no key" in out
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local}}}\n"
        "tools:\n  use:\n    - spoken\n    - weft_leaving_plugin:loudly\n"
    )
    code, _, err = run("--config", str(file))
    assert code == 2
    assert "4: tools.use[0]: the tool plugin 'spoken'" in err
    assert "5: tools.use[1]: weft_leaving_plugin:loudly cannot be loaded: SystemExit" in err


def test_a_configuration_lists_only_what_it_uses(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text("background: {agents: {a: {provider: local}}}\ntools: {use: [units]}\n")
    code, out, _ = run("--config", str(file))
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["units"])
    code, _, err = run("call", "arithmetic", "{}", "--config", str(file))
    assert (code, err) == (2, "no tool is named 'arithmetic'; known: ['units']\n")


@pytest.mark.usefixtures("_plugin")
def test_a_call_prints_the_answer_and_progress_apart() -> None:
    code, out, err = run("call", "slowly", '{"word": "loom"}')
    assert (code, out, err) == (0, "loom\n\n**loom**\n(my head)\n", "Nearly there.\n")
    called = json.loads(run("call", "slowly", '{"word": "loom"}', "--json")[1])
    assert [each["progress"] for each in called["outputs"]] == [True, False]
    assert called["outputs"][1]["sources"] == ["my head"]


def test_what_a_call_shows_is_printed_or_given_as_json() -> None:
    table = {"kind": "table", "title": "Rain", "columns": ["month", "mm"], "rows": [["May", 40.5]]}
    arguments = json.dumps({"component": table})
    code, out, _ = run("call", "show", arguments)
    assert code == 0
    assert out.splitlines()[0] == "I have put a table on your screen."
    assert "| May | 40.5 |" in out.splitlines()
    (output,) = json.loads(run("call", "show", arguments, "--json")[1])["outputs"]
    assert output["components"] == [table]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("arithmetik", "{}", "no tool is named 'arithmetik'; known: ['arithmetic', 'units'"),
        ("arithmetic", "{]", "the arguments are not JSON"),
        ("arithmetic", "[" * 100_000, "nested too deeply"),
        ("arithmetic", "[1]", "the arguments are [1], which is not an object"),
        ("arithmetic", '{"sum": "1+1"}', "cannot use its arguments: expression: Field required"),
        ("arithmetic", '{"expression": "1/0"}', "zero"),
    ],
)
def test_a_call_that_fails_says_why_with_exit_code_two(
    name: str, arguments: str, message: str
) -> None:
    code, out, err = run("call", name, arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_options_before_a_command_are_not_dropped_silently() -> None:
    code, _, err = run("--json", "call", "arithmetic", '{"expression": "1+1"}')
    assert code == 2
    assert "after `call`" in err


def test_a_new_package_is_not_written_over_another(tmp_path: Path) -> None:
    code, out, _ = run("new", "moon-phase", "--folder", str(tmp_path))
    assert code == 0
    assert str(tmp_path / "moon-phase") in out
    written = {
        str(file.relative_to(tmp_path / "moon-phase"))
        for file in (tmp_path / "moon-phase").rglob("*")
        if file.is_file()
    }
    assert written == {
        "pyproject.toml", "README.md", "src/moon_phase/__init__.py", "src/moon_phase/py.typed",
        "tests/test_moon_phase.py",
    }  # fmt: skip
    with pytest.raises(InputError, match="is there already"):
        write_plugin("moon-phase", tmp_path)


@pytest.mark.parametrize("name", ["answers", "clock", "the-tool"])
def test_no_name_of_a_tool_is_in_the_way_of_its_own_test(name: str, tmp_path: Path) -> None:
    home = write_plugin(name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "not weft_finds_it", "-p", "no:cacheprovider"],
        cwd=home,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(home / "src"), *sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Moon", "use a-z"),
        ("moon phase", "use a-z"),
        ("../moon", "use a-z"),
        ("moon-", "use a-z"),
        ("m" * 64, "use a-z"),
        ("class", "word of Python"),
        ("arithmetic", "is built in"),
        ("json", "module 'json' already"),
        ("pydantic", "module 'pydantic' already"),
    ],
)
def test_a_name_that_would_break_something_is_refused(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        module_name(name)
