import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.wording import MOST_COMPARED, closest, cut, near, printable, readable, shown

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
    assert cut({"a": {"b": {"c": {"d": 1}}}}) == {"a": {"b": {"c": "..."}}}
    assert cut({"x" * 121: 1}) == {"x" * 117 + "...": 1}
    assert cut(b"abc") == "(3 bytes)"
    assert cut(("a", 1)) == "('a', 1)"


def test_values_of_exactly_the_limits_stay() -> None:
    kept: list[Any] = ["x" * 120, list(range(10)), {str(number): 0 for number in range(10)}, [[[[], {}, 1]]]]
    assert [cut(value) for value in kept] == kept
    assert cut(list(range(11))) == [*range(10), "..."]
    assert cut({str(number): 0 for number in range(11)})["..."] == "1 more"  # type: ignore[call-overload, index]


@pytest.mark.parametrize(
    ("number", "left"),
    [
        (True, True),
        (None, None),
        (0.5, 0.5),
        (float("inf"), "inf"),
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (-(2**63), "-9223372036854775808"),
        pytest.param(2**10_000 - 1, str(2**10_000 - 1)[:117] + "...", id="10000 bits"),
        pytest.param(2**10_000, "a huge number", id="10001 bits"),
    ],
)
def test_numbers_that_readers_of_json_would_change_are_texts(number: Any, left: Any) -> None:
    shortened = cut(number)
    assert (shortened, type(shortened)) == (left, type(left))


@given(json_values)
def test_a_cut_value_is_short_and_can_be_written(value: Any) -> None:
    text = json.dumps(cut(value), allow_nan=False)
    assert len(text) < 12 * 12 * 12 * 1500


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("x" * 60, f'"{"x" * 60}"'),
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


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        ("é 你 ~", "é 你 ~", "é 你 ~"),
        ("", "", ""),
        ("é\x1b你", "é\\x1b你", "é\\x1b你"),
        ("a\nb\r", "a\\nb\\r", "a\nb\\r"),
        ("\x1b[31m\x9b\u202e", "\\x1b[31m\\x9b\\u202e", "\\x1b[31m\\x9b\\u202e"),
        ("\n\n", "\\n\\n", "\n\n"),
    ],
)
def test_control_characters_are_escaped_for_a_terminal(text: str, line: str, lines: str) -> None:
    assert (printable(text), readable(text)) == (line, lines)


@pytest.mark.parametrize(("name", "meant"), [("dealy", "delay"), ("eraly", "early"), ("dely", "delay"), ("xyz", None)])
def test_letters_in_the_wrong_order_are_the_likeliest_mistake(name: str, meant: str | None) -> None:
    assert closest(name, ["early", "delay", "cut"]) == meant


def test_of_very_many_names_the_first_are_compared() -> None:
    names = [f"world-{number}" for number in range(MOST_COMPARED)]
    assert closest("worlds-7", [*names, "worlds-7x"]) == "world-7"
