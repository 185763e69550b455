"""Finding tools by name: built in, from other distributions, and given in code."""

from pathlib import Path

import pytest

from weft.errors import ConfigError, ToolError
from weft.tools.builtin import BUILTIN_NAMES, builtin_tools
from weft.tools.config import ToolEntry, ToolsConfig
from weft.tools.plugins import load_plugin, plugin_names
from weft.tools.registry import Registry, resolve
from weft.tools.tool import tool

PLUGIN = '''
from weft.tools.tool import Tool, tool

def shout(word: str) -> str:
    """Say it loudly."""
    return word.upper()

@tool
def whisper(word: str) -> str:
    """Say it softly."""
    return word.lower()

several = [shout, whisper]

def factory() -> list[Tool]:
    return [whisper]

number = 3
'''
ENTRY_POINTS = """[weft.tools]
shout = weft_test_plugin:shout
whisper = weft_test_plugin:whisper
several = weft_test_plugin:several
made = weft_test_plugin:factory
number = weft_test_plugin:number
gone = weft_test_plugin_that_is_not_there:tool
"""


@pytest.fixture
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with entry points, as pip would lay it out."""
    (tmp_path / "weft_test_plugin.py").write_text(PLUGIN)
    information = tmp_path / "weft_test_plugin-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: weft-test-plugin\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("_plugin")
def test_an_entry_point_names_a_function_a_tool_a_list_or_a_factory() -> None:
    assert [each.name for each in load_plugin("shout")] == ["shout"]
    assert [each.name for each in load_plugin("whisper")] == ["whisper"]
    assert [each.name for each in load_plugin("several")] == ["shout", "whisper"]
    assert [each.name for each in load_plugin("made")] == ["whisper"]
    assert "several" in plugin_names()


@pytest.mark.usefixtures("_plugin")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("number", "neither a tool"), ("gone", "ModuleNotFoundError"), ("unknown", "installed: ")],
)
def test_a_plugin_that_cannot_be_loaded_says_why(name: str, reason: str) -> None:
    with pytest.raises(ToolError, match=reason):
        load_plugin(name)


@pytest.mark.usefixtures("_plugin")
def test_only_plugins_that_are_named_load() -> None:
    assert resolve(["arithmetic", "shout"]).names == ("arithmetic", "shout")


@tool
def mine() -> str:
    """Do something of my own."""
    return "done"


def test_tools_given_in_code_are_added() -> None:
    assert resolve(["units"], [mine]).names == ("units", "mine")


def test_a_configuration_can_narrow_the_limits_of_a_tool() -> None:
    entries = [ToolEntry(name="units", time_limit_s=1.5, output_limit_chars=50)]
    registry = resolve([*entries, ToolEntry(name="timer", time_limit_s=1.0)])
    assert registry.get("units").time_limit_s == 1.5
    assert registry.get("units").output_limit_chars == 50
    assert registry.get("timer").time_limit_s is None, "waiting is its work"


def test_every_entry_that_cannot_be_used_is_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(["arithmetik", "units", "units", "nothing"])
    assert [(each.path, each.message.split(";")[0]) for each in caught.value.mistakes] == [
        ("tools.use[0]", "no tool is named 'arithmetik'"),
        ("tools.use[2]", "a second tool is named 'units'"),
        ("tools.use[3]", "no tool is named 'nothing'"),
    ]


def test_a_registry_finds_by_name_and_says_what_it_has() -> None:
    registry = Registry([mine])
    assert registry.get("mine") is mine
    assert registry.tools == (mine,)
    with pytest.raises(ToolError, match=r"known: \['mine'\]"):
        registry.get("yours")
    with pytest.raises(ToolError, match="two tools are named 'mine'"):
        Registry([mine, mine])


def test_the_default_configuration_resolves() -> None:
    assert resolve(ToolsConfig().use).names == ToolsConfig().use


def test_an_unknown_home_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="an example is Europe/Rome"):
        ToolsConfig(home_zone="Middle/Earth")


def test_the_names_of_the_built_in_tools_are_listed() -> None:
    async def search(query: str) -> list[None]:
        return []

    made = builtin_tools(search=search)  # type: ignore[arg-type]  # never searched
    assert {each.name for each in made} <= set(BUILTIN_NAMES)


def test_every_built_in_tool_reads_its_own_examples() -> None:
    # What is shown is written as JSON, which nobody says: `show` is for agents behind an endpoint.
    for each in filter(lambda found: found.name != "show", builtin_tools()):
        assert 8 <= len(each.examples) <= 15, each.name
        assert each.read_arguments is not None
        for example in each.examples:
            for phrasing in (example, example.lower().rstrip("?."), f"Um, {example}"):
                arguments = each.read_arguments(phrasing)
                assert arguments is not None, phrasing
                each.signature.validate(arguments)


def test_what_is_slow_to_load_can_be_loaded_beforehand() -> None:
    prepared = [each.name for each in builtin_tools() if each.prepare is not None]
    assert prepared == ["units", "time"]
    for each in builtin_tools():
        if each.prepare is not None:
            each.prepare()


def test_what_cannot_be_undone_asks_each_time_whatever_a_configuration_says() -> None:
    @tool(side_effects="irreversible")
    def explode() -> str:
        """Blow it up."""
        return "It is gone."

    entry = ToolEntry(name="explode", approval="when_tainted")
    with pytest.raises(
        ConfigError, match=r"tools.use\[0\]: what .*'explode' does cannot be undone"
    ):
        resolve([entry], builtins=[explode])
    with pytest.raises(ToolError, match="leave out `approval`"):
        tool(side_effects="irreversible", approval="when_tainted")(explode.function)
