"""Requests and responses on their way through the proxy, with servers written by hand behind it."""

import asyncio
import gzip
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import httpx
import pytest
from starlette.types import Message

from mockbot.journal.credentials import COMMON
from mockbot.record.exchange import MOST_OF_BODY, Exchange, Tape
from mockbot.record.headers import Fields, request_headers, response_headers
from mockbot.record.proxy import BURST, Proxy
from mockbot.record.upstream import Upstream
from mockbot.settings import Settings
from tests.record.stage import Recorded, recording_of
from tests.record.upstream import SECONDS, Connection, Serve, upstream

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@contextmanager
def recorded(serve: Serve, seconds: float = SECONDS) -> Iterator[Recorded]:
    with upstream(serve) as url, recording_of(url, Settings(), seconds) as found:
        yield found


def answering(response: bytes, heads: list[bytes] | None = None) -> Serve:
    """Return a server that gives each request the same response, and keeps the heads."""

    def serve(connection: Connection) -> None:
        head = connection.head()
        if heads is not None:
            heads.append(head)
        connection.send(response)

    return serve


def only(found: Recorded) -> Exchange:
    """Return the only exchange, after the end of the proxy."""
    (exchange,) = found.ended
    return exchange


def test_a_stream_is_passed_on_frame_by_frame() -> None:
    got_first = threading.Event()

    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        connection.chunk(b"data: 1\n\n")
        assert got_first.wait(SECONDS)
        connection.chunk(b"data: 2\n\n")
        connection.send(b"0\r\n\r\n")

    with recorded(serve) as found, found.client() as client, client.stream("GET", "/stream") as response:
        pieces = response.iter_raw()
        assert next(pieces) == b"data: 1\n\n"
        got_first.set()
        assert b"".join(pieces) == b"data: 2\n\n"
    exchange = only(found)
    assert [piece.data for piece in exchange.pieces] == [b"data: 1\n\n", b"data: 2\n\n"]
    assert exchange.ended == "complete"


def test_the_head_of_a_stream_is_passed_on_before_its_first_frame() -> None:
    got_head = threading.Event()

    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        assert got_head.wait(SECONDS)
        connection.send(b"0\r\n\r\n")

    with recorded(serve) as found, found.client() as client, client.stream("GET", "/stream") as response:
        got_head.set()
        assert response.status_code == 200
        assert response.read() == b""


def test_an_upload_is_passed_on_as_it_comes() -> None:
    got_first = threading.Event()
    bodies: list[bytes] = []

    def serve(connection: Connection) -> None:
        assert b"content-length: 6" in connection.head().lower()
        bodies.append(connection.exactly(3))
        got_first.set()
        bodies.append(connection.exactly(3))
        connection.send(OK)

    def body() -> Iterator[bytes]:
        yield b"abc"
        assert got_first.wait(SECONDS)
        yield b"def"

    with recorded(serve) as found, found.client() as client:
        response = client.post("/upload", content=body(), headers={"content-length": "6"})
    assert (response.text, bodies, only(found).body) == ("ok", [b"abc", b"def"], b"abcdef")


def test_an_upload_in_chunks_stays_in_chunks() -> None:
    def serve(connection: Connection) -> None:
        assert b"transfer-encoding: chunked" in connection.head().lower()
        assert connection.exactly(10) == b"3\r\nabc\r\n0\r"
        connection.send(OK)

    with recorded(serve) as found, found.client() as client:
        assert client.post("/upload", content=iter([b"abc"])).text == "ok"


