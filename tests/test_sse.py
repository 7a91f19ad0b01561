import math
import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockbot.sse import EVENT, LIKE, Event, Parser, data_frame, encode, frame, frames, piece, raw_frame


def read(*chunks: bytes) -> list[Event]:
    parser = Parser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


def test_a_json_value_is_one_data_line_with_spaces_and_raw_utf8() -> None:
    assert data_frame({"data": "你好\n", "n": 1}) == 'data: {"data": "你好\\n", "n": 1}\n\n'.encode()


def test_an_event_is_written_with_lf() -> None:
    assert encode(Event("a\r\nb\rc\n", "note", "7", 20)) == (
        b"event: note\nid: 7\nretry: 20\ndata: a\ndata: b\ndata: c\ndata: \n\n"
    )


def test_an_event_has_no_line_for_what_is_the_default() -> None:
    assert encode(Event("a")) == b"data: a\n\n"
    assert encode(Event("", "", retry=0)) == b"event: \nretry: 0\ndata: \n\n"
    assert encode(Event("a\ud800")) == b"data: a?\n\n"


@pytest.mark.parametrize("event", [Event("", event="a\nb"), Event("", id="a\rb"), Event("", id="a\0b")])
def test_an_event_that_a_stream_cannot_represent_is_rejected(event: Event) -> None:
    with pytest.raises(ValueError, match="line end"):
        encode(event)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("YHOO\n+2\n10")]),
        (b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n", None),
        (b"data\n\ndata\ndata\n\ndata:", [Event(""), Event("\n")]),
        (b"data:test\n\ndata: test\n\n", [Event("test"), Event("test")]),
    ],
)
def test_the_examples_of_the_standard(stream: bytes, events: list[Event] | None) -> None:
    assert read(stream) == ([Event("first event", id="1"), Event("second event")] if events is None else events)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_line_end_ends_a_line(end: bytes) -> None:
    assert read(b"event: x" + end + b"data: y" + end + end) == [Event("y", "x")]


def test_a_crlf_split_over_two_chunks_is_one_line_end() -> None:
    assert read(b"data: a\r", b"\n", b"data: b\r", b"\n\r", b"\n") == [Event("a\nb")]


def test_a_cr_dispatches_before_the_next_byte_comes() -> None:
    assert read(b"data: a\r\r") == [Event("a")]


def test_one_bom_at_the_start_is_dropped_even_when_split() -> None:
    assert read(b"\xef", b"\xbb\xbfdata: a\n\n") == [Event("a")]
    assert read(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n") == []  # the second is part of the field's name
    assert read(b"data: a\n\n\xef\xbb\xbfdata: b\n\n") == [Event("a")]


def test_a_split_character_is_decoded_and_invalid_bytes_are_replaced() -> None:
    assert read(b"data: \xe4", b"\xbd\xa0\n\n") == [Event("你")]
    assert read(b"data: \xff\xe4\xbd\n\n") == [Event("\ufffd\ufffd")]


def test_a_block_without_data_dispatches_nothing_and_its_type_is_reset() -> None:
    assert read(b"event: x\n\ndata: a\n\n") == [Event("a")]


def test_the_last_event_id_is_kept_until_the_next() -> None:
    assert read(b"id: 3\n\ndata: a\n\nid\ndata: b\n\n") == [Event("a", id="3"), Event("b")]


def test_the_id_of_the_parser_changes_with_the_blank_line() -> None:
    parser = Parser()
    assert parser.last_event_id == ""
    parser.feed(b"id: 3\n")
    assert parser.last_event_id == ""
    parser.feed(b"\n")
    assert parser.last_event_id == "3"


def test_a_line_feed_at_the_start_ends_an_empty_line() -> None:
    assert read(b"\ndata: a\n\n") == [Event("a")]
    assert read(b"data: a\n", b"\n") == [Event("a")]
    assert read(b"data: a\r", b"\n", b"\n") == [Event("a")]
    parser = Parser()
    parser.feed(b"data: a\r")
    parser.close()
    parser.feed(b"data: b\n")
    assert parser.feed(b"\n") == [Event("b")]


def test_an_id_with_a_nul_is_ignored() -> None:
    assert read(b"id: 3\nid: 4\x005\ndata: a\n\n") == [Event("a", id="3")]


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        (b"10", 10),
        (b"007", 7),
        (b"0", 0),
        (b"000", 0),
        (b"1.5", None),
        (b"-1", None),
        (b"", None),
        ("٣".encode(), None),
        (b"9" * 9000, int("9" * 18)),
    ],
)
def test_a_retry_has_only_digits(value: bytes, retry: int | None) -> None:
    parser = Parser()
    assert parser.feed(b"retry: " + value + b"\ndata: a\n\n") == [Event("a", retry=retry)]
    assert parser.retry == retry


