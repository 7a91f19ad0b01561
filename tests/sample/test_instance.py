import re
from time import process_time
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mockbot.contract.keywords import schema_validator
from mockbot.sample.instance import Impossible, Instances, Made
from mockbot.sample.pattern import matching

Strategy: TypeAlias = SearchStrategy[Any]
SCHEMAS: dict[str, Any] = {
    "Chain": {
        "type": "object",
        "required": ["value", "next"],
        "properties": {
            "value": {"type": "integer"},
            "next": {"anyOf": [{"$ref": "#/components/schemas/Chain"}, {"type": "null"}]},
        },
    },
    "Tree": {
        "type": "object",
        "required": ["children"],
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            "parent": {"$ref": "#/components/schemas/Tree"},
        },
    },
    "Endless": {
        "type": "object",
        "required": ["again"],
        "properties": {"again": {"$ref": "#/components/schemas/Endless"}},
    },
    "Pet": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}},
    },
    "Dog": {
        "allOf": [{"$ref": "#/components/schemas/Pet"}, {"required": ["bark"], "properties": {"bark": {"const": 1}}}]
    },
    "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    "Any": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind"},
    },
    "User": {"type": "object", "required": ["role"], "properties": {"role": {"enum": ["user"]}}},
    "Said": {"oneOf": [{"$ref": "#/components/schemas/User"}], "discriminator": {"propertyName": "role"}},
    "Money": {
        "type": "object",
        "required": ["amount"],
        "properties": {"amount": {"type": "integer"}, "currency": {"type": "string"}},
    },
    "Price": {
        "allOf": [{"$ref": "#/components/schemas/Money"}],
        "required": ["fee"],
        "properties": {"fee": {"$ref": "#/components/schemas/Money"}},
    },
}
DOCUMENT = {"openapi": "3.1.0", "components": {"schemas": SCHEMAS}}
FITS = schema_validator(DOCUMENT, strict=True)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def overlapping(*branches: str) -> dict[str, Any]:
    """Return a oneOf whose branches have the same required property, and optional texts named by one letter each."""
    text = {"type": "string"}
    of = [{"type": "object", "properties": {"type": text, **dict.fromkeys(names, text)}} for names in branches]
    return {"type": "object", "required": ["type"], "oneOf": of}


