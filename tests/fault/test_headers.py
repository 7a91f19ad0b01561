"""Faults of headers and of the coding of the body."""

import gzip
import zlib
from typing import Any

import pytest

from mockbot.fault.catalogue import EarlyHints, Gzip, MediaType, RepeatHeader, SetHeader
from mockbot.fault.fault import ASKED, Asked, Fault, abort, pause, raw
from tests.fault.streams import Messages, bent, body, start, stream, summary, whole

STREAM = stream(b"data: 1\n\n", b"data: 2\n\n")
JSON = whole(b"{json}")


def head(fault: Fault, messages: Messages) -> list[tuple[str, str]]:
    """Return the headers of a response with the fault, whose other messages must be unchanged."""
    left = bent(fault, messages)
    assert left[1:] == messages[1:]
    return [(name.decode(), value.decode("latin-1")) for name, value in left[0]["headers"]]


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (MediaType(), STREAM, [("content-type", "Text/Event-Stream")]),
        (MediaType("text/event-stream; charset=utf-8"), STREAM, [("content-type", "text/event-stream; charset=utf-8")]),
        (MediaType(None), STREAM, []),
        (MediaType(), JSON, [("content-type", "application/json"), ("content-length", "6")]),
        (SetHeader("content-type", None), JSON, [("content-length", "6")]),
        (SetHeader("content-type", "x/y"), JSON, [("content-type", "x/y"), ("content-length", "6")]),
        (SetHeader("x-a", "\xe9 b"), STREAM, [("content-type", "text/event-stream"), ("x-a", "\xe9 b")]),
        (SetHeader("x-a", None), [start(x_a="1"), start()], []),
        (RepeatHeader(), [start(cache_control="a")], [("cache-control", "a"), ("cache-control", "no-cache")]),
        (RepeatHeader(), [start()], [("cache-control", "no-cache"), ("cache-control", "no-cache")]),
    ],
)
def test_headers(fault: Fault, given: Messages, left: list[tuple[str, str]]) -> None:
    assert head(fault, given[:1]) == left


def test_a_header_that_is_sent_twice_is_set_once() -> None:
    given: Messages = [{**start(), "headers": [(b"A", b"1"), (b"x", b"2"), (b"a", b"3")]}]
    assert head(SetHeader("a", "4"), given) == [("A", "4"), ("x", "2")]


@pytest.mark.parametrize(
    ("fault", "kind", "expects"),
    [
        (MediaType(), "legal", "same"),
        (MediaType("text/plain"), "violation", "error"),
        (MediaType(None), "violation", "either"),
        (SetHeader("x-a", "1"), "legal", "same"),
        (SetHeader("content-type", "1"), "violation", "either"),
        (RepeatHeader(), "legal", "same"),
        (RepeatHeader("location", "/"), "violation", "either"),
        (Gzip(), "legal", "same"),
        (EarlyHints(), "legal", "same"),
    ],
)
def test_kinds(fault: Fault, kind: str, expects: str) -> None:
    assert (fault.kind, fault.expects) == (kind, expects)


def test_early_hints_come_before_the_head() -> None:
    left = bent(EarlyHints("</a>"), JSON)
    assert left == [raw(b"HTTP/1.1 103 \r\nlink: </a>\r\n\r\n", interim=True), *JSON]


def test_a_client_of_http_1_0_gets_no_interim_response() -> None:
    given = [{**JSON[0], ASKED: Asked("/", http_version="1.0")}, JSON[1]]
    assert bent(EarlyHints(), given) == given


def test_each_event_of_a_compressed_stream_can_be_read_at_once() -> None:
    left = bent(Gzip(), STREAM)
    assert left[0]["headers"] == [(b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip")]
    reader = zlib.decompressobj(wbits=31)
    assert [reader.decompress(message["body"]) for message in left[1:]] == [b"data: 1\n\n", b"data: 2\n\n", b""]
    assert reader.eof


def test_a_compressor_may_keep_all_events_until_the_end() -> None:
    left = bent(Gzip("end"), STREAM)
    assert sum(len(message["body"]) for message in left[1:-1]) <= 10  # the header of gzip
    assert gzip.decompress(b"".join(message["body"] for message in left[1:])) == b"data: 1\n\ndata: 2\n\n"


def test_a_compressed_response_has_the_right_length() -> None:
    left = bent(Gzip(), JSON)
    fields, data = dict(left[0]["headers"]), left[1]["body"]
    assert gzip.decompress(data) == b"{json}"
    assert (fields[b"content-length"], fields[b"content-encoding"]) == (b"%d" % len(data), b"gzip")


def test_a_response_in_pieces_is_compressed_without_a_length() -> None:
    left = bent(Gzip(), [JSON[0], body(b"{js"), body(b"on}", more=False)])
    assert dict(left[0]["headers"]).keys() == {b"content-type", b"content-encoding"}
    assert gzip.decompress(b"".join(message["body"] for message in left[1:])) == b"{json}"


@pytest.mark.parametrize(
    "given",
    [
        [JSON[0], body(b"", more=False)],
        [start(content_encoding="br"), body(b"x", more=False)],
        [start(204), body(b"", more=False)],
        [JSON[0], abort("cut")],
    ],
)
def test_what_is_not_compressed(given: Any) -> None:
    assert bent(Gzip(), given) == given


def test_a_pause_does_not_wait_for_the_compressor() -> None:
    assert summary(bent(Gzip(), [STREAM[0], pause(2)])) == [200, 2]
