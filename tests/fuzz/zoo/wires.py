"""What a server sends for each class of bugs, byte by byte, and what a right client then shows."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

Expects = Literal["same", "error", "either"]
Step: TypeAlias = bytes | float | Literal["cut", "reset", "hold"]
"""Bytes to write, seconds to wait, or what happens to the connection; without it, it is closed."""
Shown: TypeAlias = "tuple[str, str, str]"
"""The data, type and id of an event."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What is sent on each connection, and what a right client shows: these events, an error, or either."""

    name: str
    steps: tuple[Step, ...]
    expects: Expects = "same"
    shown: tuple[Shown, ...] = ()
    before: tuple[tuple[Step, ...], ...] = ()
    """What is sent on the connections before."""
    requests: int | None = 1
    """None: any number."""
    values: tuple[object, ...] = ()
    """The lines of a pager."""


FIRST = '{"type": "session_id", "data": null, "session_id": "s1"}'
HELLO = '{"type": "plain", "data": "Hello", "streaming": true, "chain_type": null, "message_id": "m1"}'
STATS = '{"type": "agent_stats", "data": {"start_time": 1767225600.0}}'
SAVED = '{"type": "message_saved", "data": {"id": 4, "created_at": "2026-01-01T00:00:00+00:00"}}'
END = '{"type": "end", "data": "", "streaming": false, "message_id": "m1"}'
REPLY = (FIRST, HELLO, STATS, SAVED, END)

OK = b"HTTP/1.1 200 OK\r\n"
STREAM = b"Content-Type: text/event-stream\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LAST = b"0\r\n\r\n"
HEAD = OK + STREAM + CHUNKED + b"\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunks(*pieces: bytes) -> bytes:
    return b"".join(map(chunk, pieces))


def frame(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


def frames(*data: str) -> tuple[bytes, ...]:
    return tuple(map(frame, data))


def shown(*data: str, event: str = "message", id: str = "") -> tuple[Shown, ...]:
    return tuple((each, event, id) for each in data)


def plain(text: str) -> str:
    """Return an event with a text, with all but ASCII unescaped."""
    return f'{{"type": "plain", "data": {json.dumps(text, ensure_ascii=False)}, "streaming": true}}'


ALL = shown(*REPLY)
BODY = b"".join(frames(*REPLY))


def body(name: str, *pieces: bytes, events: tuple[Shown, ...] = ALL, head: bytes = HEAD) -> Wire:
    """Return a legal stream of chunks."""
    return Wire(name, (head + chunks(*pieces) + LAST,), shown=events)


def answer(name: str, status: bytes, content: bytes, *headers: bytes, expects: Expects = "error") -> Wire:
    """Return a complete response with a known length."""
    length = b"Content-Length: %d\r\n" % len(content)
    head = b"HTTP/1.1 " + status + b"\r\n" + b"".join(each + b"\r\n" for each in headers) + length
    return Wire(name, (head + b"\r\n" + content,), expects)


def with_ends(ends: tuple[bytes, ...], text: bytes = BODY) -> bytes:
    """Return the stream with other line ends, in turn."""
    lines = text.split(b"\n")[:-1]
    return b"".join(line + ends[index % len(ends)] for index, line in enumerate(lines))


def with_line(line: bytes) -> bytes:
    """Return the stream with one more line in each block."""
    return b"".join(line + b"\n" + each for each in frames(*REPLY))


def added(event: str, at: int = 2) -> tuple[bytes, tuple[Shown, ...]]:
    """Return the stream with one more event, and its events."""
    data = (*REPLY[:at], event, *REPLY[at:])
    return b"".join(frames(*data)), shown(*data)


def one_more(name: str, event: str, at: int = 2) -> Wire:
    text, events = added(event, at)
    return body(name, text, events=events)


NON_ASCII = plain("Grüße 你好 🙂")
CUT_IN_CHARACTERS = tuple(frame(NON_ASCII).replace(b"\xc3", b"\xc3|").replace(b"\xe4", b"\xe4|").split(b"|"))
SEPARATORS = plain("a\u2028b\u2029c\u0085d")
LOOKALIKE = plain("what does data: x and id: 1 mean?")
BIG = plain("x" * 1_100_000)
CRLF = with_ends((b"\r\n",))
HALF = HEAD + chunks(*frames(FIRST, HELLO))
"""A stream that has begun."""
LONG = tuple(each + b"\r\n" for each in (b"Content-Type: text/event-stream", b"Content-Length: %d" % (len(BODY) - 7)))
ERROR = '{"status": "error", "message": "no", "data": null}'
JSON = b"Content-Type: application/json"
PAGE = b"<!doctype html>\n<title>Sign in</title>\n"
PLACE = b"Location: /w/x/api/v1/chat?again\r\nContent-Length: 0\r\n\r\n"
EMPTY_RETRY = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: Sat, 27 Nov 2027 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
)


def _gzip_by_event() -> tuple[bytes, ...]:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(each) + packer.flush(zlib.Z_SYNC_FLUSH) for each in frames(*REPLY)]
    return (*pieces, packer.flush())


