"""Requests per second of all operations and servers, interleaved."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

from bench.processes import NotStarted, Running
from bench.speed.load import asked, fault, measured
from bench.speed.operations import Operation
from bench.speed.servers import BASE, Server, running
from bench.speed.table import Reading, Table, throughput

CONNECTIONS = (1, 32)
WARM_UP = 20
"""Requests before the first measurement."""


def ran(
    servers: Sequence[Server],
    names: Iterable[str],
    rounds: int,
    seconds: int,
    cores: tuple[int, int],
    say: Callable[[str], None],
) -> tuple[list[Table], list[Reading]]:
    """Start all servers, then measure them in turn, operation by operation, round by round."""
    readings: list[Reading] = []
    remarks: dict[tuple[str, str], str] = {}
    with ExitStack() as stack:
        here: list[tuple[Server, Running]] = []
        for server in servers:
            try:
                here.append((server, stack.enter_context(running(server, cores[0]))))
            except NotStarted as error:
                say(f"{server.name} does not start: {error}")
        sizes = {}
        for server, process in here:
            for operation in server.operations:
                if operation.name not in names:
                    continue
                size, wrong = _warmed(process, operation, server.frames)
                if wrong:
                    remarks[operation.name, server.name] = wrong
                    say(f"{server.name} answers {operation.name} wrongly: {wrong}")
                else:
                    sizes[server.name, operation.name] = size
        for number in range(rounds):
            for name in names:
                for connections in CONNECTIONS:
                    for server, process in here:
                        if (server.name, name) not in sizes:
                            continue
                        operation = _named(server, name)
                        size = sizes[server.name, name]
                        try:
                            if server.scripted:
                                reset(process.address)
                            sample = measured(process, operation, connections, seconds, cores[1], size)
                        except (subprocess.SubprocessError, OSError) as error:
                            remarks[name, server.name] = type(error).__name__
                            say(f"{server.name} fails under {name}: {error}")
                            del sizes[server.name, name]
                            continue
                        readings.append(Reading(name, connections, server.name, sample))
                        say(f"{number + 1} {name} {connections} {server.name}: {sample.rate:,.0f}/s")
    remark = (
        f"Medians of {rounds} rounds of {seconds} s, all servers in turn; each server on one core, wrk on "
        f"{'another' if cores[0] != cores[1] else 'the same'}. mockbot enforces the contract, keeps its journal and "
        "writes its log to a file; the others write no log of requests. CPU is that of the server for one request. "
        "`wrong` counts responses with another status or without an end, and failed connections."
    )
    return throughput(readings, BASE, remarks, remark), readings


def reset(address: str) -> None:
    """Reset mockbot's default world, so that each measurement begins with the same state."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", "/__mockbot__/worlds/default/reset")
    response = connection.getresponse()
    if response.status // 100 != 2:
        raise RuntimeError(f"mockbot does not reset its world: {response.status} {response.read()!r}")
    connection.close()


def _warmed(process: Running, operation: Operation, frames: int) -> tuple[int, str]:
    """Return the size of the last of some responses, and what is wrong with one of them, or nothing."""
    size = 0
    for _ in range(WARM_UP):
        try:
            answer = asked(process.address, operation)
        except OSError as error:
            return 0, repr(error)
        if wrong := fault(answer, operation, frames):
            return 0, wrong
        size = answer.size
    return size, ""


def _named(server: Server, name: str) -> Operation:
    return next(each for each in server.operations if each.name == name)
