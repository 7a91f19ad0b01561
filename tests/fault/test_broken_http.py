"""Faults that h11 would refuse to write, or that end the connection, over a real socket."""

import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from mockbot.fault.catalogue import (
    CATALOGUE,
    BadChunk,
    ContentLength,
    Cut,
    Delay,
    Drip,
    Early,
    EarlyHints,
    Gzip,
    Heartbeats,
    IdleClose,
    JoinChunks,
    Large,
    Linger,
    MediaType,
    NoBlankLine,
    Raw,
    Redirect,
    RepeatHeader,
    Retype,
    SetHeader,
    Stall,
    Status,
    TrailingBytes,
)
from mockbot.fault.fault import Fault
from mockbot.fault.parameters import build, parameters
from tests.fault.test_socket import Served, answered, everything

CHAT = json.dumps({"username": "alice", "message": "hi"}).encode()
pytestmark = pytest.mark.usefixtures("unforgiving")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    running = Served()
    running.server.start()
    yield running
    running.server.stop()


def length(received: bytes) -> int:
    """Return the declared length of the last response."""
    return int(received.rpartition(b"content-length: ")[2].partition(b"\r\n")[0])


def after_head(received: bytes) -> bytes:
    return received.rpartition(b"\r\n\r\n")[2]


def test_a_body_that_is_too_short(served: Served) -> None:
    received = everything(served, ContentLength(3), chat=False)
    assert length(received) == len(after_head(received)) + 3
    assert received.endswith(b"}\n")
    assert (served.entry.ended, served.entry.faults) == ("cut", ("content_length",))


def test_a_body_that_goes_on_after_its_end(served: Served) -> None:
    received = everything(served, ContentLength(-3), chat=False)
    assert length(received) == len(after_head(received)) - 3
    assert (served.entry.ended, served.entry.response_size) == ("complete", len(after_head(received)))


def test_a_stream_with_a_wrong_length(served: Served) -> None:
    received = everything(served, ContentLength(-100))
    head, _, rest = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert length(head + b"\r\n") == len(rest) - 100
    assert rest.endswith(b"}\n\n")


def test_an_illegal_chunk(served: Served) -> None:
    received = everything(served, BadChunk(after=1, line="-5;\xff"))
    assert received.endswith(b"}\n\n\r\n-5;\xff\r\n")
    assert served.entry.ended == "cut"


def test_an_illegal_chunk_in_a_response_that_has_a_length(served: Served) -> None:
    received = everything(served, BadChunk(), chat=False)
    assert b"content-length" not in received
    assert after_head(received) == b"zz\r\n"


def test_bytes_after_the_last_chunk(served: Served) -> None:
    assert everything(served, TrailingBytes("HTTP/1.1 200 \r\n")).endswith(b"\r\n0\r\n\r\nHTTP/1.1 200 \r\n")
    assert (served.entry.ended, served.entry.status) == ("complete", 200)


def test_a_connection_closed_without_a_word(served: Served) -> None:
    received = everything(served, IdleClose(), chat=False)
    assert received.endswith(b"}\n")
    assert b"connection: close" not in received.lower()
    assert served.entry.ended == "complete"


def test_a_pipelined_request_after_the_last_response_is_not_answered(served: Served) -> None:
    """A system resets a connection that is closed while bytes of the peer are unread."""
    served.client.world.faults.arm(IdleClose())
    received = b""
    with served.connect() as connection, suppress(ConnectionError):
        served.ask(connection, chat=False)
        served.ask(connection, chat=False)
        while piece := connection.recv(65536):
            received += piece
    assert received.count(b"HTTP/1.1") == 1


def test_an_interim_response_keeps_the_connection(served: Served) -> None:
    served.client.world.faults.arm(EarlyHints())
    with served.connect() as connection:
        received = answered(served, connection)
        assert received.startswith(b"HTTP/1.1 103 \r\nlink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 200 \r\n")
        assert answered(served, connection).startswith(b"HTTP/1.1 200 \r\n")
    first = list(served.client.world.journal)[-2]
    assert first.response_body == after_head(received)


def test_an_answer_before_the_upload(served: Served) -> None:
    entries, sessions = len(served.client.world.journal), len(list(served.client.world.history.of("s")))
    served.client.world.faults.arm(Early())
    head = b"POST /api/v1/chat HTTP/1.1\r\nhost: x\r\nx-api-key: abk_demo\r\ncontent-type: application/json\r\n"
    received = b""
    with served.connect() as connection:
        connection.sendall(head + b"expect: 100-continue\r\ncontent-length: 1000\r\n\r\n")
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 413 \r\n")
    assert b"\r\nconnection: close\r\n" in received
    assert length(received) == len(after_head(received))
    entry = served.entry
    assert (len(served.client.world.journal), entry.status, entry.ended) == (entries + 1, 413, "complete")
    assert (entry.operation, entry.faults, entry.violations) == ("POST /api/v1/chat", ("early",), ())
    assert len(list(served.client.world.history.of("s"))) == sessions


