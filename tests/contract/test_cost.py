"""Validating a body costs what its size costs, whatever the schema and the body are."""

import re
from typing import Any

import pytest

from tests.contract.conftest import PostedTo, ref

DEPTH = 150
MUCH = 5.0
"""Seconds of CPU time that nothing here comes near, while what grows with the square or faster goes far beyond."""
CHILD = {"type": "object", "properties": {"child": ref("Node")}}


def nested(leaf: Any, depth: int = DEPTH) -> Any:
    for _ in range(depth):
        leaf = {"child": leaf}
    return leaf


def branches(keyword: str, width: int) -> dict[str, Any]:
    """Return a schema whose branches all go on into the same value; of oneOf and anyOf only the last can fit."""
    if keyword == "allOf":
        return {keyword: [CHILD] * width}
    return {keyword: [CHILD | {"required": [f"no{index}"]} for index in range(width - 1)] + [CHILD]}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
@pytest.mark.parametrize("width", [2, 8])
def test_branches_that_go_into_the_same_value(posted: PostedTo, keyword: str, width: int) -> None:
    things = posted(ref("Node"), Node=branches(keyword, width))
    assert things.wrong(nested({})) == []
    assert things.seconds < MUCH
    assert things.wrong(nested(5)) == [("/child" * DEPTH, "type")] * (width if keyword == "allOf" else 1)
    assert things.seconds < MUCH


@pytest.mark.parametrize(
    "node",
    [
        {"not": CHILD | {"required": ["no"]}, **CHILD},
        {"if": CHILD, "then": CHILD, "else": CHILD},
        {"allOf": [CHILD], "unevaluatedProperties": False},
        {"$ref": "#/components/schemas/Base", "properties": {"child": ref("Node")}},
        {"dependentSchemas": {"child": CHILD}, **CHILD},
    ],
)
def test_keywords_that_ask_about_the_same_value_twice(posted: PostedTo, node: Any) -> None:
    things = posted(ref("Node"), Node=node, Base=CHILD)
    assert things.wrong(nested({})) == []
    assert things.seconds < MUCH
    assert things.wrong(nested(5))
    assert things.seconds < MUCH


def test_lists_that_contain_themselves(posted: PostedTo) -> None:
    node = {"type": "array", "contains": ref("Node"), "minContains": 0, "items": ref("Node")}
    things = posted(ref("Node"), Node=node)
    assert things.request(b"[" * 100 + b"]" * 100) == []
    assert things.seconds < MUCH
    assert things.wrong(b"[" * 100 + b"5" + b"]" * 100) == [("/0" * 100, "type")]
    assert things.seconds < MUCH


def test_inheritance_by_a_discriminator(posted: PostedTo) -> None:
    base = {"required": ["kind"], "properties": {"kind": {"type": "string"}, "child": ref("Base")}}
    heir = {"allOf": [ref("Base"), {"properties": {"child": ref("Base")}}]}
    things = posted(ref("Base"), Base=base | {"type": "object", "discriminator": {"propertyName": "kind"}}, Heir=heir)
    value: Any = {"kind": "Heir"}
    for _ in range(100):
        value = {"kind": "Heir", "child": value}
    assert things.wrong(value) == []
    assert things.seconds < MUCH


@pytest.mark.parametrize(
    ("schema", "value", "rules"),
    [
        ({"uniqueItems": True}, [{"a": number} for number in range(20_000)], set()),
        ({"uniqueItems": True}, [each for number in range(10_000) for each in (number, str(number))], set()),
        ({"uniqueItems": True}, [number * (2**61 - 1) for number in range(20_000)], set()),
        ({"items": {"enum": [f"value {number}" for number in range(2_000)]}}, ["value 1999"] * 5_000, set()),
        ({"const": list(range(100_000))}, [float(number) for number in range(100_000)], set()),
        ({"anyOf": [{"items": {"type": "integer"}}] * 8}, ["x" * 100_000] * 10, {"type"}),
        ({"items": {"type": "string"}}, list(range(100_000)), {"type"}),
        ({"items": {"enum": ["a"]}}, list(range(100_000)), {"enum"}),
        ({"properties": {}, "additionalProperties": False}, dict.fromkeys(map(str, range(50_000))),
         {"additionalProperties"}),
        ({"propertyNames": {"maxLength": 2}}, dict.fromkeys(map(str, range(50_000))), {"maxLength"}),
        ({"pattern": "(a+)+$"}, "a" * 1_000_000 + "!", {"pattern"}),
        ({"pattern": f"^({'|'.join(f'w{number}' for number in range(3_000))})$"}, "w" * 1_000_000, {"pattern"}),
    ],
    ids=lambda value: f"{value!s:.40}",
)  # fmt: skip
def test_large_values(posted: PostedTo, schema: Any, value: Any, rules: set[str]) -> None:
    things = posted(schema)
    violations = things.request(value)
    assert things.seconds < MUCH
    assert ({each.rule for each in violations}, len(violations) <= 100) == (rules, True)


