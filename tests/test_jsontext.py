"""JSON as AstrBot writes it: compact ASCII in responses, spaced UTF-8 in frames."""

import json
import math
import sys
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.jsontext import (
    DEEPEST,
    JSON,
    PIECE,
    Base64,
    TooDeep,
    compact,
    escape,
    exceeds,
    find,
    follow,
    levels,
    loads,
    parts,
    pointer,
    portable,
    read,
    spaced,
    standard,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_response_is_compact_ascii_with_one_line_feed() -> None:
    assert compact({"status": "ok", "data": ["é", "😀"]}) == b'{"status":"ok","data":["\\u00e9","\\ud83d\\ude00"]}\n'


def test_a_frame_is_spaced_and_not_escaped() -> None:
    assert spaced({"type": "plain", "data": "é\u2028\n"}) == '{"type": "plain", "data": "é\u2028\\n"}'


def test_a_lone_surrogate_is_escaped() -> None:
    assert spaced("é\ud800") == '"\\u00e9\\ud800"'


@given(VALUES)
def test_both_forms_have_the_same_value(value: Any) -> None:
    assert json.loads(compact(value)) == value
    assert json.loads(spaced(value).encode()) == value


@given(VALUES)
def test_a_frame_is_written_as_python_writes_it(value: Any) -> None:
    assert spaced(value) == json.dumps(value, ensure_ascii=False)
    assert spaced({"a": value, "b": 'é"', "c": None}) == json.dumps(
        {"a": value, "b": 'é"', "c": None}, ensure_ascii=False
    )


def test_a_frame_with_a_number_that_json_lacks_is_written_as_python_writes_it() -> None:
    assert spaced({"é": math.inf}) == '{"é": Infinity}'


def test_a_deep_frame_is_written_too() -> None:
    value: Any = {"a": 1}
    for _ in range(400):
        value = {"a": [value]}
    assert spaced(value) == json.dumps(value)


@given(VALUES)
def test_both_forms_are_one_line(value: Any) -> None:
    assert compact(value).count(b"\n") == 1
    assert "\n" not in spaced(value)
    assert "\r" not in spaced(value)


def test_pointer_is_rfc_6901() -> None:
    assert escape("a/b~c") == "a~1b~0c"
    assert pointer(["message", 0, "a/b"]) == "/message/0/a~1b"
    assert pointer([]) == ""


@pytest.mark.parametrize(
    ("reference", "value"),
    [("#", {"a/b": [1, {"~": 2}]}), ("#/a~1b/0", 1), ("#/a~1b/1/~0", 2), ("#/a%7E1b/1/%7E0", 2)],
)
def test_a_local_reference_is_followed(reference: str, value: Any) -> None:
    assert follow({"a/b": [1, {"~": 2}]}, reference) == value


def test_a_pointer_is_not_percent_decoded() -> None:
    assert find({"%41": 1, "a/b": [2]}, "/%41") == 1
    assert find({"%41": 1, "a/b": [2]}, "/a~1b/0") == 2


@pytest.mark.parametrize("reference", ["", "a", "other.json#/a", "#/b", "#/a/x", "#/a/-1", "#/a/9", "#/a/0/0"])
def test_a_reference_without_a_target_is_a_lookup_error(reference: str) -> None:
    with pytest.raises(LookupError):
        follow({"a": [1]}, reference)


def test_numbers_that_json_lacks_are_the_nearest_ones() -> None:
    largest = sys.float_info.max
    value: JSON = {"a": [float("inf"), -float("inf"), float("nan"), 0.5], "é": 1}
    assert json.loads(compact(value)) == {"a": [largest, -largest, None, 0.5], "é": 1}
    assert standard(value, ensure_ascii=False).endswith('null,0.5],"é":1}')
    assert standard("é", ensure_ascii=False) == '"é"'
    assert standard("é", ensure_ascii=True) == '"\\u00e9"'


@given(st.one_of(VALUES.map(json.dumps), st.text('{}[]",:10 -nulNaI\n\ufeff\ud800e', max_size=9)))
def test_a_text_is_read_as_by_python(text: str) -> None:
    def read_by(parse: Any) -> str:
        try:
            return repr(parse(text))
        except ValueError as error:
            return str(error)

    assert read_by(loads) == read_by(json.loads)
    assert read_by(lambda text: loads(f" {text}\n")) == read_by(lambda text: json.loads(f" {text}\n"))


def test_a_missing_target_is_named() -> None:
    with pytest.raises(LookupError, match=r"^/a/x$"):
        find({"a": 1}, "/a/x")
    with pytest.raises(LookupError, match=r"^other.json#/a$"):
        follow({}, "other.json#/a")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1, 2.5, True, None, "é😀", {"a": 10**300}], [1, 2.5, True, None, "é😀", {"a": 10**300}]),
        ([math.inf, -math.inf, math.nan], ["1e999", "-1e999", None]),
        ([10**309, -(10**309)], [f"1{'0' * 309}", f"-1{'0' * 309}"]),
        ({"\ud800": "a\udfff"}, {"\\ud800": "a\\udfff"}),
        ([[[["deep", math.inf]]]], [[['["deep",1.7976931348623157e+308]']]]),
        ({"a": {"b": {"c": {"é": [1]}}}}, {"a": {"b": {"c": '{"é":[1]}'}}}),
        ([sys.float_info.max, -sys.float_info.max], [sys.float_info.max, -sys.float_info.max]),
    ],
)
def test_a_portable_value_has_text_in_place_of_what_json_cannot_hold(value: JSON, shown: JSON) -> None:
    assert portable(value, 3) == shown
    assert portable(shown, 3) == shown


