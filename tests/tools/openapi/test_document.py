"""Documents become operations: what can be used is, what cannot is left out with the reason."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weft.errors import InputError
from weft.tools.openapi.document import Document, Method, Operation, read_document

SHOP = Path(__file__).parents[3] / "examples" / "shop.openapi.yaml"


def written(folder: Path, paths: object, **rest: object) -> Path:
    """A document with these paths, in a file."""
    file = folder / "api.json"
    root = {"openapi": "3.0.3", "servers": [{"url": "https://api.test"}], "paths": paths} | rest
    file.write_text(json.dumps(root))
    return file


def only(document: Document) -> Operation:
    (operation,) = document.operations
    return operation


def one(folder: Path, described: object, path: str = "/things", **rest: object) -> Operation:
    """The one operation of a document."""
    return only(read_document(written(folder, {path: {"get": described}}, **rest)))


def reason(folder: Path, described: object, path: str = "/things", **rest: object) -> str:
    """Why the one operation of a document is left out."""
    document = read_document(written(folder, {path: {"get": described}}, **rest))
    assert document.operations == ()
    (left_out,) = document.left_out
    return left_out.reason


def in_query(schema: object, **rest: object) -> dict[str, object]:
    return {"parameters": [{"name": "q", "in": "query", "schema": schema} | rest]}


def properties(operation: Operation) -> dict[str, object]:
    found = operation.schema["properties"]
    assert isinstance(found, dict)
    return found


def test_the_example_is_read_as_it_stands() -> None:
    document = read_document(SHOP)
    assert document.left_out == ()
    assert document.server == "https://shop.example.com/v1"
    assert [(each.id, each.method, each.path) for each in document.operations] == [
        ("findFlowers", Method.GET, "/flowers"),
        ("placeOrder", Method.POST, "/orders"),
        ("getOrder", Method.GET, "/orders/{order}"),
        ("cancelOrder", Method.DELETE, "/orders/{order}"),
    ]
    find, place, get, _ = document.operations
    assert find.description == "Find flowers that are in the shop."
    assert "required" not in find.schema
    assert get.schema == {
        "type": "object",
        "properties": {"order": {"type": "string", "description": "its number"}},
        "additionalProperties": False,
        "required": ["order"],
    }
    assert place.body_type == "application/json"
    assert place.schema["required"] == ["body"]
    body = properties(place)["body"]
    assert isinstance(body, dict)
    # Only the server sets the number.
    assert list(body["properties"]) == ["flower", "count"]
    assert body["required"] == ["flower", "count"]


def test_json_and_yaml_are_read_the_same(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(yaml.safe_load(SHOP.read_text())))
    assert read_document(file) == read_document(SHOP)


def test_words_of_yaml_stay_words(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.1.0\n"
        "paths: {/x: {get: {operationId: on, parameters:"
        " [{name: q, in: query, schema: {enum: [no, off, 2020-01-01, true]}}]}}}\n"
    )
    operation = only(read_document(file))
    assert operation.id == "on"
    assert properties(operation)["q"] == {"enum": ["no", "off", "2020-01-01", True]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "api.yaml:1: is not JSON"),
        ("a: [", "api.yaml:1: is not YAML"),
        ("", "it holds no keys and values"),
        ("- 1", "it holds no keys and values"),
        ("info: {}", "has no `openapi` with a version"),
        ('swagger: "2.0"', "is Swagger 2.0; convert it"),
        ("openapi: 4.0.0", "is OpenAPI 4.0.0; only 3.0 and 3.1"),
        ("openapi: 3.10.0", "is OpenAPI 3.10.0"),
        ("openapi: 3.1.0", "has no `paths`"),
        ("openapi: 3.0\npaths: []", "has no `paths`"),
        ("[" * 5_000, "cannot be read as JSON or YAML"),
    ],
)
def test_what_is_no_document_is_said_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match="api") as caught:
        read_document(file)
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_document(tmp_path / "nowhere.json")
    (tmp_path / "api.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="not UTF-8"):
        read_document(tmp_path / "api.json")


def test_an_operation_without_a_name_is_named_by_its_path(tmp_path: Path) -> None:
    described = {"parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}]}
    operation = one(tmp_path, described, "/pets/{id}/owner")
    assert operation.id == "get_pets_id_owner"
    assert operation.description == "GET /pets/{id}/owner."


def test_a_parameter_of_the_operation_replaces_that_of_its_path(tmp_path: Path) -> None:
    item = {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
        "get": in_query({"type": "integer"}, required=True),
    }
    operation = only(read_document(written(tmp_path, {"/x": item})))
    assert operation.schema["required"] == ["q"]
    assert properties(operation) == {"q": {"type": "integer"}}


def test_parameters_of_one_name_are_told_apart_by_their_place(tmp_path: Path) -> None:
    named = [
        {"name": "id", "in": "path", "required": True},
        {"name": "id", "in": "query"},
        {"name": "body", "in": "header"},
    ]
    body = {"content": {"application/merge-patch+json": {"schema": {"type": "object"}}}}
    described = {"parameters": named, "requestBody": body}
    operation = one(tmp_path, described, "/x/{id}")
    assert list(properties(operation)) == ["path_id", "query_id", "header_body", "body"]
    assert operation.schema["required"] == ["path_id"]
    assert operation.body_type == "application/merge-patch+json"


def test_headers_that_somebody_else_sends_are_no_arguments(tmp_path: Path) -> None:
    names = ["X-Api-Key", "authorization", "Accept", "Content-Type", "X-Trace"]
    described = {"parameters": [{"name": n, "in": "header", "required": True} for n in names]}
    document = read_document(
        written(tmp_path, {"/x": {"get": described}}), filled_headers=["x-api-key"]
    )
    assert list(properties(only(document))) == ["X-Trace"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "number", "minimum": 0, "exclusiveMinimum": True},
            {"type": "number", "exclusiveMinimum": 0},
        ),
        (
            {"type": "number", "maximum": 9, "exclusiveMaximum": False},
            {"type": "number", "maximum": 9},
        ),
        ({"type": "string", "example": "x", "xml": {}, "x-own": 1, "title": "Q"},
         {"type": "string"}),
        ({"$ref": "#/components/schemas/Word"}, {"type": "string", "maxLength": 9}),
        ({"$ref": "#/components/schemas/Word", "description": "A  word.\n"},
         {"type": "string", "maxLength": 9, "description": "A word."}),
        ({"$ref": "#/components/schemas/Word", "minLength": 2},
         {"allOf": [{"type": "string", "maxLength": 9}, {"minLength": 2}]}),
        ({"$ref": "#/components/schemas/a~1b%20c"}, {"const": 1}),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Word"}},
         {"type": "array", "items": {"type": "string", "maxLength": 9}}),
        ({"type": "object", "patternProperties": {"(a+)+$": {}}, "additionalProperties": False},
         {"type": "object"}),
        ({"description": "say <|im_start|>"}, {"description": "say ‹|im_start|›"}),
        (True, True),
    ],
)  # fmt: skip
def test_a_schema_becomes_json_schema_that_stands_alone(
    tmp_path: Path, schema: object, expected: object
) -> None:
    components = {"schemas": {"Word": {"type": "string", "maxLength": 9}, "a/b c": {"const": 1}}}
    operation = one(tmp_path, in_query(schema), components=components)
    assert properties(operation) == {"q": expected}


def test_a_schema_that_contains_itself_is_cut_off_where_it_begins_again(tmp_path: Path) -> None:
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "under": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    operation = one(
        tmp_path,
        in_query({"$ref": "#/components/schemas/Node"}),
        components={"schemas": {"Node": node}},
    )
    assert properties(operation)["q"] == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "under": {"type": "array", "items": {}}},
    }


def test_a_schema_that_multiplies_is_left_out(tmp_path: Path) -> None:
    schemas: dict[str, object] = {
        f"S{number}": {"allOf": [{"$ref": f"#/components/schemas/S{number + 1}"}] * 4}
        for number in range(15)
    } | {"S15": {"type": "string"}}
    described = in_query({"$ref": "#/components/schemas/S0"})
    assert "more than 2,000 schemas" in reason(tmp_path, described, components={"schemas": schemas})


@pytest.mark.parametrize(
    "reference",
    [
        "other.json#/Word",
        "https://evil.test/schema.json",
        "file:///etc/passwd",
        "#/components/schemas/None",
        "#/paths/0",
        "#/openapi/version",
        "#/servers/first",
        "#word",
        "",
    ],
)
def test_a_reference_out_of_the_document_is_not_followed(tmp_path: Path, reference: str) -> None:
    (tmp_path / "other.json").write_text('{"Word": {"type": "string"}}')
    if reference:
        assert "is not in the document" in reason(tmp_path, in_query({"$ref": reference}))
    else:  # the document itself, which describes nothing and asks for nothing
        assert properties(one(tmp_path, in_query({"$ref": reference})))["q"] == {}


@pytest.mark.parametrize(
    ("described", "path", "said"),
    [
        ({}, "/x/{id}", "its path names ['id']"),
        ({}, "x", "its path is not one"),
        ({}, "/x?y=1", "its path is not one"),
        ([], "/x", "it should be an object"),
        ({"parameters": {}}, "/x", "its `parameters` should be a list"),
        ({"parameters": [{"name": "q"}]}, "/x", "its `in` is missing"),
        ({"parameters": [{"$ref": "#/components/a"}]}, "/x", "without end"),
        ({"parameters": [{"name": "q", "in": "cookie", "required": True}]}, "/x", "in the cookie"),
        (
            {"parameters": [{"name": "q", "in": "path", "required": True, "style": "matrix"}]},
            "/{q}",
            "style matrix",
        ),
        (
            {"requestBody": {"required": True, "content": {"multipart/form-data": {}}}},
            "/x",
            "its body can only be multipart/form-data",
        ),
        (in_query("string"), "/x", "'string' stands where a schema should be"),
        ({"servers": [{"url": "https://uploads.test"}]}, "/x", "a server of its own"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_the_reason(
    tmp_path: Path, described: object, path: str, said: str
) -> None:
    components = {"a": {"$ref": "#/components/b"}, "b": {"$ref": "#/components/a"}}
    assert said in reason(tmp_path, described, path, components=components)


def test_one_broken_operation_leaves_the_others(tmp_path: Path) -> None:
    item = {"get": {"operationId": "a"}, "put": {"operationId": "a"}, "delete": None, "trace": {}}
    document = read_document(written(tmp_path, {"/x": item, "/y": 7, "x-own": {}}))
    assert [each.id for each in document.operations] == ["a"]
    assert [each.id for each in document.left_out] == ["a", "delete_x", "/y"]


WORDS = (
    "$ref", "get", "parameters", "requestBody", "content", "application/json", "schema", "name",
    "in", "required", "properties", "items", "allOf", "type", "enum", "minimum", "nullable",
    "exclusiveMinimum", "readOnly", "description", "servers", "operationId", "style",
)  # fmt: skip
LEAVES = st.sampled_from(
    ["#/paths/~1x", "#/paths", "#", "query", "path", "id", "string", "", 7, True, None, 1.5]
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
        | st.fixed_dictionaries({"name": LEAVES, "in": LEAVES, "schema": inner})
    ),
    max_leaves=25,
)


@given(item=ANYTHING, described=ANYTHING)
def test_whatever_a_document_holds_reading_it_ends(
    tmp_path_factory: pytest.TempPathFactory, item: object, described: object
) -> None:
    paths = {"/x": item, "/y/{id}": {"get": described}}
    document = read_document(written(tmp_path_factory.mktemp("any"), paths))
    for operation in document.operations:
        assert len(properties(operation)) == len(operation.parameters) + bool(operation.body_type)


def test_what_cannot_be_sent_and_need_not_be_is_no_argument(tmp_path: Path) -> None:
    described = {
        "parameters": [{"name": "session", "in": "cookie"}],
        "requestBody": {"content": {"text/csv": {}}},
    }
    assert properties(one(tmp_path, described)) == {}


@pytest.mark.parametrize(
    ("servers", "server"),
    [
        ([{"url": "https://a.test/"}, {"url": "https://b.test"}], "https://a.test"),
        (
            [{"url": "https://{at}.test/v2", "variables": {"at": {"default": "eu"}}}],
            "https://eu.test/v2",
        ),
        ([{"url": "https://{at}.test"}], None),
        ([{"url": "/v1"}], None),
        ([], None),
        (None, None),
        ("https://a.test", None),
    ],
)  # fmt: skip
def test_the_server_is_the_first_that_is_named_whole(
    tmp_path: Path, servers: object, server: str | None
) -> None:
    assert read_document(written(tmp_path, {}, servers=servers)).server == server
