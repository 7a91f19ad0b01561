"""Faults over a real socket: the last bytes that a client receives, and the end of the connection."""

import errno
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockbot.fault.catalogue import Cut, Delay, Raw, Reset, Stall, Status, Truncate
from mockbot.fault.fault import Fault
from mockbot.journal.entry import Entry
from mockbot.server.listen import listen
from mockbot.server.server import Server
from tests.conftest import make_client

JSON_START = b'{"status":"ok","message":null,"data":{"bot_ids":'


class Served:
    """A server, and a client that returns all bytes it receives and the error at the end."""

    def __init__(self) -> None:
        self.client = make_client()
        self.server = Server(self.client.app, listen("127.0.0.1", 0))

    @property
    def entry(self) -> Entry:
        """The newest journal entry."""
        return list(self.client.world.journal)[-1]

    def begun(self) -> Entry:
        """Wait for a request in progress to have a fault, and return its entry."""
        wait_until(lambda: len(self.client.world.journal) and self.entry.ended == "open" and self.entry.faults)
        return self.entry

    def connect(self) -> socket.socket:
        return socket.create_connection(self.server.listener.getsockname(), timeout=60)

    def ask(self, connection: socket.socket, chat: bool) -> None:
        body = json.dumps({"username": "alice", "message": "hi"}).encode() if chat else b""
        target = b"POST /api/v1/chat" if chat else b"GET /api/v1/im/bots"
        fields = b"host: x\r\nx-api-key: abk_demo\r\ncontent-type: application/json\r\ncontent-length: %d" % len(body)
        connection.sendall(target + b" HTTP/1.1\r\n" + fields + b"\r\n\r\n" + body)

    def get(self, fault: Fault, chat: bool = True) -> tuple[bytes, bytes, int]:
        """Return the received head and body, and the error number at the end (0: FIN)."""
        self.client.world.faults.arm(fault)
        received, error = b"", 0
        with self.connect() as connection:
            self.ask(connection, chat)
            try:
                while piece := connection.recv(65536):
                    received += piece
                    if received.endswith(b"\r\n0\r\n\r\n") or (b"content-length" in received and b"}\n" in received):
                        break
            except OSError as failure:
                error = failure.errno or -1
        head, _, body = received.partition(b"\r\n\r\n")
        return head, body, error


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    running = Served()
    running.server.start()
    yield running
    running.server.stop()


def chunks(body: bytes) -> list[bytes]:
    """Split a chunked body; b"" is the last chunk."""
    found = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        found.append(rest[:length])
        assert rest[length : length + 2] == b"\r\n"
        body = rest[length + 2 :]
    return found


def test_truncate_ends_with_the_last_chunk(served: Served) -> None:
    _, body, error = served.get(Truncate(after=1))
    frame, last = chunks(body)
    assert frame.startswith(b'data: {"type": "session_id"')
    assert (last, error, served.entry.ended) == (b"", 0, "complete")


def test_truncate_sends_part_of_a_json_document_in_complete_http(served: Served) -> None:
    head, body, error = served.get(Truncate(bytes=len(JSON_START)), chat=False)
    assert b"content-length" not in head
    assert (chunks(body), error) == ([JSON_START, b""], 0)


def test_cut_ends_without_the_last_chunk(served: Served) -> None:
    _, body, error = served.get(Cut(after=2))
    assert [json.loads(frame[6:])["type"] for frame in chunks(body)] == ["session_id", "plain"]
    assert (error, served.entry.ended, served.entry.faults) == (0, "cut", ("cut",))


def test_cut_inside_a_frame_sends_exactly_the_bytes_before_the_place(served: Served) -> None:
    _, body, error = served.get(Cut(after=1, bytes=7))
    assert (chunks(body)[1:], error) == ([b"data: {"], 0)
    assert served.entry.response_size == len(b"".join(chunks(body)))


def test_cut_inside_a_json_response_keeps_its_content_length(served: Served) -> None:
    head, body, error = served.get(Cut(bytes=10), chat=False)
    assert (body, error) == (JSON_START[:10], 0)
    assert b"content-length" in head


def test_an_immediate_cut_sends_no_byte(served: Served) -> None:
    assert served.get(Cut()) == (b"", b"", 0)
    assert (served.entry.status, served.entry.ended) == (0, "cut")


