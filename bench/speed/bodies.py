"""Large bodies: a hundred megabytes of uploads, and one JSON body of fifty."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from bench.processes import Running
from bench.speed.load import asked
from bench.speed.operations import Operation, message, operations, upload
from bench.speed.servers import Server, bare, mockbot, running
from bench.speed.start import settle
from bench.speed.streams import chosen
from bench.speed.table import Table

UPLOADS, UPLOAD = 100, 1_000_000
PARTS = 50_000_000 // 36
"""How many parts a message of fifty megabytes has."""
MAX_JSON = "134217728"
HEADS = ("server", "answer", "seconds", "CPU s", "peak MB more", "longest wait ms")


def uploads(only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
    """Upload a hundred files of a megabyte, one after the other."""
    operation = upload(UPLOAD)
    rows = []
    for server in chosen((bare("bare", "httptools", "uvloop"),), only, 0):
        rows.append((server.name, *_sent(server, [operation] * UPLOADS, cores)))
        say(f"uploads {' '.join(rows[-1])}")
    remark = (
        f"{UPLOADS} files of 1 MB, one after the other on one connection. Memory is the peak of RSS over that before, "
        "the wait that of another client, which sends GET bots all the time."
    )
    return [Table("100 MB of uploads", remark, HEADS, tuple(rows))]


def large(only: Sequence[str], cores: tuple[int, int], say: Callable[[str], None]) -> list[Table]:
    """Send one JSON body of fifty megabytes, with the limit for such bodies raised where there is an option for it."""
    options = ("--max-json", MAX_JSON) if _has_option() else ()
    servers = [bare("bare", "httptools", "uvloop"), mockbot("4.19.4", *options), mockbot("4.29.3", *options)]
    rows = []
    for server in servers:
        if only and not server.name.startswith(tuple(only)):
            continue
        operation = message(server.version, [{"type": "plain", "text": "aaaaa"}] * PARTS)
        rows.append((server.name, *_sent(server, [operation], cores)))
        say(f"json {' '.join(rows[-1])}")
    remark = (
        f"POST message with {PARTS:,} parts, {'--max-json raised' if options else 'without --max-json'}. "
        "Memory and wait as above."
    )
    return [Table("One JSON body of 50 MB", remark, HEADS, tuple(rows))]


def _sent(server: Server, requests: Sequence[Operation], cores: tuple[int, int]) -> tuple[str, ...]:
    with running(server, cores[0]) as process:
        other = operations(server.version)[0]
        asked(process.address, other)
        settle(process)
        memory, cpu = process.kilobytes("VmRSS"), process.cpu
        stop, waits = threading.Event(), [0.0]
        watcher = threading.Thread(target=_watch, args=(process, other, stop, waits))
        watcher.start()
        start = time.perf_counter()
        try:
            answers = _posted(process, requests)
        finally:
            seconds = time.perf_counter() - start
            stop.set()
            watcher.join()
        cpu, peak = process.cpu - cpu, process.kilobytes("VmHWM") - memory
        return answers, f"{seconds:.2f}", f"{cpu:.2f}", f"{peak / 1024:.1f}", f"{max(waits) * 1000:.0f}"


def _posted(process: Running, requests: Sequence[Operation]) -> str:
    """Return the statuses of the responses, such as `200` or `200 413`."""
    connection = http.client.HTTPConnection(process.address, timeout=300)
    found = set()
    for each in requests:
        try:
            connection.request(each.method, each.target, each.body, each.headers)
            response = connection.getresponse()
            response.read()
            found.add(str(response.status))
        except OSError as error:
            connection.close()
            found.add(type(error).__name__)
    connection.close()
    return " ".join(sorted(found))


def _watch(process: Running, operation: Operation, stop: threading.Event, waits: list[float]) -> None:
    while not stop.is_set():
        start = time.perf_counter()
        asked(process.address, operation)
        waits.append(time.perf_counter() - start)
        stop.wait(0.02)


def _has_option() -> bool:
    command = [sys.executable, "-m", "mockbot", "serve", "--help"]
    return "--max-json" in subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
