"""Each fault as a function from messages to messages."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from mockbot.fault.catalogue import (
    CATALOGUE,
    BadChunk,
    ContentLength,
    Cut,
    Delay,
    Drip,
    IdleClose,
    Raw,
    Reset,
    Stall,
    Status,
    TrailingBytes,
    Truncate,
)
from mockbot.fault.fault import NOW, Fault, abort, pause, raw
from tests.fault.streams import Messages, bent, body, start, stream, summary, whole

ABC = stream(b"aaa", b"bbb", b"ccc")
JSON = whole(b"{json}")
EVENT_BYTES = (b'data: {"type": "a"}\n\n', b'data: {"type": "b"}\n\n', b"event: c\ndata: x\n\n", b"data: [1]\n\n")
EVENTS = stream(*EVENT_BYTES)
LATER = ABC[2:]
"""The rest of a stream after a fault in a script."""


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (Delay(2), ABC, [2, 200, b"aaa", b"bbb", b"ccc", "."]),
        (Delay(2), JSON, [2, 200, b"{json}", "."]),
        (Delay(2), LATER, [2, b"bbb", b"ccc", "."]),
        (Stall(2), ABC, [200, 2, b"aaa", b"bbb", b"ccc", "."]),
        (Stall(2, after=1), ABC, [200, b"aaa", 2, b"bbb", b"ccc", "."]),
        (Stall(2, after=1, bytes=1), ABC, [200, b"aaa", b"b", 2, b"bb", b"ccc", "."]),
        (Stall(2, after=3), ABC, [200, b"aaa", b"bbb", b"ccc", 2, "."]),
        (Stall(2, after=4), ABC, [200, b"aaa", b"bbb", b"ccc", "."]),
        (Stall(2), JSON, [200, 2, b"{json}", "."]),
        (Stall(2, bytes=2), JSON, [200, b"{j", 2, b"son}", "."]),
        (Stall(2, after=1), JSON, [200, b"{json}", 2, "."]),
        (Stall(2), LATER, [2, b"bbb", b"ccc", "."]),
        (Stall(2, after=1), LATER, [b"bbb", 2, b"ccc", "."]),
        (Truncate(), ABC, [200, "."]),
        (Truncate(after=2), ABC, [200, b"aaa", b"bbb", "."]),
        (Truncate(after=2, bytes=2), ABC, [200, b"aaa", b"bbb", b"cc", "."]),
        (Truncate(after=2, bytes=9), ABC, [200, b"aaa", b"bbb", b"ccc", "."]),
        (Truncate(after=9), ABC, [200, b"aaa", b"bbb", b"ccc", "."]),
        (Truncate(bytes=3), JSON, [200, b"{js", "."]),
        (Truncate(after=1), LATER, [b"bbb", "."]),
        (Truncate(event="b"), EVENTS, [200, *EVENT_BYTES[:2], "."]),
        (Truncate(event="c"), EVENTS, [200, *EVENT_BYTES[:3], "."]),
        (Truncate(event="none"), EVENTS, [200, *EVENT_BYTES, "."]),
        (Truncate(event="a"), JSON, [200, b"{json}", "."]),
        (Truncate(), LATER, ["."]),
        (Cut(), ABC, ["cut"]),
        (Cut(), LATER, ["cut"]),
        (Cut(after=0), ABC, [200, "cut"]),
        (Cut(after=2), ABC, [200, b"aaa", b"bbb", "cut"]),
        (Cut(after=1, bytes=2), ABC, [200, b"aaa", b"bb", "cut"]),
        (Cut(bytes=2), ABC, [200, b"aa", "cut"]),
        (Cut(after=9), ABC, [200, b"aaa", b"bbb", b"ccc", "."]),
        (Cut(bytes=2), JSON, [200, b"{j", "cut"]),
        (Cut(after=1), JSON, [200, b"{json}", "cut"]),
        (Reset(), ABC, ["reset"]),
        (Reset(after=1, bytes=1), ABC, [200, b"aaa", b"b", "reset"]),
        (IdleClose(), ABC, ["last", 200, b"aaa", b"bbb", b"ccc", "."]),
        (IdleClose(), LATER, ["last", b"bbb", b"ccc", "."]),
        (Raw("\xff", after=None), JSON, ["\xff", 200, b"{json}", "."]),
        (Raw("x"), ABC, [200, "x", b"aaa", b"bbb", b"ccc", "."]),
        (Raw("x", after=1), JSON, [200, b"{json}", "x", "."]),
        (Raw("x", after=1), LATER, [b"bbb", "x", b"ccc", "."]),
        (Raw("x", after=9), JSON, [200, b"{json}", "."]),
        (BadChunk(), ABC, [200, "zz\r\n", "cut"]),
        (BadChunk(after=1, line="-1"), ABC, [200, b"aaa", "-1\r\n", "cut"]),
        (BadChunk(after=1), JSON, [200, b"{json}", "zz\r\n", "cut"]),
        (BadChunk(after=9), ABC, [200, b"aaa", b"bbb", b"ccc", "."]),
        (TrailingBytes(), ABC, [200, b"aaa", b"bbb", b"ccc", ".", "mockbot"]),
        (TrailingBytes("\r\n"), LATER, [b"bbb", b"ccc", ".", "\r\n"]),
        (ContentLength(), JSON, [200, b"{json}", "cut"]),
        (ContentLength(0), JSON, [200, b"{json}", "."]),
        (ContentLength(-2), JSON, [200, b"{jso", ".", "n}"]),
        (ContentLength(-9), JSON, [200, ".", "{json}"]),
        (ContentLength(2), ABC, [200, b"aaabbbccc", "cut"]),
        (ContentLength(-2), ABC, [200, b"aaabbbc", ".", "cc"]),
        (ContentLength(2), [*JSON[:1], body(b"{j"), abort("cut")], [200, b"{j", "cut"]),
        (ContentLength(2), [pause(2), *JSON[:1], pause(3)], [2, 3]),
        (ContentLength(-2), [*JSON, raw(b"x")], [200, b"{jso", ".", "n}", "x"]),
        (Drip(4, 2), JSON, [200, b"{jso", 2, b"n}", "."]),
        (Drip(2, 2), ABC, [200, b"aa", 2, b"a", 2, b"bb", 2, b"b", 2, b"cc", 2, b"c", "."]),
        (Drip(9, 2), LATER, [b"bbb", 2, b"ccc", "."]),
        (Status(), ABC, [503, b'{"status":"error","message":"Service Unavailable","data":null}\n', "."]),
        (Status(500, message="no"), JSON, [500, b'{"status":"error","message":"no","data":null}\n', "."]),
        (Status(429, body="empty"), JSON, [429, "."]),
    ],
    ids=lambda value: value if isinstance(value, Fault) else "",
)
def test_the_messages_that_are_sent(fault: Fault, given: Messages, left: list[Any]) -> None:
    assert summary(bent(fault, given)) == left


def headers(fault: Fault, now: float = 0.0) -> dict[bytes, bytes]:
    first = {**start(), NOW: now}
    return dict(bent(fault, [first, body(b"", more=False)])[0]["headers"])


def test_the_second_of_two_faults_has_the_same_form_of_errors() -> None:
    first = bent(Status(500), JSON)
    assert summary(bent(Status(503, message="no"), first))[1] == b'{"status":"error","message":"no","data":null}\n'


def test_a_status_has_the_headers_of_its_body() -> None:
    assert headers(Status(message="x")) == {b"content-type": b"application/json", b"content-length": b"45"}
    assert headers(Status(body="empty")) == {b"content-length": b"0"}
    assert headers(Status(body="html"))[b"content-type"] == b"text/html; charset=utf-8"


def test_an_html_page_like_a_proxys() -> None:
    page = bent(Status(502, message="a < b", body="html"), JSON)[1]["body"]
    assert page == b"<!doctype html>\n<title>502 Bad Gateway</title>\n<h1>502 Bad Gateway</h1>\n<p>a &lt; b</p>\n"


def test_a_status_without_a_reason_phrase() -> None:
    assert b"599 Unknown Error" in bent(Status(599, body="html"), JSON)[1]["body"]


@pytest.mark.parametrize(
    ("fault", "now", "header"),
    [
        (Status(retry_after=2), 0, b"2"),
        (Status(retry_after=-1), 0, b"-1"),
        (Status(retry_after=2, retry_after_date=True), 1_767_225_600, b"Thu, 01 Jan 2026 00:00:02 GMT"),
        (Status(retry_after=-9, retry_after_date=True), 0, b"Thu, 01 Jan 1970 00:00:00 GMT"),
        (Status(retry_after=9, retry_after_date=True), 1e12, b"Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)
def test_retry_after(fault: Status, now: float, header: bytes) -> None:
    assert headers(fault, now)[b"retry-after"] == header


def test_retry_after_is_absent_by_default() -> None:
    assert b"retry-after" not in headers(Status(retry_after_date=True))


def test_a_truncated_response_has_no_content_length() -> None:
    assert bent(Truncate(bytes=1), JSON)[0]["headers"] == [(b"content-type", b"application/json")]


def test_a_cut_response_keeps_its_content_length() -> None:
    assert (b"content-length", b"6") in bent(Cut(bytes=1), JSON)[0]["headers"]


@pytest.mark.parametrize(
    ("fault", "given", "length"),
    [
        (BadChunk(), JSON, None),
        (ContentLength(2), JSON, b"8"),
        (ContentLength(-2), ABC, b"7"),
        (ContentLength(-99), ABC, b"0"),
        (ContentLength(3), [*JSON[:1], body(b"", more=False)], b"9"),
        (Drip(), JSON, b"6"),
    ],
)
def test_the_declared_length(fault: Fault, given: Messages, length: bytes | None) -> None:
    assert dict(bent(fault, given)[0]["headers"]).get(b"content-length") == length


@pytest.mark.parametrize(
    ("fault", "kind", "expects"),
    [
        (Delay(), "legal", "same"),
        (Stall(), "legal", "same"),
        (Drip(), "legal", "same"),
        (IdleClose(), "legal", "same"),
        (Truncate(), "violation", "error"),
        (Cut(), "violation", "error"),
        (Reset(), "violation", "error"),
        (BadChunk(), "violation", "error"),
        (Raw("x"), "violation", "either"),
        (TrailingBytes(), "violation", "either"),
        (ContentLength(1), "violation", "error"),
        (ContentLength(-1), "violation", "either"),
        (ContentLength(0), "legal", "same"),
    ],
)
def test_kinds(fault: Fault, kind: str, expects: str) -> None:
    assert (fault.kind, fault.expects) == (kind, expects)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_fault_cites_its_rule(name: str) -> None:
    assert CATALOGUE[name].rule


def test_a_drip_does_not_wait_for_a_client_that_has_left() -> None:
    async def played() -> Messages:
        async def given() -> AsyncIterator[Message]:
            for message in whole(b"abcdef"):
                yield message

        left: Messages = []
        async for message in Drip(2, 3600)(given()):
            left.append(message)
            if message["type"] == "mockbot.sleep":
                message["left"] = True
        return left

    assert summary(asyncio.run(played())) == [200, b"ab", 3600, b"cdef", "."]


FRAMES = st.lists(st.binary(min_size=1, max_size=8), max_size=5)
AFTER, SIZE = st.integers(0, 6), st.integers(0, 9)


def allowed(frames: list[bytes], after: int, size: int) -> bytes:
    """Return the bytes before a place: `after` frames, and `size` bytes of the next one."""
    return b"".join(frames[:after]) + b"".join(frames[after : after + 1])[:size]


def sent(messages: Messages) -> bytes:
    return b"".join(message["body"] for message in messages if message["type"] == "http.response.body")


@given(FRAMES, AFTER, SIZE, st.sampled_from([Cut, Reset, Truncate]))
def test_a_response_that_ends_early_has_exactly_the_bytes_before_the_place(
    frames: list[bytes], after: int, size: int, kind: type[Cut | Reset | Truncate]
) -> None:
    left = bent(kind(after=after, bytes=size), stream(*frames))
    assert sent(left) == allowed(frames, after, size)
    reached = len(frames) > after or (len(frames) == after and not size)
    aborted = [message["how"] for message in left if message["type"] == "mockbot.abort"]
    assert aborted == ([kind.name] if reached and kind is not Truncate else [])
    ends = [message for message in left if message["type"] == "http.response.body" and not message["more_body"]]
    assert len(ends) == 1 - len(aborted)
    assert left[-1]["type"] == "mockbot.abort" if aborted else left[-1] == ends[0]


@given(FRAMES, st.one_of(st.builds(Delay), st.builds(Stall, after=AFTER, bytes=SIZE)))
def test_a_pause_changes_no_byte(frames: list[bytes], fault: Fault) -> None:
    left = bent(fault, stream(*frames))
    assert sent(left) == b"".join(frames)
    assert not left[-1]["more_body"]
    assert sum(message["type"] == "mockbot.sleep" for message in left) <= 1


@given(st.sampled_from([Status(), Delay(), Stall(after=2), Truncate(after=2), Cut(after=2), Reset(after=2)]))
def test_messages_that_are_neither_start_nor_body_are_passed_on(fault: Fault) -> None:
    other = {"type": "http.response.push"}
    assert other in bent(fault, [other, *ABC])
