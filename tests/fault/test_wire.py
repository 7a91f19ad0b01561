"""Pauses and aborts of an application without a server."""

import asyncio
import gc
import time
from typing import Any, Literal

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot.fault.fault import last, pause, raw
from mockbot.fault.wire import CONNECTION, Connection, Wire

LONG = 3600


class Transport(asyncio.Transport):
    """A transport that only records what is written to it and that it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Any] = []
        self.closed = ""

    def write(self, data: Any) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = "close"

    def is_closing(self) -> bool:
        return bool(self.closed)


def connection_of(transport: Transport, lost: "asyncio.Future[None]") -> Connection:
    async def writable() -> None:
        """Wait for nothing."""

    return Connection(transport, lost, writable, lambda: transport.written.append("last"))


async def no_message() -> Message:
    return {"type": "http.disconnect"}


async def sleeper(scope: Any, receive: Any, send: Any) -> None:
    message = pause(scope.get("seconds", LONG))
    await send(message)
    scope["left"] = message["left"]
    await send({"type": "http.response.start", "status": 200})


async def play(wire: Wire, **scope: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await wire({"type": "http", **scope}, no_message, send)
    return sent


def test_a_sleep_takes_real_time() -> None:
    began = time.monotonic()
    assert asyncio.run(play(Wire(sleeper), seconds=0.02)) == ["http.response.start"]
    assert time.monotonic() - began >= 0.019


def test_closing_the_application_ends_all_current_and_future_sleeps() -> None:
    async def close() -> None:
        wire = Wire(sleeper)
        async with asyncio.timeout(5):
            exchanges = [asyncio.create_task(play(wire)) for _ in range(3)]
            await asyncio.sleep(0)
            wire.close()
            wire.close()
            await asyncio.gather(*exchanges)
            await play(wire)

    asyncio.run(close())


def test_a_disconnect_ends_the_sleep() -> None:
    async def leave() -> None:
        lost = asyncio.get_running_loop().create_future()
        connection = connection_of(Transport(), lost)
        async with asyncio.timeout(5):
            exchange = asyncio.create_task(play(Wire(sleeper), extensions={CONNECTION: connection}))
            await asyncio.sleep(0)
            lost.set_result(None)
            await exchange

    asyncio.run(leave())


def test_a_cancelled_sleep_leaves_no_task_behind() -> None:
    async def cancel() -> None:
        wire = Wire(sleeper)
        exchange = asyncio.create_task(play(wire))
        await asyncio.sleep(0)
        exchange.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange
        wire.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(cancel())


def test_an_abort_waits_for_the_end_of_the_connection_and_drops_later_messages() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "mockbot.abort", "how": "cut"})
        assert await receive() == {"type": "http.disconnect"}
        await send({"type": "http.response.start", "status": 200})

    async def aborting() -> None:
        transport, lost = Transport(), asyncio.get_running_loop().create_future()
        exchange = asyncio.create_task(play(Wire(app), extensions={CONNECTION: connection_of(transport, lost)}))
        await asyncio.sleep(0)
        assert transport.closed == "close"
        assert not exchange.done()
        lost.set_result(None)
        assert await exchange == []

    asyncio.run(aborting())


def written_by(*messages: Message) -> tuple[list[Any], bool]:
    """Return what a response with `messages` writes to its connection, and whether that is closed at the end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    async def playing() -> tuple[list[Any], bool]:
        transport = Transport()
        connection = connection_of(transport, asyncio.get_running_loop().create_future())
        await play(Wire(app), extensions={CONNECTION: connection})
        return transport.written, transport.is_closing()

    return asyncio.run(playing())


def test_raw_bytes_are_written_as_they_are_and_end_the_connection_with_the_response() -> None:
    message = raw(b"\xff\r\n")
    assert written_by(message) == (["last", b"\xff\r\n"], True)
    assert message["sent"]


def test_an_interim_response_leaves_the_connection_open() -> None:
    assert written_by(raw(b"HTTP/1.1 103 \r\n\r\n", interim=True)) == ([b"HTTP/1.1 103 \r\n\r\n"], False)


def test_the_last_response_of_a_connection() -> None:
    assert written_by(last()) == (["last"], True)


def test_raw_bytes_are_not_sent_on_a_connection_that_has_ended() -> None:
    message = raw(b"x")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(message)

    async def playing() -> None:
        transport, lost = Transport(), asyncio.get_running_loop().create_future()
        lost.set_result(None)
        await play(Wire(app), extensions={CONNECTION: connection_of(transport, lost)})
        assert transport.written == ["last"]

    asyncio.run(playing())
    assert not message["sent"]


def test_raw_bytes_wait_until_the_connection_can_be_written_to() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(raw(b"x"))

    async def playing() -> None:
        transport, loop = Transport(), asyncio.get_running_loop()
        free = asyncio.Event()
        connection = Connection(transport, loop.create_future(), free.wait, lambda: None)
        exchange = asyncio.create_task(play(Wire(app), extensions={CONNECTION: connection}))
        for _ in range(5):
            await asyncio.sleep(0)
        assert transport.written == []
        free.set()
        await exchange
        assert transport.written == [b"x"]

    asyncio.run(playing())


def test_without_a_connection_raw_bytes_are_not_sent() -> None:
    message = raw(b"x")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(message)
        await send(last())

    assert asyncio.run(play(Wire(app))) == []
    assert not message["sent"]


def test_scopes_that_are_not_http_pass() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    async def send(message: Message) -> None:
        raise AssertionError

    asyncio.run(Wire(app)({"type": "lifespan"}, no_message, send))
    assert seen == [({"type": "lifespan"}, no_message, send)]


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_connection_that_has_ended_is_not_ended_again(how: Literal["cut", "reset"]) -> None:
    async def ending() -> None:
        transport, lost = Transport(), asyncio.get_running_loop().create_future()
        lost.set_result(None)
        await connection_of(transport, lost).end(how)
        assert (transport.closed, transport.written) == ("", [])

    asyncio.run(ending())


def test_sleeps_that_have_ended_are_forgotten() -> None:
    def futures() -> int:
        gc.collect()
        return sum(isinstance(each, asyncio.Future) for each in gc.get_objects())

    async def sleeping() -> None:
        wire = Wire(sleeper)
        await play(wire, seconds=0)
        before = futures()
        for _ in range(50):
            await play(wire, seconds=0)
        assert futures() <= before + 5

    asyncio.run(sleeping())
