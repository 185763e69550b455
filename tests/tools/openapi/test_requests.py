"""Arguments become requests, and whatever they hold, they stay in their place."""

from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import ToolError
from weft.tools.openapi.document import Method, Operation, Parameter, Place, Style
from weft.tools.openapi.requests import write_request

SERVER = "https://api.test/v1"


def at(
    name: str,
    place: Place = Place.QUERY,
    style: Style | None = None,
    *,
    explode: bool | None = None,
) -> Parameter:
    style = style or (Style.FORM if place is Place.QUERY else Style.SIMPLE)
    return Parameter(
        argument=name,
        name=name,
        place=place,
        style=style,
        explode=style is Style.FORM if explode is None else explode,
    )


def operation(path: str, *parameters: Parameter, body_type: str | None = None) -> Operation:
    return Operation(
        id="do",
        method=Method.POST,
        path=path,
        description="Do it.",
        parameters=parameters,
        body_type=body_type,
        schema={},
    )


ORDER = operation(
    "/users/{user}/orders/{order}.json", at("user", Place.PATH), at("order", Place.PATH)
)
HOSTILE = st.lists(
    st.sampled_from(["..", ".", "/", "\\", "%2e", "%2F", "?", "#", ";", "&", "=", "@", ":",
                     "{order}", "\r\n", "\0", " ", "ü", "🌷", "admin"]),
    max_size=6,
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), HOSTILE), st.one_of(st.text(), HOSTILE))
def test_a_path_parameter_never_leaves_its_segment(user: str, order: str) -> None:
    try:
        url = write_request(ORDER, SERVER, {"user": user, "order": order}).url
    except ToolError:
        # Only what could mean another place, or is no text at all.
        suspicious = any(
            sign in value for value in (user, order) for sign in ("..", ".", "/", "\\")
        )
        assert suspicious or not user or not order or "\\ud" in ascii(user + order)
        return
    sent = httpx2.URL(url).raw_path.decode("ascii")
    assert sent == url.removeprefix("https://api.test")
    start, version, users, first, orders, second = sent.split("/")
    assert (start, version, users, orders) == ("", "v1", "users", "orders")
    assert unquote(first) == user
    assert unquote(second) == f"{order}.json"
    # Nor for a server that takes quotation away before it looks at the path.
    assert not {".", ".."} & set(unquote(sent).replace("\\", "/").split("/"))


@given(st.one_of(st.text(), HOSTILE), st.text())
def test_a_query_parameter_never_becomes_two(word: str, other: str) -> None:
    asked = operation("/find", at("word"), at("n"))
    url = write_request(asked, SERVER, {"word": word, "n": other}).url
    assert urlsplit(url).path == "/v1/find"
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert pairs == [("word", word), ("n", other)]


@pytest.mark.parametrize("value", ["", ".", "..", "a/../b", "..\\b", "x/.", "\ud800", [], [".."]])
def test_a_path_that_would_lead_elsewhere_is_refused(value: object) -> None:
    with pytest.raises(ToolError):
        write_request(operation("/a/{id}", at("id", Place.PATH)), SERVER, {"id": value})


def test_two_halves_do_not_make_a_step_up() -> None:
    halves = operation("/a/{x}{y}", at("x", Place.PATH), at("y", Place.PATH))
    with pytest.raises(ToolError, match="is no name of one thing"):
        write_request(halves, SERVER, {"x": ".", "y": "."})
    assert write_request(halves, SERVER, {"x": "1", "y": ".5"}).url == f"{SERVER}/a/1.5"


@pytest.mark.parametrize(
    ("parameter", "value", "query"),
    [
        (at("q"), "a b&c", "q=a%20b%26c"),
        (at("q"), 3, "q=3"),
        (at("q"), 2.5, "q=2.5"),
        (at("q"), True, "q=true"),
        (at("q"), None, ""),
        (at("a[b]"), "c", "a%5Bb%5D=c"),
        (at("q"), ["a", 1], "q=a&q=1"),
        (at("q", explode=False), ["a,b", 1], "q=a%2Cb,1"),
        (at("q", style=Style.SPACES, explode=False), ["a", "b"], "q=a%20b"),
        (at("q", style=Style.PIPES, explode=False), ["a", "b"], "q=a%7Cb"),
        (at("q"), {"r": 1, "g": 2}, "r=1&g=2"),
        (at("q", explode=False), {"r": 1, "g": 2}, "q=r,1,g,2"),
        (at("q", style=Style.DEEP), {"r": 1}, "q%5Br%5D=1"),
        (at("q", style=Style.JSON), {"r": [1]}, "q=%7B%22r%22%3A%20%5B1%5D%7D"),
    ],
)
def test_a_query_is_written_in_its_style(parameter: Parameter, value: object, query: str) -> None:
    asked = operation("/find", parameter)
    url = write_request(asked, SERVER, {parameter.argument: value}).url
    assert url == f"{SERVER}/find{'?' if query else ''}{query}"


@pytest.mark.parametrize(
    ("value", "explode", "path"),
    [(["a", "b/c"], False, "a,b%2Fc"), ({"r": 1}, False, "r,1"), ({"r": 1}, True, "r=1")],
)
def test_lists_and_objects_in_a_path(value: object, explode: bool, path: str) -> None:
    asked = operation("/x/{id}", at("id", Place.PATH, explode=explode))
    assert write_request(asked, SERVER, {"id": value}).url == f"{SERVER}/x/{path}"


def test_headers_and_a_body() -> None:
    asked = operation("/x", at("X-Tags", Place.HEADER), body_type="application/json")
    request = write_request(asked, SERVER, {"X-Tags": ["a", 1], "body": {"é": [None, "\ud800"]}})
    assert request.headers["x-tags"] == "a,1"
    assert request.headers["content-type"] == "application/json"
    assert request.content == b'{"\\u00e9": [null, "\\ud800"]}'
    assert "content-type" not in write_request(asked, SERVER, {}).headers


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "ü", "\0"])
def test_a_header_is_one_line_of_plain_signs(value: str) -> None:
    with pytest.raises(ToolError, match="cannot be in a header"):
        write_request(operation("/x", at("X-A", Place.HEADER)), SERVER, {"X-A": value})
