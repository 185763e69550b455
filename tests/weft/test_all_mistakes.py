"""Every command that takes a configuration says all its mistakes at once, each with its line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import weft
from weft import wiring
from weft.cli import app
from weft.errors import ConfigError

BROKEN = """\
background:
  agents:
    local:
      provider: local
      tools: [units, untis, shout, later_find, soon_find, gone]
      think_s: .inf
tools:
  use:
    - units
    - 5
    - no_such_module:shout
    - {name: time, time_limit: 3}
    - spoken
    - gone
    - recall
    - unist
  home_zone: Middle/Earth
  mcp:
    later: {command: [weft-is-no-such-program]}
    soon: {url: nowhere}
  openapi:
    shop: {document: here.yaml}
interaction: {weights: own}
memory: {path: kept.sqlite, per_user: some}
session:
  lapse_slts: 3
log: {level: loud}
"""
EXPECTED = [
    "5: background.agents.local.tools[1]: no tool in use is called 'untis'; did you mean `units`?",
    "6: background.agents.local.think_s: should be a finite number",
    "10: tools.use[1]: should be text",
    "11: tools.use[2]: no_such_module:shout cannot be loaded: ModuleNotFoundError",
    "12: tools.use[3].time_limit: is not a known key; did you mean `time_limit_s`?",
    "13: tools.use[4]: the tool plugin 'spoken' (weft_no_such_plugin:spoken) cannot be loaded",
    "14: tools.use[5]: no tool is called 'gone'",
    "16: tools.use[7]: no tool is called 'unist' (or write `module:function`); did you mean",
    "17: tools.home_zone: 'Middle/Earth' is not a time zone",
    "19: tools.mcp.later.command[0]: there is no program 'weft-is-no-such-program'",
    "20: tools.mcp.soon.url: is not an address",
    "22: tools.openapi.shop.document: ",
    "23: interaction.weights: ",
    "24: memory.per_user: should be a whole number",
    "26: session.lapse_slts: is not a known key; did you mean `lapse_slots`?",
    "27: log.level: 'loud' is not one of them",
]
WORDS = {"text": "Hi.", "chunks": [{"text": "Hi.", "timestamp": [0.4, 0.8]}]}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with mistakes of every kind, beside what it names."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "weights.json").write_text("{}")
    (tmp_path / "here.yaml").write_text("openapi: 3.0.1\nservers: [{url: /v1}]\npaths: {}\n")
    (tmp_path / "words.json").write_text(json.dumps(WORDS))
    information = tmp_path / "weft_spoken-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: weft-spoken\nVersion: 1.2\n"
    )
    (information / "entry_points.txt").write_text(
        "[weft.tools]\nspoken = weft_no_such_plugin:spoken\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "agent.yaml"
    file.write_text(BROKEN)
    return file


def assert_complete(said: str, file: Path) -> None:
    lines = [line for line in said.splitlines() if line.strip()]
    for expected, line in zip(EXPECTED, lines, strict=False):
        assert line.startswith(f"{file}:{expected}"), line
    assert len(lines) == len(EXPECTED), said


@pytest.mark.parametrize(
    "command",
    [
        lambda file: ["check", file],
        lambda file: ["talk", file, "--fast", "--words", str(Path(file).parent / "words.json")],
        lambda file: ["demo", "--fast", "--config", file],
        lambda file: ["tools", "--config", file],
        lambda file: ["tools", "call", "units", "{}", "--config", file],
    ],
    ids=["check", "talk", "demo", "tools", "tools call"],
)
def test_a_command_lists_every_mistake(broken: Path, command: Callable[[str], list[str]]) -> None:
    result = CliRunner().invoke(app, command(str(broken)))
    assert result.exit_code == 2
    assert_complete(result.stderr, broken)


def test_a_program_is_told_every_mistake(broken: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        weft.load(broken)
    assert caught.value.file == broken
    assert_complete(str(caught.value), broken)


def agents(**section: object) -> dict[str, object]:
    return {"agents": {"local": {"provider": "local", **section}}}


def test_the_tools_of_a_program_can_be_named(tmp_path: Path) -> None:
    @weft.tool
    def menu() -> str:
        """Say what is on the menu."""
        return "Soup."

    file = tmp_path / "agent.yaml"
    file.write_text("background: {agents: {a: {provider: local, tools: [menu]}}}\n")
    assert weft.load(file, tools=[menu]).tools == (menu,)
    with pytest.raises(ConfigError, match=rf"{file}:1: background\.agents\.a\.tools\[0\]: no tool"):
        weft.load(file)


@pytest.mark.parametrize(
    "values",
    [
        {"memory": {"path": 5}, "tools": {"use": ["recall"]}},
        {"tools": {"use": ["web_search"], "web_search": {"provider": "brav"}}},
        {
            "background": agents(knowledge=5),
            "tools": {"use": ["knowledge"]},
        },
        {"background": agents(tools=["mine"]), "tools": {"use": "mine"}},
        {"background": agents(tools=["mine"]), "tools": 5},
        {"background": agents(tools=["f"]), "tools": {"use": ["json:f"]}},
        {"background": agents(tools=["a_find"]), "tools": {"mcp": {"a": {"url": "x"}}}},
    ],
)
def test_what_a_mistake_takes_away_is_not_missed_as_well(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        wiring.checked_config({"background": agents(), **values}, environment={})
    assert len(caught.value.mistakes) == 1, str(caught.value)


def test_a_background_without_use_does_not_hide_the_tools() -> None:
    with pytest.raises(ConfigError) as caught:
        wiring.checked_config({"background": 5, "tools": {"use": ["json:no_such"]}})
    assert [each.path for each in caught.value.mistakes] == ["background", "tools.use[0]"]


def test_every_operation_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    get = {
        "get": {
            "operationId": "a",
            "parameters": [{"name": "q", "in": "query", "schema": {"type": 5}}],
        }
    }
    other = {"get": get["get"] | {"operationId": "b"}}
    document = {
        "openapi": "3.0.1",
        "servers": [{"url": "https://a.test"}],
        "paths": {"/a": get, "/b": other},
    }
    (tmp_path / "shop.json").write_text(json.dumps(document))
    shop = {"document": str(tmp_path / "shop.json"), "operations": ["a", "b"]}
    with pytest.raises(ConfigError) as caught:
        wiring.checked_config({"background": agents(), "tools": {"openapi": {"shop": shop}}})
    assert [each.path for each in caught.value.mistakes] == [
        "tools.openapi.shop.operations[0]",
        "tools.openapi.shop.operations[1]",
    ]
