"""Many open streams, and the client that holds them."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Sequence

from bench.processes import Running
from bench.speed.operations import chat
from bench.speed.servers import Server, mockbot

AT_ONCE = 100
"""How many streams are being opened at a time."""
EACH = 1000
"""How many chats one world of mockbot allows at a time."""


class Stream(asyncio.Protocol):
    """A client of one stream, which notes when frames arrive."""

    def __init__(self, request: bytes) -> None:
        """Send a request as soon as the connection is there."""
        self.request = request
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Note the time of each frame in `data`; a failure has none."""
        now = time.perf_counter()
        self.times += [now] * data.count(b"data: ")
        if not self.first.done() and (self.times or b"HTTP/1.1 200" not in data[:12]):
            self.first.set_result(data if not self.times else b"")

    def connection_lost(self, _: Exception | None) -> None:
        """Note that the stream has ended, which none should."""
        self.lost = True
        if not self.first.done():
            self.first.set_result(b"no response")


async def opened(process: Running, server: Server, text: str, count: int) -> list[Stream]:
    """Open streams and wait until each has its first frame; raise RuntimeError if one is refused."""
    host, port = process.address.split(":")
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Stream:
        request = chat(text, f"/w/bench{number // EACH}" if server.scripted else "").raw(process.address)
        async with gate:
            _, stream = await loop.create_connection(lambda: Stream(request), host, int(port))
            refusal = await asyncio.wait_for(stream.first, 120)
        if refusal:
            raise RuntimeError(f"{server.name} refuses stream {number + 1}: {refusal[:400]!r}")
        return stream

    return list(await asyncio.gather(*(one(number) for number in range(count))))


def allow_files(count: int) -> None:
    """Raise the limit of open files, also that of child processes, as far as `count` streams need it and it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def chosen(bases: Sequence[Server], only: Sequence[str], pace: int) -> list[Server]:
    """Return bare applications and both versions of mockbot, if their names begin with one of `only`."""
    found = [*bases, mockbot("4.19.4", pace=pace), mockbot("4.29.3", pace=pace)]
    return [each for each in found if not only or each.name.startswith(tuple(only))]