def test_unknown_fields_comments_and_other_line_breaks_change_nothing() -> None:
    assert read("DATA: a\ndata : b\n:data: c\ndata: d\u2028e\x0bf\n\n".encode()) == [Event("d\u2028e\x0bf")]


def test_an_event_without_a_blank_line_is_discarded() -> None:
    parser = Parser()
    assert parser.feed(b"data: a\n") == []
    parser.close()
    assert parser.feed(b"\n") == []


def test_a_too_long_event_is_rejected_in_one_line_and_in_many() -> None:
    with pytest.raises(ValueError, match="longer than 10"):
        Parser(max_event=10).feed(b"data: 123456")
    with pytest.raises(ValueError, match="longer than 10"):
        Parser(max_event=10).feed(b"data: 1\n" * 2)
    with pytest.raises(ValueError, match="longer than 10"):
        Parser(max_event=10).feed(b"data\n" * 4)
    assert len(Parser(max_event=10).feed(b": comment\nid: 1\ndata: 1\n\n" * 9)) == 9


def test_an_event_of_exactly_the_limit_is_read() -> None:
    """Each line of data counts with its line end."""
    assert Parser(max_event=11).feed(b"data: 1234\n\n" * 2) == [Event("1234")] * 2
    assert Parser(max_event=10).feed(b"data\ndata\n\n" * 2) == [Event("\n")] * 2
    with pytest.raises(ValueError, match="longer than 9"):
        Parser(max_event=9).feed(b"data\ndata\n\n")
    parser = Parser(max_event=11)
    parser.feed(b"data: 1234")
    parser.close()
    assert parser.feed(b"data: 5678\n\n") == [Event("5678")]


def test_the_messages_of_a_stream_have_their_bytes_and_their_value() -> None:
    part = {"type": "http.response.body", "more_body": True}
    assert piece(b"a") == part | {"body": b"a"}
    assert frame({"a": [1, "é"]}) == part | {"body": 'data: {"a": [1, "é"]}\n\n'.encode(), EVENT: {"a": [1, "é"]}}


def test_a_raw_frame_has_a_text_unchanged_and_any_other_value_as_json() -> None:
    assert raw_frame("{not JSON\n\ud800") == b"data: {not JSON\n?\n\n"
    assert raw_frame({"data": "é"}) == data_frame({"data": "é"})


def test_messages_that_differ_in_one_text_say_what_they_are_like() -> None:
    value: dict[str, Any] = {"type": "plain", "data": "", "n": [1]}
    one, other = frames(value, "data", ["a", "b"])
    assert one[LIKE] is other[LIKE]
    assert one[LIKE] == (value, "data")
    assert (one["body"], one[EVENT]) == (b'data: {"type": "plain", "data": "a", "n": [1]}\n\n', value | {"data": "a"})


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=6)
EVENTS = st.lists(
    st.builds(Event, TEXT.map(lambda text: text.replace("\r", "")), LINE.map(lambda line: line or "message"),
              LINE.filter(bool), st.none() | st.integers(0, 10**9)),
    max_size=5,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(["data", "type", 'a"', "x"]), st.text() | st.none() | st.lists(st.text())),
    st.sampled_from(["data", 'a"']),
    st.lists(st.text(st.characters())),
)
@example({"x": ["data", {"data": ""}], "data": "a"}, "data", ["b", "c"])
@example({"data": "a", "x": math.inf}, "data", ["b"])
@example({"data": "a"}, "data", ["b", "\ud800", "c"])
def test_messages_that_differ_in_one_text_are_like_single_ones(
    value: dict[str, Any], key: str, texts: list[str]
) -> None:
    found = [{name: part for name, part in each.items() if name != LIKE} for each in frames(value, key, texts)]
    assert found == [frame({**value, key: text}) for text in texts]


@given(EVENTS, st.sampled_from(["\n", "\r", "\r\n"]), st.booleans(), st.integers())
def test_encoded_events_are_parsed_for_all_line_ends_and_chunks(
    events: list[Event], end: str, bom: bool, seed: int
) -> None:
    stream = b"\xef\xbb\xbf" * bom + b"".join(encode(event) for event in events).replace(b"\n", end.encode())
    dice = random.Random(seed)
    chunks = []
    while stream:
        size = dice.randint(1, 9)
        chunks.append(stream[:size])
        stream = stream[size:]
    assert read(*chunks) == events


@given(st.binary(max_size=60).map(lambda raw: raw.replace(b"x", b"data:")), st.integers(1, 7))
def test_the_chunks_do_not_change_the_events(stream: bytes, size: int) -> None:
    assert read(*(stream[at : at + size] for at in range(0, len(stream), size))) == read(stream)


@given(
    st.lists(
        st.sampled_from([b"data: x", b"data", b"id: 1", b"id", b"\r", b"\n", b"\r\n", b": c", b"event: e"]), max_size=20
    )
)
def test_single_bytes_give_the_same_events_as_one_chunk(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == read(stream)
