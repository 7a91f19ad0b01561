import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.key_forms import FEW, PIECE, SHORTEST, finder, pieces

WORD = 'to ken/"é'
"""A key with all that is written in another way somewhere."""
OTHERS = [f"other-key-{number:03}" for number in range(FEW)]
"""Keys with which there are too many forms for one expression."""


def found(text: str, *keys: str) -> list[str]:
    """Return what is found of keys in a text."""
    find, _ = finder(frozenset(keys))
    return [] if find is None else [text[start:end] for start, end in find(text)]


@pytest.mark.parametrize("others", [[], OTHERS], ids=["few", "many"])
@pytest.mark.parametrize(
    "form",
    [
        WORD,
        WORD.encode().decode("latin-1"),
        json.dumps(WORD)[1:-1],
        json.dumps(WORD, ensure_ascii=False)[1:-1],
        json.dumps(WORD, ensure_ascii=False)[1:-1].encode().decode("latin-1"),
        WORD.replace(" ", "+"),
        quote(WORD, safe=""),
        quote_plus(WORD),
        urlencode({"": WORD})[1:],
        quote(WORD, safe="").replace("%C3%A9", "%c3%a9").replace("%2F", "%2f"),
    ],
)
def test_a_key_is_found_in_every_form_in_which_it_is_sent(form: str, others: list[str]) -> None:
    assert found(f"<{form}>", WORD, *others) == [form]


def test_a_key_that_no_bytes_can_hold_is_searched_for_all_the_same() -> None:
    assert found("a \ud800-secret, a ?-secret, a %3F-secret", "\ud800-secret") == [
        "\ud800-secret",
        "?-secret",
        "%3F-secret",
    ]


@pytest.mark.parametrize("others", [[], OTHERS], ids=["few", "many"])
def test_of_keys_that_begin_alike_the_longest_is_found(others: list[str]) -> None:
    keys = "secret", "secret-1", "secret-12"
    assert found("secret-12secret-1secret secret-13 secre", *keys, *others) == [
        *("secret-12", "secret-1", "secret", "secret-1")
    ]


def test_without_keys_nothing_is_found() -> None:
    assert finder(frozenset()) == (None, 64)


def test_a_text_that_is_shorter_than_a_key_has_none() -> None:
    assert found("", *OTHERS) == found("other", *OTHERS) == []
    assert found("other-key-00", *OTHERS) == []


def test_the_longest_form_tells_how_far_to_look_back() -> None:
    assert finder(frozenset(["short-key"]))[1] == 64
    assert finder(frozenset(["x" * 100]))[1] == 100
    assert finder(frozenset(["/" * 100]))[1] == 300


TEXTS = st.text("ab", min_size=SHORTEST, max_size=9)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(st.one_of(TEXTS, st.sampled_from("ab-")), max_size=12))
def test_few_keys_and_many_are_found_at_the_same_places(keys: list[str], parts: list[str]) -> None:
    text = "".join(parts)
    expected, at = [], 0
    while at < len(text):
        here = max((key for key in keys if text.startswith(key, at)), key=len, default="")
        expected += [here] if here else []
        at += len(here) or 1
    assert found(text, *keys) == found(text, *keys, *OTHERS) == expected


@pytest.mark.parametrize("size", [1, SHORTEST, PIECE, PIECE + 1, PIECE + SHORTEST, PIECE + SHORTEST + 1, 3 * PIECE])
def test_a_long_key_is_searched_for_in_pieces(size: int) -> None:
    word = "".join(chr(ord("a") + number % 26) for number in range(size))
    found = list(dict.fromkeys(pieces(word)))
    assert "".join(found) == word
    assert all(min(size, SHORTEST) <= len(each) <= PIECE + SHORTEST for each in found)
