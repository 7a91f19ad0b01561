"""The lines of values and keys in a JSON text."""

import pytest

from mockbot.jsonlines import Places, repeated

TEXT = """
{
  "a": 1, "b/c": [
    "x,]", {"d": "\\"{",
      "e": -0.5e3}
  ],
  "f": {}, "g": [[],

    true] , "h": null
}
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("", 2),
        ("/a", 3),
        ("/b~1c", 3),
        ("/b~1c/0", 4),
        ("/b~1c/1", 4),
        ("/b~1c/1/d", 4),
        ("/b~1c/1/e", 5),
        ("/f", 7),
        ("/g", 7),
        ("/g/0", 7),
        ("/g/1", 9),
        ("/h", 9),
        ("/g/2", None),
        ("/f/a", None),
        ("/a/0", None),
        ("/i", None),
    ],
)
def test_the_line_of_a_value(place: str, line: int | None) -> None:
    assert Places(TEXT).line(place) == line
    assert Places(TEXT.strip()).line(place) == (line and line - 1)


@pytest.mark.parametrize(("place", "line"), [("/a/0", 1), ("/b/0", 2), ("/b/1", 2), ("/b/2/c", 3), ("/b/3", 4)])
def test_the_line_of_a_value_in_json_without_spaces(place: str, line: int) -> None:
    assert Places('{"a":[1],"b":[\n[2],3,{"c":\n4},\n5]}').line(place) == line


def test_the_name_of_a_value_may_have_a_tilde_and_a_slash() -> None:
    assert Places('{"~1":\n{"a~b/":\n1}}').line("/~01/a~0b~1") == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5", None),
        ("[]", None),
        ('{"a": {"b": 1}, "b": {"a": 1}, "": "a"}', None),
        ('["a", "a", [0, 0]]', None),
        ('{"a": 1,\n"a": 2}', ("a", 1, 2)),
        ('\n[0,\n{"b": {"\\u0061": 1,\n"c": 0,\n\n"a": 2}}]', ("a", 3, 6)),
        ('{"a": "{", "b": [1], "b": 1}', ("b", 1, 1)),
        ('{"a":1,"b":[0,0,[1,1]],"c":{"0":0,"1":0,"a":0},"b":1}', ("b", 1, 1)),
        ('["a", {"0": 0, "1": 0, "1": 0}]', ("1", 1, 1)),
        ('{"a": 1,\n"a": 2\n}\n\n', ("a", 1, 2)),
    ],
)
def test_a_key_that_an_object_has_twice_is_found(text: str, found: tuple[str, int, int] | None) -> None:
    assert repeated(text) == found