def test_the_target_reaches_the_server_as_it_was_sent() -> None:
    heads: list[bytes] = []
    with recorded(answering(OK, heads)) as found:
        host, port = found.base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), SECONDS) as sock:
            sock.sendall(b"GET /a%2Fb/%7e{x}?q=%20+&q='|' HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            sock.settimeout(SECONDS)
            while sock.recv(65536):
                pass
    assert heads[0].startswith(b"GET /a%2Fb/%7e{x}?q=%20+&q='|' HTTP/1.1\r\n")


def test_headers_of_one_connection_are_left_out() -> None:
    response = (
        b"HTTP/1.1 200 OK\r\nconnection: close, X-Secret-Hop\r\nx-secret-hop: 1\r\nkeep-alive: timeout=5\r\n"
        b"upgrade: h2c\r\nproxy-authenticate: Basic\r\nx-own: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"
        b"content-length: 2\r\n\r\nok"
    )
    heads: list[bytes] = []
    sent = {"connection": "keep-alive, x-hop", "x-hop": "1", "te": "trailers", "x-end": "2", "keep-alive": "x"}
    with recorded(answering(response, heads)) as found, found.client() as client:
        got = client.get("/", headers={**sent, "proxy-authorization": "Basic eDp5", "upgrade": "h2c"})
    names = {line.partition(b":")[0].lower() for line in heads[0].split(b"\r\n")[1:] if line}
    assert names == {b"host", b"accept", b"accept-encoding", b"user-agent", b"x-end"}
    assert got.headers.multi_items()[:4] == [
        ("x-own", "1"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-length", "2"),
    ]
    assert not {"x-secret-hop", "keep-alive", "upgrade", "proxy-authenticate"} & set(got.headers)


def test_a_header_that_frames_a_message_stays_whatever_connection_says() -> None:
    sent = [(b"Connection", b"content-length, host"), (b"Content-Length", b"2"), (b"Host", b"proxy")]
    assert request_headers(sent, b"server:1") == [(b"host", b"server:1"), (b"content-length", b"2")]


@pytest.mark.parametrize(
    ("asked", "passed"),
    [
        (b"gzip, br;q=0.9, zstd", b"gzip"),
        (b"br", b"identity"),
        (b"*", b"gzip"),
        (b"deflate;q=0.5, identity", b"deflate;q=0.5, identity"),
    ],
)
def test_the_server_is_asked_for_codings_that_can_be_read(asked: bytes, passed: bytes) -> None:
    assert request_headers([(b"accept-encoding", asked)], b"x")[1] == (b"accept-encoding", passed)


@pytest.mark.parametrize(
    ("location", "passed"),
    [
        (b"/there", b"/there"),
        (b"http://up:1/base/there?x", b"/there?x"),
        (b"http://up:1/base", b"/"),
        (b"http://up:1/base2", b"http://up:1/base2"),
        (b"https://elsewhere/", b"https://elsewhere/"),
    ],
)
def test_a_redirect_stays_with_the_proxy_if_it_leads_to_the_server(location: bytes, passed: bytes) -> None:
    assert response_headers([(b"Location", location)], "http://up:1/base") == [(b"location", passed)]


def test_redirects_are_passed_on() -> None:
    heads: list[bytes] = []
    redirect = b"HTTP/1.1 307 X\r\nlocation: https://elsewhere.example/a\r\ncontent-length: 0\r\n\r\n"
    with recorded(answering(redirect, heads)) as found, found.client(follow_redirects=False) as client:
        response = client.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "https://elsewhere.example/a")
    assert len(heads) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_response_without_a_body_keeps_its_length(method: str) -> None:
    status = b"304 Not Modified" if method == "GET" else b"200 OK"
    answer = b"HTTP/1.1 %b\r\netag: x\r\ncontent-length: 1000\r\n\r\n" % status
    with recorded(answering(answer)) as found, found.client() as client:
        response = client.request(method, "/")
    assert (response.headers["content-length"], response.content) == ("1000", b"")
    assert only(found).ended == "complete"


def test_a_compressed_response_is_passed_on_unchanged_and_read() -> None:
    body = gzip.compress(b'{"a": 1}')
    response = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with recorded(answering(response)) as found, found.client() as client, client.stream("GET", "/") as got:
        assert b"".join(got.iter_raw()) == body
    assert b"".join(piece.data for piece in only(found).decoded()) == b'{"a": 1}'


def test_a_response_that_expands_without_end_is_not_decoded() -> None:
    body = gzip.compress(bytes(MOST_OF_BODY + 1))
    response = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with recorded(answering(response)) as found, found.client() as client, client.stream("GET", "/") as got:
        assert len(b"".join(got.iter_raw())) == len(body)
    with pytest.raises(ValueError, match="more than"):
        only(found).decoded()


def test_a_stream_that_the_server_cuts_is_cut_for_the_client() -> None:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        connection.chunk(b"data: 1\n\n")

    with recorded(serve) as found, found.client() as client, client.stream("GET", "/stream") as response:
        pieces = response.iter_raw()
        assert next(pieces) == b"data: 1\n\n"
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)
    assert only(found).ended == "cut"


