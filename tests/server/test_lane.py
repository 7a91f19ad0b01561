"""The lane answers as h11 does, byte for byte: raw requests at random, whole, in pieces, pipelined and broken."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from mockbot.fault.fault import FAULT, LAST
from mockbot.fault.wire import CONNECTION, Connection, Wire
from mockbot.server.edge import Edge
from mockbot.server.http import Http
from mockbot.server.lane import TOGETHER, LaneCycle
from mockbot.server.plain import read
from tests.fast_paths import examples

pytestmark = pytest.mark.usefixtures("needs_fast_paths")

PLAIN = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n"


class Transport(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.writes: list[int] = []
        """How many bytes each write had."""
        self.closed = self.paused = False

    def write(self, data: Any) -> None:
        self.written += b"" if self.closed else bytes(data)
        self.writes.append(len(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return 0


@dataclass
class Answer:
    """What the application does with each request, by its number."""

    messages: Sequence[dict[str, Any]]
    fails: bool = False
    pauses: bool = False
    """Whether other tasks run between its messages."""
    raw: bytes = b""
    """What it writes past HTTP."""


@dataclass
class App:
    """Answers each request with the messages that it was given, and keeps what it has received."""

    answers: list[Answer]
    seen: list[Any] = field(default_factory=list)
    server_header = "test"
    lane: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answers[min(len(self.seen), len(self.answers) - 1)]
        connection: Connection = scope["extensions"][CONNECTION]
        self.lane += connection.flush is not None
        shown = {key: value for key, value in scope.items() if key != "extensions"}
        body, more = b"", True
        self.seen.append(shown)
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        shown["body"] = body
        for message in answer.messages:
            await send(dict(message))
            if answer.pauses:
                await asyncio.sleep(0)
        if answer.raw:
            await connection.write(answer.raw)
        if answer.fails:
            raise ZeroDivisionError


def config_of(edge: Edge, idle_seconds: int = 5) -> Config:
    """Return the configuration of a server whose connections end after that time without a request."""
    config = Config(
        edge,
        http=Http,
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=idle_seconds,
    )
    config.load()
    return config


def connected(app: ASGIApp, *, lane: bool = True) -> tuple[Http, Transport, ServerState]:
    """Return a connection that was just made, with its transport and the state of its server."""
    state, transport = ServerState(), Transport()
    protocol = Http(config=config_of(Edge(app, "test")), server_state=state, app_state={}, lane=lane)
    protocol.connection_made(transport)
    return protocol, transport, state


async def others() -> None:
    """Let the other tasks run until they wait."""
    for _ in range(30):
        await asyncio.sleep(0)


async def exchanged(pieces: Sequence[bytes], answers: list[Answer], *, lane: bool) -> tuple[Any, ...]:
    """Return what was written for the pieces of a connection, what the application saw, and how it ended."""
    app = App(answers)
    protocol, transport, state = connected(app, lane=lane)
    for piece in pieces:
        if not transport.closed:
            protocol.data_received(piece)
        for _ in range(12):
            await asyncio.sleep(0)
    for _ in range(60):
        await asyncio.sleep(0)
    written, closed = transport.written, transport.closed
    protocol.connection_lost(None)
    for _ in range(10):
        await asyncio.sleep(0)
    for task in state.tasks:
        task.cancel()
    await asyncio.sleep(0)
    return re.sub(rb"date: [^\r]*", b"date: x", written), closed, app.seen, app.lane


METHODS = [*[b"GET", b"POST"] * 4, b"HEAD", b"PUT", b"get", b"OPTIONS", b"G@T"]
TARGETS = [
    *[b"/a", b"/api/v1/im/bots?x=1&y=%20"] * 4,
    *(b"/", b"/%61", b"//a", b"/a?b?c", b"/a#b", b"http://h/a", b"*", b"/\xff", b"/a b", b"a", b"/a?\xe9", b"/w/x/y"),
]
VERSIONS = [*[b"HTTP/1.1"] * 9, b"HTTP/1.0", b"HTTP/2.0", b"http/1.1"]
HEADERS = [
    *[b"X-A: 1", b"Accept: */*", b"x-b:2"] * 3,
    *(b"Host: y", b"Connection: close", b"Connection: keep-alive", b"Expect: 100-continue", b"Upgrade: websocket"),
    *(
        b"Transfer-Encoding: chunked",
        b"X-A: ",
        b"X-A:\t1",
        b"X-A: 1 ",
        b" X: folded",
        b"X A: 1",
        b"X_A: 1",
        b"X-\xff: 1",
    ),
    *(b"X-A: \xff", b"X-A: a\x00b", b"X-A: a\tb", b"Content-Length: 3", b"Content-Length: 00", b"X-A", b"X-A: a\rb"),
    b"X-Long: " + b"a" * 5000,
]
BODIES = [*[b"", b"abc", b'{"a": 1}'] * 3, b"\r\n", b"GET / HTTP/1.1\r\n", bytes(70_000)]


def raw_request(random: Random) -> bytes:
    body = random.choice(BODIES)
    if random.random() < 0.5:  # one that the lane takes
        query, length = random.choice([b"", b"?a=b%20c"]), b"Content-Length: %d\r\n" % len(body) if body else b""
        return b"%b /a%b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n%b\r\n%b" % (
            random.choice([b"GET", b"POST"]),
            query,
            length,
            body,
        )
    headers = [] if random.random() < 0.04 else [random.choice([b"Host: x", b"host: x:80"])]
    headers += random.choices(HEADERS, k=random.choice([0, 0, 1, 1, 2, 3]))
    if body or random.random() < 0.1:
        headers.append(b"Content-Length: %d" % (len(body) + (random.random() < 0.05)))
    random.shuffle(headers)
    line = b" ".join([random.choice(METHODS), random.choice(TARGETS), random.choice(VERSIONS)])
    end = b"\n" if random.random() < 0.03 else b"\r\n"
    return end.join([line, *headers, b"", b""]) + body


def pieces_of(random: Random, data: bytes) -> list[bytes]:
    kind = random.random()
    if kind < 0.6 or len(data) < 2:
        return [data]
    places = sorted(random.sample(range(1, len(data)), min(random.randrange(1, 4), len(data) - 1)))
    return [data[one:two] for one, two in zip([0, *places], [*places, len(data)], strict=True)]


FIELDS = [
    *[(b"content-type", b"text/plain"), (b"x-a", b"1")] * 3,
    *((b"connection", b"keep-alive"), (b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"x-e", b"")),
    *((b"x-a", b"a\r\nb: c"), (b"x a", b"1"), (b"x-a", b"\xe9"), (b"X-Upper", b"1"), (b"content-length", b"x")),
    *((b"x: a", b"1"), (b"x:", b"1"), (b"", b"1"), (b"content-length: 9; x", b"1"), (b"x-a", b": 1")),
]


def answer(random: Random) -> Answer:
    pieces = random.choices([b"", b"ab", b"x" * 300], k=random.randrange(1, 4))
    size = sum(map(len, pieces))
    headers = random.choices(FIELDS, k=random.randrange(3))
    if random.random() < 0.6:
        declared = random.choice([size] * 6 + [size + 1, max(size - 1, 0)])
        headers.insert(random.randrange(len(headers) + 1), (b"content-length", b"%d" % declared))
    status = random.choice([200] * 6 + [404, 500, 204, 304, 599, 103])
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
    bodies = [{"type": "http.response.body", "body": each, "more_body": True} for each in pieces]
    bodies[-1]["more_body"] = random.random() < 0.06
    messages = [start, *bodies]
    if random.random() < 0.06:
        random.shuffle(messages)
    if random.random() < 0.06:
        messages = messages[: random.randrange(len(messages))]
    raw = b"raw" if random.random() < 0.05 else b""
    return Answer(messages, fails=random.random() < 0.06, pauses=random.random() < 0.3, raw=raw)


def test_the_lane_answers_as_h11_does(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1, "mockbot")  # each failure of the application is logged with its frames
    random, tried, taken = Random(4), examples(request, 1500), 0

    async def compare() -> None:
        nonlocal taken
        for _ in range(tried):
            requests = b"".join(raw_request(random) for _ in range(random.choice([1, 1, 2, 3])))
            pieces = pieces_of(random, requests)
            if random.random() < 0.5:
                pieces = [each for _ in range(random.choice([1, 2, 3])) for each in [raw_request(random)]]
            answers = [answer(random) for _ in range(3)]
            *fast, count = await exchanged(pieces, answers, lane=True)
            *slow, none = await exchanged(pieces, answers, lane=False)
            assert fast == slow, f"{pieces} answered with {answers}"
            assert none == 0
            taken += count

    asyncio.run(compare())
    assert taken > 0.3 * tried, f"the lane took {taken} requests in {tried} connections"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN + b"x",
        PLAIN[:-1],
        PLAIN.replace(b"Host: x\r\n", b""),
        PLAIN.replace(b"Host: x", b"Host: x\r\nHost: y"),
        PLAIN.replace(b"/a", b"/%61"),
        PLAIN.replace(b"X-A: 1", b"Connection: close"),
        PLAIN.replace(b"X-A: 1", b"Content-Length: 0\r\nContent-Length: 0"),
        PLAIN.replace(b"X-A: 1", b"Content-Length: +1"),
        PLAIN.replace(b"X-A: 1", b"X-A: " + b"a" * 17_000),
        PLAIN.replace(b"1.1", b"1.0"),
    ],
)
def test_what_is_not_plain_and_whole_goes_to_h11(data: bytes) -> None:
    assert read(PLAIN) is not None
    assert read(data) is None


def test_a_request_that_comes_while_another_is_answered_waits() -> None:
    async def two() -> tuple[Any, ...]:
        slow = Answer([{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}], pauses=True)
        return await exchanged([PLAIN, PLAIN + PLAIN], [slow], lane=True)

    written, closed, seen, taken = asyncio.run(two())
    assert (written.count(b"HTTP/1.1 200 \r\n"), closed, len(seen)) == (3, False, 3)
    assert taken >= 1


def test_reading_stops_while_a_request_waits() -> None:
    async def paused() -> bool:
        protocol, transport, _ = connected(App([Answer([])]))
        protocol.data_received(PLAIN)
        cycle: object = protocol.cycle
        assert isinstance(cycle, LaneCycle)
        protocol.data_received(PLAIN)
        return transport.paused

    assert asyncio.run(paused())


START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
BODY: dict[str, Any] = {"type": "http.response.body", "body": b"ab"}
with_and_without = pytest.mark.parametrize("lane", [True, False], ids=["lane", "h11"])


@with_and_without
def test_reading_goes_on_while_the_application_waits_for_the_client_to_leave(lane: bool) -> None:
    async def waits() -> bool:
        ready = asyncio.Event()

        async def app(_: Scope, receive: Receive, __: Send) -> None:
            await receive()
            await ready.wait()
            await receive()

        protocol, transport, _ = connected(app, lane=lane)
        protocol.data_received(PLAIN)
        await others()
        protocol.data_received(PLAIN)
        assert transport.paused
        ready.set()
        await others()
        paused = transport.paused
        protocol.connection_lost(None)
        await others()
        return paused

    assert not asyncio.run(waits())


@with_and_without
def test_a_request_that_is_first_read_after_the_response_is_over(lane: bool) -> None:
    received = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await send({**START, "headers": []})
        await send(BODY)
        received.append((await receive())["type"])

    async def run() -> None:
        connected(app, lane=lane)[0].data_received(PLAIN)
        await others()

    asyncio.run(run())
    assert received == ["http.disconnect"]


@with_and_without
def test_a_head_is_written_before_a_fault_closes_the_connection(lane: bool) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": LAST})
        await send(dict(START))

    async def run() -> tuple[bytes, bool]:
        protocol, transport, _ = connected(Wire(app), lane=lane)
        protocol.data_received(PLAIN)
        await others()
        return transport.written, transport.closed

    written, closed = asyncio.run(run())
    assert written.startswith(b"HTTP/1.1 200 \r\ncontent-length: 4\r\n")
    assert closed


@with_and_without
def test_names_of_headers_may_be_text(lane: bool) -> None:
    answers = [Answer([{**START, "headers": [("x-a", "1")]}, BODY])]
    written, closed, *_ = asyncio.run(exchanged([PLAIN], answers, lane=lane))
    assert written.startswith(b"HTTP/1.1 200 \r\nx-a: 1\r\n")
    assert not closed


@with_and_without
def test_a_server_that_stops_waits_for_a_response(lane: bool) -> None:
    async def run() -> tuple[bool, bool, int]:
        app = Held()
        protocol, transport, state = connected(app, lane=lane)
        protocol.data_received(PLAIN)
        await others()
        protocol.shutdown()
        before = transport.closed
        assert len(state.tasks) == 1
        app.go.set()
        await others()
        return before, transport.closed, len(state.tasks)

    assert asyncio.run(run()) == (False, True, 0)


@with_and_without
def test_nothing_is_written_while_the_client_reads_too_little(lane: bool) -> None:
    async def run() -> tuple[bytes, bytes]:
        app = Held()
        protocol, transport, _ = connected(app, lane=lane)
        protocol.data_received(PLAIN)
        await others()
        protocol.pause_writing()
        app.go.set()
        await others()
        before = transport.written
        protocol.resume_writing()
        await others()
        return before, transport.written

    before, after = asyncio.run(run())
    assert before.endswith(b"\r\n\r\nab")
    assert after == before + b"ab"


def test_what_is_sent_before_other_tasks_run_is_written_together() -> None:
    frames = [b"data: %d\n\n" % number for number in range(20)]

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number, frame in enumerate(frames):
            if number == 10:
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": bytes(TOGETHER), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def run() -> Transport:
        protocol, transport, _ = connected(app)
        protocol.data_received(PLAIN)
        await others()
        return transport

    transport = asyncio.run(run())
    chunks = [b"%x\r\n%b\r\n" % (len(each), each) for each in [*frames, bytes(TOGETHER)]]
    assert transport.written.partition(b"\r\n\r\n")[2] == b"".join([*chunks, b"0\r\n\r\n"])
    first = len(transport.written) - len(b"".join([*chunks[10:], b"0\r\n\r\n"]))
    assert transport.writes == [first, len(b"".join(chunks[10:])), len(b"0\r\n\r\n")]


def test_pieces_of_a_faulty_response_are_written_one_by_one() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": FAULT})
        for piece in (b"a", b"b"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def run() -> list[int]:
        protocol, transport, _ = connected(Wire(app))
        protocol.data_received(PLAIN)
        await others()
        return transport.writes

    assert asyncio.run(run())[1:] == [len(b"1\r\nb\r\n"), len(b"0\r\n\r\n")]


@with_and_without
def test_nothing_is_written_to_a_client_that_has_left(lane: bool) -> None:
    async def run() -> tuple[bytes, int]:
        app = Held()
        protocol, transport, state = connected(app, lane=lane)
        protocol.data_received(PLAIN)
        await others()
        transport.written = b""
        protocol.connection_lost(ConnectionResetError())
        app.go.set()
        await others()
        return transport.written, len(state.tasks)

    assert asyncio.run(run()) == (b"", 0)


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock the test moves."""

    now = 0.0

    def time(self) -> float:
        return self.now


