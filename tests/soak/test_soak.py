"""After two minutes, or hours, of mixed load the server is as it was after the first quarter."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import IO, Any

import pytest

from tests.processes import started
from tests.soak.load import Load

CLIENTS, STREAMS = 20, 2000
GROWTH = 1.25
"""How much more memory than after the first quarter is no growth: pages are freed late."""
ROOM = 24 * 1024 * 1024
LONGEST_HOLD = 0.35
"""CPU seconds of one callback of the event loop, after the first quarter, in which code is loaded: a third of it is
spent when all objects are looked at for garbage, once in some millions of requests."""
COLUMNS = ("memory", "handles", "tasks", "threads", "hold", "cpu")


def ask(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the figures of the server."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("soak")
def test_nothing_grows(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    hours: float = request.config.getoption("hours") or 0.0
    seconds = hours * 3600 or 120.0
    log = tmp_path / "log"
    with log.open("w") as errors:
        command = [sys.executable, "-m", "tests.soak.server"]
        with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors) as process:
            assert process.stdout is not None
            load = Load(int(process.stdout.readline()), Random(1))
            samples = asyncio.run(soak(load, process, seconds))
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0
    text = table(samples)
    counts = "\n".join(f"{count:9,} {kind}" for kind, count in sorted(load.seen.items()))
    sys.stdout.write(f"\n{text}\n{counts}\n")
    assert not load.wrong, load.wrong[:10]
    assert not tracebacks(log.open())
    first, last = samples[len(samples) // 4], samples[-2]
    calm = samples[-1]
    assert last["memory"] < GROWTH * first["memory"] + ROOM, text
    assert calm["handles"] <= samples[0]["handles"] + 4, text
    assert calm["tasks"] <= samples[0]["tasks"] + 2, text
    assert calm["threads"] <= samples[0]["threads"] + 4, text
    assert max(each["hold"] for each in samples[len(samples) // 4 :]) < LONGEST_HOLD, text


async def soak(load: Load, process: subprocess.Popen[str], seconds: float) -> list[dict[str, Any]]:
    """Return the figures before the load, at 20 moments of it, and after it."""
    samples = [ask(process)]
    running = asyncio.create_task(load.run(CLIENTS, STREAMS))
    for _ in range(20):
        await asyncio.sleep(seconds / 20)
        samples.append(await asyncio.to_thread(ask, process))
        if running.done():
            break
    load.stopped = True
    await running
    for _ in range(300):  # until the server has seen that all have left
        calm = await asyncio.to_thread(ask, process)
        if calm["tasks"] <= samples[0]["tasks"] + 2 and calm["handles"] <= samples[0]["handles"] + 4:
            break
        await asyncio.sleep(0.1)
    return [*samples, calm]


def table(samples: list[dict[str, Any]]) -> str:
    """Return the figures as a table; memory in MB, a hold in ms, CPU in seconds."""
    rows = [
        [
            f"{each['memory'] / 1e6:.0f}",
            *(str(each[name]) for name in ("handles", "tasks", "threads")),
            f"{each['hold'] * 1000:.0f}",
            f"{each['cpu']:.0f}",
            each["of"][:90],
        ]
        for each in samples
    ]
    lines = [[*COLUMNS, "longest"], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.rjust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]) for line in lines
    )


def tracebacks(log: IO[str]) -> list[str]:
    """Return the lines of a log that begin a traceback."""
    with log:
        return [line for line in log if line.startswith("Traceback") or "please report this" in line]


def test_the_table_has_a_row_for_each_sample() -> None:
    sample = {"memory": 5e7, "handles": 9, "tasks": 3, "threads": 2, "hold": 0.004, "of": "x", "cpu": 1.0}
    head, row = table([sample]).splitlines()
    assert head.split() == [*COLUMNS, "longest"]
    assert row.split() == ["50", "9", "3", "2", "4", "1", "x"]


def test_the_load_notes_a_response_of_another_world_and_a_failure() -> None:
    load = Load(0, Random(1))
    load.count("list", b"HTTP/1.1 200 \r\n")
    load.count("list", b"HTTP/1.1 500 \r\n")
    assert load.seen == {"list 200": 1, "list 500": 1}
    assert load.wrong == ["list: b'HTTP/1.1 500 \\r\\n'"]
