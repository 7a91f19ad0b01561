"""Malformed requests of many kinds: each gets a clear 4xx or a closed connection, and changes nothing.

In `observe`, mockbot also repeats AstrBot's own error pages; such an answer has the page that the behaviour describes.
"""

import json
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest

from mockbot.app import Mockbot, create_app
from mockbot.journal.log import text_log
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.world.snapshot import snapshot
from mockbot.world.worlds import DEFAULT
from tests.conftest import SECONDS

KEY = b"X-API-Key: abk_demo_all\r\n"
HOST = b"Host: x\r\n"
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nX-Length: 1\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=X\r\n"
CHAT = b'{"username": "alice", "session_id": "s", "message": "hi"}'
PART = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n'


def sent(target: bytes, headers: bytes = b"", body: bytes = b"", method: bytes = b"POST", host: bytes = HOST) -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if method == b"POST" and b"ength" not in headers else b""
    return b"%b %b HTTP/1.1\r\n%b%b%b%b\r\n%b" % (method, target, host, KEY, headers, length, body)


def get(target: bytes, headers: bytes = b"", host: bytes = HOST) -> bytes:
    return sent(target, headers, b"", b"GET", host)


def chat(body: bytes, headers: bytes = JSON) -> bytes:
    return sent(b"/api/v1/chat", headers, body)


def fields(**values: Any) -> bytes:
    return chat(json.dumps({"username": "alice", "session_id": "s", "message": "hi", **values}).encode())


def upload(body: bytes, headers: bytes = FORM) -> bytes:
    return sent(b"/api/v1/file", headers, body)


