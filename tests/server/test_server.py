"""The server with a small application: HTTP as AstrBot's server writes it, limits, and a quick stop."""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot.errors import UserError
from mockbot.server.connection import MAX_HEAD, MAX_METHOD
from mockbot.server.http import IDLE_SECONDS
from mockbot.server.listen import listen, url
from mockbot.server.ready_file import ReadyFile
from mockbot.server.receiving import BODY_SECONDS
from mockbot.server.server import Server
from mockbot.server.signals import interrupt_on_signals, stop_on_signals

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


class Echo:
    """Returns the request body.

    /stream lasts until `close`, /cut has no end, /hang no response, /early ignores the request body, /fail raises.
    """

    key = "abk_test"
    base_path = ""
    server_header = "hypercorn-h11"

    def __init__(self) -> None:
        self.closing = asyncio.Event()
        self.scope: Scope = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        path = scope["path"]
        if path == "/fail":
            raise RuntimeError("a bug")
        start: Message = {"type": "http.response.start", "status": 200}
        if path in ("/stream", "/cut"):
            await send({**start, "headers": [(b"content-type", b"text/event-stream")]})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            if path == "/stream":
                await self.closing.wait()
                await send({"type": "http.response.body"})
            return
        if path == "/hang":
            await asyncio.Event().wait()
        body = b"early" if path == "/early" else b""
        while not body.startswith(b"early") and (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        length = str(len(body)).encode()
        await send({**start, "headers": [(b"content-type", b"application/json"), (b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    async def close(self) -> None:
        self.closing.set()


@contextmanager
def running(app: Echo, idle_seconds: float = IDLE_SECONDS, body_seconds: float = BODY_SECONDS) -> Iterator[Server]:
    server = Server(app, listen("127.0.0.1", 0), idle_seconds=idle_seconds, body_seconds=body_seconds)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def app() -> Echo:
    return Echo()


@pytest.fixture
def server(app: Echo) -> Iterator[Server]:
    with running(app) as server:
        yield server


def connect(server: Server) -> socket.socket:
    return socket.create_connection(server.listener.getsockname(), timeout=60)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_until(connection: socket.socket, end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        read += connection.recv(1) or pytest.fail(f"closed after {read!r}")
    return read


def exchange(server: Server, *pieces: bytes) -> tuple[str, dict[str, str], bytes]:
    """Send one request in pieces on a new connection, and return status line, headers and body."""
    with connect(server) as connection:
        for piece in pieces:
            connection.sendall(piece)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert len(headers) == len(lines), "no header is sent twice"
    return status, headers, body


def test_status_line_and_header_order_are_those_of_astrbots_server(server: Server) -> None:
    status, headers, body = exchange(
        server, b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"
    )
    assert status == "HTTP/1.1 200 "
    assert list(headers) == ["content-type", "content-length", "date", "server", "connection"]
    assert body == b"hi"


def test_http_1_0_stream_is_not_chunked_and_ends_by_close(app: Echo, server: Server) -> None:
    app.closing.set()
    _, headers, body = exchange(server, b"GET /stream HTTP/1.0\r\n\r\n")
    assert "transfer-encoding" not in headers
    assert body == b"data: 1\n\n"


def test_chunked_request_body_is_read(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    assert exchange(server, head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")[2] == b"abc"


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        (b"http://h/api?x=1", "/api", b"x=1", b"h"),
        (b"HTTP://h:80/w/a%2Fb", "/w/a/b", b"", b"h:80"),
        (b"https://u:p@[::1]:8/x?http://h/", "/x", b"http://h/", b"[::1]:8"),
        (b"http://h", "/", b"", b"h"),
        (b"http://h?x", "/", b"x", b"h"),
        (b"/http://h/x", "/http://h/x", b"", b"other"),
        (b"httpx://h/x", "httpx://h/x", b"", b"other"),
    ],
)
def test_an_absolute_target_is_served_as_its_path_and_host(
    app: Echo, server: Server, target: bytes, path: str, query: bytes, host: bytes
) -> None:
    exchange(server, b"GET %b HTTP/1.1\r\nHost: other\r\nconnection: close\r\n\r\n" % target)
    assert (app.scope["path"], app.scope["query_string"]) == (path, query)
    assert dict(app.scope["headers"])[b"host"] == host


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


def head_of(size: int, shape: str) -> bytes:
    """Return the head of a GET request with that many bytes, in one header, many headers or the target."""
    head = b"GET /%b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n%b\r\n"
    room = size - len(head % (b"", b""))
    match shape:
        case "one header":
            return head % (b"", b"x: %b\r\n" % (b"y" * (room - 5)))
        case "many headers":
            small, rest = b"x: y\r\n", room % 6
            return head % (b"", small * (room // 6 - 1) + b"x: y%b\r\n" % (b"y" * rest))
        case _:
            return head % (b"y" * room, b"")


def in_pieces(data: bytes, size: int = 10_000) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def assert_refused(server: Server, status: int, pieces: Sequence[bytes]) -> None:
    line, headers, body = exchange(server, *pieces)
    assert line == f"HTTP/1.1 {status} "
    assert headers.keys() == {"content-length", "connection", "date", "server"}
    assert (headers["content-length"], headers["connection"], headers["server"]) == ("0", "close", "hypercorn-h11")
    assert body == b""


SHAPES = ["one header", "many headers", "target"]


@pytest.mark.parametrize("split", [False, True], ids=["one write", "pieces"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_head_that_is_too_large_gets_431(server: Server, shape: str, split: bool) -> None:
    head = head_of(MAX_HEAD + 100, shape)
    assert_refused(server, 431, in_pieces(head) if split else [head])


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"secret nonsense\r\n\r\n", "400: it is not HTTP/1.1 (RFC 9112)"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "400: it begins with TLS; send it to http://, not https://"),
        (head_of(MAX_HEAD + 100, "target"), "431: its line and headers are longer than 65536 bytes"),
        (
            b"GETS" * 9 + b" / HTTP/1.1\r\nhost: x\r\n\r\n",
            "501: its method is longer than 32 characters, or it has another ",
        ),
    ],
)
def test_the_log_says_why_a_request_is_refused(
    server: Server, sent: bytes, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mockbot"):
        exchange(server, sent)
    (message,) = caplog.messages
    assert message.startswith(f"a request is refused with {line}")
    assert "secret" not in message


@pytest.mark.parametrize("method", ["GET" * 11, "M" * 60_000])
def test_a_method_that_is_too_long_gets_501(server: Server, method: str) -> None:
    head = f"{method} / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
    assert_refused(server, 501, [head])
    assert exchange(server, head[len(method) - MAX_METHOD :])[0] == "HTTP/1.1 200 "


def test_a_head_that_never_ends_gets_431(server: Server) -> None:
    assert_refused(server, 431, in_pieces(head_of(MAX_HEAD + 100, "one header")[:-4]))


@pytest.mark.parametrize("split", [False, True], ids=["one write", "pieces"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_head_just_below_the_limit_is_served(server: Server, shape: str, split: bool) -> None:
    head = head_of(MAX_HEAD, shape)
    assert len(head) == MAX_HEAD
    assert exchange(server, *(in_pieces(head) if split else [head]))[0] == "HTTP/1.1 200 "


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: two\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
    ],
    ids=["no host", "two hosts", "invalid length", "two lengths", "not HTTP"],
)
def test_invalid_http_gets_400(server: Server, request_: bytes) -> None:
    assert_refused(server, 400, [request_])


def test_a_refused_request_is_the_last_of_its_connection(server: Server) -> None:
    valid = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi"
    with connect(server) as connection:
        connection.sendall(valid)
        read_until(connection, b"\r\n\r\nhi")
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + valid)
        assert read_all(connection).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("broken", [b"ZZZZ\r\n", b"5;" + b"x" * 300_000], ids=["no length", "endless extension"])
def test_a_broken_body_after_the_response_ends_the_connection(
    server: Server, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(server) as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        read_until(connection, b"\r\n\r\nearly")
        with suppress(ConnectionError):
            connection.sendall(broken)
            assert read_all(connection) == b""
    assert exchange(server, b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    assert not [record for record in caplog.records if record.exc_info]


def test_exception_that_no_layer_caught_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
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
def test_stop_does_not_wait_for_requests_that_never_end(server: Server, request_: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(request_)
        exchange(server, b"GET / HTTP/1.0\r\n\r\n")
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        stopping.join(20)
        assert not stopping.is_alive()
        assert read_all(connection) == b""


def test_start_raises_the_error() -> None:
    def fail() -> None:
        raise OSError("disk full")

    broken = Server(Echo(), listen("127.0.0.1", 0), fail)
    with pytest.raises(OSError, match="disk full"):
        broken.start()


def test_failure_while_stopping_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Echo):
        async def close(self) -> None:
            raise RuntimeError("a bug")

    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: failures.append(arguments.exc_value))
    with running(Broken()):
        pass
    assert [str(failure) for failure in failures] == ["a bug"]


def test_a_taken_port_is_reported_in_one_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"^cannot listen on 127\.0\.0\.1 port {port}: .*in use; .*--port 0.*$"):
            listen("127.0.0.1", port)


def test_an_unknown_host_is_reported_in_one_line() -> None:
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
def test_url_reaches_the_server_from_this_machine(host: str, shown: str) -> None:
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


def test_ready_file_is_complete_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("left from before")
    with ReadyFile(path) as ready:
        assert not path.exists()
        ready.write("http://127.0.0.1:1", "abk_demo")
        assert json.loads(path.read_text()).keys() == {"base_url", "pid", "key"}
    assert list(tmp_path.iterdir()) == []


def ready_file_of(path: Path, process: int) -> None:
    path.write_text(json.dumps({"base_url": "http://127.0.0.1:1", "pid": process, "key": ""}))


def test_the_ready_file_of_a_server_that_was_killed_is_removed_before_listening(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as killed:
        killed.wait(timeout=10)
    for process in (killed.pid, os.getpid(), 0, -1, 10**30):
        ready_file_of(tmp_path / "ready", process)
        ReadyFile(tmp_path / "ready")
        assert not (tmp_path / "ready").exists()


def test_the_ready_file_of_a_server_that_runs_stays_until_this_one_listens(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    ready_file_of(path, os.getppid())
    with ReadyFile(path):
        assert path.exists()
    assert list(tmp_path.iterdir()) == [path]
    with ReadyFile(path) as ready:
        ready.claim()
        assert not path.exists()


@pytest.mark.parametrize("name", ["missing/ready", ".", "x" * 300, "file/ready", "inner"])
def test_ready_file_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    """The file would be in the folder, whose name the parent folder has for `.`."""
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "file").touch()
    with pytest.raises(UserError, match=r"^--ready-file .*: (cannot be written: .+|a folder, .+)$"):
        ReadyFile(folder / name)
    assert sorted(tmp_path.rglob("*")) == [folder, folder / "file", folder / "inner"]


def test_a_failure_while_the_ready_file_is_written_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    ready = ReadyFile(path)
    path.mkdir()
    with pytest.raises(UserError, match=r"cannot be written: |a folder"):
        ready.write("http://127.0.0.1:1", "abk_demo")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("path", ["", "/"])
def test_ready_file_without_a_name(path: str) -> None:
    with pytest.raises(UserError, match="name a file"):
        ReadyFile(Path(path))


@pytest.mark.parametrize("host", ["a" * 300, ".", "\u00e9..x"])
def test_an_invalid_host_name(host: str) -> None:
    with pytest.raises(UserError, match=r"^--host .*: that is not a host name$"):
        listen(host, 0)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Restore the handlers of signals after the test."""
    kept = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("which", SIGNALS)
def test_each_signal_calls_stop(which: signal.Signals, handlers: None) -> None:
    calls: list[None] = []
    stop_on_signals(lambda: calls.append(None))
    signal.raise_signal(which)
    assert (len(calls), signal.getsignal(which)) == (1, signal.SIG_DFL)


@pytest.mark.parametrize("which", SIGNALS[1:])
def test_before_there_is_a_server_each_signal_interrupts(which: signal.Signals, handlers: None) -> None:
    interrupt_on_signals()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(which)


def test_sighup_that_is_ignored_stays_so(handlers: None) -> None:
    """`nohup mockbot serve` goes on when its terminal closes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupt_on_signals()
    stop_on_signals(lambda: pytest.fail("it has ended"))
    signal.raise_signal(signal.SIGHUP)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\nx-half: "])
def test_a_connection_without_a_complete_head_is_closed(app: Echo, sent: bytes) -> None:
    with running(app, idle_seconds=0.05) as server, connect(server) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b""


def send_until_closed(connection: socket.socket, piece: bytes, most: int) -> None:
    """Send pieces with short pauses, and fail if the server does not close the connection before the last of them."""
    connection.settimeout(0.01)
    for _ in range(most):
        try:
            connection.sendall(piece)
            if connection.recv(1) == b"":
                return
        except TimeoutError:
            continue
        except ConnectionError:
            return
    pytest.fail("the connection is still open")


def test_more_bytes_of_a_head_do_not_prolong_the_wait(app: Echo) -> None:
    with running(app, idle_seconds=0.05) as server, connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        send_until_closed(connection, b"x: y\r\n", 200)


def test_a_body_that_pauses_too_long_closes_the_connection(app: Echo) -> None:
    with running(app, body_seconds=0.05) as server, connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhalf")
        assert connection.recv(1) == b""


def test_more_bytes_of_a_slow_body_do_not_prolong_the_wait_for_long(app: Echo) -> None:
    with running(app, body_seconds=0.05) as server, connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
        send_until_closed(connection, b"x", 2000)


@pytest.mark.parametrize("size", [b"80000001", b"fffffffffffffffff"])
def test_a_chunk_that_no_setting_allows_is_refused_at_once(server: Server, size: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    assert_refused(server, 413, [head + size + b"\r\n", b"x"])


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\r\n\r\n", 400),
    ],
)
def test_what_is_not_acceptable_http_is_refused_without_a_body(server: Server, head: bytes, status: int) -> None:
    assert_refused(server, status, [head])


def test_what_came_fast_of_a_body_does_not_pay_for_a_pause_after_it(app: Echo) -> None:
    with running(app, body_seconds=0.2) as server, connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + bytes(100_000))
        send_until_closed(connection, b"x", 2000)  # 100,000 bytes would be enough for ten seconds
