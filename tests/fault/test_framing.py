"""An event stream in other bytes: what is sent for two small events."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mockbot.errors import UserError
from mockbot.fault.blocks import BOM
from mockbot.fault.catalogue import (
    BadUtf8,
    BareField,
    Bom,
    ColonSpace,
    Comments,
    DataLines,
    EventId,
    EventName,
    EventRetry,
    LineEnds,
    NoBlankLine,
    TrailingSpace,
    UnknownField,
)
from mockbot.fault.fault import Fault, abort, pause
from mockbot.fault.parse import parse_fault, schema
from mockbot.sse import Parser
from tests.fault.streams import Messages, bent, body, start, stream, summary, whole

ONE, TWO = b'data: {"a": [1, "b, c"]}\n\n', b'id: 7\ndata: {"a": ""}\n\n'
BOTH = stream(ONE, TWO)


@pytest.mark.parametrize(
    ("fault", "one", "two"),
    [
        (LineEnds("crlf"), b'data: {"a": [1, "b, c"]}\r\n\r\n', b'id: 7\r\ndata: {"a": ""}\r\n\r\n'),
        (LineEnds("cr"), b'data: {"a": [1, "b, c"]}\r\r', b'id: 7\rdata: {"a": ""}\r\r'),
        (LineEnds("mixed"), b'data: {"a": [1, "b, c"]}\n\r\n', b'id: 7\rdata: {"a": ""}\n\r\n'),
        (Bom(), BOM + ONE, TWO),
        (Comments(inside=True), b": ping\n" + ONE, b": ping\n" + TWO),
        (Comments(text="", inside=True, every=2), b":\n" + ONE, TWO),
        (ColonSpace(), b'data:{"a": [1, "b, c"]}\n\n', b'id:7\ndata:{"a": ""}\n\n'),
        (ColonSpace(3), b'data:   {"a": [1, "b, c"]}\n\n', b'id:   7\ndata:   {"a": ""}\n\n'),
        (TrailingSpace(2), b'data: {"a": [1, "b, c"]}  \n\n', b'id: 7\ndata: {"a": ""}  \n\n'),
        (BareField(), b'data: {"a": [1, "b, c"]}\ndata\n\n', b'id: 7\ndata: {"a": ""}\ndata\n\n'),
        (BareField("event"), b"event\n" + ONE, b"event\n" + TWO),
        (DataLines(), b'data: {"a": [\ndata: 1, "b, c"]}\n\n', b'id: 7\ndata: {"a":\ndata: ""}\n\n'),
        (
            DataLines(9),
            b'data: {\ndata: "a":\ndata: [\ndata: 1,\ndata: "b, c"]\ndata: }\n\n',
            b'id: 7\ndata: {\ndata: "a":\ndata: ""}\n\n',
        ),
        (EventId("x\0\t é"), b"id: x\0\t \xc3\xa9\n" + ONE, b'id: x\0\t \xc3\xa9\ndata: {"a": ""}\n\n'),
        (EventId(""), b"id: \n" + ONE, b'id: \ndata: {"a": ""}\n\n'),
        (EventName(), b"event: message\n" + ONE, b"event: message\n" + TWO),
        (EventName("\ud800"), b"event: ?\n" + ONE, b"event: ?\n" + TWO),
        (EventRetry("-1"), b"retry: -1\n" + ONE, b"retry: -1\n" + TWO),
        (
            UnknownField(" data", "x: y"),
            b'data: {"a": [1, "b, c"]}\n data: x: y\n\n',
            b'id: 7\ndata: {"a": ""}\n data: x: y\n\n',
        ),
        (BadUtf8(), b'data: {"a": [1, "b, c\xff"]}\n\n', TWO),
        (BadUtf8(after=1), ONE, b'id: 7\ndata: {"a": "\xff"}\n\n'),
        (BadUtf8(after=2), ONE, TWO),
        (NoBlankLine(), ONE, b'id: 7\ndata: {"a": ""}\n'),
    ],
    ids=lambda value: value if isinstance(value, Fault) else "",
)
def test_the_frames_that_are_sent(fault: Fault, one: bytes, two: bytes) -> None:
    left = summary(bent(fault, BOTH))
    assert [each for each in left if each != "."] == [200, one, two]
    assert left[-1] == "."


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (ColonSpace(), b"data:  a\n\n", b"data:  a\n\n"),  # the second space belongs to the data
        (ColonSpace(), b"data\n:c\ndata: a: b\n\n", b"data\n:c\ndata:a: b\n\n"),
        (TrailingSpace(), b"data\ndata: a\nid: 1\n\n", b"data\ndata: a \nid: 1\n\n"),
        (BareField(), b": c\n\n", b": c\n\n"),
        (BareField("id"), b"data: a\r\n\r\n", b"id\r\ndata: a\r\n\r\n"),
        (DataLines(), b"data: a, b\n\n", b"data: a, b\n\n"),
        (DataLines(), b"data: [1,2]\r\r", b"data: [1,\rdata: 2]\r\r"),
        (DataLines(), b"data:[1,2]\n\n", b"data:[1,\ndata:2]\n\n"),
        (DataLines(3), b'data: [1,\ndata: "\\"[,", 2]\n\n', b'data: [1,\ndata: "\\"[,",\ndata: 2]\n\n'),
        (DataLines(), b"data: 1\n\n", b"data: 1\n\n"),
        (DataLines(), b"data: " + b"[" * 100_000 + b"\n\n", b"data: " + b"[" * 100_000 + b"\n\n"),
        (BadUtf8(), b'data: {"long key": "a"}\n\n', b'data: {"long key": "a\xff"}\n\n'),
        (BadUtf8(), b'data: ["a\\"", "b"]\n\n', b'data: ["a\\"\xff", "b"]\n\n'),
        (BadUtf8(), b'data: {"a":\ndata: "b"}\n\n', b'data: {"a":\ndata: "b\xff"}\n\n'),
        (BadUtf8(), b"data: [DONE]\n\n", b"data: [DONE]\xff\n\n"),
        (BadUtf8(), b"data\n\n", b"data:\xff\n\n"),
        (BadUtf8(), b": c\n\ndata: 1\n\n", b": c\n\ndata: 1\xff\n\n"),
        (Bom(), BOM + b"data: a\n\n", BOM + b"data: a\n\n"),
        (Bom(), b"", b""),
        (EventName("é"), BOM + b"data: a\n\n", BOM + b"event: \xc3\xa9\ndata: a\n\n"),
        (LineEnds("mixed"), b"a\n\n\n", b"a\n\r\n\r"),
        (LineEnds(), b"data: a\n\ndata: b", b"data: a\r\n\r\ndata: b"),
        (NoBlankLine(), b"data: a\n\ndata: b\n", b"data: a\n\ndata: b\n"),
        (NoBlankLine(), b"", b""),
        (EventId(), b"data: a\n\ndat", b"id: 1\ndata: a\n\ndat"),
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_the_bytes_that_are_sent(fault: Fault, given: bytes, left: bytes, size: int) -> None:
    pieces = [given[at : at + size] for at in range(0, len(given), size)] if len(given) < 1000 else [given]
    assert sent(fault, stream(*pieces)) == left


def sent(fault: Fault, messages: Messages) -> bytes:
    return b"".join(each for each in summary(bent(fault, messages)) if isinstance(each, bytes))


def test_a_late_line_feed_does_not_become_a_blank_line() -> None:
    pieces = stream(b"data: a\r\n\r", b"\ndata: b\r\n\r", b"\n")
    assert sent(LineEnds("cr"), pieces) == b"data: a\r\rdata: b\r\r"
    assert sent(NoBlankLine(), pieces) == b"data: a\r\n\rdata: b\r\n"
    assert sent(EventId(), pieces) == b"id: 1\r\ndata: a\r\n\r\nid: 1\r\ndata: b\r\n\r\n"


STREAM_FAULTS = (LineEnds(), Comments(), ColonSpace(), TrailingSpace(), BareField(), DataLines(), EventId())


@pytest.mark.parametrize("fault", [*STREAM_FAULTS, Bom(), BadUtf8(), NoBlankLine()], ids=str)
@pytest.mark.parametrize(
    "given",
    [
        whole(b"data: {}\n\n"),
        [start(content_type="text/event-stream", content_encoding="gzip"), body(b"data: {}\n\n", more=False)],
    ],
    ids=["json", "gzip"],
)
def test_other_responses_pass_unchanged(fault: Fault, given: Messages) -> None:
    assert bent(fault, given) == given


@pytest.mark.parametrize("fault", STREAM_FAULTS, ids=str)
def test_the_media_type_may_have_any_case_and_parameters(fault: Fault) -> None:
    odd = [start(content_type="Text/Event-Stream ;charset=utf-8"), *BOTH[1:]]
    assert summary(bent(fault, odd)) == summary(bent(fault, BOTH))


@pytest.mark.parametrize("fault", STREAM_FAULTS, ids=str)
def test_a_fault_in_a_script_changes_the_rest_of_the_stream(fault: Fault) -> None:
    assert summary(bent(fault, BOTH[1:])) == summary(bent(fault, BOTH))[1:]


def test_a_byte_order_mark_in_the_middle_of_a_stream_is_part_of_a_name() -> None:
    assert summary(bent(EventId(), stream(BOM + b"data: a\n\n")[1:])) == [BOM + b"data: a\n\n", "."]


def test_a_stream_with_a_length_is_sent_without_it() -> None:
    given = [start(content_type="text/event-stream", content_length="10"), body(b"data: {}\n\n", more=False)]
    head, last = bent(BareField(), given)
    assert head["headers"] == [(b"content-type", b"text/event-stream")]
    assert last == body(b"data: {}\ndata\n\n", more=False)


def test_events_sent_in_one_frame_stay_in_one() -> None:
    assert summary(bent(LineEnds("cr"), stream(b"data: a\n\ndata: b\n\nda", b"ta: c\n\n"))) == [
        200,
        b"data: a\r\rdata: b\r\r",
        b"data: c\r\r",
        ".",
    ]


@pytest.mark.parametrize("fault", [LineEnds("cr"), NoBlankLine()], ids=str)
def test_what_came_before_a_cut_is_sent_before_it(fault: Fault) -> None:
    messages = [*stream(b"data: a\n\n", b"data: b\nda")[:3], abort("cut")]
    left = summary(bent(fault, messages))
    ends = b"\r" if isinstance(fault, LineEnds) else b"\n"
    assert b"".join(left[1:-1]) == b"data: a\n\ndata: b\nda".replace(b"\n", ends)
    assert left[-1] == "cut"


@pytest.mark.parametrize("fault", STREAM_FAULTS, ids=str)
def test_an_event_is_sent_before_a_pause_after_it(fault: Fault) -> None:
    messages = [*BOTH[:2], pause(2), *BOTH[2:]]
    left = summary(bent(fault, messages))
    assert [event.data for event in Parser().feed(b"".join(left[1 : left.index(2)]))] != []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"name": "event_id", "value": "a\n"}, "fault `event_id`: `value` must be a text without line ends"),
        ({"name": "comments", "text": "\r"}, "fault `comments`: `text` must be a text without line ends"),
        (
            {"name": "unknown_field", "field": "data"},
            "fault `unknown_field`: `field` must be the name of a field that no specification knows",
        ),
        ({"name": "unknown_field", "field": "a:"}, "fault `unknown_field`: `field` must be the name of a field that"),
        ({"name": "unknown_field", "field": "data\n"}, "fault `unknown_field`: `field` must be the name of a field"),
        ({"name": "data_lines", "lines": 1}, "fault `data_lines`: `lines` must be between 2 and 100, got 1"),
    ],
)
def test_values_that_would_be_other_lines_are_rejected(value: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_fault(value)
    assert str(caught.value).startswith(message)
    assert not Draft202012Validator(schema()).is_valid(value)
