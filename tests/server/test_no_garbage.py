"""What an exchange takes is freed at its end: garbage collection is seldom, and finds next to nothing."""

import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mockbot.app import Mockbot, create_app
from mockbot.dataclass import FIRST
from mockbot.fault.parse import parse_fault
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.world import live
from tests.conftest import SECONDS

EXCHANGES, MOST = 20, 0.5
"""How many exchanges are counted, and how many objects each may leave behind: some of the server are made seldom."""
LINE = b"POST /api/v1/chat"
KEY = b"X-API-Key: abk_demo\r\n"
JSON = b"Content-Type: application/json\r\n"
CHAT = b'{"username": "alice", "message": "hello there"}'
FORM = b"Content-Type: multipart/form-data; boundary=X\r\n"
FILE = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(50_000) + b"\r\n--X--\r\n"


def request(line: bytes, headers: bytes = KEY, body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return b"%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b%b\r\n%b" % (line, headers, length, body)


REQUESTS = {
    "the layers": request(b"GET /api/v1/im/bots"),
    "a rejected request": request(b"GET /api/v1/chat/sessions?page=x"),
    "a rejected body": request(LINE, KEY + JSON, b'{"username": 1, "message": []}'),
    "no JSON": request(LINE, KEY + JSON, b"{"),
    "no key": request(LINE, JSON, CHAT),
    "no key and a large body": request(LINE, JSON, b'{"a": "%b"}' % (b"a" * 50_000)),
    "an upload": request(b"POST /api/v1/file", KEY + FORM, FILE),
    "a path that is not there": request(b"GET /nowhere"),
    "not HTTP": b"nonsense\r\n\r\n",
    "a chat": request(LINE, KEY + JSON, CHAT),
    "the control API": request(b"GET /__mockbot__/worlds"),
}
PLAIN = request(b"GET /api/v1/im/bots").replace(b"Connection: close\r\n", b"")
CHATTING = request(LINE, KEY + JSON, CHAT).replace(b"Connection: close\r\n", b"")


WAITING = CHATTING.replace(b"hello there", b"please wait")
SCRIPT = """
- when: {message: please wait}
  run: [{say: A}, {wait: 60s}, {say: B}]
"""


@pytest.fixture(params=["4.19.4", "4.29.3"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    script = tmp_path / "wait.yaml"
    script.write_text(SCRIPT)
    app = create_app(Settings(astrbot=request.param, pace_ms=1, scripts=script), log=lambda _: None)
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


def left_behind(server: Server, exchange: Callable[[], None]) -> float:
    """Return how many objects of an exchange only garbage collection frees."""

    def ended() -> bool:
        return not server.server_state.connections and not server.server_state.tasks

    def settle() -> None:
        while not server.call(ended):
            pass

    for _ in range(FIRST + 2):  # what is needed is loaded and compiled
        exchange()
    settle()
    server.call(gc.collect)
    gc.disable()
    try:
        for _ in range(EXCHANGES):
            exchange()
        settle()
        return server.call(gc.collect) / EXCHANGES
    finally:
        gc.enable()


def sent(server: Server, data: bytes, until: bytes = b"\0") -> None:
    """Send a request, and read until the end of the connection, or until some bytes."""
    with socket.create_connection(server.listener.getsockname(), SECONDS) as connection:
        connection.sendall(data)
        received = b""
        while until not in received and (piece := connection.recv(65_536)):
            received += piece


@pytest.mark.parametrize("name", REQUESTS)
def test_an_exchange_leaves_no_garbage(server: Server, name: str) -> None:
    assert left_behind(server, lambda: sent(server, REQUESTS[name])) <= MOST


@pytest.mark.parametrize(
    ("data", "until"), [(PLAIN, b'"bot_ids"'), (CHATTING, b"\r\n0\r\n\r\n"), (CHATTING, b"text/event-stream")]
)
def test_a_client_that_leaves_leaves_no_garbage(server: Server, data: bytes, until: bytes) -> None:
    assert left_behind(server, lambda: sent(server, data, until)) <= MOST


def test_a_run_that_is_ended_because_its_client_left_leaves_no_garbage(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_LEFT", 0)
    assert left_behind(server, lambda: sent(server, WAITING, b'"A"')) <= MOST


@pytest.mark.parametrize("fault", ["", "cut", "reset", "status"])
def test_a_world_that_is_removed_during_a_chat_leaves_no_garbage(server: Server, fault: str) -> None:
    assert isinstance(server.app, Mockbot)
    worlds = server.app.worlds

    def exchange() -> None:
        def begin() -> None:
            world = worlds.get("other")
            if fault:
                world.faults.arm(parse_fault({"name": fault}))

        server.call(begin)
        with suppress(ConnectionResetError):
            sent(server, CHATTING.replace(b"/api", b"/w/other/api"), b"\r\n\r\n")
        server.call(lambda: worlds.remove("other"))

    assert left_behind(server, exchange) <= MOST
