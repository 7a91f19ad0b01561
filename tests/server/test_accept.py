"""Connections are accepted together, however long a turn of the event loop takes."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from mockbot.server.accept import Accepting
from mockbot.server.listen import listen
from tests.conftest import SECONDS

pytestmark = pytest.mark.anyio


async def turns_to_accept(clients: int) -> int:
    """Return how many turns of the event loop it takes until that many clients are connected."""
    connected: list[asyncio.BaseTransport] = []

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.append(transport)

    turns = 0
    with ExitStack() as stack:
        listener = stack.enter_context(listen("127.0.0.1", 0))
        for _ in range(clients):
            stack.enter_context(socket.create_connection(listener.getsockname(), timeout=SECONDS))
        accepting = asyncio.create_task(Accepting(listener, Connection, connected, most=1000).run())
        async with asyncio.timeout(SECONDS):
            while len(connected) < clients:
                await asyncio.sleep(0)
                turns += 1
        accepting.cancel()
        for transport in connected:
            transport.close()
        await asyncio.sleep(0)
    return turns


async def test_many_connections_are_accepted_in_as_few_turns_as_one() -> None:
    assert await turns_to_accept(50) <= await turns_to_accept(1) + 4
