"""Many open streams: what each one holds while nothing is sent, and how late frames are when all have a pace."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles

from bench.processes import Running
from bench.speed.load import asked
from bench.speed.operations import chat, operations
from bench.speed.servers import Server, bare, mockbot, running
from bench.speed.start import settle
from bench.speed.table import Table

AT_ONCE = 100
"""How many streams are being opened at a time."""
EACH = 1000
"""How many chats one world of mockbot allows at a time."""
PACES = (50, 500)
"""Milliseconds between two frames; 50 is the pace of AstrBot 4.19.4."""
WATCHED = 10.0
"""Seconds for which frames are watched once all streams are open."""


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
    """Raise the limit of open files, which child processes inherit, as far as `count` streams need and the system lets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def idle(count: int, only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
    """Open streams that send nothing more, and see what they hold."""
    allow_files(count)
    rows = []
    for server in chosen((bare("bare", "httptools", "uvloop"), bare("bare h11", "h11", "asyncio")), only, 0):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "tasks")
            words = server.command
            counted = (words[0], "-m", "bench.speed.counted", str(file), *words[2:])
            with running(dataclasses.replace(server, command=counted), cores[0]) as process:
                try:
                    rows.append((server.name, *asyncio.run(_held(process, server, count, file))))
                    say(f"idle {' '.join(rows[-1])}")
                except RuntimeError as error:
                    say(str(error))
    remark = (
        f"{count:,} chats whose script waits for an hour after its first frames; mockbot has at most {EACH:,} of them in "
        "one world. Memory is the growth of RSS, CPU that of opening a stream, the answer that of GET bots meanwhile."
    )
    heads = ("server", "streams", "KB each", "tasks each", "CPU µs each", "answer ms", "CPU in 5 s")
    return [Table("Idle streams", remark, heads, tuple(rows))]


async def _held(process: Running, server: Server, count: int, file: Path) -> tuple[str, ...]:
    operation = operations(server.version)[0]
    asked(process.address, operation)
    await asyncio.to_thread(settle, process)
    memory, cpu, tasks = process.kilobytes("Rss"), process.cpu, await _tasks(process, file)
    streams = await opened(process, server, "idle", count)
    cpu = process.cpu - cpu
    await asyncio.to_thread(settle, process)
    memory = process.kilobytes("Rss") - memory
    tasks = await _tasks(process, file) - tasks
    idle = process.cpu
    await asyncio.sleep(5)
    idle = process.cpu - idle
    start = time.perf_counter()
    await asyncio.to_thread(asked, process.address, operation)
    waited = time.perf_counter() - start
    lost = sum(stream.lost for stream in streams)
    for stream in streams:
        stream.transport.abort()
    return (
        f"{count - lost:,}",
        f"{memory / count:.1f}",
        f"{tasks / count:.2f}",
        f"{cpu / count * 1e6:,.0f}",
        f"{waited * 1000:.1f}",
        f"{idle:.3f}",
    )


async def _tasks(process: Running, file: Path) -> int:
    file.unlink(missing_ok=True)
    os.kill(process.pid, signal.SIGUSR1)
    for _ in range(3000):
        if file.exists():
            return int(file.read_text())
        await asyncio.sleep(0.01)
    raise RuntimeError("the server does not say how many tasks it has")


def paced(count: int, only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
    """Open streams with a pace, and see how late their frames are."""
    allow_files(count)
    rows = []
    for pace in PACES:
        for server in chosen((bare("bare", "httptools", "uvloop"),), only, pace):
            environment = {"BENCH_PACE": str(pace)}
            with running(dataclasses.replace(server, environment=environment), cores[0]) as process:
                try:
                    rows.append((server.name, str(pace), *asyncio.run(_late(process, server, count, pace))))
                    say(f"paced {' '.join(rows[-1])}")
                except RuntimeError as error:
                    say(str(error))
    remark = (
        f"{count:,} chats at a time, watched for {WATCHED:.0f} s once all are open. A frame is late by the time since the "
        "one before it, less the pace; the client adds its own delay."
    )
    heads = ("server", "pace ms", "frames/s", "of", "late p50 ms", "p99 ms", "largest", "CPU µs a frame", "core %")
    return [Table("Paced streams", remark, heads, tuple(rows))]


async def _late(process: Running, server: Server, count: int, pace: int) -> tuple[str, ...]:
    streams = await opened(process, server, "paced", count)
    await asyncio.sleep(pace / 1000)
    start, cpu = time.perf_counter(), process.cpu
    await asyncio.sleep(WATCHED)
    seconds, cpu = time.perf_counter() - start, process.cpu - cpu
    times = [[each for each in stream.times if each >= start] for stream in streams]
    for stream in streams:
        stream.transport.abort()
    frames = sum(len(each) for each in times)
    late = lateness(times, pace / 1000)
    cuts = quantiles(late, n=100) if len(late) > 1 else [0.0] * 99
    return (
        f"{frames / seconds:,.0f}",
        f"{count * 1000 / pace:,.0f}",
        f"{cuts[49] * 1000:.1f}",
        f"{cuts[98] * 1000:.1f}",
        f"{max(late, default=0) * 1000:.1f}",
        f"{cpu / max(frames, 1) * 1e6:,.0f}",
        f"{cpu / seconds * 100:.0f}",
    )


def lateness(times: Sequence[Sequence[float]], pace: float) -> list[float]:
    """Return how many seconds after its turn each frame but the first of each stream came."""
    return [later - sooner - pace for each in times for sooner, later in zip(each, each[1:], strict=False)]


def chosen(bases: Sequence[Server], only: Sequence[str], pace: int) -> list[Server]:
    """Return bare applications and both versions of mockbot, of which only those whose names begin with one of `only`."""
    found = [*bases, mockbot("4.19.4", pace=pace), mockbot("4.29.3", pace=pace)]
    return [each for each in found if not only or each.name.startswith(tuple(only))]
