"""Defaults and examples that do not fit the schemas beside them."""

from typing import Any

import pytest

from mockbot.contract.unfitting import unfitting

INTEGER = {"type": "integer"}
READ_ONLY = {"required": ["id"], "properties": {"id": {"readOnly": True}}}


def found(document: dict[str, Any], examples: bool = True) -> list[tuple[str, str]]:
    return [(problem.at, problem.message) for problem in unfitting(document, examples=examples)]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (
            {"type": "integer", "default": "x"},
            ("/default", 'the default "x" does not fit its schema: it must be an integer, got the string "x"'),
        ),
        (
            {"properties": {"default": {"type": "string", "default": 1}}},
            (
                "/properties/default/default",
                "the default 1 does not fit its schema: it must be a string, got the number 1",
            ),
        ),
        (
            {"default": "c", "enum": ["a", "b"]},  # a variable of a server
            ("/default", 'the default "c" does not fit its schema: it must be one of "a", "b"; got "c"'),
        ),
        (
            {"schema": INTEGER, "example": "x"},
            ("/example", 'the example "x" does not fit its schema: it must be an integer, got the string "x"'),
        ),
        (
            {"schema": INTEGER, "examples": {"a/b": {"value": None}}},
            ("/examples/a~1b/value", "the example null does not fit its schema: it must be an integer, got null"),
        ),
        (
            {"type": "array", "items": INTEGER, "examples": [[1], ["x"]]},
            ("/examples/1", 'the example does not fit its schema: `[0]` must be an integer, got the string "x"'),
        ),
    ],
)
def test_what_does_not_fit_is_found(place: dict[str, Any], sentence: tuple[str, str]) -> None:
    assert found(place) == [sentence]


@pytest.mark.parametrize(
    "place",
    [
        {"type": "integer", "default": 1, "example": 2, "examples": [3]},
        {"$ref": "#/nowhere"},
        {"responses": {"default": {"description": ""}}},
        {"x-note": {"type": "integer", "default": "x"}},
        {"const": {"type": "integer", "default": "x"}},
        {"example": {}, **READ_ONLY},
        {"schema": {"$ref": "#/properties/a"}, "example": {}, "properties": {"a": READ_ONLY}},
        {"examples": {"a": {"value": 1}}},  # components
    ],
)
def test_what_fits_or_is_no_schema_is_not_reported(place: dict[str, Any]) -> None:
    assert found(place) == []


def test_examples_are_looked_at_on_demand() -> None:
    assert found({"type": "integer", "example": "x"}, examples=False) == []