def test_a_client_that_leaves_ends_the_request_to_the_server() -> None:
    ended = threading.Event()

    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        connection.chunk(b"data: 1\n\n")
        if connection.ends():
            ended.set()

    with recorded(serve) as found:
        with found.client() as client, client.stream("GET", "/stream") as response:
            pieces = response.iter_raw()
            assert next(pieces) == b"data: 1\n\n"
        assert ended.wait(SECONDS)
    assert only(found).ended == "client left"


def test_the_end_of_the_proxy_ends_streams() -> None:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        connection.chunk(b"data: 1\n\n")
        connection.ends()

    with httpx.Client(timeout=SECONDS) as client:
        with recorded(serve) as found:
            response = client.send(client.build_request("GET", f"{found.base_url}/"), stream=True)
            pieces = response.iter_raw()
            assert next(pieces) == b"data: 1\n\n"
        with pytest.raises(httpx.TransportError):
            list(pieces)
    assert (only(found).ended, len(found.tape)) == ("cut", 1)


def problem(response: httpx.Response) -> str:
    """Return the sentence of a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["detail"])


def test_a_server_that_is_not_there_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with recording_of(url) as found, found.client() as client:
        response = client.get("/")
    assert response.status_code == 502
    assert problem(response).startswith(f"{url} accepts no connection")
    assert (only(found).ended, only(found).refused, only(found).status) == ("refused", 502, 0)


def silent(connection: Connection) -> None:
    connection.head()
    connection.ends()


def interim(connection: Connection) -> None:
    connection.head()
    while True:
        connection.send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 50)


@pytest.mark.parametrize("serve", [silent, interim], ids=["no head", "interim responses without end"])
def test_a_server_without_a_response_is_a_gateway_timeout(serve: Serve) -> None:
    with recorded(serve, 0.5) as found, found.client() as client:
        response = client.get("/")
    assert response.status_code == 504
    assert "was silent for 0.5 s; --timeout" in problem(response)


def test_a_stream_in_which_the_server_becomes_silent_is_cut() -> None:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        connection.chunk(b"data: 1\n\n")
        connection.ends()

    with recorded(serve, 0.5) as found, found.client() as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    assert (only(found).ended, "silent" in only(found).why) == ("cut", True)


def headers_without_end(connection: Connection) -> None:
    connection.head()
    connection.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.send(b"x-a: b\r\n" * 1000)


def closing(connection: Connection) -> None:
    connection.head()


def no_http(connection: Connection) -> None:
    connection.head()
    connection.send(b"220 smtp.example ESMTP\r\n")


def switching(connection: Connection) -> None:
    connection.head()
    connection.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")


@pytest.mark.parametrize("serve", [headers_without_end, closing, no_http, switching])
def test_a_server_that_sends_no_valid_response_is_a_bad_gateway(serve: Serve) -> None:
    with recorded(serve) as found, found.client() as client:
        response = client.get("/")
    assert response.status_code == 502
    assert " sent no valid response" in problem(response) or "switched protocols" in problem(response)


@pytest.mark.parametrize("status", [600, 999])
def test_a_status_that_http_does_not_have_is_a_bad_gateway(status: int) -> None:
    with recorded(answering(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\n\r\n" % status)) as found, found.client() as client:
        response = client.get("/")
    assert response.status_code == 502
    assert f"sent the status {status}, which HTTP does not have" in problem(response)


def test_a_length_beside_chunks_is_left_out() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    with recorded(answering(answer)) as found, found.client() as client:
        response = client.get("/")
    assert (response.status_code, response.text, "content-length" in response.headers) == (200, "ok", False)
    assert only(found).ended == "complete"


def test_a_flood_is_passed_on_and_not_kept() -> None:
    size = 3 * MOST_OF_BODY

    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            connection.send(bytes(65536))

    with recorded(serve) as found, found.client() as client, client.stream("GET", "/") as response:
        assert sum(map(len, response.iter_raw())) == size
    assert only(found).too_large
    assert found.tape.size < 10_000


def test_a_request_body_is_limited() -> None:
    with upstream(silent) as url, recording_of(url, Settings(max_body=1000)) as found, found.client() as client:
        declared = client.post("/", content=bytes(1001))
        assert (declared.status_code, problem(declared)) == (413, "the body of a request has at most 1000 bytes")
        assert client.post("/", content=iter([bytes(600), bytes(600)])).status_code == 413


def kept_under(most_bytes: int, most_exchanges: int, get: Callable[[httpx.Client], object]) -> Recorded:
    settings = Settings(max_journal_bytes=most_bytes, max_journal_entries=most_exchanges)
    with upstream(answering(OK)) as url, recording_of(url, settings) as found, found.client() as client:
        get(client)
    return found


def test_the_memory_of_a_recording_is_bounded() -> None:
    found = kept_under(100_000, 1000, lambda client: [client.get(f"/{'x' * 1000}{n}") for n in range(30)])
    assert found.tape.size <= 100_000
    assert 0 < len(found.tape) < 30
    assert found.tape.left_out == 30 - len(found.tape)


def test_open_exchanges_count_for_the_memory() -> None:
    one, other = (Exchange(n, 0.0, "GET", "/", b"/", b"", [], ()) for n in (1, 2))
    tape = Tape(10_000, 100)
    assert tape.grow(one, 6000)
    assert not tape.grow(other, 6000)
    assert (one.too_large, other.too_large) == (False, True)
    tape.keep(one)
    assert tape.grow(other, 6000)


def test_many_small_pieces_are_not_kept() -> None:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(STREAM)
        for _ in range(100):
            connection.send(b"1\r\nx\r\n" * 1000)
        connection.send(b"0\r\n\r\n")

    settings = Settings(max_journal_bytes=100_000)
    with upstream(serve) as url, recording_of(url, settings) as found, found.client() as client:
        assert len(client.get("/").content) == 100_000
    assert only(found).too_large


def test_the_number_of_exchanges_of_a_recording_is_bounded() -> None:
    found = kept_under(10_000_000, 5, lambda client: [client.get("/") for _ in range(8)])
    assert (len(found.tape), found.tape.left_out, found.tape.seen) == (5, 3, 8)


class _Ready(httpx.AsyncByteStream):
    """A body that is there, in small pieces."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"a"


class _Quick(Upstream):
    """A server whose response has arrived."""

    async def send(self, method: str, target: bytes, headers: Fields, pieces: AsyncIterator[bytes]) -> httpx.Response:
        return httpx.Response(200, stream=_Ready())


def test_other_exchanges_have_a_turn_while_a_response_in_small_pieces_is_passed_on() -> None:
    async def run() -> None:
        sent: list[Message] = []
        seen: list[int] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def never() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def turns() -> None:
            while True:
                seen.append(len(sent))
                await asyncio.sleep(0)

        other = asyncio.create_task(turns())
        proxy = Proxy(_Quick("http://127.0.0.1:1", 1), Tape(10**6, 10), COMMON, 10**6)
        scope = {"type": "http", "method": "GET", "path": "/a", "raw_path": b"/a", "query_string": b"", "headers": []}
        await proxy(scope, never, send)
        other.cancel()
        assert len(sent) == 1002
        assert max(after - before for before, after in pairwise(seen)) <= BURST + 2

    asyncio.run(run())
