"""A readOnly property need not be in a request, a writeOnly one not in a response, wherever it is required."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.conftest import PostedTo, ref

Shape = Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]
"""Returns the schema of the body, and named schemas, around a property that is required."""


def plain(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"type": "object", "required": ["id"], "properties": {"id": property_}}, {}


def by_reference(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return ref("Thing"), {"Thing": plain(property_)[0]}


def property_by_reference(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return plain(ref("Id"))[0], {"Id": property_}


def property_by_all_of(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return plain({"allOf": [ref("Id"), {"minLength": 1}]})[0], {"Id": property_}


def in_a_branch(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"allOf": [ref("Thing"), {"type": "object"}]}, {"Thing": plain(property_)[0]}


def required_beside_the_branch(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"allOf": [ref("Thing")], "required": ["id"]}, {"Thing": {"properties": {"id": property_}}}


def required_in_another_branch(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"allOf": [ref("Needs"), ref("Thing")]}, {
        "Needs": {"required": ["id"]},
        "Thing": {"properties": {"id": property_}},
    }


def deep_in_branches(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"allOf": [{"allOf": [ref("Base")]}, {"required": ["id"]}]}, {
        "Base": {"allOf": [ref("Root")]},
        "Root": plain(property_)[0],
    }


def in_a_recursive_schema(property_: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    thing = {
        "required": ["id"],
        "properties": {"id": property_, "next": ref("Thing")},
        "allOf": [ref("Other")],
    }
    return ref("Thing"), {"Thing": thing, "Other": {"properties": {"next": ref("Thing")}}}


SHAPES = [plain, by_reference, property_by_reference, property_by_all_of, in_a_branch, required_beside_the_branch,
          required_in_another_branch, deep_in_branches, in_a_recursive_schema]  # fmt: skip


@pytest.mark.parametrize("openapi", ["3.0.4", "3.1.1"])
@pytest.mark.parametrize("flag", ["readOnly", "writeOnly", None])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_property_is_required_in_its_direction(
    posted: PostedTo, shape: Shape, flag: str | None, openapi: str
) -> None:
    schema, named = shape({"type": "string", **({flag: True} if flag else {})})
    things = posted(schema, openapi, **named)
    asked = [(each.part, each.at, each.rule) for each in things.request({})]
    answered = [(each.part, each.at, each.rule) for each in things.response({})]
    assert set(asked) == (set() if flag == "readOnly" else {("body", "/id", "required")})
    assert set(answered) == (set() if flag == "writeOnly" else {("body", "/id", "required")})


@pytest.mark.parametrize("flag", ["readOnly", "writeOnly"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_property_that_is_there_has_its_type(posted: PostedTo, shape: Shape, flag: str) -> None:
    schema, named = shape({"type": "string", flag: True})
    things = posted(schema, **named)
    assert {(each.at, each.rule) for each in things.request({"id": 5})} == {("/id", "type")}
    assert {(each.at, each.rule) for each in things.response({"id": 5})} == {("/id", "type")}
    assert (things.request({"id": "a"}), things.response({"id": "a"})) == ([], [])


def test_other_properties_stay_required(posted: PostedTo) -> None:
    properties = {"id": {"readOnly": True}, "secret": {"writeOnly": True}, "name": {}}
    things = posted({"properties": properties, "required": ["id", "secret", "name"]})
    assert [each.at for each in things.request({})] == ["/secret", "/name"]
    assert [each.at for each in things.response({})] == ["/id", "/name"]


def test_a_schema_that_is_used_elsewhere_keeps_what_it_requires(posted: PostedTo) -> None:
    """The property is readOnly only where the two schemas are together."""
    both = {"allOf": [ref("Needs"), {"properties": {"id": {"readOnly": True}}}]}
    things = posted({"properties": {"both": both, "alone": ref("Needs")}}, Needs={"required": ["id"]})
    assert [each.at for each in things.request({"both": {}, "alone": {}})] == ["/alone/id"]
    assert [each.at for each in things.response({"both": {}, "alone": {}})] == ["/both/id", "/alone/id"]


def test_schemas_of_many_diamonds_are_read_once(posted: PostedTo) -> None:
    named: dict[str, Any] = {f"S{n}": {"allOf": [ref(f"S{n + 1}"), ref(f"S{n + 1}")]} for n in range(25)}
    named["S25"] = plain({"type": "string", "readOnly": True})[0]
    things = posted(ref("S0"), **named)
    assert things.request({}) == []
    assert [each.at for each in things.response({})] == ["/id"]