BOTS = b"/api/v1/im/bots"
SESSIONS = b"/api/v1/chat/sessions"
REQUESTS: dict[str, bytes] = {
    # what is no HTTP
    "nothing but a line end": b"\r\n\r\n\r\n",
    "a word": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": bytes(200) + b"\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/3.0": b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
    "lower-case http": b"GET / http/1.1\r\nHost: x\r\n\r\n",
    "two spaces": b"GET  /api/v1/im/bots HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tab": b"GET\t/api/v1/im/bots\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the target": get(b"/api/v1/im/bots x"),
    "a NUL in the target": get(b"/api/v1/im/bots\0"),
    "bytes in the target": get(b"/api/v1/im/\xff\xfe"),
    "a line end in the target": get(b"/a\nX-Y: z"),
    "no method": b" /api/v1/im/bots HTTP/1.1\r\nHost: x\r\n\r\n",
    "a long method": b"G" * 40 + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method with a slash": b"GE/T / HTTP/1.1\r\nHost: x\r\n\r\n",
    # headers
    "no Host": get(BOTS, host=b""),
    "two Hosts": get(BOTS, host=HOST + HOST),
    "a header without a colon": get(BOTS, b"nonsense\r\n"),
    "a header without a name": get(BOTS, b": x\r\n"),
    "a space before the colon": get(BOTS, b"X-A : b\r\n"),
    "a space in a name": get(BOTS, b"X A: b\r\n"),
    "a NUL in a value": get(BOTS, b"X-A: a\0b\r\n"),
    "a carriage return in a value": get(BOTS, b"X-A: a\rb\r\n"),
    "a large header": get(BOTS, b"X-A: " + b"a" * 70_000 + b"\r\n"),
    "many headers": get(BOTS, b"X-A: b\r\n" * 9000),
    "a long target": get(b"/" + b"a" * 70_000),
    "an unknown expectation": sent(b"/api/v1/chat", JSON + b"Expect: the unexpected\r\nContent-Length: x\r\n"),
    # the length of the body
    "a length that is no number": chat(CHAT, JSON + b"Content-Length: x\r\n"),
    "a negative length": chat(CHAT, JSON + b"Content-Length: -1\r\n"),
    "a length with a sign": chat(CHAT, JSON + b"Content-Length: +5\r\n"),
    "two lengths": chat(CHAT, JSON + b"Content-Length: 5\r\nContent-Length: 6\r\n"),
    "a huge length": chat(CHAT, JSON + b"Content-Length: 99999999999999999999\r\n"),
    "a length beyond the limit": chat(CHAT, JSON + b"Content-Length: 9999999999\r\n"),
    "an unknown coding": chat(CHAT, JSON + b"Transfer-Encoding: gzip\r\n"),
    "two codings": chat(CHAT, JSON + b"Transfer-Encoding: chunked, chunked\r\n"),
    "chunks without a size": chat(b"x\r\n", JSON + b"Transfer-Encoding: chunked\r\n").replace(
        b"Content-Length", b"X-L"
    ),
    "a chunk with a negative size": chat(b"-1\r\n\r\n", CHUNKED),
    "a huge chunk": chat(b"ffffffffffff\r\n", CHUNKED),
    "a chunk longer than its size": chat(
        b"1\r\nabc\r\n0\r\n\r\n", JSON + b"Transfer-Encoding: chunked\r\nX-Length: 1\r\n"
    ),
    # paths and methods
    "an unknown path": get(b"/nowhere"),
    "a path below a path": get(b"/api/v1/im/bots/x/y"),
    "dots": get(b"/api/v1/im/../../../etc/passwd"),
    "escaped dots": get(b"/api/v1/%2e%2e/%2e%2e/etc/passwd"),
    "a broken escape": get(b"/api/v1/im/bots%"),
    "an escaped NUL": get(b"/api/v1/im/bots%00"),
    "an overlong escape": get(b"/api/v1/%c0%ae%c0%ae/x"),
    "another method": sent(BOTS, b"", b"", b"DELETE"),
    "an unknown method": sent(BOTS, b"", b"", b"BREW"),
    "a world with an odd name": get(b"/w/a%2Fb/api/v1/im/bots"),
    "two worlds": get(BOTS, b"X-Mockbot-World: a\r\nX-Mockbot-World: b\r\n"),
    "the control API without JSON": sent(b"/__mockbot__/worlds/x/faults", b"", b"x"),
    "a control path that is not there": get(b"/__mockbot__/nowhere"),
    # queries
    "no username": get(SESSIONS),
    "a page that is no number": get(SESSIONS + b"?username=alice&page=x"),
    "a page below 1": get(SESSIONS + b"?username=alice&page=0"),
    "a huge page": get(SESSIONS + b"?username=alice&page=" + b"9" * 5000),
    "bytes in a query": get(SESSIONS + b"?username=%ff%fe&page=%ff"),
    # keys
    "no key": get(BOTS).replace(KEY, b""),
    "an empty key": get(BOTS).replace(KEY, b"X-API-Key: \r\n"),
    "an unknown key": get(BOTS).replace(b"abk_demo_all", b"abk_nobody"),
    "a key that is bytes": get(BOTS).replace(b"abk_demo_all", b"\xff\xfe"),
    "half of a scheme": get(BOTS).replace(b"X-API-Key:", b"Authorization: Bearer"),
    # JSON
    "no JSON": chat(b"{"),
    "an empty body": chat(b""),
    "a list": chat(b"[]"),
    "a number": chat(b"5"),
    "no UTF-8": chat(b'{"username": "\xff\xfe"}'),
    "UTF-16": chat(CHAT.decode().encode("utf-16")),
    "deep lists": chat(b"[" * 50_000),
    "deep objects": chat(b'{"a":' * 50_000),
    "many values": chat(b"[" + b"1," * 200_000 + b"1]"),
    "a number of many digits": chat(b'{"username": %b}' % (b"9" * 5000)),
    "a large number": chat(b'{"username": "alice", "message": 1e999}'),
    "NaN": chat(b'{"username": "alice", "message": NaN}'),
    "a trailing comma": chat(b'{"username": "alice",}'),
    "two values": chat(CHAT + CHAT),
    "a large body": chat(b'{"username": "%b"}' % (b"a" * 5_000_000)),
    "the wrong media type": chat(CHAT, b"Content-Type: text/plain\r\n"),
    "no media type": chat(CHAT, b""),
    "a broken media type": chat(CHAT, b"Content-Type: ;;=\r\n"),
    "an unknown charset": chat(CHAT, b"Content-Type: application/json; charset=foo\r\n"),
    "an unknown content coding": chat(CHAT, JSON + b"Content-Encoding: foo\r\n"),
    "no gzip": chat(CHAT, JSON + b"Content-Encoding: gzip\r\n"),
    "a username that is a number": fields(username=5),
    "a blank username": fields(username=" "),
    "no message": chat(b'{"username": "alice"}'),
    "a message that is a number": fields(message=5),
    "an empty message": fields(message=""),
    "parts that are numbers": fields(message=[1, 2]),
    "a part without a type": fields(message=[{"text": "x"}]),
    "an attachment that is not there": fields(message=[{"type": "image", "attachment_id": "nope"}]),
    "a session that is a list": fields(session_id=[1]),
    "a config that is not there": fields(config_id="nope"),
    "a lone surrogate": chat(rb'{"username": "\ud800", "message": "hi"}'),
    # forms
    "no boundary": upload(PART + b"--X--\r\n", b"Content-Type: multipart/form-data\r\n"),
    "another boundary": upload(PART.replace(b"--X", b"--Y") + b"--Y--\r\n"),
    "a form without an end": upload(PART),
    "a form without parts": upload(b"--X--\r\n"),
    "a part without a name": upload(b"--X\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--X--\r\n"),
    "a part with a large head": upload(b"--X\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\nabc\r\n--X--\r\n"),
    "a part with many headers": upload(b"--X\r\n" + b"X-A: b\r\n" * 5000 + b"\r\nabc\r\n--X--\r\n"),
    "many parts": upload(PART * 30_000 + b"--X--\r\n"),
    "a form that is JSON": upload(CHAT, JSON),
    "a field in place of a file": upload(b'--X\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--X--\r\n'),
}
UNFINISHED = {
    *("zeros", "HTTP/0.9", "a length that is no number", "a huge length", "a length beyond the limit"),
    *(
        "chunks without a size",
        "a chunk with a negative size",
        "a chunk longer than its size",
        "an unknown expectation",
    ),
}
"""Requests whose end the server may wait for: the client then says that there is no more."""
READABLE = {
    *("half of a scheme", "an unknown charset", "an unknown content coding", "no gzip", "a lone surrogate", "UTF-16"),
    *("two worlds", "bytes in a query", "HTTP/3.0", "a part with many headers", "many parts"),
}
"""What the contract does not rule out, and a version of AstrBot reads."""
CRASHED = (b"Internal Server Error", b"<title>500")
"""The pages of AstrBot's own failures, which only `observe` repeats (BEHAVIOUR.md section 3)."""