def test_a_violation_is_short_whatever_the_value_is(posted: PostedTo) -> None:
    things = posted({"oneOf": [{"type": "integer"}, {"type": "object", "properties": {"a": False}}], "not": {}})
    for value in ("x" * 4_000_000, {"a": "x" * 4_000_000}):
        violations = things.request(value)
        assert things.seconds < MUCH
        assert max(len(each.message) + len(str(each.value)) for each in violations) < 500


@pytest.mark.parametrize(
    "form", ["date", "date-time", "time", "email", "idn-email", "ipv4", "ipv6", "uuid", "byte", "int32", "idn-hostname"]
)
@pytest.mark.parametrize(
    "text", ["a", "9", ".", ":", "-", "@", "é", "\u0660", "xn--a.", "QUJD", "\u05d01", "a.", "2020-01-01T00:00:00.9"]
)
def test_formats_of_megabytes(posted: PostedTo, form: str, text: str) -> None:
    things = posted({"format": form})
    things.request(text * (1_000_000 // len(text)))
    assert things.seconds < MUCH


@pytest.mark.parametrize(
    ("step", "number", "fits"),
    [
        (0.01, "0.07", True),
        (0.01, "19.99", True),
        (0.01, "19.995", False),
        (0.1, "0.30000000000000004", False),
        (3, "9" * 4000, True),
        (7, "9" * 4000, False),
        (1, "1e308", True),
        (1, "1e400", True),
        (0.5, "5e-324", False),
        (1e-300, "1e300", True),
    ],
)
def test_multiples_are_those_of_the_written_decimals(posted: PostedTo, step: float, number: str, fits: bool) -> None:
    things = posted({"multipleOf": step})
    assert things.wrong(number.encode()) == ([] if fits else [("", "multipleOf")])
    assert things.seconds < MUCH


@pytest.mark.parametrize(
    ("schema", "number", "rule"),
    [
        ({"maximum": 5}, "9" * 4000, "maximum"),
        ({"maximum": 1e308}, "1e400", "maximum"),
        ({"minimum": -5}, "-1e400", "minimum"),
        ({"exclusiveMinimum": 2**53}, str(2**53), "exclusiveMinimum"),
        ({"minimum": 2**53 + 1}, str(2**53), "minimum"),
        ({"type": "integer"}, "1e400", "type"),
    ],
)
def test_huge_numbers_are_compared(posted: PostedTo, schema: Any, number: str, rule: str) -> None:
    assert posted(schema).wrong(number.encode()) == [("", rule)]


@pytest.mark.parametrize(
    ("value", "unique"),
    [
        ([1, True, 0, False, "1", None, [], {}], True),
        ([1, 1.0], False),
        ([{"a": 1, "b": 2}, {"b": 2.0, "a": 1}], False),
        ([[1, 2], [2, 1]], True),
        ([{"a": [True]}, {"a": [1]}], True),
        (["é", "e\u0301"], True),
    ],
)
def test_items_are_equal_as_json_values_are(posted: PostedTo, value: Any, unique: bool) -> None:
    assert posted({"uniqueItems": True}).wrong(value) == ([] if unique else [("", "uniqueItems")])


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ({"enum": [1, "a", [True]]}, 1.0, False),
        ({"enum": [1, "a", [True]]}, True, True),
        ({"enum": [1, "a", [True]]}, [1], True),
        ({"const": {"a": [1, None]}}, {"a": [1.0, None]}, False),
        ({"const": None}, 0, True),
    ],
)
def test_constants_are_equal_as_json_values_are(posted: PostedTo, schema: Any, value: Any, wrong: bool) -> None:
    assert bool(posted(schema).request(value)) == wrong


