"""YAML and JSON files, parsed with the line of each value."""

from pathlib import Path

import pytest

from mockbot.errors import UserError
from mockbot.source import load, parse, quick

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
    assert parse("a: 1\nab: 2\n", "x").part("/a", 1).lines == {"": 1}


def test_json_is_yaml_too() -> None:
    assert parse('{"a": [1, null,\n true]}', "a.json").line("/a/2") == 2


def test_an_empty_file_is_null() -> None:
    source = parse("# only a remark\n", "empty.yaml")
    assert source.value is None
    assert source.place("/keys") == "empty.yaml:1"


def test_keys_and_values_that_json_does_not_have_become_text() -> None:
    assert parse("1: {2026-01-02: !!binary aGk=}", "x").value == {"1": {"2026-01-02": "b'hi'"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1,\nb: 2", r"^f\.yaml:2: not well-formed YAML: "),
        ("a: !!python/object:os.system x", r"^f\.yaml:1: not well-formed YAML: could not determine a constructor"),
        ("a: \x00", r"^f\.yaml: not well-formed YAML: "),
        ("[" * 1_000, r"^f\.yaml: not well-formed YAML: it is nested too deep$"),
        ("a: .nan", r"^f\.yaml: not well-formed YAML: nan is not a number"),
        ("a: -.inf", r"^f\.yaml: not well-formed YAML: -inf is not a number"),
        ("a: 2026-99-99", r"^f\.yaml: not well-formed YAML: month must be in 1\.\.12"),
        (f"a: 0x{'f' * 5_000}", r"^f\.yaml: not well-formed YAML: a number has too many digits$"),
    ],
    ids=["bracket", "tag", "control", "deep", "nan", "infinite", "date", "huge"],
)
def test_malformed_text_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(text, "f.yaml")
    with pytest.raises(UserError, match=r"^f\.yaml(:\d)?: not well-formed YAML: "):
        quick(text, "f.yaml")


def test_an_error_in_a_json_file_names_json() -> None:
    with pytest.raises(UserError, match=r"^f\.json:2: not well-formed JSON: "):
        parse('{"a": [1,\n"b": 2}', "f.json")


@pytest.mark.parametrize("key", ["x", "<<"])
def test_aliases_that_expand_to_too_many_values_are_rejected(key: str) -> None:
    text = "a: &a {x: 1}\n" + "".join(
        f"{name}: &{name} {{{key}: [{', '.join([f'*{before}'] * 9)}]}}\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for read in (parse, quick):
        with pytest.raises(UserError, match=r"^f\.yaml: not well-formed YAML: its aliases expand to too many values$"):
            read(text, "f.yaml")


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


def test_quick_reads_a_value_without_lines() -> None:
    assert quick('{"a": [1, null]}', "d.json") == {"a": [1, None]}
    assert quick("200: {a: 2026-01-02}", "d.yaml") == {"200": {"a": "2026-01-02"}}
    with pytest.raises(UserError, match=r"d.yaml:\d: not well-formed YAML"):
        quick("{a: ", "d.yaml")