def test_an_early_answer_waits_for_its_turn(served: Served) -> None:
    faults = served.client.world.faults
    faults.arm(Early(), skip=1)
    faults.arm(Early(), operation="POST /api/v1/file", times=None)
    with served.connect() as connection:
        assert answered(served, connection).startswith(b"HTTP/1.1 200 ")
        assert answered(served, connection).startswith(b"HTTP/1.1 413 ")
    faults.clear()
    with served.connect() as connection:
        assert answered(served, connection).startswith(b"HTTP/1.1 200 ")


def test_a_redirect_leads_to_the_same_request(served: Served) -> None:
    address = "{}:{}".format(*served.server.listener.getsockname())
    served.client.world.faults.arm(Redirect(308, other_host=True))
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", "/w/default/api/v1/chat?x=%20y", CHAT)
    response = connection.getresponse()
    assert (response.status, response.read()) == (308, b"")
    port = address.rpartition(":")[2]
    assert response.headers["location"] == f"http://localhost:{port}/w/default/api/v1/chat?x=%20y"
    connection.close()


def test_a_drip_over_a_socket(served: Served) -> None:
    served.client.world.faults.arm(Drip(40, 0.0))
    with served.connect() as connection:
        received = answered(served, connection)
    assert len(after_head(received)) == length(received)
    assert {len(chunk.data) for chunk in served.entry.chunks[:-1]} == {40}


@pytest.mark.parametrize(
    "faults",
    [
        (ContentLength(-30), Gzip()),
        (SetHeader("content-type", "text/event-stream"), TrailingBytes("x"), TrailingBytes("y")),
        (ContentLength(2), Retype("/data", to="null")),
        (Status(204), Raw("x", after=0), TrailingBytes()),
        (Large(bytes=100_000), Drip(50_000, 0.0), ContentLength(5)),
        (EarlyHints(), RepeatHeader(), MediaType(), BadChunk(), Cut()),
        (IdleClose(), ContentLength(-1)),
    ],
)
@pytest.mark.parametrize("chat", [False, True])
def test_faults_together_end_the_connection_without_an_error_of_the_server(
    served: Served, faults: tuple[Fault, ...], chat: bool
) -> None:
    everything(served, *faults, chat=chat)
    with served.connect() as other:
        assert answered(served, other).startswith(b"HTTP/1.1 200 ")


@dataclass(frozen=True, slots=True)
class Resized(Fault):
    """A fault that changes the size of each body, and leaves Content-Length as it is."""

    name: ClassVar[str] = "resized"
    by: int

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for message in messages:
            if message["type"] == "http.response.body":
                body = message["body"] + b"!" * self.by if self.by > 0 else message["body"][: self.by]
                message = {**message, "body": body}
            yield message


def test_a_length_that_other_faults_made_wrong_is_sent_as_they_say(served: Served) -> None:
    longer = everything(served, Resized(2), chat=False)
    assert after_head(longer).endswith(b"}\n!!")
    assert length(longer) == len(after_head(longer)) - 2
    shorter = everything(served, Resized(-2), chat=False)
    assert length(shorter) == len(after_head(shorter)) + 2


def test_a_response_without_content_that_gets_some(served: Served) -> None:
    assert everything(served, Status(204), Resized(2), chat=False).endswith(b"\r\n\r\n!!")


PLAIN = [fault for fault in CATALOGUE.values() if not any(each.required for each in parameters(fault))]
VARIANTS: list[Fault] = [
    *[build(fault, {}) for fault in PLAIN if fault not in (Delay, Stall, Drip, Linger, Heartbeats)],
    *[Delay(0.0), Stall(0.0, after=1), Drip(1_000, 0.0), Linger(0.0), Heartbeats(0.0)],
    *[Status(204), Status(304), Status(200, body="json", content_type="text/event-stream")],
    *[ContentLength(-1000), ContentLength(1000), Raw("\xff\r\n"), Raw("x", after=None), SetHeader("connection", "x")],
    *[Cut(after=1), BadChunk(after=1), Large(bytes=200_000), Gzip("end")],
]
REQUESTS = (
    b"POST /api/v1/chat HTTP/1.1",
    b"POST /api/v1/chat HTTP/1.0",
    b"GET /api/v1/im/bots HTTP/1.1",
    b"HEAD /api/v1/im/bots HTTP/1.1",
    b"GET /api/v1/chat/sessions?username=alice HTTP/1.0",
)


@example([TrailingBytes(), NoBlankLine()], REQUESTS[0])  # found by this test: what is held back came after the end
@example([ContentLength(-1000), JoinChunks()], REQUESTS[0])
@example([EarlyHints(), NoBlankLine()], REQUESTS[0])  # and an empty piece before the head
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=4), line=st.sampled_from(REQUESTS))
def test_any_faults_together_neither_hang_nor_fail(served: Served, faults: list[Fault], line: bytes) -> None:
    for fault in faults:
        served.client.world.faults.arm(fault)
    body = CHAT if b"chat HTTP" in line else b""
    fields = b"host: x\r\nconnection: close\r\nx-api-key: abk_demo\r\ncontent-type: application/json\r\n"
    with served.connect() as connection:
        connection.sendall(line + b"\r\n" + fields + b"content-length: %d\r\n\r\n" % len(body) + body)
        with suppress(ConnectionResetError):
            while connection.recv(1_000_000):
                pass
    served.client.world.faults.clear()
    assert {entry.ended for entry in served.client.world.journal} <= {"complete", "cut", "reset", "client left"}
