"""Many streams with a pace: how late their frames are."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import quantiles

from bench.processes import Running
from bench.speed.servers import Server, bare, running
from bench.speed.streams import allow_files, chosen, opened
from bench.speed.table import Table

PACES = (50, 500)
"""Milliseconds between two frames; 50 is the pace of AstrBot 4.19.4."""
WATCHED = 20.0
"""Seconds for which frames are watched once all streams are open."""


def ran(count: int, only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
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
                except (RuntimeError, OSError) as error:
                    say(f"{server.name}: {error!r}")
    remark = (
        f"{count:,} chats at a time, watched for {WATCHED:.0f} s once all are open. A frame is late by the time since "
        "the one before it, less the pace; the client adds its own delay."
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
    return [later - sooner - pace for each in times for sooner, later in pairwise(each)]
