"""Preferences as RFC 7240 writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.world.wish import MOST, MOST_READ, PIECES, Preference, _split, preferences, wishes, without_twins


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("code=403", [Preference("code", "403")]),
        ("foo; bar", [Preference("foo", "", {"bar": ""})]),  # the examples of RFC 7240, section 2
        ('foo; bar=""', [Preference("foo", "", {"bar": ""})]),
        ('foo=""; bar', [Preference("foo", "", {"bar": ""})]),
        ("respond-async, wait=100, handling=lenient", [
            Preference("respond-async"), Preference("wait", "100"), Preference("handling", "lenient"),
        ]),
        ("CODE = 403", [Preference("code", "403")]),
        ('example="two things, or; three"', [Preference("example", "two things, or; three")]),
        (r'example="a \"b\" \\"', [Preference("example", r'a "b" \\'.replace(r"\\", "\\"))]),
        ("fault=delay ; seconds=2;;x", [Preference("fault", "delay", {"seconds": "2", "x": ""})]),
        ("fault=delay;seconds=2;seconds=3", [Preference("fault", "delay", {"seconds": "2"})]),
        ("a/b, ,;, =1, code=1", [Preference("code", "1")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_header_has_preferences(header: str, parsed: list[Preference]) -> None:
    assert list(preferences(header)) == parsed


def test_of_each_wish_the_first_counts_but_all_faults_do_and_other_preferences_are_ignored() -> None:
    found = wishes(["return=minimal, code=403, fault=cut", "code=404, fault=delay;seconds=1, example=a"])
    assert [str(each) for each in found] == ["code=403", "fault=cut", "fault=delay;seconds=1", "example=a"]


@pytest.mark.parametrize(
    ("query", "rest", "values"),
    [
        ("a=1&__prefer=code%3D403&b=2", "a=1&b=2", ["code=403"]),
        ("__prefer=code=403", "", ["code=403"]),
        ("%5F%5Fprefer=fault%3Ddelay%3Bseconds%3D2&__prefer=example=a+b", "", ["fault=delay;seconds=2", "example=a b"]),
        ("a=%26__prefer&&b", "a=%26__prefer&&b", []),
    ],
)
def test_the_query_has_the_same_syntax(query: str, rest: str, values: list[str]) -> None:
    assert without_twins(query) == (rest, values)


def test_a_wish_is_written_as_it_can_be_sent_again() -> None:
    (wish,) = wishes(['example="say \\"hi\\", now"'])
    assert list(preferences(str(wish))) == [wish]


def plainly_split(text: str, separator: str) -> list[str]:
    """Return what is between separators that are not within quotes, found character by character."""
    pieces, quoted, escaped = [""], False, False
    for char in text:
        if char == separator and not quoted:
            pieces.append("")
            continue
        pieces[-1] += char
        quoted = quoted if escaped or char != '"' else not quoted
        escaped = quoted and char == "\\" and not escaped
    return pieces


@given(st.text('ab,;"\\\n= ', max_size=20))
def test_separators_within_quotes_separate_nothing(text: str) -> None:
    for separator in PIECES:
        assert list(_split(text, separator)) == plainly_split(text, separator)


def test_of_a_long_header_the_beginning_is_read() -> None:
    faults = ",".join(f"fault=a{number}" for number in range(MOST_READ))
    assert len(wishes([f"{faults},code=200"])) == MOST
    assert wishes([f"x,code=200,{faults}"])[0] == Preference("code", "200")
    (wish,) = preferences(f"fault=a;{';'.join(f'p{number}=1' for number in range(2 * MOST_READ))}")
    assert len(wish.parameters) == MOST_READ - 1
