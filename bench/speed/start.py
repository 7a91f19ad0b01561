"""What it costs a server to start, and what it holds when it has nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from bench.processes import NotStarted, Running
from bench.speed.servers import BASE, Server, running
from bench.speed.table import Table

STILL = 0.01
"""The CPU seconds in half a second below which a server counts as idle."""


def ran(servers: Sequence[Server], rounds: int, cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
    """Start each server some times in turn, after one time that does not count; mockbot without the bench's scripts."""
    servers = [replace(server, scripted=False) for server in servers]
    found: dict[str, list[tuple[float, int, int]]] = {server.name: [] for server in servers}
    for number in range(rounds + 1):
        for server in servers:
            try:
                with running(server, cores[0], every=0.01) as process:
                    cpu = process.cpu
                    settle(process)
                    figures = (cpu, process.kilobytes("Rss"), process.kilobytes("Pss"))
            except NotStarted as error:
                say(f"{server.name} does not start: {error}")
                continue
            if number:
                found[server.name].append(figures)
                say(f"{number} start {server.name}: {cpu:.3f} s, {figures[1] / 1024:.1f} MB")
    medians = {
        name: (median(cpu for cpu, _, _ in runs), median(rss for _, rss, _ in runs), median(pss for _, _, pss in runs))
        for name, runs in found.items()
        if runs
    }
    base = medians.get(BASE)
    rows = [
        (
            name,
            f"{cpu:.3f}",
            f"{cpu / base[0]:.2f}" if base else "",
            f"{rss / 1024:.1f}",
            f"{rss / base[1]:.2f}" if base else "",
            f"{pss / 1024:.1f}",
        )
        for name, (cpu, rss, pss) in medians.items()
    ]
    remark = (
        f"Medians of {rounds} starts. CPU is that of all processes of the server from its start to its first answer, "
        "GET bots; memory is that of all its processes once it is idle."
    )
    heads = ("server", "CPU s", f"CPU × {BASE}", "RSS MB", f"RSS × {BASE}", "PSS MB")
    return [Table("Start and idle memory", remark, heads, tuple(rows))]


def settle(process: Running, seconds: float = 30) -> None:
    """Wait until a server has nothing more to do, at most for some seconds."""
    end = time.monotonic() + seconds
    before = process.cpu
    while time.monotonic() < end:
        time.sleep(0.5)
        now = process.cpu
        if now - before < STILL:
            return
        before = now
