"""The server with a stand-in application: HTTP as AstrBot speaks it, and an end that does not wait."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockbot.errors import UserError
from mockbot.server.listen import listen, url
from mockbot.server.ready_file import ReadyFile
from mockbot.server.server import Server, stop_on_signals


class Echo:
    """Answers with the body it got; streams on /stream until closed, never answers on /hang, fails on /fail."""

    key = "abk_test"
    base_path = ""
    server_header = "hypercorn-h11"

    def __init__(self) -> None:
        self.closing = asyncio.Event()

    async def __call__(self, scope, receive, send) -> None:
        path = scope["path"]
        if path == "/fail":
            raise RuntimeError("a bug")
        start = {"type": "http.response.start", "status": 200}
        if path in ("/stream", "/cut"):
            await send(start | {"headers": [(b"content-type", b"text/event-stream")]})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            if path == "/stream":
                await self.closing.wait()
                await send({"type": "http.response.body"})
            return
        if path == "/hang":
            await asyncio.Event().wait()
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        length = str(len(body)).encode()
        await send(start | {"headers": [(b"content-type", b"application/json"), (b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    async def close(self) -> None:
        self.closing.set()


@contextmanager
def running() -> Iterator[Server]:
    server = Server(Echo(), listen("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def connect(server: Server) -> socket.socket:
    return socket.create_connection(server.listener.getsockname(), timeout=5)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_until(connection: socket.socket, end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        read += connection.recv(1) or pytest.fail(f"closed after {read!r}")
    return read


def exchange(server: Server, request: bytes) -> tuple[str, list[str], bytes]:
    """Send one request on a connection of its own, and return status line, header names and body."""
    with connect(server) as connection:
        connection.sendall(request)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return status, [line.partition(":")[0].lower() for line in headers], body


def test_status_line_and_header_order_are_astrbots(server: Server) -> None:
    status, headers, body = exchange(
        server, b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
    )
    assert status == "HTTP/1.1 200 "
    assert headers == ["content-type", "content-length", "date", "server", "connection"]
    assert body == b"hi"


def test_http_1_0_stream_is_not_chunked_and_ends_by_close(server: Server) -> None:
    server.app.closing.set()
    _, headers, body = exchange(server, b"GET /stream HTTP/1.0\r\n\r\n")
    assert "transfer-encoding" not in headers
    assert body == b"data: 1\n\n"


def test_chunked_request_body_is_read(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    assert exchange(server, head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")[2] == b"abc"


def test_100_continue_comes_before_the_body_is_sent(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        interim = read_until(connection, b"\r\n\r\n")
        assert interim.startswith(b"HTTP/1.1 100 \r\ndate: ")
        assert b"server: hypercorn-h11" in interim
        connection.sendall(b"ok")
        assert read_until(connection, b"\r\n\r\nok").startswith(b"HTTP/1.1 200 ")


def test_connection_is_used_again(server: Server) -> None:
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi")
            read_until(connection, b"\r\n\r\nhi")


def test_stream_that_is_cut_ends_without_its_last_chunk(server: Server) -> None:
    body = exchange(server, b"GET /cut HTTP/1.1\r\nhost: x\r\n\r\n")[2]
    assert body == b"9\r\ndata: 1\n\n\r\n"


def test_what_is_no_http_is_a_400(server: Server) -> None:
    assert exchange(server, b"\x16\x03\x01\r\n\r\n")[0] == "HTTP/1.1 400 "


def test_failure_that_no_layer_caught_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert exchange(server, b"GET /fail HTTP/1.1\r\nhost: x\r\n\r\n")[0] == "HTTP/1.1 500 "
    assert caplog.messages == ["GET /fail: mockbot failed; please report this"]


def test_stop_ends_open_streams_properly(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n")
        read_until(connection, b"data: 1\n\n\r\n")
        server.stop()
        assert read_all(connection) == b"0\r\n\r\n"
    server.stop()


@pytest.mark.parametrize("request_", [b"GET /hang HTTP/1.1\r\nhost: x\r\n\r\n", b"GET / HT", b""], ids=repr)
def test_stop_does_not_wait_for_what_never_ends(server: Server, request_: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(request_)
        exchange(server, b"GET / HTTP/1.0\r\n\r\n")
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < 1
        assert read_all(connection) == b""


def test_start_tells_what_went_wrong() -> None:
    def fail() -> None:
        raise OSError("disk full")

    broken = Server(Echo(), listen("127.0.0.1", 0), fail)
    with pytest.raises(OSError, match="disk full"):
        broken.start()


def test_failure_while_stopping_is_not_hidden(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> None:
        raise RuntimeError("a bug")

    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: failures.append(arguments.exc_value))
    monkeypatch.setattr(server.app, "close", fail)
    server.stop()
    assert [str(failure) for failure in failures] == ["a bug"]


def test_taken_port_is_one_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"^cannot listen on 127\.0\.0\.1 port {port}: .*in use; .*--port 0.*$"):
            listen("127.0.0.1", port)


def test_unknown_host_is_one_line() -> None:
    with pytest.raises(UserError, match=r"^--host 300\.1\.1\.1: .+$"):
        listen("300.1.1.1", 0)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_url_reaches_the_server_from_here(host: str, shown: str) -> None:
    try:
        listener = listen(host, 0)
    except UserError as error:
        if ":" in host:
            pytest.skip(f"no IPv6 here: {error}")
        raise
    with listener:
        assert url(listener) == f"http://{shown}:{listener.getsockname()[1]}"
        socket.create_connection(listener.getsockname()[:2], timeout=1).close()


def test_base_path_is_part_of_the_base_url() -> None:
    app = Echo()
    app.base_path = "/w/ci"
    with listen("127.0.0.1", 0) as listener:
        assert Server(app, listener).base_url == url(listener) + "/w/ci"


def test_ready_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("left from before")
    with ReadyFile(path) as ready:
        assert not path.exists()
        ready.write("http://127.0.0.1:1", "abk_demo")
        assert json.loads(path.read_text()).keys() == {"base_url", "pid", "key"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing/ready", ".", "x" * 300, "file/ready"])
def test_ready_file_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^--ready-file .*: cannot be written: .+$"):
        ReadyFile(tmp_path / name)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("path", ["", "/"])
def test_ready_file_without_a_name(path: str) -> None:
    with pytest.raises(UserError, match="name a file"):
        ReadyFile(Path(path))


@pytest.mark.parametrize("host", ["a" * 300, ".", "\u00e9..x"])
def test_host_that_is_no_name(host: str) -> None:
    with pytest.raises(UserError, match=r"^--host .*: that is not a host name$"):
        listen(host, 0)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_as_often_as_they_come(which: signal.Signals) -> None:
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    calls: list[None] = []
    try:
        stop_on_signals(lambda: calls.append(None))
        signal.raise_signal(which)
        signal.raise_signal(which)
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    assert len(calls) == 2


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\nx-half: "])
def test_a_connection_that_asks_nothing_whole_is_ended(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.server.server.IDLE_SECONDS", 0.05)
    with running() as server, connect(server) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


def test_bytes_of_a_head_that_never_ends_do_not_prolong_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.server.server.IDLE_SECONDS", 0.05)
    with running() as server, connect(server) as connection:
        connection.settimeout(0.01)
        connection.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(200):
            try:
                connection.sendall(b"x: y\r\n")
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            pytest.fail("the connection is still open")


def test_a_body_that_pauses_too_long_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.server.http.SILENT_SECONDS", 0.05)
    with running() as server, connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhalf")
        assert connection.recv(1) == b""
