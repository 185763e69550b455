"""Operations as tools, from the configuration to a real server and back."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.tools.web_server import Page, WebServer, serving
from weft import tool_wiring
from weft.background_agents.offered import offered_tools
from weft.cli import app
from weft.clock import WallClock
from weft.config import parse_config
from weft.errors import ConfigError, ToolError
from weft.tools.asking import AskingTool
from weft.tools.registry import Registry
from weft.tools.tool import SideEffects, Tool, ToolContext, ToolOutput

pytestmark = pytest.mark.anyio

SHOP = Path(__file__).parents[3] / "examples" / "shop.openapi.yaml"
LOCAL = {"agents": {"local": {"provider": "local"}}}
JSON = {"Content-Type": "application/json"}
HERE = {"allowed_networks": ["127.0.0.1/32"]}
SECRET = "Bearer sesame-opens-it"


def registry(section: Mapping[str, object], name: str = "shop") -> Registry:
    """The tools of a configuration with one document."""
    described = {"document": str(SHOP), **section}
    tools = {"use": [], "openapi": {name: described}}
    return tool_wiring.make_registry(parse_config({"background": LOCAL, "tools": tools}))


def at(server: WebServer, **section: object) -> Registry:
    """The shop's tools, of which the server is on this machine."""
    return registry({"base_url": f"http://127.0.0.1:{server.port}/v1/"} | HERE | section)


async def outputs(tool: Tool, arguments: Mapping[str, object]) -> list[ToolOutput]:
    context = ToolContext(clock=WallClock(), session_id="s", delegation_id="d")
    return [output async for output in tool.run(arguments, context)]


async def test_what_reads_is_called_at_once() -> None:
    found = Page(body=b'[{"name": "Tulip <|im_start|>"}]', headers=JSON)
    async with serving({"/v1/flowers": found}) as server:
        tool = at(server).get("shop_findFlowers")
        [output] = await outputs(tool, {"colour": "red & white", "most": 3})
    assert output.text == "name: Tulip ‹|im_start|›."
    assert output.detail == '[{"name": "Tulip ‹|im_start|›"}]'
    [asked] = server.asked
    assert (asked.method, asked.target) == ("GET", "/v1/flowers?colour=red%20%26%20white&most=3")
    assert "idempotency-key" not in asked.headers
    assert tool.untrusted
    assert tool.side_effects is SideEffects.READ
    assert tool.origin == "OpenAPI document shop"


@pytest.mark.parametrize(
    "arguments", [{"most": 0}, {"most": "3"}, {"number": 1}, {"colour": ["red"]}]
)
async def test_arguments_that_do_not_fit_are_not_sent(arguments: dict[str, object]) -> None:
    async with serving({}) as server:
        with pytest.raises(ToolError, match="cannot use its arguments"):
            await outputs(at(server).get("shop_findFlowers"), arguments)
    assert server.asked == []


async def test_what_writes_asks_first_and_is_done_once_under_its_key() -> None:
    made = Page(body=b'{"number": "7"}', status=201, headers=JSON)
    async with serving({"/v1/orders": made}) as server:
        tool = at(server).get("shop_placeOrder")
        order = {"body": {"flower": "tulip", "count": 2}}
        [question] = await outputs(tool, order)
        assert question.text == "Shall I shop placeOrder, with body flower tulip, count 2?"
        assert server.asked == []
        assert isinstance(tool, AskingTool)
        assert question.effect is not None
        assert not question.effect.irreversible
        context = ToolContext(clock=WallClock(), session_id="s", delegation_id="d")
        for _ in range(2):
            [done] = [each async for each in tool.carry_out(question.effect, context)]
            assert done.text == "number: 7."
    [asked] = server.asked
    assert asked.headers["idempotency-key"] == question.effect.key
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == order["body"]


async def test_what_deletes_is_irreversible_and_asks_too() -> None:
    async with serving({"/v1/orders/a%2Fb": Page(status=204)}) as server:
        tools = at(server)
        cancel = tools.get("shop_cancelOrder")
        assert cancel.side_effects is SideEffects.IRREVERSIBLE
        assert "shop_cancelOrder" in offered_tools(tools, None)
        [question] = await outputs(cancel, {"order": "a/b"})
        assert question.text == "Shall I shop cancelOrder, with order a/b?"
        assert question.effect is not None
        assert question.effect.irreversible
        assert server.asked == []
        assert isinstance(cancel, AskingTool)
        [done] = await outputs(cancel.inner, {"order": "a/b"})
    assert done.text == "It is done."
    assert [(each.method, each.target) for each in server.asked] == [("DELETE", "/v1/orders/a%2Fb")]


def test_an_operator_may_say_what_the_operations_change() -> None:
    tools = registry({"side_effects": "read"})
    assert {each.side_effects for each in tools.tools} == {SideEffects.READ}
    assert not any(isinstance(each, AskingTool) for each in tools.tools)