ANIMAL = {"allOf": [{"properties": {"name": {}}}], "if": {"required": ["wings"]}, "then": {"properties": {"wings": {}}}}


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        (ANIMAL | {"unevaluatedProperties": False}, {"name": 1, "wings": 2}, []),
        (ANIMAL | {"unevaluatedProperties": False}, {"name": 1, "fins": 2}, [("/fins", "unevaluatedProperties")]),
        (ANIMAL | {"unevaluatedProperties": {"type": "string"}}, {"name": 1, "fins": 2}, [("/fins", "type")]),
        ({"patternProperties": {"^x-": {}}, "unevaluatedProperties": False}, {"x-a": 1}, []),
        ({"allOf": [{"additionalProperties": {}}], "unevaluatedProperties": False}, {"a": 1}, []),
        ({"anyOf": [{"properties": {"a": {"type": "string"}}}], "unevaluatedProperties": True}, {"a": "", "b": 1}, []),
        ({"dependentSchemas": {"a": {"properties": {"b": {}}}}, "properties": {"a": {}},
          "unevaluatedProperties": False}, {"a": 1, "b": 2}, []),
        ({"prefixItems": [{}], "unevaluatedItems": False}, [1, 2], [("/1", "not")]),
        ({"prefixItems": [{}], "contains": {"type": "string"}, "unevaluatedItems": {"type": "integer"}},
         [1, "a", 2, None], [("/3", "type")]),
    ],
)  # fmt: skip
def test_what_no_schema_describes(posted: PostedTo, schema: Any, value: Any, wrong: Any) -> None:
    assert posted(schema).wrong(value) == wrong


@pytest.mark.parametrize(
    ("schema", "value", "rule"),
    [
        ({"contains": {"type": "string"}}, [1], "contains"),
        ({"contains": {"type": "string"}, "minContains": 2}, ["a"], "minContains"),
        ({"contains": {"type": "string"}, "maxContains": 1}, ["a", "b"], "maxContains"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "dependentRequired"),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, "a", "minLength"),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, 1, "minimum"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, 2, "oneOf"),
        ({"properties": {"a": False}}, {"a": 1}, "not"),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a", 1], "not"),
    ],
)
def test_each_keyword_is_validated(posted: PostedTo, schema: Any, value: Any, rule: str) -> None:
    (violation,) = posted(schema).request(value)
    assert violation.rule == rule
    assert not re.search("None|Traceback", violation.message)


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize("value", [{}, {"a": 1}, 5, "a"])
def test_branches_that_lead_to_the_same_schema(posted: PostedTo, keyword: str, value: Any) -> None:
    named: dict[str, Any] = {f"S{n}": {keyword: [ref(f"S{n + 1}"), ref(f"S{n + 1}")]} for n in range(25)}
    things = posted(ref("S0"), **named, S25={"type": "boolean"})
    assert things.request(value)
    assert things.seconds < MUCH


def test_a_schema_with_the_same_branches_again_and_again(posted: PostedTo) -> None:
    schemas: dict[str, Any] = {"L0": {"properties": {"a": {"type": "integer"}, "list": {"items": {"type": "integer"}}}}}
    for level in range(1, 60):
        schemas[f"L{level}"] = {"allOf": [ref(f"L{level - 1}")] * 2, "anyOf": [ref(f"L{level - 1}")] * 2}
    things = posted(ref("L59"), media_type="application/x-www-form-urlencoded", **schemas)
    assert things.request(b"a=1&list=2&list=3") == []
    assert {each.at for each in things.request(b"a=x")} == {"/a"}
    assert things.seconds < MUCH


def test_many_patterns_and_many_keys(posted: PostedTo) -> None:
    patterns = {f"^p{number}_[a-z]+x?$": {"type": "integer"} for number in range(300)}
    things = posted({"type": "object", "patternProperties": patterns, "additionalProperties": {"type": "string"}})
    keys: dict[str, Any] = {f"key_{number}": "" for number in range(8000)}
    assert things.wrong(keys) == []
    assert things.wrong(keys | {"p7_ab": "", "p299_x": 1, "p300_x": 1}) == [("/p7_ab", "type"), ("/p300_x", "type")]
    assert things.seconds < MUCH