def smallest(schema: Any) -> Made | Impossible:
    return Instances(DOCUMENT, FITS).smallest(schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, {}),
        (True, {}),
        ({"type": "string"}, ""),
        ({"type": ["null", "string"]}, ""),
        ({"type": "string", "minLength": 3}, "aaa"),
        ({"type": "string", "format": "email", "maxLength": 6}, "a@b.c"),
        ({"type": "string", "enum": ["red", "green"]}, "red"),
        ({"type": "string", "not": {"enum": ["", "a"]}}, "b"),
        ({"type": "integer", "minimum": 50, "multipleOf": 7}, 56),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, 0.25),
        ({"allOf": [{"multipleOf": 4, "type": "integer"}, {"multipleOf": 6, "minimum": 1}]}, 12),
        ({"minItems": 2, "uniqueItems": True, "items": {"type": "boolean"}}, [False, True]),
        ({"type": "array", "contains": {"const": 5}, "prefixItems": [{"type": "string"}], "minItems": 2}, ["", 5]),
        ({"type": "object", "minProperties": 1, "additionalProperties": {"type": "null"}}, {"property1": None}),
        ({"type": "object", "minProperties": 1, "patternProperties": {"^x-": {"const": 1}}}, {"x-": 1}),
        ({"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"]}}, {"a": {}, "b": {}}),
        (
            {"type": "object", "required": ["c"], "if": {"required": ["d"]}, "else": {"required": ["e"]}},
            {"c": {}, "d": {}},
        ),
        ({"not": {"not": {"type": "array", "minItems": 1}}}, [{}]),
        ({"type": "object", "required": ["a"], "dependentSchemas": {"a": {"required": ["b"]}}}, {"a": {}, "b": {}}),
        ({"oneOf": [{"type": "object"}, {"type": "object", "properties": {"a": {"type": "string"}}}]}, {"a": {}}),
        ({"oneOf": [{"type": "object"}, {"type": "object", "additionalProperties": False}]}, {"property1": {}}),
        ({"oneOf": [{"type": "object"}, {"type": "object", "required": ["a"]}]}, {}),
        (overlapping("abcdef", "ghijkl", "mnopqrs", "tuvw"), {"type": "", "g": {}, "m": {}, "t": {}}),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 0.5),
        ({"oneOf": [{"type": "string"}, {"enum": ["", "a"]}]}, "b"),
        ({"not": {"type": ["object", "array"]}}, ""),
        ({"type": "object", "not": {"properties": {"a": {"type": "string"}}}}, {"a": {}}),
        ({"type": "string", "minLength": 20000}, "a" * 20000),
        ({"type": "string", "contentEncoding": "base64", "minLength": 3}, "AAAA"),
        ({"type": "number", "multipleOf": 0.01, "minimum": 0.5, "exclusiveMinimum": 0.5}, 0.51),
        (ref("Chain"), {"value": 0, "next": None}),
        (ref("Tree"), {"children": []}),
        (ref("Dog"), {"kind": "dog", "bark": 1}),
        (ref("Any"), {"kind": "Cat"}),
        (ref("Said"), {"role": "user"}),
        (ref("Price"), {"amount": 0, "fee": {"amount": 0}}),
    ],
)
def test_the_smallest_value_that_fits(schema: Any, value: Any) -> None:
    assert smallest(schema) == Made(value)


def test_examples_have_priority_and_properties_with_examples_are_present() -> None:
    properties = {
        "shown": {"type": "string", "example": "Ada"},
        "also": {"type": "integer", "examples": [7]},
        "secret": {"type": "string", "example": "x", "writeOnly": True},
        "plain": {"type": "string"},
    }
    assert smallest({"type": "object", "properties": properties}) == Made({"shown": "Ada", "also": 7})
    assert smallest({"type": "integer", "default": 3}) == Made(3)
    assert smallest({"type": "integer", "example": "three", "minimum": 2}) == Made(2)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (False, "nothing fits false"),
        (ref("Endless"), "#/components/schemas/Endless requires itself without end"),
        (ref("Nobody"), "nothing fits"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "nothing fits"),
        ({"type": "string", "pattern": "^a$", "minLength": 2}, "nothing fits"),
        ({"oneOf": [ref("Cat"), ref("Cat")]}, "a oneOf has the same branch twice"),
        (
            {"oneOf": [{"type": "string", "example": "a"}, {"const": "b"}, {"type": "string", "title": "B"}]},
            "a oneOf has the same branch twice",
        ),
        ({"oneOf": [ref("Cat"), {**SCHEMAS["Cat"], "description": "again"}]}, "a oneOf has the same branch twice"),
        (
            {"type": "object", "required": ["a"], "properties": {"b": {}}, "additionalProperties": False},
            "`a` is required, but `additionalProperties` forbids it",
        ),
        (
            {
                "type": "object",
                "allOf": [
                    {"additionalProperties": False, "allOf": [{"properties": {"a": {}}}]},
                    {"required": ["b"], "properties": {"b": {"type": "string"}}},
                ],
            },
            "`b` is required, but `additionalProperties` forbids it",
        ),
        ({"type": "array", "minItems": 10**9}, "an array of at least 1000000000 items is too long"),
        ({"type": "string", "minLength": 10**9}, "nothing fits"),
    ],
)
def test_a_schema_without_a_value_has_a_reason(schema: Any, reason: str) -> None:
    made = smallest(schema)
    assert isinstance(made, Impossible)
    assert made.reason.startswith(reason)


