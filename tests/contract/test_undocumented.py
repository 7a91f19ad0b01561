"""Fields of a request that the contract does not describe, for schemas and parameters of all kinds."""

import json
from typing import Any

import pytest

from mockbot.contract.undocumented import Undocumented
from tests.contract.small import Small, parameter

CLOSED = {"type": "object", "properties": {"color": {"type": "string"}, "size": {"type": "integer"}}}
OPEN = CLOSED | {"additionalProperties": {"type": "string"}}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def found(
    definition: dict[str, Any], query: str = "", body: bytes = b"", media: str = JSON, path: str = ""
) -> list[str]:
    """Return the place of each field, with the nearest known name."""
    return [_shown(each) for each in Small(definition, path).undocumented(query, media, body)]


def _shown(field: Undocumented) -> str:
    place = "/".join(map(str, field.path))
    return f"{field.part} {place}" + (f" ~ {field.nearest}" if field.nearest else "")


def body(schema: Any, media: str = JSON) -> dict[str, Any]:
    return {"requestBody": {"content": {media: {"schema": schema}}}}


def sent(schema: Any, value: Any) -> list[str]:
    return found(body(schema), body=json.dumps(value).encode())


@pytest.mark.parametrize(
    ("schema", "value", "fields"),
    [
        (CLOSED, {"color": "red", "size": 1}, []),
        (CLOSED, {"colour": "red"}, ["body colour ~ color"]),
        (CLOSED, {"zzz": 1}, ["body zzz"]),
        (CLOSED, {"color": "red", "colors": 1}, ["body colors ~ color"]),
        (CLOSED, ["red"], []),
        (OPEN, {"colour": "red"}, []),
        (CLOSED | {"additionalProperties": True}, {"colour": "red"}, []),
        (CLOSED | {"patternProperties": {"^x-": {}}}, {"colour": "red"}, []),
        ({"type": "object"}, {"colour": "red"}, []),
        ({}, {"colour": "red"}, []),
        (True, {"colour": "red"}, []),
        ({"type": "array", "items": CLOSED}, [{}, {"sise": 1}], ["body 1/sise ~ size"]),
        ({"properties": {"thing": CLOSED}}, {"thing": {"sise": 1}}, ["body thing/sise ~ size"]),
        ({"properties": {"thing": {}}}, {"thing": {"sise": 1}}, []),
        ({"allOf": [CLOSED, {"properties": {"age": {}}}]}, {"size": 1, "age": 2, "agee": 3}, ["body agee ~ age"]),
        ({"anyOf": [CLOSED, {"properties": {"age": {}}}]}, {"size": 1, "age": 2, "zzz": 3}, ["body zzz"]),
        ({"oneOf": [CLOSED, {"type": "object"}]}, {"zzz": 1}, []),
        ({"oneOf": [CLOSED, {"type": "string"}]}, {"zzz": 1}, ["body zzz"]),
        (CLOSED | {"anyOf": [{"required": ["color"]}, {"required": ["size"]}]}, {"zzz": 1}, ["body zzz"]),
        (CLOSED | {"if": {}, "then": {"properties": {"zzz": {}}}}, {"zzz": 1}, []),
    ],
)
def test_properties_of_a_body(schema: Any, value: Any, fields: list[str]) -> None:
    assert sent(schema, value) == fields


def test_a_body_that_cannot_be_read_has_no_fields() -> None:
    for data in (b"{", b"\xff", b"[" * 50_000, b""):
        assert found(body(CLOSED), body=data) == []
    assert found(body(CLOSED), body=b'{"zzz": 1}', media="text/plain") == []
    assert found({}, body=b'{"zzz": 1}') == []


def test_fields_of_a_form() -> None:
    assert found(body(CLOSED, FORM), body=b"color=red&sise=1", media=FORM) == ["body sise ~ size"]
    parts = b'--b\r\nContent-Disposition: form-data; name="sise"\r\n\r\n1\r\n--b--\r\n'
    multipart = "multipart/form-data"
    assert found(body(CLOSED, multipart), body=parts, media=f"{multipart}; boundary=b") == ["body sise ~ size"]


@pytest.mark.parametrize(
    ("definition", "query", "fields"),
    [
        (parameter({"type": "string"}), "color=red&colour=red", ["query colour ~ color"]),
        (parameter({"type": "string"}), "colour=red", ["query colour ~ color"]),
        (parameter({"type": "string"}), "c%6flor=red&%63ol=1", ["query col ~ color"]),
        (parameter({"type": "string"}), "color", []),
        (parameter({"type": "array"}), "color[]=red", ["query color[] ~ color"]),
        (parameter({"type": "object"}, style="deepObject"), "color[a][b]=1&zzz[a]=1", ["query zzz[a]"]),
        (parameter(CLOSED), "size=1&sise=2", ["query sise ~ size"]),
        (parameter(OPEN), "zzz=1", []),
        (parameter({"type": "object"}), "zzz=1", []),
        (parameter({"type": "string"}, "header"), "color=red", ["query color"]),
        ({"parameters": [{"name": "q", "in": "querystring", "content": {JSON: {}}}]}, "zzz", []),
        ({}, "Key=abc&zzz=1", ["query zzz"]),
    ],
)
def test_fields_of_a_query(definition: dict[str, Any], query: str, fields: list[str]) -> None:
    assert found(definition, query) == fields


def test_a_query_that_belongs_to_the_path_in_the_document() -> None:
    assert found({}, "kind=big&zzz=1", path="?kind=big") == ["query zzz"]


def test_a_long_name_is_not_compared_with_others() -> None:
    assert sent(CLOSED, {"color" * 20_000: 1}) == ["body " + "color" * 20_000]
