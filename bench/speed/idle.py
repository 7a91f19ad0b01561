"""Many streams on which nothing is sent: what each of them holds."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.processes import Running
from bench.speed.load import asked
from bench.speed.operations import operations
from bench.speed.servers import Server, bare, running
from bench.speed.start import settle
from bench.speed.streams import EACH, allow_files, chosen, opened
from bench.speed.table import Table


def ran(count: int, only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
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
                except (RuntimeError, OSError) as error:
                    say(f"{server.name}: {error!r}")
    remark = (
        f"{count:,} chats whose script waits for an hour after its first frames; mockbot has at most {EACH:,} of them "
        "in one world. Memory is the growth of RSS, CPU that of opening a stream, the answer is that to GET bots. "
        "As AstrBot does, 4.29.3 sends a comment on each silent stream once a second."
    )
    heads = ("server", "streams", "KB each", "tasks each", "CPU µs each", "answer ms", "CPU in 5 s")
    return [Table("Idle streams", remark, heads, tuple(rows))]


async def _held(process: Running, server: Server, count: int, file: Path) -> tuple[str, ...]:
    operation = operations(server.version)[0]
    asked(process.address, operation)
    await asyncio.to_thread(settle, process)
    memory, cpu, tasks = process.kilobytes("Rss"), process.cpu, await asyncio.to_thread(_tasks, process, file)
    streams = await opened(process, server, "idle", count)
    cpu = process.cpu - cpu
    await asyncio.to_thread(settle, process)
    memory = process.kilobytes("Rss") - memory
    tasks = await asyncio.to_thread(_tasks, process, file) - tasks
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


def _tasks(process: Running, file: Path) -> int:
    file.unlink(missing_ok=True)
    os.kill(process.pid, signal.SIGUSR1)
    for _ in range(3000):
        if file.exists():
            return int(file.read_text())
        time.sleep(0.01)
    raise RuntimeError("the server does not say how many tasks it has")