GZIP = OK + STREAM + CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
PLAIN = body("plain", b"\n", *frames(*REPLY))
WIRES: dict[str, tuple[Wire, ...]] = {
    "plain": (PLAIN,),
    "A1": (
        body(
            "cut in characters",
            frame(FIRST),
            *CUT_IN_CHARACTERS,
            frame(END),
            events=shown(FIRST, NON_ASCII, END),
        ),
    ),
    "A2": (one_more("no charset", NON_ASCII),),
    "A3": (body("crlf", CRLF),),
    "A4": (body("cr", with_ends((b"\r",))),),
    "A5": (body("between CR and LF", *CRLF.replace(b"\r\n", b"\r|\n").split(b"|")),),
    "A6": (body("mixed", with_ends((b"\r\n", b"\n", b"\r"))),),
    "A7": (body("bom", b"\xef\xbb\xbf" + BODY),),
    "A8": (body("comments", b": ping\n\n", *frames(FIRST, HELLO), b":\n\n: ping\n", *frames(STATS, SAVED, END)),),
    "A9": (one_more("empty", ""),),
    "A10": (
        body("id only", b"id: 1\n\n", BODY, events=shown(*REPLY, id="1")),
        body("retry only", b"retry: 9\n\n", BODY),
    ),
    "A11": (
        body(
            "lines",
            frame(FIRST),
            b'data: {"type": "plain",\ndata: "data": "Hello"}\n\n',
            frame(END),
            events=shown(FIRST, '{"type": "plain",\n"data": "Hello"}', END),
        ),
    ),
    "A12": (body("no space", BODY.replace(b"data: ", b"data:")),),
    "A13": (
        body("two spaces", BODY.replace(b"data: ", b"data:  "), events=shown(*(f" {each}" for each in REPLY))),
        body("space at the end", BODY.replace(b"}\n\n", b"} \n\n"), events=shown(*(f"{each} " for each in REPLY))),
    ),
    "A14": (body("bare", with_line(b"data"), events=shown(*(f"\n{each}" for each in REPLY))),),
    "A15": (one_more("separators", SEPARATORS),),
    "A16": (one_more("lookalike", LOOKALIKE),),
    "A17": (one_more("1 MB", BIG),),
    "A18": (body("one chunk", BODY), body("bytes", *(bytes([each]) for each in BODY))),
    "A19": (body("names", with_line(b"event: chunk"), events=shown(*REPLY, event="chunk")),),
    "A20": (body("retry", with_line(b"retry: 1.5")), body("no number", with_line(b"retry"))),
    "A21": (Wire("retry 0, cut", (HEAD + chunks(with_line(b"retry: 0")[:200]), "cut"), "error"),),
    "A22": (body("nul", b"id: 7\n" + with_line(b"id: 1\0"), events=shown(*REPLY, id="7")),),
    "A23": (
        body("empty id", with_line(b"id:")),
        body("words", with_line("id: ä/ b".encode()), events=shown(*REPLY, id="ä/ b")),
        body("long id", with_line(b"id: " + b"9" * 5000), events=shown(*REPLY, id="9" * 5000)),
    ),
    "A24": (
        body("case", BODY, head=OK + b"Content-Type: Text/Event-Stream\r\n" + CHUNKED + b"\r\n"),
        body(
            "parameters", BODY, head=OK + b"Content-Type: text/event-stream;charset=UTF-8;x=1\r\n" + CHUNKED + b"\r\n"
        ),
    ),
    "A25": (Wire("0xff", (HEAD + chunks(BODY.replace(b"Hello", b"H\xffllo")) + LAST,), "either"),),
    "B2": (Wire("no end", (HALF + LAST,), "error"),),
    "B3": (Wire("stays open", (HEAD + chunks(BODY), "hold"), shown=ALL),),
    "B4": (one_more("after the end", SAVED, at=5),),
    "B5": (one_more("error", '{"type": "error", "data": "The model is overloaded"}'),),
    "B6": (one_more("null in an error", '{"type": "error", "code": null, "data": null}'),),
    "B7": (one_more("unknown type", '{"type": "mockbot_unknown", "data": null}'),),
    "B8": (one_more("no text", plain(""), at=1),),
    "B9": (Wire("cut", (HALF, "cut"), "error"),),
    "B10": (Wire("JSON as stream", (HEAD + chunks(ERROR.encode()) + LAST,), "error"),),
    "B11": (
        answer("404", b"404 Not Found", ERROR.encode(), JSON),
        Wire("204", (b"HTTP/1.1 204 No Content\r\n\r\n",), "either"),
    ),
    "B13": (Wire("half", (HALF + chunk(b'data: {"typ'), "hold"), "error"),),
    "B14": (Wire("silence", (HALF, 0.5, chunks(*frames(STATS, SAVED, END)) + LAST), shown=ALL),),
    "C1": (Wire("cut", (HALF, "cut"), "error"), Wire("cut in a chunk", (HALF + b"40\r\ndata: {", "cut"), "error")),
    "C2": (
        Wire("close", (OK + STREAM + CHUNKED + b"Connection: close\r\n\r\n" + chunks(*frames(*REPLY)), "cut"), "error"),
    ),
    "C3": (Wire("reset", (HALF, 0.1, "reset"), "error"),),
    "C4": (Wire("short", (OK + STREAM + b"Content-Length: %d\r\n\r\n" % (len(BODY) + 7) + BODY, "cut"), "error"),),
    "C5": (Wire("long", (OK + b"".join(LONG) + b"\r\n" + BODY, "cut"), "either"),),
    "C8": (Wire("drip", (HEAD, *(x for each in (*frames(*REPLY),) for x in (0.15, chunk(each))), LAST), shown=ALL),),
    "C9": (Wire("nothing", ("hold",), "error"), Wire("stall", (HALF, "hold"), "error")),
    "C10": (
        Wire("by event", (GZIP + chunks(*_gzip_by_event()) + LAST,), shown=ALL),
        Wire("at the end", (GZIP + chunks(gzip.compress(BODY)) + LAST,), shown=ALL),
    ),
    "C11": (
        answer("502", b"502 Bad Gateway", PAGE, b"Content-Type: text/html"),
        answer("200", b"200 OK", PAGE, b"Content-Type: text/html"),
    ),
    "C12": (answer("envelope", b"200 OK", ERROR.encode(), JSON),),
    "C13": (Wire("date", (EMPTY_RETRY,), "error"),),
    "C14": (
        answer("401", b"401 Unauthorized", b""),
        Wire("204", (b"HTTP/1.1 204 No Content\r\n\r\n",), "either"),
    ),
    "C15": (
        Wire("307", PLAIN.steps, shown=ALL, before=((b"HTTP/1.1 307 Temporary Redirect\r\n" + PLACE,),), requests=2),
        Wire("303", (b"HTTP/1.1 303 See Other\r\n" + PLACE,), "error", requests=None),
    ),
    "C17": (body("103", BODY, head=b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + HEAD),),
    "C18": (answer("404", b"404 Not Found", b'{"unexpected": true}', JSON),),
    "C19": (Wire("zz", (HALF + b"zz\r\n", "cut"), "error"),),
    "C20": (
        body("twice", BODY, head=OK + STREAM + CHUNKED + b"Cache-Control: no-cache\r\nCache-Control: no-cache\r\n\r\n"),
    ),
    "D1": (Wire("null", (HEAD + chunks(added(HELLO.replace('"Hello"', "null"))[0]) + LAST,), "either"),),
    "D2": (one_more("no data", '{"type": "plain", "streaming": true}'),),
    "D3": (one_more("new property", HELLO.replace("}", ', "mockbot_extra": null}')),),
    "D4": (Wire("new type", (HEAD + chunks(added('{"type": "mockbot_unknown", "data": ""}')[0]) + LAST,), "either"),),
    "D5": (one_more("2^53 + 1", SAVED.replace("4", "9007199254740993", 1)),),
    "D7": (
        Wire("half a pair", (HEAD + chunks(added(plain("a").replace('a", "s', '\\ud83d", "s'))[0]) + LAST,), "either"),
    ),
    "D8": (Wire("object", (HEAD + chunks(added(HELLO.replace('"Hello"', "{}"))[0]) + LAST,), "either"),),
}
"""By the class of the bugs that they show; `plain` shows none."""


