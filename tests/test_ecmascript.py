"""Patterns of documents match as ECMA-262 says, in Unicode mode."""

import logging
import time

import pytest

from mockbot.ecmascript import LONGEST, pattern, patterns, translated


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        # somewhere in the text, unless anchored
        ("b", "abc", True),
        ("", "abc", True),
        ("^b", "abc", False),
        ("a|b$", "ac", True),
        (r"^(?:a|b)+?$", "abab", True),
        # $ only at the end
        ("^a$", "a\n", False),
        ("^a$", "A", False),
        (r"^\Aa\z$", "a", True),
        # properties
        (r"^\p{L}+$", "éß漢", True),
        (r"^\p{L}$", "1", False),
        (r"^\P{L}$", "1", True),
        (r"^\p{Letter}\p{Uppercase_Letter}$", "éÉ", True),
        (r"^\p{General_Category=Lu}$", "É", True),
        (r"^\p{Script=Greek}\p{sc=Greek}$", "αβ", True),
        (r"^[\p{L}\d]+$", "é1", True),
        (r"^[^\p{L}]$", "é", False),
        (r"^\p{Alphabetic}\p{Emoji}$", "é😀", True),
        # groups and backreferences
        (r"^(?<year>\d{4})-(?<month>\d\d)$", "2026-11", True),
        (r"^(?<año>x)$", "x", True),
        (r"^(?<quote>['\"]).*\k<quote>$", "'a'", True),
        (r"^(?<quote>['\"]).*\k<quote>$", "'a\"", False),
        (r"^(a|b)\1$", "bb", True),
        (r"^(a|b)\1$", "ab", False),
        # lookarounds
        (r"^(?=.*\d)(?=.*[a-z]).{4,}$", "abc1", True),
        (r"^(?=.*\d)(?=.*[a-z]).{4,}$", "abcd", False),
        ("^(?!admin)", "administrator", False),
        (r"(?<=\$)\d+", "$5", True),
        (r"(?<!\$)\b\d+", "$5", False),
        # escapes
        ("^\\u00e9$", "é", True),
        ("^\\u{1F600}$", "😀", True),
        ("^\\ud83d\\ude00$", "😀", True),
        (r"^\x41$", "A", True),
        (r"^[\u4e00-\u9fff]+$", "漢字", True),
        (r"^a\/b\-c$", "a/b-c", True),
        (r"^\cJ\cj$", "\n\n", True),
        (r"^\0[\b]\v\f\t\r\n$", "\0\b\v\f\t\r\n", True),
        (r"^\\\.$", "\\.", True),
        # classes are of ASCII, spaces are not
        (r"^\d$", "٣", False),
        (r"^\d+$", "0123456789", True),
        (r"^\w$", "é", False),
        (r"^\W$", "é", True),
        (r"^\s\s$", "\u00a0\ufeff", True),
        (r"^\S$", "\u00a0", False),
        (r"^[\s\S][\w\W]$", "\né", True),
        (r"^[\w.-]+@[\w-]+$", "a.b-c@d-e", True),
        (r"\bfoo\b", "a foo b", True),
        (r"\Bo", "foo", True),
        # the dot matches a character, but no end of a line
        ("^.$", "😀", True),
        ("^.$", "\x85", True),
        ("^.$", "\n", False),
        ("^.$", "\u2028", False),
        # brackets
        ("^[^]$", "\n", True),
        ("a[]", "a", False),
        ("^[[]$", "[", True),
        ("^[a&&b~~c||d]+$", "&~|", True),
        ("^[a-z-]$", "-", True),
        # braces
        ("^a{2,3}$", "aaaa", False),
        ("^{a}$", "{a}", True),
        ("^a{,2}$", "a{,2}", True),
        ("^a{1500}$", "a" * 1500, True),
        ("^a{1500}$", "a" * 1499, False),
        # code points, not bytes and not normalized
        ("^é$", "e\u0301", False),
        ("^..$", "a\ud800", True),
        (" #", "a #", True),
    ],
    ids=ascii,
)
def test_patterns(text: str, value: str, found: bool) -> None:
    assert pattern(text).found_in(value) == found


@pytest.mark.parametrize("text", ["(", "[z-a]", r"\u{110000}", r"(?<=a+)(", "(?=" + "a" * LONGEST + ")"], ids=len)
def test_an_invalid_pattern_matches_everything_and_is_one_warning(text: str, caplog: pytest.LogCaptureFixture) -> None:
    text += "(?#of this test"
    with caplog.at_level(logging.WARNING, "mockbot"):
        assert [pattern(text).found_in(value) for value in ("", "a", "a")] == [True] * 3
    (warning,) = caplog.messages
    assert warning.startswith("the pattern ")
    assert "is not validated" in warning


