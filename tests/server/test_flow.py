"""What is received is read in short turns, and what clients do not read is bounded."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import Any

import pytest
from uvicorn.server import ServerState

from mockbot.server import flow
from mockbot.server.edge import Edge
from mockbot.server.flow import Flow, Reading, Unsent
from mockbot.server.http import Http
from mockbot.server.receiving import PIECE
from tests.server.test_lane import Answer, App, Transport, config_of

OK = Answer([{"type": "http.response.start", "status": 200, "headers": []}, {"type": "http.response.body"}])
HEAD = b"POST /a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Connections:
    """Connections of one server, and how many bytes h11 was given in each turn of the loop."""

    def __init__(self, *answers: Answer) -> None:
        self.app = App(list(answers) or [OK])
        self.config = config_of(Edge(self.app, "test"))
        self.read = 0

    def connect(self) -> tuple[Http, Transport]:
        protocol, transport = Http(config=self.config, server_state=ServerState(), app_state={}), Transport()
        protocol.connection_made(transport)
        receive = protocol.conn.receive_data

        def counted(data: bytes) -> None:
            self.read += len(data)
            receive(data)

        protocol.conn.receive_data = counted  # type: ignore[method-assign]
        return protocol, transport

    async def turn(self) -> int:
        """Let the loop run once; return how many bytes h11 was given."""
        self.read = 0
        await asyncio.sleep(0)
        return self.read


def test_small_chunks_are_read_in_several_turns_of_all_connections_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "TURN", 0)

    async def run() -> None:
        server = Connections()
        connections = [server.connect() for _ in range(3)]
        for protocol, transport in connections:
            protocol.data_received(CHUNKED + b"1\r\na\r\n" * 10_000)
            assert transport.paused
        assert server.read == 0
        most, count = 0, 0
        while not all(protocol.cycle and protocol.conn.trailing_data[0] == b"" and not transport.paused
                      for protocol, transport in connections):  # fmt: skip
            most, count = max(most, await server.turn()), count + 1
            assert count < 1000
        assert most == PIECE
        for protocol, transport in connections:
            protocol.data_received(b"0\r\n\r\n")
            while not transport.written:
                await server.turn()
        assert [len(seen["body"]) for seen in server.app.seen] == [10_000] * 3

    asyncio.run(run())


def test_a_body_of_known_length_is_read_at_once_after_its_first_piece() -> None:
    async def run() -> None:
        server = Connections()
        protocol, transport = server.connect()
        body = bytes(20 * PIECE)
        data = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(body), body[1:])
        protocol.data_received(data)
        assert sum([await server.turn() for _ in range(2)]) == len(data)
        protocol.data_received(body[:1])
        while not transport.written:
            await server.turn()
        assert server.app.seen[0]["body"] == body

    asyncio.run(run())


def test_many_requests_at_once_are_answered_in_order() -> None:
    async def run() -> None:
        server = Connections()
        protocol, transport = server.connect()
        requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(2000)]
        protocol.data_received(b"".join(requests))
        while transport.written.count(b"HTTP/1.1 200") < len(requests):
            await server.turn()
        assert [seen["path"] for seen in server.app.seen] == [f"/{number}" for number in range(2000)]
        assert not transport.paused

    asyncio.run(run())


def test_a_connection_that_ends_is_not_read_on() -> None:
    async def run() -> None:
        server = Connections()
        protocol, transport = server.connect()
        protocol.data_received(CHUNKED + b"1\r\na\r\n" * 10_000)
        transport.close()
        protocol.connection_lost(None)
        assert [await server.turn() for _ in range(5)] == [0] * 5

    asyncio.run(run())


def test_what_comes_between_two_turns_comes_after_the_rest() -> None:
    async def run() -> None:
        server = Connections()
        protocol, transport = server.connect()
        protocol.data_received(CHUNKED + b"1\r\na\r\n" * 3000)
        protocol.data_received(b"1\r\nb\r\n0\r\n\r\n")
        while not transport.written:
            await server.turn()
        assert server.app.seen[0]["body"] == b"a" * 3000 + b"b"

    asyncio.run(run())


def _done(names: deque[str], name: str) -> bool:
    names.append(name)
    return False


def test_one_that_fails_does_not_keep_the_others_from_reading() -> None:
    async def run() -> None:
        reading, done = Reading(), deque[str]()
        failed: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context["exception"]))

        def fail() -> bool:
            raise ZeroDivisionError

        reading.add(fail)
        reading.add(partial(_done, done, "a"))
        reading.add(partial(_done, done, "b"))
        for _ in range(4):
            await asyncio.sleep(0)
        assert list(done) == ["a", "b"]
        assert [type(error) for error in failed] == [ZeroDivisionError]

    asyncio.run(run())


@pytest.mark.parametrize("wanted", [True, False])
def test_reading_goes_on_when_nothing_is_held_and_the_application_wants_more(wanted: bool) -> None:
    async def run() -> None:
        transport = Transport()
        flows = Flow(transport, Unsent())
        flows.pause_reading()
        flows.hold()
        if wanted:
            flows.resume_reading()
        assert transport.paused
        flows.release()
        assert transport.paused is not wanted
        flows.resume_reading()
        assert not transport.paused

    asyncio.run(run())


class Slow(Transport):
    """A transport whose client has still to read so many bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.aborted = size, False

    def get_write_buffer_size(self) -> int:
        return self.size

    def abort(self) -> None:
        self.aborted = True


def waiting(unsent: Unsent, *sizes: int) -> list[Slow]:
    found = [Slow(size) for size in sizes]
    for each in found:
        unsent.add(each)
    return found


def aborted(found: list[Slow]) -> list[int]:
    return [index for index, each in enumerate(found) if each.aborted]


def test_the_largest_response_that_is_not_read_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    unsent = Unsent(100)
    found = waiting(unsent, 10, 60, 30)
    assert aborted(found) == []
    with caplog.at_level(logging.WARNING):
        more = waiting(unsent, 20)
    assert (aborted(found), aborted(more)) == ([1], [])
    assert caplog.messages == ["a connection is closed whose client does not read a response of 60 bytes"]


def test_a_response_that_is_being_read_stays() -> None:
    unsent = Unsent(100)
    found = waiting(unsent, 90)
    found[0].size = 80
    more = waiting(unsent, 30)
    assert (aborted(found), aborted(more)) == ([], [0])


def test_what_was_read_makes_room() -> None:
    unsent = Unsent(100)
    found = waiting(unsent, 60, 40)
    found[0].size = 5
    assert aborted(found + waiting(unsent, 55)) == []
    unsent.discard(found[0])
    unsent.discard(found[0])
    assert aborted(waiting(unsent, 5)) == []


def test_what_was_written_since_is_counted_when_it_waits_again() -> None:
    unsent = Unsent(100)
    found = waiting(unsent, 40, 40)
    found[0].size = 70
    unsent.add(found[0])
    assert aborted(found) == [0]


def test_a_single_response_beyond_the_bound_is_closed() -> None:
    assert aborted(waiting(Unsent(100), 101)) == [0]


def test_a_connection_that_is_read_on_waits_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        reading, done, left = Reading(), list[str](), {"a": 2, "b": 0, "c": 1}

        def read(name: str) -> bool:
            done.append(name)
            left[name] -= 1
            return left[name] >= 0

        for name in left:
            reading.add(partial(read, name))
        for _ in range(3):
            await asyncio.sleep(0)
        assert "".join(done) == "abcaca"

    asyncio.run(run())
