"""A large response is written in pieces, and arrives as it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mockbot.server.edge import PIECE
from mockbot.server.http import Http
from tests.server.test_lane import Answer, App, Transport, connected

BODY = bytes(range(256)) * (3 * PIECE // 256) + b"end"
GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
OK = [(b"content-type", b"application/octet-stream")]
LENGTH = [*OK, (b"content-length", b"%d" % len(BODY))]


def response(*bodies: bytes, headers: list[tuple[bytes, bytes]] = LENGTH) -> Answer:
    """Return a response whose body is given in so many messages."""
    messages: list[dict[str, Any]] = [{"type": "http.response.start", "status": 200, "headers": headers}]
    for number, body in enumerate(bodies, 1):
        messages.append({"type": "http.response.body", "body": body, "more_body": number < len(bodies)})
    return Answer(messages)


def joined(written: bytes) -> bytes:
    """Return the body of a response in chunks."""
    body, rest = b"", written.partition(b"\r\n\r\n")[2]
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


async def until(seen: Callable[[], bool]) -> None:
    for _ in range(40):
        if seen():
            return
        await asyncio.sleep(0)


async def answered(transport: Transport, protocol: Http) -> None:
    for _ in range(40):
        await asyncio.sleep(0)
    assert protocol.cycle.response_complete


@pytest.mark.parametrize("lane", [True, False])
def test_a_large_response_arrives_whole_and_the_connection_goes_on(lane: bool) -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY), response(b"", headers=OK)]), lane=lane)
        protocol.data_received(GET)
        await answered(transport, protocol)
        assert transport.written.partition(b"\r\n\r\n")[2] == BODY
        assert max(transport.writes) <= PIECE + 300
        transport.written = b""
        protocol.data_received(GET)
        await answered(transport, protocol)
        assert transport.written.startswith(b"HTTP/1.1 200")

    asyncio.run(run())


@pytest.mark.parametrize("lane", [True, False])
def test_a_large_response_of_unknown_length_arrives_whole(lane: bool) -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY, headers=OK)]), lane=lane)
        protocol.data_received(GET)
        await answered(transport, protocol)
        assert joined(transport.written) == BODY

    asyncio.run(run())


def test_the_large_last_message_of_several_is_in_pieces_too() -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY[:10], BODY[10:])]))
        protocol.data_received(GET)
        await answered(transport, protocol)
        assert transport.written.partition(b"\r\n\r\n")[2] == BODY
        assert max(transport.writes) <= PIECE + 300

    asyncio.run(run())


@pytest.mark.parametrize("lane", [True, False])
def test_a_large_frame_of_a_stream_is_one_chunk(lane: bool) -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY, BODY, b"", headers=OK)]), lane=lane)
        protocol.data_received(GET)
        await answered(transport, protocol)
        assert transport.written.count(b"\r\n%x\r\n" % len(BODY)) == 2
        assert joined(transport.written) == BODY + BODY

    asyncio.run(run())


def test_no_body_is_sent_to_head() -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY)]))
        protocol.data_received(GET.replace(b"GET", b"HEAD"))
        await answered(transport, protocol)
        assert transport.written.partition(b"\r\n\r\n")[2] == b""

    asyncio.run(run())


def test_other_tasks_run_between_the_pieces() -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY)]))
        protocol.data_received(GET)
        sizes = []
        for _ in range(40):
            await asyncio.sleep(0)
            sizes.append(len(transport.written))
        assert len({size for size in sizes if size}) == 4

    asyncio.run(run())


def test_the_rest_of_a_response_counts_until_it_is_written_or_the_client_has_left() -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY)]))
        unsent = protocol._edge.unsent
        protocol.data_received(GET)
        await until(lambda: bool(transport.written))
        protocol.pause_writing()
        await until(lambda: unsent._left(transport) <= len(BODY) - PIECE)
        assert unsent._left(transport) == len(BODY) - PIECE
        before = transport.written
        transport.closed = True
        protocol.connection_lost(None)
        for _ in range(10):
            await asyncio.sleep(0)
        assert (transport.written, unsent._left(transport)) == (before, 0)

    asyncio.run(run())


def test_a_client_that_does_not_read_a_large_response_is_counted_with_all_of_it() -> None:
    async def run() -> None:
        protocol, transport, _ = connected(App([response(BODY)]))
        unsent = protocol._edge.unsent
        unsent.keep(transport, len(BODY))
        unsent.add(transport)
        assert unsent._size == len(BODY)
        unsent.discard(transport)
        unsent.keep(transport, 0)
        unsent.add(transport)
        assert unsent._size == 0

    asyncio.run(run())


@pytest.mark.parametrize("lane", [True, False])
@pytest.mark.parametrize("headers", [OK, [*OK, (b"connection", b"close")]])
def test_nothing_is_written_to_a_broken_connection(lane: bool, headers: list[tuple[bytes, bytes]]) -> None:
    async def run() -> None:
        pieces = Answer(response(*[b"x" * 100_000] * 5, headers=headers).messages, pauses=True)
        protocol, transport, _ = connected(App([pieces]), lane=lane)
        protocol.data_received(GET)
        await until(lambda: len(transport.writes) >= 2)
        transport.closed = True  # asyncio closes it when a write fails, and says so to the protocol later
        count = len(transport.writes)
        await until(lambda: False)
        assert len(transport.writes) == count

    asyncio.run(run())
