"""Escapes are decoded as in JSON and in queries, and places in the decoded text are known in the first one."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.unescaped import levels, raw_span, unescaped

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("%41%7a%7E", "Az~"),
        (r"\u0041\u00e9\u4f60", "Aé你"),
        (r"\ud83d\ude00\uDBFF\uDFFF\uD800\uDC00", "😀\U0010ffff\U00010000"),
        (r"\"\\\/", '"\\/'),
        (r"\ud83d", "\ud83d"),
        ("%4", None),
        ("100 % sure", None),
        ("plain", None),
    ],
)
def test_an_escape_is_decoded(text: str, decoded: str | None) -> None:
    found = unescaped(text)
    assert (None if found is None else found.text) == decoded


@given(TEXTS)
def test_json_is_decoded_as_json_decodes_it(text: str) -> None:
    kept = "".join(character for character in text if character >= " " and character != "%")
    written = json.dumps(kept)[1:-1].replace("\\u007f", "\x7f")
    found = unescaped(written)
    assert (written if found is None else found.text) == kept


@given(st.text(st.characters(max_codepoint=127)), st.text("ab", max_size=3), st.integers(1, 3))
def test_the_place_of_a_text_is_known_however_often_it_is_escaped(key: str, around: str, times: int) -> None:
    text, first = f"{around}%{key}{around}", f"{around}%{key}{around}"
    for _ in range(times):
        text = quote(text, safe="")
    for found, steps in levels(text):
        if len(steps) == times:
            start = len(around)
            begin, end = raw_span((start, start + len(key) + 1), steps)
            assert found == first
            whole = text[begin:end]
            for _ in range(times):
                decoded = unescaped(whole)
                whole = whole if decoded is None else decoded.text
            assert whole == f"%{key}"
