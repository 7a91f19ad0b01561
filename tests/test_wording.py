import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.wording import cut, near, shown

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_long_values_are_shortened() -> None:
    assert cut("x" * 121) == "x" * 117 + "..."
    assert cut(list(range(99))) == [*range(10), "..."]
    assert cut({str(number): 0 for number in range(12)}) == {
        **{str(number): 0 for number in range(10)},
        "...": "2 more",
    }
    assert cut([[[[1]]]]) == [[["..."]]]
    assert cut(b"abc") == "(3 bytes)"


@given(json_values)
def test_a_cut_value_is_short_and_can_be_written(value: Any) -> None:
    text = json.dumps(cut(value), allow_nan=False)
    assert len(text) < 12 * 12 * 12 * 1500


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("x" * 61, f'"{"x" * 57}..."'),
        (True, "true"),
        (None, "null"),
        (-0.5, "-0.5"),
        (float("nan"), "nan"),
        (2**64, "18446744073709551616"),
        pytest.param(10**5000, "a huge number", id="huge"),
        ({"a": 1}, "an object"),
        ([0], "an array"),
        ([], "an empty array"),
        (b"abc", "(3 bytes)"),
    ],
)
def test_a_value_is_shown_in_a_few_words(value: Any, text: str) -> None:
    assert shown(value) == text


@given(json_values)
def test_a_shown_value_is_short(value: Any) -> None:
    assert len(shown(value)) <= 120


def test_the_closest_name_is_suggested_or_all_names_are_listed() -> None:
    assert near("mesage", ["message", "username"]) == "did you mean `message`?"
    assert near("x", ["message", "username"]) == "expected one of message, username"
    assert near("x", []) == "none are defined"