@with_and_without
@pytest.mark.parametrize("value", [b"1", b"\xe9"], ids=["plain", "only h11 writes it"])
def test_a_connection_is_idle_from_the_end_of_its_last_response(lane: bool, value: bytes) -> None:
    loop = Loop()

    async def run() -> list[bool]:
        app = Held((b"x-a", value))
        protocol, transport, _ = connected(app, lane=lane)
        closed = []

        async def at(second: float) -> None:
            loop.now = second
            await others()
            closed.append(transport.closed)

        await at(4)
        protocol.data_received(PLAIN)
        await at(8)
        await at(10)
        app.go.set()
        await others()
        await at(14)
        await at(15.5)
        return closed

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(run()) == [False, False, False, False, True]


class Held:
    """Answers in two pieces, and waits for `go` between them."""

    def __init__(self, *fields: tuple[bytes, bytes]) -> None:
        self.go = asyncio.Event()
        self._start = {**START, "headers": [*START["headers"], *fields]}

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        await send(dict(self._start))
        await send({**BODY, "more_body": True})
        await self.go.wait()
        await send(BODY)


def test_nothing_is_written_to_a_connection_that_is_broken() -> None:
    start = {"type": "http.response.start", "status": 200, "headers": []}
    pieces = [{"type": "http.response.body", "body": b"x", "more_body": True} for _ in range(9)]

    async def writes() -> tuple[int, int]:
        protocol, transport, _ = connected(App([Answer([start, *pieces], pauses=True)]))
        protocol.data_received(PLAIN)
        for _ in range(4):
            await asyncio.sleep(0)
        transport.close()
        before = len(transport.writes)
        await others()
        return before, len(transport.writes)

    before, after = asyncio.run(writes())
    assert 0 < before == after