def page(*ids: str, total: int = 2, created: str = "2026-01-01T00:00:00+00:00") -> bytes:
    rows = [{"session_id": each, "created_at": created} for each in ids]
    value = {"status": "ok", "message": None, "data": {"sessions": rows, "page": 1, "page_size": 1, "total": total}}
    return json.dumps(value).encode()


def served(content: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


def rows(*ids: str, created: str = "2026-01-01T00:00:00+00:00") -> tuple[object, ...]:
    return tuple({"session_id": each, "created_at": created} for each in ids)


def pages(name: str, *contents: bytes, values: tuple[object, ...], requests: int, expects: Expects = "same") -> Wire:
    """Return pages on connections of their own; the last one again and again."""
    *before, last = ((served(each),) for each in contents)
    return Wire(name, last, expects, before=tuple(before), requests=requests, values=values)


PAGES: dict[str, tuple[Wire, ...]] = {
    "plain": (pages("plain", page("a"), page("b"), values=rows("a", "b"), requests=2),),
    "C6": (pages("half", page("a"), page("b")[:40], values=(), requests=2, expects="error"),),
    "D6": (
        pages(
            "nanoseconds",
            page("a", total=1, created="2026-01-01T00:00:00.123456789+00:00"),
            values=rows("a", created="2026-01-01T00:00:00.123456+00:00"),
            requests=1,
        ),
        pages("small z", page("a", total=1, created="2026-01-01T00:00:00z"), values=rows("a"), requests=1),
    ),
    "D9": (
        pages("empty", page("a"), page(), values=rows("a"), requests=2),
        pages("total", page("a", total=1000), page(total=1000), values=rows("a"), requests=2),
        pages("repeated", page("a"), page("a"), values=rows("a"), requests=2),
    ),
}
"""What a pager meets."""
