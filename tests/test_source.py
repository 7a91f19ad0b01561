"""YAML and JSON files, parsed with the line of each value."""

import json
from pathlib import Path

import pytest

from mockbot.errors import UserError
from mockbot.source import load, parse

TEXT = """\
keys:
  - name: ci
    scopes: [chat, im]
"a/b":
  since: 2026-01-02
"""


def test_values_have_lines() -> None:
    source = parse(TEXT, "world.yaml")
    assert source.value == {"keys": [{"name": "ci", "scopes": ["chat", "im"]}], "a/b": {"since": "2026-01-02"}}
    assert source.line("/keys/0/scopes/1") == 3
    assert source.place("/a~1b/since") == "world.yaml:5"


def test_a_missing_value_has_the_line_of_its_nearest_parent() -> None:
    source = parse(TEXT, "world.yaml")
    assert source.line("/keys/0/expires_at/x") == 2
    assert source.line("/nowhere") == 1


def test_a_part_keeps_its_lines() -> None:
    source = parse(TEXT, "world.yaml")
    part = source.part("/keys/0", {"name": "ci"})
    assert part.value == {"name": "ci"}
    assert part.place("/scopes") == "world.yaml:3"
    assert part.place("") == "world.yaml:2"
    assert parse("a: 1\nab: 2\n", "x").part("/ab", 2).line("/c") == 2


def test_json_is_yaml_too() -> None:
    assert parse('{"a": [1, null,\n true]}', "a.json").line("/a/2") == 2


def test_an_empty_file_is_null() -> None:
    source = parse("# only a remark\n", "empty.yaml")
    assert source.value is None
    assert source.place("/keys") == "empty.yaml:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1,\nb: 2", r"^f\.yaml:\d: not well-formed YAML: "),
        ("a: !!python/object:os.system x", r"^f\.yaml:1: not well-formed YAML: JSON has nothing for the tag"),
        ("a: \x00", r"^f\.yaml: not well-formed YAML: "),
        ("[" * 1_000, r"^f\.yaml:\d: not well-formed YAML: "),
        ("[" * 100_000, r"^f\.yaml: not well-formed YAML: it is nested too deep$"),
        ("? " * 100_000, r"^f\.yaml: not well-formed YAML: it is nested too deep$"),
        ("b: 1\na: .nan", r"^f\.yaml:2: not well-formed YAML: \.nan is not a number"),
        ("a: -.Inf", r"^f\.yaml:1: not well-formed YAML: -\.Inf is not a number"),
        ("a: 1e999", r"^f\.yaml:1: not well-formed YAML: 1e999 is not a number"),
        ('{"a": 1e999}', r"^f\.yaml: not well-formed YAML: 1e999 is not a number"),
        ('{"a": NaN}', r"^f\.yaml: not well-formed YAML: NaN is not a number"),
        (f"a: 0x{'f' * 5_000}", r"^f\.yaml:1: not well-formed YAML: a number has too many digits$"),
        ("a: 1\n---\nb: 2", r"^f\.yaml:3: not well-formed YAML: a second document begins here; a file has one"),
        ("a:\n\tb: 1", r"^f\.yaml:2: not well-formed YAML: .*tab"),
        ("a: 1\nb: 2\na: 3", r"^f\.yaml:3: .*the key 'a' is here twice, in line 1 and in line 3; keep one"),
        ("1: a\n'1': b", r"^f\.yaml:2: .*the key '1' is here twice, in line 1 and in line 2"),
        ('{"a": {"b": 1,\n"c": [],\n"b": 2}}', r"^f\.yaml:3: .*the key 'b' is here twice, in line 1 and in line 3"),
        ("{a: 1,\n a: 2}", r"^f\.yaml:2: .*the key 'a' is here twice, in line 1 and in line 2"),
        ("? [a]\n: 1", r"^f\.yaml:1: .*a key must be a text, not a list or a mapping"),
        ("a: &a [*a]", r"^f\.yaml: not well-formed YAML: its aliases expand to too many values$"),
        ("a: *b", r"^f\.yaml:1: not well-formed YAML: found undefined alias"),
    ],
)
def test_malformed_text_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(text, "f.yaml")


def test_an_error_in_a_json_file_names_json() -> None:
    with pytest.raises(UserError, match=r"^f\.json:2: not well-formed JSON: "):
        parse('{"a": [1,\n"b": 2}', "f.json")


@pytest.mark.parametrize("key", ["x", "<<"])
def test_aliases_that_expand_to_too_many_values_are_rejected(key: str) -> None:
    text = "a: &a {x: 1}\n" + "".join(
        f"{name}: &{name} {{{key}: [{', '.join([f'*{before}'] * 9)}]}}\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(UserError, match=r"^f\.yaml: not well-formed YAML: its aliases expand to too many values$"):
        parse(text, "f.yaml")


def test_aliases_and_merge_keys_are_expanded() -> None:
    assert parse("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}", "f.yaml").value == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
    }


def test_load_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("x: ü\n", encoding="utf-8")
    assert load(path).value == {"x": "ü"}
    assert load(path).place("/x") == f"{path}:1"


def test_a_file_that_cannot_be_read_is_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"x: \xfc\n")
    with pytest.raises(UserError, match=r"latin\.yaml: cannot be read: it is not UTF-8 text"):
        load(tmp_path / "latin.yaml")


@pytest.mark.parametrize("text", ["\ufeffa: 1\r\nb: [x,\r\n  y]\r\n", '\ufeff{"a": 1,\r\n"b":\t["x",\r\n"y"]}'])
def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(text: str) -> None:
    source = parse(text, "f")
    assert source.value == {"a": 1, "b": ["x", "y"]}
    assert source.line("/b/1") == 3


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_the_line_of_a_value_far_behind_is_found(kind: str) -> None:
    rows = [{"id": index, "text": '"}]{[ \\ \ud83d\ude00', "~/": [index]} for index in range(100)]
    if kind == "json":
        text = '{"a": [\n' + ",\n".join(map(json.dumps, rows)) + '],\n"b": 1}'
    else:
        text = "a:\n" + "".join(f"- {{id: {row['id']}, '~/': [{row['id']}]}}\n" for row in rows) + "b: 1\n"
    source = parse(text, "f")
    assert source.line("/a/98/~0~1/0") == 100
    assert source.line("/b") == 102
    assert source.line("/a/200") == (1 if kind == "json" else 2)
