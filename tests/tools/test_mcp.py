"""What can be said of MCP servers without one: limits, delays, side effects, configuration."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from weft.background_agents.offered import offered_tools
from weft.cli import app
from weft.errors import ToolError
from weft.tools.config import McpServerConfig, ToolsConfig
from weft.tools.mcp import (
    FIRST_DELAY_S,
    LONGEST_DELAY_S,
    PROGRESS_EVERY_S,
    Progress,
    declared_side_effects,
    reconnect_delay_s,
)
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, Tool, tool


@tool
def knot() -> str:
    """Tie a knot."""
    return "tied"


@tool(name="shop_find")
def find() -> str:
    """Find an article."""
    return "found"


class Shop:
    """A source whose tools come and go."""

    name = "shop"
    away = ""

    def __init__(self) -> None:
        self.tools: tuple[Tool, ...] = ()


def test_agents_are_offered_the_tools_that_a_source_has_now() -> None:
    shop = Shop()
    registry = Registry([knot], [shop])
    assert offered_tools(registry, ["knot", "shop_find"]) == {"knot": knot}
    shop.tools = (find,)
    assert offered_tools(registry, ["knot", "shop_find"]) == {"knot": knot, "shop_find": find}
    assert registry.names == ("knot", "shop_find")
    with pytest.raises(ToolError, match="no tool is named 'shup_find'"):
        offered_tools(registry, ["shup_find"])


def test_one_more_tool_joins_those_that_come_and_go() -> None:
    shop = Shop()
    registry = Registry([], [shop]).with_tool(knot)
    shop.tools = (find,)
    assert registry.names == ("knot", "shop_find")
    with pytest.raises(ToolError, match="two tools are named 'knot'"):
        registry.with_tool(knot)


def test_a_tool_of_a_source_that_is_away_is_missed_with_the_reason() -> None:
    shop = Shop()
    shop.away = "it is closed on Mondays"
    registry = Registry([knot], [shop]).changed(lambda each: each)
    with pytest.raises(ToolError, match="'shop' is away: it is closed on Mondays"):
        registry.get("shop_find")
    with pytest.raises(ToolError, match="no tool is named 'sheep_find'"):
        registry.get("sheep_find")


def test_a_call_of_a_server_that_says_nothing_names_the_server_and_the_reason(
    tmp_path: Path,
) -> None:
    command = json.dumps([sys.executable, "-c", "import sys; sys.stdin.read()"])
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local}}}\n"
        f"tools: {{use: [], mcp: {{mute: {{command: {command}, connect_limit_s: 0.1}}}}}}\n"
    )
    # A process of its own: the SDK leaves a program to its end that was given up while it began.
    command_line = ("tools", "call", "mute_speak", "{}", "--config", str(file))
    called = subprocess.run(
        [sys.executable, "-m", "weft", *command_line], capture_output=True, text=True, check=False
    )
    assert called.returncode == 2
    # On a busy machine asyncio has a word of its own behind it: the program ends after the loop.
    assert (
        "the tool 'mute_speak' cannot be reached, for 'mute' is away: "
        "it did not answer within 0.1 s (`connect_limit_s`)"
    ) in called.stderr.splitlines()


def test_a_source_replaces_no_tool_that_was_given() -> None:
    shop = Shop()
    shop.tools = (find,)

    @tool(name="shop_find")
    def own() -> str:
        """Find it another way."""
        return "found"

    assert Registry([own], [shop]).get("shop_find") is own


@given(failures=st.integers(0, 10_000))
def test_attempts_to_connect_become_rarer_up_to_a_limit(failures: int) -> None:
    delay_s = reconnect_delay_s(failures)
    assert FIRST_DELAY_S <= delay_s <= reconnect_delay_s(failures + 1) <= LONGEST_DELAY_S


def test_progress_is_told_seldom_and_never_twice() -> None:
    progress = Progress()
    assert progress.said(0, 4, None, now_s=0) == "", "nothing is done yet"
    assert progress.said(1, 4, None, now_s=0) == "25 percent are done."
    assert progress.said(2, 4, None, now_s=1) == "", "too soon"
    assert progress.said(1, 4, None, now_s=9) == "", "said before"
    assert progress.said(3, None, "Nearly\n there", now_s=9) == "Nearly there."
    assert progress.said(3, None, None, now_s=99) == "", "nothing to be said"
    assert len(progress.said(3, 4, "word " * 1_000, now_s=99)) < 200


@given(
    told=st.lists(
        st.tuples(
            st.floats(0, 100, allow_subnormal=False),
            st.none() | st.floats(0, 100, allow_subnormal=False),
            st.none() | st.text(),
            st.floats(0, 2),
        )
    )
)
def test_whatever_a_server_tells_sentences_keep_their_distance(
    told: list[tuple[float, float | None, str | None, float]],
) -> None:
    progress, now_s, said = Progress(), 0.0, []
    for amount, total, message, later_s in told:
        now_s += later_s
        text = progress.said(amount, total, message, now_s=now_s)
        if text:
            said.append((now_s, text))
    for (first_s, first), (second_s, second) in pairwise(said):
        assert second_s - first_s >= PROGRESS_EVERY_S - 1e-9
        assert first != second


def test_where_a_server_says_nothing_the_worst_is_meant() -> None:
    annotations = pytest.importorskip("mcp_types").ToolAnnotations
    assert declared_side_effects(None) is SideEffects.IRREVERSIBLE
    assert declared_side_effects(annotations()) is SideEffects.IRREVERSIBLE
    assert declared_side_effects(annotations(destructive_hint=False)) is SideEffects.WRITE
    assert declared_side_effects(annotations(read_only_hint=True)) is SideEffects.READ


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "needs either `command`"),
        ({"command": ["a"], "url": "http://localhost/mcp"}, "and not both"),
        ({"url": "localhost:80"}, "is not an address"),
        ({"url": "http://localhost/mcp", "env": {"A": "b"}}, "only a `command` can have"),
        ({"command": ["a"], "headers": {"A": "b"}}, "only a `url` can have"),
        ({"command": []}, "at least 1 item"),
    ],
)
def test_a_server_that_cannot_be_reached_in_one_way_is_a_mistake(
    values: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        McpServerConfig.model_validate(values)


def test_the_name_of_a_server_must_end_at_the_underscore() -> None:
    with pytest.raises(ValidationError, match="'my_shop' cannot begin the names of tools"):
        ToolsConfig.model_validate({"mcp": {"my_shop": {"url": "http://localhost/mcp"}}})


def test_check_names_each_mistake_about_servers_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background:\n"
        "  agents:\n"
        "    a:\n"
        "      provider: local\n"
        "      tools: [shop_find, shup_find]\n"
        "tools:\n"
        "  mcp:\n"
        "    shop: {command: [weft-is-no-such-program]}\n"
    )
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert f"{file}:8: tools.mcp.shop.command[0]: there is no program" in result.stderr
    assert f"{file}:5: background.agents.a.tools[1]: no tool in use is called" in result.stderr
    assert "tools[0]" not in result.stderr
    file.write_text(
        "background: {agents: {a: {provider: local}}}\n"
        "tools:\n"
        "  mcp:\n"
        "    shop:\n"
        "      url: tools.example.com\n"
        "      headers: {Authorization: Bearer top-secret, 5: x}\n"
        "    my_shop: {command: [a]}\n"
    )
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert f"{file}:5: tools.mcp.shop.url: is not an address" in result.stderr
    assert "top-secret" not in result.stderr