def test_reset_is_an_error_at_the_client(served: Served) -> None:
    assert served.get(Reset()) == (b"", b"", errno.ECONNRESET)
    _, body, error = served.get(Reset(after=1))
    assert (len(chunks(body)), error, served.entry.ended) == (1, errno.ECONNRESET, "reset")


def test_status_keeps_the_connection(served: Served) -> None:
    served.client.world.faults.arm(Status(503, retry_after=1))
    with served.connect() as connection:
        for expected in (b"HTTP/1.1 503 ", b"HTTP/1.1 200 "):
            assert answered(served, connection).startswith(expected)


@pytest.mark.parametrize("fault", [Delay(0.03), Stall(0.03, after=1, bytes=2)])
def test_a_pause_takes_real_time(served: Served, fault: Fault) -> None:
    began = time.monotonic()
    _, body, error = served.get(fault)
    assert time.monotonic() - began >= 0.029
    assert (chunks(body)[-1], error, served.entry.ended) == (b"", 0, "complete")


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_pause_ends_when_the_client_disconnects(served: Served) -> None:
    served.client.world.faults.arm(Delay(3600))
    with served.connect() as connection:
        served.ask(connection, chat=False)
        entry = served.begun()
    wait_until(lambda: entry.ended != "open")
    assert (entry.status, entry.ended) == (200, "client left")


def test_a_client_that_has_disconnected_is_not_reset(served: Served, unforgiving: None) -> None:
    for fault in (Delay(3600), Reset(after=1)):
        served.client.world.faults.arm(fault)
    with served.connect() as connection:
        served.ask(connection, chat=True)
        entry = served.begun()
    wait_until(lambda: entry.faults == ("delay", "reset") and entry.ended != "open")
    assert entry.ended == "client left"


def test_a_server_that_stops_ends_the_pauses() -> None:
    served = Served()
    served.server.start()
    served.client.world.faults.arm(Stall(3600, bytes=5))
    with served.connect() as connection:
        served.ask(connection, chat=False)
        received = b""
        while not received.endswith(JSON_START[:5]):
            received += connection.recv(65536)
        began = time.monotonic()
        served.server.stop()
        assert time.monotonic() - began < 1
        rest: Any = b""
        while piece := connection.recv(65536):
            rest += piece
        assert rest.startswith(JSON_START[5:])


def answered(served: Served, connection: socket.socket) -> bytes:
    """Return the bytes of a response that keeps the connection."""
    served.ask(connection, chat=False)
    received = b""
    while not received.endswith(b"}\n"):
        received += connection.recv(65536)
    return received


def everything(served: Served, *faults: Fault, chat: bool = True) -> bytes:
    """Return all bytes that a client receives until the end of the connection."""
    for fault in faults:
        served.client.world.faults.arm(fault)
    received = b""
    with served.connect() as connection:
        served.ask(connection, chat)
        while piece := connection.recv(65536):
            received += piece
    return received


def test_raw_bytes_between_two_frames_leave_the_socket_in_order(served: Served, unforgiving: None) -> None:
    received = everything(served, Raw("\xff\r\n", after=1))
    before, _, after = received.partition(b"\xff\r\n")
    assert before.endswith(b"\n\n\r\n")
    assert after.endswith(b"\r\n0\r\n\r\n")
    assert (served.entry.ended, served.entry.faults) == ("complete", ("raw",))
    assert served.entry.chunks[1].data == b"\xff\r\n"


def test_raw_bytes_before_the_head(served: Served, unforgiving: None) -> None:
    received = everything(served, Raw("x", after=None), chat=False)
    assert received.startswith(b"xHTTP/1.1 200 \r\n")
    assert received.endswith(b"}\n")
    assert json.loads(served.entry.response_body[1:])


def test_large_raw_bytes_are_sent_completely(served: Served, unforgiving: None) -> None:
    text = "x" * 1_000_000
    received = everything(served, *[Raw(text, after=0)] * 15, chat=False)
    assert received.count(b"x" * 15_000_000) == 1


def test_other_connections_go_on_after_raw_bytes(served: Served, unforgiving: None) -> None:
    with served.connect() as other:
        assert answered(served, other).startswith(b"HTTP/1.1 200 ")
        everything(served, Raw("zz\r\n"))
        assert answered(served, other).startswith(b"HTTP/1.1 200 ")