@pytest.mark.parametrize(
    "form",
    [
        *("binary", "byte", "date", "date-time", "double", "duration", "email", "float", "hostname", "idn-email"),
        *("idn-hostname", "int32", "int64", "ipv4", "ipv6", "iri", "json-pointer", "password", "regex"),
        *("relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid"),
    ],
)
def test_every_format_has_several_values(form: str) -> None:
    kind = {"int32": "integer", "int64": "integer", "float": "number", "double": "number"}.get(form, "string")
    made = smallest({"type": "array", "minItems": 5, "uniqueItems": True, "items": {"type": kind, "format": form}})
    assert isinstance(made, Made)


@pytest.mark.parametrize(
    ("pattern", "least", "text"),
    [
        (r"^[A-Z]{3}-\d{2,}$", 9, "AAA-00000"),
        (r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$", 0, "A0aaaaaa"),
        (r"^(cat|dog)s?$", 0, "cat"),
        (r"(a)(b)\2\1", 0, "abba"),
        (r"^[^\w\s]$", 0, "-"),
        (r"^v\d+(\.\d+)*$", 0, "v0"),
        (r"^.{4}$", 0, "aaaa"),
        ("x", 3, "xaa"),
    ],
)
def test_patterns_are_matched_by_short_strings(pattern: str, least: int, text: str) -> None:
    assert next(each for each in matching(pattern, least) if re.search(pattern, each) and len(each) >= least) == text


def test_a_pattern_of_ecma_262_has_strings() -> None:
    assert next(matching(r"^\p{Lu}(?<n>[\p{N}_])\/\u00e9$")) == "A0/\u00e9"


def test_an_unusable_pattern_has_no_strings() -> None:
    assert list(matching("(")) == []
    assert list(matching("a{99999}")) == []


BOUNDS = st.integers(-20, 20)
SIZES = st.integers(0, 4)


def keywords(**strategies: SearchStrategy[Any]) -> Strategy:
    return st.fixed_dictionaries({}, optional=strategies)


def typed(kind: str, strategy: Strategy) -> Strategy:
    return strategy.map(lambda schema: {"type": kind, **schema})


SCALARS = st.one_of(
    st.booleans(),
    st.just({}),
    st.sampled_from([{"type": "null"}, {"type": "boolean"}, *map(ref, SCHEMAS)]),
    keywords(enum=st.lists(st.integers() | st.text() | st.none(), min_size=1)),
    *(
        typed(
            kind, keywords(minimum=BOUNDS, exclusiveMaximum=BOUNDS, maximum=BOUNDS, multipleOf=st.sampled_from(steps))
        )
        for kind, steps in (("integer", [1, 2, 7, 1.5]), ("number", [0.5, 0.01, 3]))
    ),
    typed(
        "string",
        keywords(
            minLength=SIZES,
            maxLength=SIZES,
            pattern=st.sampled_from([r"^\d+$", "a|b", r"^[^a]{2}", r"(?!x)\w", "é$"]),
            format=st.sampled_from(["date", "uuid", "email", "ipv4", "byte", "unknown"]),
        ),
    ),
)


def compound(children: Strategy) -> Strategy:
    names = st.sampled_from("abc")
    lists = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        typed(
            "object",
            keywords(
                properties=st.dictionaries(names, children, max_size=3),
                required=st.lists(names, max_size=2, unique=True),
                additionalProperties=children,
                minProperties=SIZES,
                maxProperties=SIZES,
                patternProperties=st.dictionaries(st.just("^b"), children, max_size=1),
            ),
        ),
        typed(
            "array",
            keywords(
                items=children,
                prefixItems=lists,
                minItems=SIZES,
                maxItems=SIZES,
                uniqueItems=st.booleans(),
                contains=children,
            ),
        ),
        keywords(allOf=lists, anyOf=lists, oneOf=lists),
        st.fixed_dictionaries({"if": children, "then": children}, optional={"else": children}),
        children.map(lambda schema: {"not": schema}),
    )


