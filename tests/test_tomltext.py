import re
from pathlib import Path

import pytest

from mockbot import tomltext
from mockbot.errors import UserError

TEXT = '''\
# settings
port = 7000
"a/b".c = 1

cors = [
    "http://a",
    "]",
]
text = """
[not.a.table]
port = 1
"""

[tool.mockbot]   # a table
seed = 1
inline = {deep = {x = 1}}

[[hosts]]
name = "a"
[hosts.more]
x = 1
[[hosts]]
name = "b"
[[hosts.inner]]
y = 1
'''


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("/port", 2),
        ("/a~1b", 3),
        ("/a~1b/c", 3),
        ("/cors", 5),
        ("/cors/1", 5),
        ("/text", 9),
        ("/tool/mockbot", 14),
        ("/tool/mockbot/seed", 15),
        ("/tool/mockbot/inline/deep/x", 16),
        ("/hosts", 18),
        ("/hosts/0/name", 19),
        ("/hosts/0/more/x", 21),
        ("/hosts/1/name", 23),
        ("/hosts/1/inner/0/y", 25),
        ("/hosts/1/nothing", 22),
        ("/nowhere", 1),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_line_of_a_value(pointer: str, line: int, end: str) -> None:
    assert tomltext.parse(TEXT.replace("\n", end), "x.toml").line(pointer) == line


def test_a_unicode_line_separator_ends_no_line() -> None:
    assert tomltext.parse('a = "\u2028\u0085"\nb = 1', "x.toml").line("/b") == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb =\n", "x.toml:2: not well-formed TOML: Invalid value (column 4)"),
        ("a = 1\n\nb = [1,\n\n", "x.toml:3: not well-formed TOML: Invalid value (the file ends here)"),
        ("a = 1\na = 2\n", "x.toml:2: not well-formed TOML: Cannot overwrite a value (column 6)"),
        ("a = " + "[" * 100_000, "x.toml: not well-formed TOML: it is nested too deep"),
    ],
)
def test_what_is_not_toml_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        tomltext.parse(text, "x.toml")
    assert str(error.value).startswith(message)


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\r\n  [[ a ]]\r\n b.c = [{d = 1}]\r\n[a.e.f]\r\ng = 2\r\n  [h]\r\n")
    source = tomltext.load(path)
    assert (source.name, source.value) == (str(path), {"a": [{"b": {"c": [{"d": 1}]}, "e": {"f": {"g": 2}}}], "h": {}})
    places = ["/a", "/a/0", "/a/0/b", "/a/0/b/c/0/d", "/a/0/e/f", "/a/0/e/f/g", "/h"]
    assert [source.line(place) for place in places] == [2, 2, 3, 3, 4, 5, 6]
    path.write_text("a =")
    with pytest.raises(UserError, match=rf"^{re.escape(str(path))}:1: "):
        tomltext.load(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: "):
        tomltext.load(tmp_path / "x.toml")