@pytest.fixture(
    scope="module", params=[(version, mode) for version in ("4.19.4", "4.29.3") for mode in ("enforce", "observe")]
)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Mockbot, StringIO, str]]:
    version, contract = request.param
    log = StringIO()
    app = create_app(Settings(astrbot=version, contract=contract, pace_ms=0), log=text_log(log))
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    yield server, app, log, contract
    server.stop()


def answer(server: Server, data: bytes, *, ends: bool = False) -> bytes:
    """Return what comes back for a request until a response is whole or the connection ends."""
    received = b""
    with suppress(ConnectionError), socket.create_connection(server.listener.getsockname(), SECONDS) as connection:
        connection.sendall(data)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        while not is_whole(received) and (piece := connection.recv(65_536)):
            received += piece
    return received


def is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


def test_there_are_many_kinds() -> None:
    assert len(REQUESTS) >= 100
    assert {*UNFINISHED, *READABLE} <= REQUESTS.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request(
    served: tuple[Server, Mockbot, StringIO, str], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    server, app, log, contract = served
    log.truncate(0)
    before = server.call(lambda: snapshot(app.worlds.get(DEFAULT)))
    received = answer(server, REQUESTS[name], ends=name in UNFINISHED)
    status = int(received.split(b" ", 2)[1]) if received else 0
    if contract == "enforce" or status >= 500:
        is_refused = not status or 400 <= status < 500 or status == 501
        is_error = status == 200 and b'{"status":"error"' in received
        is_own = contract == "observe" and any(page in received for page in CRASHED)
        assert is_refused or is_error or is_own or (status == 200 and name in READABLE), received[:500]
    if 400 <= status < 500:
        assert received.endswith(b"\r\n\r\n") == (b"content-length: 0\r\n" in received)
        assert server.call(lambda: snapshot(app.worlds.get(DEFAULT))) == before
    assert b" 200 " in answer(server, get(BOTS))[:20], "the server goes on"
    assert "Traceback" not in log.getvalue()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
