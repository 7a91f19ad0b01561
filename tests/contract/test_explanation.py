from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mockbot.contract.explanation import evidence

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def explained(schema: Any, value: Any) -> list[tuple[str, str, str]]:
    return [
        (each.at, each.rule, each.message) for each in evidence(Draft202012Validator(schema).iter_errors(value), "it")
    ]


@pytest.mark.parametrize(
    ("schema", "value", "at", "message"),
    [
        ({"type": "string"}, 5, "", "it must be a string, got the number 5"),
        ({"type": ["string", "null"]}, True, "", "it must be a string or null, got a boolean"),
        ({"items": {"type": "object"}}, [[]], "/0", "`[0]` must be an object, got an empty array"),
        ({"required": ["a/b"]}, {}, "/a~1b", "`a/b` is required"),
        ({"properties": {"a": {"items": {"enum": ["x", None]}}}}, {"a": ["y"]}, "/a/0",
         '`a[0]` must be one of "x", null; got "y"'),
        ({"minimum": 1}, 0, "", "it must be at least 1, got 0"),
        ({"minLength": 1}, "", "", "it must not be empty"),
        ({"maxItems": 1}, [1, 2], "", "it must have at most 1 item, has 2"),
        ({"pattern": "^x", "examples": ["x1"]}, "1", "", 'it must be like "x1", got "1"'),
        ({"pattern": "^x"}, "1", "", 'it must match ^x, got "1"'),
        ({"const": 1}, "one", "", 'it must be 1, got "one"'),
        ({"uniqueItems": True}, [1, 1], "", "it must not repeat an item"),
        ({"not": {}}, 1, "", "it has a form that is not allowed"),
        ({"contains": {"const": 1}}, [], "", "it violates the rule `contains`"),
        ({"properties": {"message": {}}, "additionalProperties": False}, {"mesage": 1}, "/mesage",
         "`mesage` is not known here; did you mean `message`?"),
        ({"properties": {"a": {}}, "unevaluatedProperties": False}, {"zzz": 1}, "/zzz",
         "`zzz` is not known here; expected one of a"),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, None, "", "it must be a string or an array, got null"),
        ({"oneOf": [{}, {"minimum": 2}]}, 3, "", "it must match exactly one of its possible forms"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence(schema: Any, value: Any, at: str, message: str) -> None:
    assert [(place, text) for place, _, text in explained(schema, value)] == [(at, message)]


def test_the_error_is_that_of_the_branch_that_fits_best() -> None:
    kinds = [
        {"properties": {"type": {"const": name}, "size": {"type": "integer"}}, "required": ["type", "size"]}
        for name in ("a", "b")
    ]
    assert explained({"anyOf": kinds}, {"type": "b", "size": "big"}) == [
        ("/size", "type", '`size` must be an integer, got the string "big"')
    ]


schemas = st.sampled_from(["string", "integer", "object", "array", "null"]).map(lambda name: {"type": name})
rules = schemas | st.sampled_from([
    {"minLength": 3}, {"minimum": 5}, {"maximum": -5}, {"minItems": 2}, {"required": ["a", "b"]}, {"enum": [1]},
    {"additionalProperties": False}, {"oneOf": [{"type": "string", "minLength": 2}, {"type": "array", "minItems": 1}]},
    {"properties": {"a": {"type": "null"}}}, {"unevaluatedProperties": False},
    {"patternProperties": {"": {"type": "null"}}},
])  # fmt: skip


@given(st.lists(rules, min_size=1, max_size=4), json_values)
def test_there_is_an_explanation_exactly_when_a_value_is_invalid(parts: list[Any], value: Any) -> None:
    schema = {"allOf": parts}
    assert bool(explained(schema, value)) == (not Draft202012Validator(schema).is_valid(value))


def test_long_names_and_values_are_shortened() -> None:
    ((at, _, _),) = explained({"additionalProperties": False}, {"k" * 1_000_000: 1})
    assert len(at) < 200
    ((_, _, keys),) = explained({"maxProperties": 1}, {"k" * 1_000_000: 1, "l": 2})
    assert len(keys) < 500
    ((_, _, choices),) = explained({"enum": list(range(10_000))}, "x")
    assert choices.endswith('48, 49 or 9950 more; got "x"')
    ((_, _, matched),) = explained({"pattern": "^" + "(?:y)" * 2000}, "x")
    assert len(matched) < 500


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_of_many_unknown_keys_ten_are_named(keyword: str) -> None:
    value = {f"k{number}": 1 for number in range(5000)}
    found = [at for at, _, _ in explained({"properties": {"a": {}}, keyword: False}, value)]
    assert len({*found}) == len(found) == 10
    if keyword == "additionalProperties":
        assert found == [f"/k{number}" for number in range(10)]


def test_a_key_with_thousands_of_characters_is_named() -> None:
    ((at, _, message),) = explained({"properties": {}, "additionalProperties": False}, {"k" * 50_000: 1})
    assert (at[:5], message.endswith("is not known here; none are defined")) == ("/kkkk", True)


@pytest.mark.usefixtures("no_garbage_collection")
def test_the_cost_of_a_key_does_not_grow() -> None:
    def seconds(count: int) -> float:
        schema = {"patternProperties": {"^known": {}}, "additionalProperties": False}
        value = {f"{kind}{number}": 1 for number in range(count) for kind in ("known", "unknown")}
        errors = list(Draft202012Validator(schema).iter_errors(value))
        began = process_time()
        assert list(evidence(errors, "it"))
        return process_time() - began

    small, large = (min(seconds(count) for _ in range(3)) for count in (2_000, 32_000))
    assert large < 16 * 4 * max(small, 0.002)  # it was 16 * 16