def test_a_pattern_without_linear_time_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockbot"):
        assert [pattern("^(?!one warning)").found_in(value) for value in ("one warning", "a", "b")] == [
            False,
            True,
            True,
        ]
    (warning,) = caplog.messages
    assert "cannot be matched in linear time" in warning


def test_searches_that_take_too_long_end_and_short_texts_are_still_validated(caplog: pytest.LogCaptureFixture) -> None:
    slow = r"^(?!never)(a|aa|a.)+$"
    before = time.process_time()
    with caplog.at_level(logging.WARNING, "mockbot"):
        assert all(pattern(slow).found_in("a" * 200 + "!\n") for _ in range(50))
        assert not pattern(slow).found_in("never")
    assert time.process_time() - before < 3
    assert [message.partition("$' ")[2] for message in caplog.messages] == [
        "cannot be matched in linear time: each search ends after 0.1 s of CPU time",
        "takes too long and is not validated for some long texts",
    ]


def test_many_searches_that_each_take_rather_long_end_together(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = pattern(r"^(?!(a|aa)+b).+$ (?=many)?")
    spent, searches = iter(range(1, 1000)), 0

    class Expression:
        def search(self, *_: object, **__: object) -> None:
            nonlocal searches
            searches += 1

    monkeypatch.setattr(slow, "_bounded", Expression())
    monkeypatch.setattr("mockbot.ecmascript.thread_time", lambda: next(spent) * 0.04)
    assert [slow.found_in("a" * 26) for _ in range(100)] == [False] * 3 + [True] * 97
    assert searches == 3
    assert slow.found_in("a" * 25) is False
    assert searches == 4


def test_searches_of_long_texts_are_not_suspicious(monkeypatch: pytest.MonkeyPatch) -> None:
    linear = pattern(r"^(?=.*b)a+$ (?=long)?")
    spent = iter(range(1000))
    monkeypatch.setattr("mockbot.ecmascript.thread_time", lambda: next(spent) * 0.04)
    assert [linear.found_in("a" * 50_000) for _ in range(10)] == [False] * 10


@pytest.mark.parametrize("text", ["(a+)+$", "^(a|a)*b", "(.*)*x", "a{0,500}a{500}b"])
def test_megabytes_are_searched_in_linear_time(text: str) -> None:
    before = time.process_time()
    assert not pattern(text).found_in("a" * 1_000_000 + "!")
    assert time.process_time() - before < 2


@pytest.mark.parametrize("part", ["(?<", r"\k<", "(?P<a", "[(?<"])
def test_a_pattern_is_translated_in_linear_time(part: str) -> None:
    def seconds(times: int) -> float:
        before = time.process_time()
        translated(part * times, "re2")
        return time.process_time() - before

    small, large = (min(seconds(times) for _ in range(3)) for times in (2000, 16_000))
    assert large < 30 * max(small, 0.002)


def test_thousands_of_patterns_compile_quickly() -> None:
    before = time.process_time()
    for number in range(2000):
        assert pattern(f"^[a-z]{{1,{number % 60 + 1}}}-{number}(?:foo|bar)?$").found_in(f"a-{number}foo")
    assert time.process_time() - before < 2


def test_many_patterns_are_searched_for_together() -> None:
    texts = (*(f"^a{number}$" for number in range(20)), "(", "^(?=a)a7$")
    assert patterns(texts).found_in("a7") == ["(", "^(?=a)a7$", "^a7$"]
    assert patterns(texts).found_in("\ud800") == ["("]
    assert patterns(texts[:3]).found_in("a2") == ["^a2$"]


def test_a_pattern_of_twenty_thousand_characters_is_validated() -> None:
    text = f"^(?:{'|'.join(f'w{number}' for number in range(3600))})$"
    assert len(text) > 20_000
    assert (pattern(text).found_in("w3599"), pattern(text).found_in("w3600")) == (True, False)


def test_a_pattern_is_translated_for_each_engine() -> None:
    assert translated(r"^\u00e9\/$", "re2") == r"^\x{e9}\/\z"
    assert translated(r"^\u00e9\/$", "regex") == r"^\U000000e9\/\Z"
    assert translated(r"\d", "re") == r"\d"
    assert translated(r"^[(?<a]>$", "re2") == r"^[(?<a]>\z"