def nested(depth: int, form: str) -> str:
    """Return a JSON text of so many levels; `form` has an opening, `0` and a closing for each of its own levels."""
    before, after = form.split("0")
    per = len(before.replace('"a":', ""))
    return before * (depth // per) + "0" + after * (depth // per)


@pytest.mark.parametrize("form", ["[0]", '{"a":0}', '[{"a":0}]'])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_value_from_outside_has_at_most_so_many_levels(form: str, as_bytes: bool) -> None:
    def sent(text: str) -> str | bytes:
        return text.encode() if as_bytes else text

    deepest = nested(DEEPEST, form)
    for text in (deepest, f"[[{nested(DEEPEST - 2, form)}], [0]]"):
        assert read(sent(text)) == json.loads(text)
    for text in (f"[{deepest}]", nested(10**5, form)):
        with pytest.raises(TooDeep, match=r"^it is nested too deep$"):
            read(sent(text))


@pytest.mark.parametrize("text", ["[]", "{}"])
def test_a_value_from_outside_may_have_many_containers_that_are_not_deep(text: str) -> None:
    wide = f"[{','.join([text] * 2 * DEEPEST)}]"
    assert read(wide) == read(wide.encode()) == json.loads(wide)


@pytest.mark.parametrize(
    ("value", "most", "found"),
    [
        (5, 9, 0),
        ([], 9, 1),
        ({"a": 5}, 9, 1),
        ([1, [2, {"a": [3]}], 4], 9, 4),
        ([[[[]]]], 3, 4),
        ([[[[]]]], 1, 2),
        ([[[[]]]], 0, 1),
    ],
)
def test_levels_are_counted_up_to_one_more_than_wanted(value: JSON, most: int, found: int) -> None:
    assert levels(value, most) == found


@given(VALUES, st.integers(0, 4))
def test_a_value_in_parts_is_the_same_text(value: Any, deep: int) -> None:
    depths = list[int]()

    def write(part: Any, level: int) -> bytes:
        depths.append(level)
        return compact(part)[:-1]

    assert b"".join(parts(value, deep, write)) + b"\n" == compact(value)
    assert max(depths) <= deep


@pytest.mark.parametrize("text", ["a" * 10, 'é"\\\n\U0001f600' * 3, "\ud800" * 5])
@pytest.mark.parametrize("deep", [0, 1])
def test_a_long_text_is_written_in_pieces(text: str, deep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.jsontext.LONG_TEXT", 4)
    monkeypatch.setattr("mockbot.jsontext.PIECE", 3)
    written = [*parts([text] if deep else text, deep, lambda part, _: compact(part)[:-1])]
    assert json.loads(b"".join(written)) == ([text] if deep else text)
    assert max(map(len, written)) <= 3 * 12


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 10])
def test_bytes_are_written_in_base64_in_pieces(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.jsontext.PIECE", 3)
    content = bytes(range(size))
    written = [*parts({"a": Base64(content)}, 1, lambda part, _: compact(part)[:-1])]
    assert json.loads(b"".join(written)) == {"a": b64encode(content).decode()}
    assert max(map(len, written)) <= 5
    assert PIECE % 3 == 0  # else there would be padding within the text


def weight(value: Any) -> int:
    match value:
        case str():
            return 8 + len(value)
        case int():
            return 8 + value.bit_length() // 4
        case list():
            return 8 + sum(map(weight, value))
        case dict():
            return 8 + sum(len(name) + weight(each) for name, each in value.items())
    return 8


@given(VALUES)
def test_a_value_exceeds_what_is_less_than_its_weight(value: Any) -> None:
    assert exceeds(value, weight(value) - 1)
    assert not exceeds(value, weight(value))
