"""The responses on a connection, read from bytes: also from bytes that no HTTP library would write."""

import gzip

import pytest

from mockbot.fuzz.sent import Sent, responses
from mockbot.server.tap import Tapped, Written

HEAD = b"HTTP/1.1 200 \r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
POST = b"POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"


def connection(*writes: bytes, received: bytes = POST, ended: str = "open") -> Tapped:
    tapped = Tapped(bytearray(received), [Written(float(index), data) for index, data in enumerate(writes)])
    tapped.ended = ended  # type: ignore[assignment]
    return tapped


def only(*writes: bytes, received: bytes = POST, ended: str = "open") -> Sent:
    (sent,) = responses([connection(*writes, received=received, ended=ended)])
    return sent


def test_a_chunked_stream_keeps_the_borders_of_its_chunks_and_their_times() -> None:
    sent = only(HEAD, b"6\r\ndata: \r\n", b"3\r\na\n\n\r\n", b"0\r\n\r\n")
    assert (sent.status, sent.method, sent.path) == (200, "POST", "/api/v1/chat")
    assert [(chunk.at, chunk.data) for chunk in sent.chunks] == [(1.0, b"data: "), (2.0, b"a\n\n")]
    assert sent.complete
    assert not sent.broken
    assert not sent.extra
    assert [event.data for event in sent.events] == ["a"]


def test_one_chunk_may_be_in_many_writes_and_many_in_one() -> None:
    sent = only(HEAD + b"4\r\nda", b"ta\r\n2\r\n:a\r\n0\r\n\r\n")
    assert [chunk.data for chunk in sent.chunks] == [b"data", b":a"]
    assert sent.complete


@pytest.mark.parametrize(
    ("writes", "ended"),
    [
        ([HEAD, b"6\r\ndata: \r\n"], "closed"),
        ([HEAD, b"6\r\ndat"], "reset"),
        ([HEAD], "left"),
        ([b"HTTP/1.1 200 \r\ncontent-length: 9\r\n\r\n", b"12345678"], "closed"),
        ([b"HTTP/1.1 200 \r\ncontent-"], "closed"),
        ([], "closed"),
    ],
)
def test_a_response_that_ends_early_is_incomplete(writes: list[bytes], ended: str) -> None:
    sent = only(*writes, ended=ended)
    assert not sent.complete
    assert sent.ended == ended


@pytest.mark.parametrize(
    ("writes", "size"), [([b"HTTP/1.1 200 \r\ncontent-length: 3\r\n\r\n", b"abc"], 3), ([b"HTTP/1.1 204 \r\n\r\n"], 0)]
)
def test_a_body_of_known_length_is_complete(writes: list[bytes], size: int) -> None:
    sent = only(*writes)
    assert sent.complete
    assert len(sent.body) == size


def test_without_a_length_the_end_of_the_connection_is_that_of_the_body() -> None:
    writes = [b"HTTP/1.1 200 \r\n\r\n", b"abc"]
    assert only(*writes, ended="closed").complete
    assert not only(*writes, ended="left").complete
    assert not only(*writes, ended="reset").complete


def test_an_illegal_chunk_header_is_broken_http() -> None:
    sent = only(HEAD, b"1\r\na\r\n", b"zz\r\nb\r\n", ended="closed")
    assert sent.broken
    assert [chunk.data for chunk in sent.chunks] == [b"a"]


def test_what_follows_the_last_response_is_extra() -> None:
    sent = only(b"HTTP/1.1 200 \r\ncontent-length: 1\r\n\r\nabc")
    assert (sent.body, sent.extra) == (b"a", b"bc")


def test_interim_responses_come_before_the_response() -> None:
    sent = only(b"HTTP/1.1 103 \r\nlink: </a>\r\n\r\n", b"HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n")
    assert (sent.interim, sent.status) == ((103,), 200)
    assert sent.header("link") is None


def test_each_request_on_a_connection_has_its_response() -> None:
    one = b"HTTP/1.1 200 \r\ncontent-length: 1\r\n\r\n"
    first, second = responses([connection(one + b"a", one + b"b", received=POST + POST)])
    assert (first.body, second.body) == (b"a", b"b")
    assert not first.extra


def test_a_connection_without_a_request_has_no_response() -> None:
    assert responses([connection(received=b""), connection(b"late bytes", received=b"")]) == ()


def test_a_response_before_the_end_of_the_request_is_early() -> None:
    upload = b"POST /api/v1/file HTTP/1.1\r\ncontent-length: 100\r\n\r\nonly a part"
    assert only(b"HTTP/1.1 413 \r\ncontent-length: 0\r\n\r\n", received=upload).early
    assert not only(b"HTTP/1.1 413 \r\ncontent-length: 0\r\n\r\n").early


def test_a_compressed_stream_is_decoded_also_if_it_is_incomplete() -> None:
    packed = gzip.compress(b"data: a\n\n")
    head = b"HTTP/1.1 200 \r\ncontent-type: Text/Event-Stream\r\ncontent-encoding: gzip\r\n\r\n"
    assert [event.data for event in only(head, packed, ended="closed").events] == ["a"]
    assert only(head, b"not gzip", ended="closed").events == ()


def test_a_length_of_thousands_of_digits_is_no_length() -> None:
    request = b"POST /a HTTP/1.1\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n"
    assert not only(b"HTTP/1.1 400 \r\ncontent-length: 0\r\n\r\n", received=request).early
    assert only(b"HTTP/1.1 200 \r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\na", ended="closed").body == b"a"