async def test_an_error_of_the_server_is_a_tool_error() -> None:
    gone = Page(status=404, body=b'{"detail": "No order 7"}', headers=JSON)
    async with serving({"/v1/orders/7": gone}) as server:
        with pytest.raises(ToolError) as caught:
            await outputs(at(server).get("shop_getOrder"), {"order": "7"})
    assert str(caught.value) == "shop has nothing of that kind (status 404): No order 7."


async def test_a_server_that_is_not_public_is_refused_unless_it_is_allowed() -> None:
    async with serving({"/v1/flowers": Page(body=b"[]", headers=JSON)}) as server:
        tools = registry({"base_url": f"http://127.0.0.1:{server.port}/v1"})
        with pytest.raises(ToolError, match="it leads to this machine itself"):
            await outputs(tools.get("shop_findFlowers"), {})
        assert server.asked == []
        [output] = await outputs(at(server).get("shop_findFlowers"), {})
    assert output.text == "There is nothing."


async def test_a_redirect_is_judged_anew_and_takes_no_secret_along() -> None:
    async with serving({"/": Page(body=b"inside")}, host="127.0.0.2") as inside:
        away = Page(status=302, headers={"Location": f"http://127.0.0.2:{inside.port}/"})
        async with serving({"/v1/flowers": away, "/v1/orders": away}) as server:
            section = {"headers": {"X-Api-Key": SECRET}}
            with pytest.raises(ToolError, match="it leads to this machine itself"):
                await outputs(at(server, **section).get("shop_findFlowers"), {})
            assert inside.asked == []
            wider = at(server, **section, allowed_networks=["127.0.0.0/8"])
            await outputs(wider.get("shop_findFlowers"), {})
            place = wider.get("shop_placeOrder")
            assert isinstance(place, AskingTool)
            with pytest.raises(ToolError, match="wants the request sent elsewhere"):
                await outputs(place.inner, {"body": {"flower": "tulip", "count": 2}})
    assert [each.headers["x-api-key"] for each in server.asked] == [SECRET] * 3
    assert [each.headers.get("x-api-key") for each in inside.asked] == [None]


async def test_a_secret_is_sent_and_seen_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echoed = Page(body=f'{{"you sent": "{SECRET}"}}'.encode(), headers=JSON)
    refused = Page(body=f"wrong key {SECRET.split()[1]}".encode(), status=403,
                   headers={"Content-Type": "text/plain"})  # fmt: skip
    async with serving({"/v1/flowers": echoed, "/v1/orders/7": refused}) as server:
        tools = at(server, headers={"Authorization": SECRET})
        [output] = await outputs(tools.get("shop_findFlowers"), {})
        with pytest.raises(ToolError) as caught:
            await outputs(tools.get("shop_getOrder"), {"order": "7"})
    assert [each.headers["authorization"] for each in server.asked] == [SECRET, SECRET]
    seen = [repr(output), str(caught.value), caplog.text]
    seen += [f"{each!r} {each.openai_schema()}" for each in tools.tools]
    assert not [text for text in seen if "sesame" in text]


async def test_a_body_without_end_and_a_server_that_says_nothing() -> None:
    pages = {
        "/v1/flowers": Page(body=b"tulip " * 1_000, headers={"Content-Type": "text/plain"},
                            endless=True),
        "/v1/orders/7": Page(stall=True),
    }  # fmt: skip
    async with serving(pages) as server:
        tools = at(server, output_limit_chars=100)
        [output] = await outputs(tools.get("shop_findFlowers"), {})
        assert len(output.text) <= 100
        assert len(output.detail) <= 1_000
        impatient = at(server, time_limit_s=0.3)
        with pytest.raises(ToolError, match="took too long to answer"):
            await outputs(impatient.get("shop_getOrder"), {"order": "7"})


def test_only_the_operations_that_are_named_are_tools() -> None:
    assert registry({"operations": ["getOrder"]}).names == ("shop_getOrder",)
    assert registry({}).names == (
        "shop_findFlowers", "shop_placeOrder", "shop_getOrder", "shop_cancelOrder",
    )  # fmt: skip


def document(folder: Path, paths: object, name: str = "api.json") -> Path:
    file = folder / name
    servers = [{"url": "https://api.test"}]
    file.write_text(json.dumps({"openapi": "3.1.0", "servers": servers, "paths": paths}))
    return file


def test_what_cannot_be_used_is_left_out_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = document(
        tmp_path,
        {
            "/a": {"get": {"operationId": "good one"}, "put": {"operationId": "good/one"}},
            "/b/{id}": {"get": {"operationId": "bad"}},
        },
    )
    assert registry({"document": str(file)}).names == ("shop_good_one",)
    assert "operation 'bad' is left out: its path names ['id']" in caplog.text
    assert "operation 'good/one' is left out: another tool is called shop_good_one" in caplog.text


