"""Time and the end of a connection, played for an application in process."""

import asyncio
import time
from typing import Any

import pytest

from mockbot.fault.fault import pause
from mockbot.fault.wire import CONNECTION, Connection, Wire

LONG = 3600


class Transport(asyncio.Transport):
    """A transport that only remembers how it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = ""

    def close(self) -> None:
        self.closed = "close"


async def sleeper(scope: Any, receive: Any, send: Any) -> None:
    silence = pause(scope.get("seconds", LONG))
    await send(silence)
    scope["left"] = silence["left"]
    await send({"type": "http.response.start", "status": 200})


async def play(wire: Wire, **scope: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await wire({"type": "http", **scope}, sleeper, send)
    return sent


def test_a_sleep_takes_real_time() -> None:
    began = time.monotonic()
    assert asyncio.run(play(Wire(sleeper), seconds=0.02)) == ["http.response.start"]
    assert time.monotonic() - began >= 0.019


def test_closing_the_application_ends_all_sleeps_those_to_come_included() -> None:
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


def test_a_client_that_leaves_ends_the_sleep() -> None:
    async def leave() -> None:
        lost = asyncio.get_running_loop().create_future()
        connection = Connection(Transport(), lost)
        async with asyncio.timeout(5):
            exchange = asyncio.create_task(play(Wire(sleeper), extensions={CONNECTION: connection}))
            await asyncio.sleep(0)
            lost.set_result(None)
            await exchange

    asyncio.run(leave())


def test_a_cancelled_sleep_is_forgotten() -> None:
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


def test_an_abort_waits_until_the_connection_is_gone_and_lets_nothing_out_any_more() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "mockbot.abort", "how": "cut"})
        assert await receive() == {"type": "http.disconnect"}
        await send({"type": "http.response.start", "status": 200})

    async def abort() -> None:
        transport, lost = Transport(), asyncio.get_running_loop().create_future()
        exchange = asyncio.create_task(play(Wire(app), extensions={CONNECTION: Connection(transport, lost)}))
        await asyncio.sleep(0)
        assert transport.closed == "close"
        assert not exchange.done()
        lost.set_result(None)
        assert await exchange == []

    asyncio.run(abort())


def test_other_kinds_of_connections_pass() -> None:
    seen: list[Any] = []

    async def app(*arguments: Any) -> None:
        seen.append(arguments)

    asyncio.run(Wire(app)({"type": "lifespan"}, app, app))
    assert seen == [({"type": "lifespan"}, app, app)]
