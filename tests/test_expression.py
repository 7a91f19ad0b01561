"""Regular expressions of users: what they match, which are rejected and why, and that they run in linear time."""

import re
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.expression import GROUPS, LONGEST, ExpressionError, expression


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"a(?=b)", "a lookahead, (?=, at character 2"),
        (r"a(?!b)", "a negative lookahead, (?!, at character 2"),
        (r"(?<=a)b", "a lookbehind, (?<=, at character 1"),
        (r"(?<!a)b", "a negative lookbehind, (?<!, at character 1"),
        *(
            ("(a)" * number + f"\\{number}", f"a backreference, \\{number}, at character {3 * number + 1}")
            for number in range(1, 10)
        ),
        (r"(?P<n>a)(?P=n)", "a backreference, (?P=, at character 9"),
        (r"(?>a)", "an atomic group"),
        (r"(a)?(?(1)b|c)", "a conditional"),
        (r"a(?#b)", "a comment"),
        (r"a*+", "a possessive repetition, *+, at character 2"),
        (r"(?x) a", "the flag x in (?x) at character 1"),
        (r"(?ia:a)", "the flag a in (?ia: at character 1"),
        (r"(?L)a", "the flag L in (?L) at character 1"),
        (r"(?u)a", "the flag u in (?u) at character 1"),
        (r"[\N{DASH}]", r"\N at character 1; a code point is written \x{1f600}"),
        (r"\U0001f600", r"\U at character 1; a code point is written \x{1f600}"),
        (r"a\Z", r"\Z at character 2; the end of the text is $ or \z"),
        (r"\u4e2d", r"\u at character 1; a code point is written \x{4e2d}"),
        (r"[a\u4e2d]", r"\u at character 1; a code point is written"),
        (r"[(?=](?=a)", "a lookahead, (?=, at character 6"),
        (r"(?X)a", "not a regular expression: invalid"),
        ("(", "missing )"),
        ("[", "missing ]"),
        ("[é-a]", "invalid character class range: é-a"),
        ("a{1001}", "more repetitions than 1000: {1001}"),
        ("(?:a{100}){100}", "more repetitions than 1000"),
        (r"\pL{1000}", "not a regular expression: it is too large"),
        ("a" * (LONGEST + 1), f"it is too large, at most {LONGEST} characters are allowed"),
        ("(?P<n>a)|(?P<n>b)", "two groups have the name n"),
        ("(a?)" * 33, "33 groups capture, at most 32 may; (?:…) groups without capturing"),
        ("\ud800", "it has a lone surrogate"),
    ],
)
def test_a_rejected_expression_has_a_reason(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(words)) as rejected:
        expression(text)
    assert str(rejected.value).startswith("not a regular expression")


@pytest.mark.parametrize(
    "text", [r"\(?=", r"[(?=]", r"\\1", r"[*+]+", r"\*+", "(?i)a", "(?s:.)", "(?-i:a)", r"\Qa(?=\E"]
)
def test_an_expression_that_only_looks_unsupported_is_accepted(text: str) -> None:
    assert expression(text).text == text


def test_exactly_the_limits_are_accepted() -> None:
    assert expression("a" * LONGEST).found_in("a" * LONGEST)
    assert expression("(a?)" * GROUPS).fits("a")
    assert expression("a{1000}").fits("a" * 1000)


def test_a_rejected_expression_is_not_written_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExpressionError):
        expression("(")
    assert capfd.readouterr() == ("", "")


def test_a_group_that_did_not_match_is_empty() -> None:
    assert expression("(?P<a>x)|(?P<b>y).*").groups("y and x") == {"a": "", "b": "y"}


@pytest.mark.parametrize("form", ["(?P<city>", "(?<city>"])
def test_named_groups(form: str) -> None:
    found = expression(rf"(?i)in {form}[\pL ]+)(?P<no>!)?")
    assert sorted(found.names) == ["city", "no"]
    assert found.groups("weather IN 北京") == {"city": "北京", "no": ""}
    assert found.groups("elsewhere") is None


@pytest.mark.parametrize(
    ("text", "candidate", "found"),
    [
        (r"^\d$", "7", True),
        (r"^\d$", "٧", False),
        (r"^\pN$", "٧", True),
        (r"^\w$", "é", False),
        (r"^\pL$", "é", True),
        (r"\s", "\u00a0", False),
        (r"hi\b", "hi你", True),
        ("a$", "a\n", False),
        ("(?m)a$", "a\n", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("(?i)STRASSE", "straße", False),
        ("(?i)é", "É", True),
        ("(?i)i", "ı", False),
        (r"\x{4e2d}", "中", True),
        ("^.$", "\ud800", True),
        ("\ufffd", "\ud800", True),
    ],
)
def test_what_an_expression_matches(text: str, candidate: str, found: bool) -> None:
    assert expression(text).found_in(candidate) is found


def test_fits_matches_the_whole_text_and_dot_all_line_breaks() -> None:
    assert expression("a|ab").fits("ab")
    assert not expression("a").fits("ab")
    assert expression("a.b", dot_all=True).fits("a\nb")


def test_groups_are_parts_of_the_unchanged_text() -> None:
    assert expression("(?P<all>.+)$").groups("x\ud83d\ud800é") == {"all": "x\ud83d\ud800é"}


ATOMS = st.sampled_from(["a", "b", "[ab]", ".", "(?:a|b)", "(?P<n>a*)", "^", "$", "a*", "b+?", "(?:ab)?", "|"])


@given(st.lists(ATOMS, max_size=6).map("".join), st.text("abc", max_size=12))
def test_simple_expressions_match_as_in_python(text: str, candidate: str) -> None:
    try:
        ours = expression(text)
    except ExpressionError:
        return
    theirs = re.search(text, candidate)
    assert ours.groups(candidate) == (theirs and {name: value or "" for name, value in theirs.groupdict().items()})


@pytest.mark.parametrize("text", [r"^(a+)+$", r"(a|a)*b", r"(?P<x>(?:a*)*)b", r"(?:a?){50}a{50}b", r"(.*)*,(.*)*!"])
def test_the_time_is_linear_in_the_length_of_the_text(text: str) -> None:
    found = expression(text)

    def cost(length: int) -> float:
        begin = process_time()
        found.groups("a" * length + "!")
        return process_time() - begin

    cost(1000)
    assert min(cost(200_000) for _ in range(3)) < 30 * max(min(cost(20_000) for _ in range(3)), 0.001)


@pytest.mark.parametrize("text", ["[", r"\Q[", "[[:a", "[a[]", "(?a", "(?P<a"])
def test_the_time_to_compile_is_linear_in_the_length_of_the_expression(text: str) -> None:
    def cost(length: int) -> float:
        begin = process_time()
        for _ in range(LONGEST // length):
            with suppress(ExpressionError):
                expression((text[:2] + text[2:] * LONGEST if text.startswith(r"\Q") else text * LONGEST)[:length])
        return process_time() - begin

    cost(LONGEST)
    assert min(cost(LONGEST) for _ in range(3)) < 4 * max(min(cost(LONGEST // 16) for _ in range(3)), 0.001)