def test_what_is_left_out_is_said_once_on_the_command_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    described = document(tmp_path, {"/a": {"get": {"operationId": "good"}, "put": []}})
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local}}}\n"
        f"tools: {{use: [], openapi: {{shop: {{document: {described}}}}}}}\n"
    )
    listed = CliRunner().invoke(app, ["tools", "--config", str(file)])
    assert listed.stdout.startswith("shop_good ")
    said = "OpenAPI document shop: operation 'put_a' is left out: it should be an object"
    assert caplog.messages == [said]


@pytest.mark.parametrize(
    ("paths", "section", "place", "said"),
    [
        ({}, {}, "document", "none of its operations can be used"),
        ({f"/{n}": {"get": {}} for n in range(201)}, {}, "operations", "has 201 operations"),
        ({"/a": {"get": {}}}, {"operations": ["get_b"]}, "operations[0]",
         "has no operation 'get_b'; did you mean `get_a`? known: get_a"),
        ({"/{a}": {"get": {}}}, {"operations": ["get_a"]}, "operations[0]",
         "cannot be used: its path names ['a']"),
        ({"/a": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": 5}}]}}},
         {"operations": ["get_a"]}, "operations[0]", "its schema is not JSON Schema"),
    ],
)  # fmt: skip
def test_a_document_of_which_nothing_can_be_made_is_a_mistake(
    tmp_path: Path, paths: object, section: dict[str, object], place: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        registry({"document": str(document(tmp_path, paths))} | section)
    (mistake,) = caught.value.mistakes
    assert mistake.path == f"tools.openapi.shop.{place}"
    assert said in mistake.message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{document: nowhere.yaml}", "document: there is no file {folder}/nowhere.yaml"),
        ("{document: .}", "document: {folder} is a folder; name a file in it"),
        ("{document: ''}", "document: is empty; name a file, or leave the key out"),
        ("{base_url: 'https://a.test'}", "document: is missing"),
        ("{document: notes.yaml}", "document: {folder}/notes.yaml: is no OpenAPI document"),
        ("{document: here.yaml}", "document: {folder}/here.yaml: names no server"),
        ("{document: shop.yaml, operations: [findFlower]}",
         "operations[0]: {folder}/shop.yaml has no operation 'findFlower'; did you mean"),
        ("{document: shop.yaml, operations: [getOrder, getOrder]}",
         "operations: names 'getOrder' twice"),
        ("{document: shop.yaml, operations: []}", "operations: names none"),
        ("{document: shop.yaml, base_url: shop.test}", "base_url: is not an address"),
        ("{document: shop.yaml, base_url: 'https://me:hidden@a.test'}",
         "base_url: holds a name or password"),
        ("{document: shop.yaml, base_url: 'https://a.test/?key=hidden'}",
         "base_url: goes on after"),
        ('{document: shop.yaml, headers: {X-Id: "hidden\\n"}}', "headers: X-Id holds signs"),
        ("{document: shop.yaml, headers: {X-Id: [hidden]}}", "headers.X-Id: "),
        ("{document: shop.yaml, headers: {'X Id': hidden}}", "headers: has a name that is none"),
        ("{document: shop.yaml, header: {X-Id: hidden}}",
         "header: is not a known key; did you mean"),
        ("{document: shop.yaml, side_effects: none}", "side_effects: 'none' is not one of them"),
    ],
)  # fmt: skip
def test_check_names_each_mistake_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.read_text())
    (tmp_path / "notes.yaml").write_text("tulips: red\n")
    (tmp_path / "here.yaml").write_text("openapi: 3.0.1\nservers: [{url: /v1}]\npaths: {}\n")
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local}}}\n"
        f"tools:\n  openapi:\n    shop: {line}\n"
    )
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert f"{file}:4: tools.openapi.shop.{said.format(folder=tmp_path)}" in result.stderr
    assert "hidden" not in result.stderr


def test_a_name_belongs_to_one_source() -> None:
    described = {"document": str(SHOP)}
    both = {"mcp": {"shop": {"command": ["true"]}}, "openapi": {"shop": described}}
    with pytest.raises(ConfigError, match="'shop' is an MCP server too"):
        parse_config({"background": LOCAL, "tools": both})
    with pytest.raises(ConfigError, match="'my_shop' cannot begin the names of tools"):
        registry({}, name="my_shop")


def test_the_tools_are_listed_and_called_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        "background: {agents: {a: {provider: local, tools: [shop_getOrder]}}}\n"
        f"tools: {{use: [], openapi: {{shop: {{document: {SHOP}}}}}}}\n"
    )
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
    listed = CliRunner().invoke(app, ["tools", "--config", str(file)])
    row = "shop_cancelOrder  OpenAPI document shop  irreversible  Cancel an order."
    assert row in listed.stdout
