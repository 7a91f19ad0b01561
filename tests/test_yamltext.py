"""The core schema of YAML 1.2.2, section 10.3, as its table has it, and what people write."""

from typing import Any

import pytest

from mockbot.errors import Malformed
from mockbot.yamltext import compose, value_of


def read(text: str) -> Any:
    return value_of(compose(text))


@pytest.mark.parametrize(
    ("regular_expression", "texts", "values"),
    [
        ("null | Null | NULL | ~", "null Null NULL ~", [None] * 4),
        ("/* Empty */", "", [""]),
        ("true | True | TRUE | false | False | FALSE", "true True TRUE false False FALSE", [True] * 3 + [False] * 3),
        ("[-+]? [0-9]+", "0 1234 01234 -19 +12 09", [0, 1234, 1234, -19, 12, 9]),
        ("0o [0-7]+", "0o17 0o7", [15, 7]),
        ("0x [0-9a-fA-F]+", "0x1F 0x3a", [31, 58]),
        (
            r"[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?",
            "0. -0.0 .5 +12e03 -2E+05 1e-08 1.5e3",
            [0.0, -0.0, 0.5, 12000.0, -200000.0, 1e-08, 1500.0],
        ),
    ],
)
def test_the_table_of_section_10_3_2(regular_expression: str, texts: str, values: list[Any]) -> None:
    found = read(f"[{', '.join(texts.split())}]") if texts else ["" if read("a:")["a"] is None else "not empty"]
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "yes", "no", "On", "NO", "y", "n", "tRUE", "nULL", "12:30", "12:30:45", "1:60", "190:20:30"),
        *("2026-11-25", "2026-11-25T12:00:00Z", "2026-11-25 12:00:00", "1_000", "0b101", "0o8", "0xg", "-0x1", "+0o7"),
        *("1.2.3", "1e", "e5", ".", "-", "+", "..5", "nan", "inf", "NaN", "Infinity", "=", "0x", "0o", "1,5", "é", "٣"),
    ],
)
def test_everything_else_is_a_string(text: str) -> None:
    assert read(f"a: {text}") == {"a": text} if text != "-" else read(f"a: '{text}'") == {"a": text}


@pytest.mark.parametrize("text", ["'1'", '"true"', "'~'", "!!str 1", "|-\n  1", ">-\n  null"])
def test_a_quoted_block_or_tagged_scalar_is_a_string(text: str) -> None:
    assert isinstance(read(f"a: {text}")["a"], str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!!float '1e3'", 1000.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!binary aGk=", "aGk="),
        ("!!timestamp 2026-11-25", "2026-11-25"),
        ("!!map {b: 1}", {"b": 1}),
        ("!!seq [1]", [1]),
    ],
)
def test_a_tag_says_the_type(text: str, value: Any) -> None:
    found = read(f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["!!int x", "!!bool on", "!!float a", "!!set {a}", "!mine 1", "!!omap [a: 1]"])
def test_a_tag_that_does_not_fit_is_an_error(text: str) -> None:
    with pytest.raises(Malformed):
        read(f"a: {text}")


@pytest.mark.parametrize(
    "key", ["on", "no", "200", "2.0", "1e3", "0x1F", "true", "null", "~", "12:30", "2026-11-25", "01", "-1", ".5"]
)
def test_a_key_is_the_string_that_is_written(key: str) -> None:
    assert read(f"{key}: 1") == {key: 1}
    assert read(f"'{key}': 1") == {key: 1}


def test_merge_keys_and_anchors_work() -> None:
    assert read("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\nd: {y: 4, <<: *a}\ne: *b") == {
        "a": {"x": 1, "y": 1},
        "b": {"y": 2, "z": 2},
        "c": {"x": 1, "y": 1, "z": 3},
        "d": {"x": 1, "y": 4},
        "e": {"y": 2, "z": 2},
    }
    assert read("a: {'<<': 1, b: <<}") == {"a": {"<<": 1, "b": "<<"}}
    with pytest.raises(Malformed, match="`<<` merges a mapping"):
        read("a: {<<: 1}")


@pytest.mark.parametrize("text", ["%YAML 1.2\n---\na: 1\n...\n", "--- {a: 1}", "a: 1\n...", "# a remark\na: 1 # one"])
def test_markers_directives_and_comments_are_not_values(text: str) -> None:
    assert read(text) == {"a": 1}
