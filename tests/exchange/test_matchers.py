"""Expected values compared with received ones: exactly, except where a matcher allows more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.exchange.matchers import Mismatch, bound, differ, misused
from mockbot.jsontext import JSON, spaced

UUID = "0b5e21f4-06bb-4792-b4a0-71b02c450dcd"


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (None, None),
        ({"a": 1, "b": [True, "x"]}, {"a": 1, "b": [True, "x"]}),
        ({"id": {"$like": "uuid"}}, {"id": UUID}),
        ({"id": {"$like": {"type": "string", "format": "uuid"}}}, {"id": UUID}),
        ({"at": {"$like": "time"}}, {"at": "2026-11-22T21:50:33.998021+00:00"}),
        ([{"$same": "id"}, {"$same": "id"}], [7, 7]),
        ({"$json": {"id": "call", "ts": {"$like": "seconds"}}}, '{"id": "call", "ts": 1.5}'),
        ([{"$same": "who"}, "hello {who}"], ["ada", "hello ada"]),
        ({"$unordered": {"a": 1, "b": {"c": 2}}}, {"b": {"c": 2}, "a": 1}),
        ({"$like": {"pattern": "^(a+)+$"}}, "a" * 5000),
        ({"$like": {"patternProperties": {"^a": {"const": 1}}}}, {"ab": 1, "b": 2}),
        ("{known}", 5),
        ("{a*3}!", "aaa!"),
    ],
)
def test_values_that_match(expected: JSON, got: JSON) -> None:
    assert differ(expected, got, {"known": 5}) is None


@pytest.mark.parametrize(
    ("expected", "got", "at", "reason"),
    [
        ({"a": 1}, {"a": 2}, "/a", "2"),
        ({"a": 1}, {"a": 1.0}, "/a", "1.0"),
        ({"a": 0}, {"a": False}, "/a", "false"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "", "the keys b, a"),
        ({"a": 1}, {"a": 1, "b": 2}, "", "the keys a, b"),
        ([1, 2], [1, 3], "/1", "3"),
        ([1], [1, 2], "", "2 items"),
        ([1, 2], [1], "", "1 items"),
        ({"a/b": [{"c": 1}]}, {"a/b": [{"c": None}]}, "/a~1b/0/c", "null"),
        ({"$like": "uuid"}, "x", "", '"x": it must match'),
        ({"$like": {"format": "uuid"}}, "x", "", '"x": it must'),
        ([{"$same": "id"}, {"$same": "id"}], [1, 2], "/1", "2"),
        ([{"$same": "id"}, {"$same": "id"}], [1, True], "/1", "true"),
        ({"$unordered": {"a": 1, "b": 2}}, {"b": 3, "a": 1}, "/b", "3"),
        ({"$unordered": {"a": 1}}, {"b": 2, "a": 1}, "", "the keys a, b"),
        ({"$unordered": {"a": 1, "b": 2}}, {"b": 2}, "", "the keys b"),
        ({"$unordered": {"a": 1}}, [1], "", "[1]"),
        ({"$unordered": {"a": {"b": 1, "c": 2}}}, {"a": {"c": 2, "b": 1}}, "/a", "the keys c, b"),
        ({"$json": [1]}, "[2]", "/0", "2"),
        ({"$json": [1]}, "no", "", '"no"'),
        ({"$json": [1]}, [1], "", "[1]"),
        ({"$like": {"type": "integer"}, "$same": "known"}, 6, "", "6"),
    ],
)
def test_the_first_difference_is_reported_with_its_pointer(expected: JSON, got: JSON, at: str, reason: str) -> None:
    found = differ(expected, got, {"known": 5})
    assert found is not None
    assert found.at == at
    assert found.got.startswith(reason)


TEXT = st.text(st.characters(exclude_characters="{}$", codec="utf-8"), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0]) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_literal_values_match_if_their_json_text_is_the_same(expected: JSON, got: JSON) -> None:
    assert (differ(expected, got, {}) is None) == (spaced(expected) == spaced(got))
    assert differ(expected, expected, {}) is None


def test_a_difference_truncates_long_values() -> None:
    assert differ("x", "é" * 500, {}) == Mismatch("", '"x"', '"' + "é" * 199 + "…")
    assert differ("x", "é" * 198, {}) == Mismatch("", '"x"', f'"{"é" * 198}"')


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        ({"$like": "uid"}, ("/$like", "`uid` is not one of uuid, time, seconds, number, text")),
        ([{"$like": {"type": "sting"}}], ("/0/$like", "not a JSON Schema: ")),
        (
            {"$like": {"properties": {"pattern": {"pattern": "(?=a)"}}}},
            ("/$like", "`(?=a)` is not a regular expression that can be used"),
        ),
        ({"$like": {"allOf": [{"patternProperties": {"(a": {}}}]}}, ("/$like", "`(a` is not a regular expression")),
        ({"$like": 5}, ("/$like", "not a JSON Schema: it must be an object")),
        ({"a": {"$like": "uuid", "$sane": "id"}}, ("/a/$sane", "`$sane` is not a matcher: use $json, $like, $same")),
        ({"$json": [{"$like": "x"}]}, ("/$json/0/$like", "`x` is not one of")),
        ({"$same": 5}, ("/$same", "must be a string: the name for the value")),
        ({"$unordered": [1]}, ("/$unordered", "must be an object")),
        ({"$unordered": {"a": {"$like": "x"}}}, ("/$unordered/a/$like", "`x` is not one of")),
    ],
)
def test_an_invalid_matcher_is_reported(value: JSON, mistake: tuple[str, str]) -> None:
    ((at, why),) = misused(value)
    assert at == mistake[0]
    assert why.startswith(mistake[1])


def test_the_names_that_values_get() -> None:
    assert set(bound({"a": [{"$same": "id"}], "b": {"$like": "uuid", "$same": "other"}})) == {"id", "other"}


def test_a_pattern_that_does_not_match_is_named() -> None:
    found = differ({"a": {"$like": {"pattern": "^(a+)+$"}}}, {"a": "a" * 50 + "!"}, {})
    assert found is not None
    assert found.at == "/a"
    assert "must match ^(a+)+$" in found.got
    found = differ({"$like": {"patternProperties": {"^a": {"const": 1}}}}, {"ab": 2}, {})
    assert found is not None


@pytest.mark.parametrize(
    ("expected", "got", "found"),
    [
        ({"$like": {"const": 1}}, 2, Mismatch("/x", 'a value like {"const": 1}', "2: it must be 1, got 2")),
        (
            {"$like": {"const": "{known}"}},
            6,
            Mismatch("/x", 'a value like {"const": "{known}"}', "6: it must be 5, got 6"),
        ),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, Mismatch("/x", "the keys a, b", "the keys b, a")),
        ([1, 2], [1], Mismatch("/x", "2 items", "1 items")),
        ([1], [1, 2], Mismatch("/x", "1 items", "2 items")),
        ({"$json": 1}, "{", Mismatch("/x", "a string of JSON", '"{"')),
        ({"$json": "XXXX"}, 5, Mismatch("/x", "a string of JSON", "5")),
        ({"$json": {"a": 1}}, '{"a": 2}', Mismatch("/x/a", "1", "2")),
        ({"$unordered": {"a": 1}}, {"a": 2}, Mismatch("/x/a", "1", "2")),
        ({"$same": "known"}, 6, Mismatch("/x", "5, the value of `known`", "6")),
    ],
)
def test_what_a_matcher_expected_is_said(expected: JSON, got: JSON, found: Mismatch) -> None:
    assert differ(expected, got, {"known": 5}, "/x") == found


@pytest.mark.parametrize("name", ["$json", "$unordered"])
def test_names_within_a_matcher_are_known_afterwards(name: str) -> None:
    names: dict[str, JSON] = {}
    got: JSON = {"a": 7}
    assert differ({name: {"a": {"$same": "n"}}}, '{"a": 7}' if name == "$json" else got, names) is None
    assert names == {"n": 7}