@settings(deadline=None)  # a schema that nothing fits takes all 2000 tries
@given(st.recursive(SCALARS, compound, max_leaves=8))
def test_a_value_fits_and_is_the_same_again(schema: Any) -> None:
    made = smallest(schema)
    assert made == smallest(schema)
    assert isinstance(made, Impossible) or FITS(schema, made.value)


@settings(deadline=None)  # a schema that nothing fits takes all 2000 tries
@given(st.recursive(SCALARS, compound, max_leaves=4), st.integers() | st.text() | st.none())
def test_an_example_that_fits_is_used(schema: Any, example: Any) -> None:
    if isinstance(schema, dict) and FITS(schema, example):
        assert smallest({**schema, "example": example}) == Made(example)


def doubled(levels: int) -> dict[str, Any]:
    """Return a document in which each schema needs the next one twice."""
    next_twice = [
        {"type": "object", "required": ["a", "b"], "properties": dict.fromkeys("ab", ref(f"s{level + 1}"))}
        for level in range(levels)
    ]
    schemas = {f"s{level}": schema for level, schema in enumerate([*next_twice, {"type": "string"}])}
    return {"components": {"schemas": schemas}}


def long_lists(items: Any) -> dict[str, Any]:
    return {"type": "array", "minItems": 1000, "items": items}


LARGE: dict[str, tuple[dict[str, Any], Any]] = {
    "a few references": (doubled(40), ref("s0")),
    "long texts": ({}, {"type": "array", "minItems": 1000, "items": {"type": "string", "minLength": 1_000_000}}),
    "long lists": ({}, long_lists(long_lists(long_lists(True)))),
}


@pytest.mark.parametrize(("document", "schema"), LARGE.values(), ids=LARGE)
def test_what_would_be_very_large_is_not_made(document: dict[str, Any], schema: Any) -> None:
    began = process_time()
    assert isinstance(Instances(document, schema_validator(document)).smallest(schema), Impossible)
    assert process_time() - began < 5


def test_the_size_of_a_value_does_not_matter_below_the_bound() -> None:
    document = doubled(10)
    made = Instances(document, schema_validator(document)).smallest(ref("s0"))
    assert isinstance(made, Made)
    assert str(made.value).count("''") == 1024


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 10**400},
        {"type": "number", "minimum": 10**400, "maximum": 10**400 + 1},
        {"type": "number", "exclusiveMinimum": 10**400},
        {"type": "integer", "multipleOf": 10**350, "minimum": 1},
        {"type": "number", "multipleOf": 10**350, "maximum": -1},
        {"enum": [10**400]},
    ],
)
def test_numbers_beyond_a_double_have_values(schema: Any) -> None:
    made = smallest(schema)
    assert isinstance(made, Made)
    assert isinstance(made.value, int)


def test_a_base_that_names_its_heirs_and_is_part_of_them() -> None:
    heirs = {
        name: {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "required": [name]}]}
        for name in ("a", "b")
    }
    base = {"type": "object", "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in heirs]}
    document = {"components": {"schemas": {**heirs, "Base": base}}}
    instances = Instances(document, schema_validator(document, strict=True))
    assert instances.smallest({"$ref": "#/components/schemas/Base"}) == Made({"a": {}})


def test_a_value_that_only_the_discriminator_tells_from_others_is_the_second_choice() -> None:
    heirs = {name: {"type": "object", "properties": {"kind": {"type": "string"}}} for name in ("a", "b")}
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in heirs]
    schema = {"oneOf": branches, "discriminator": {"propertyName": "kind"}}
    document = {"components": {"schemas": heirs}}
    strict, lenient = schema_validator(document, strict=True), schema_validator(document)
    assert isinstance(Instances(document, strict).smallest(schema), Impossible)
    assert Instances(document, strict, lenient).smallest(schema) == Made({"kind": "a"})
