"""Requests per second of all operations and servers, interleaved."""

from __future__ import annotations

import http.client
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
                found = [asked(process.address, operation) for _ in range(WARM_UP)]
                wrong = [each for each in (fault(answer, operation, server.frames) for answer in found) if each]
                if wrong:
                    remarks[operation.name, server.name] = wrong[0]
                    say(f"{server.name} answers {operation.name} wrongly: {wrong[0]}")
                else:
                    sizes[server.name, operation.name] = found[-1].size
        for number in range(rounds):
            for name in names:
                for connections in CONNECTIONS:
                    for server, process in here:
                        if (server.name, name) not in sizes:
                            continue
                        operation = _named(server, name)
                        if server.scripted:
                            reset(process.address)
                        size = sizes[server.name, name]
                        sample = measured(process, operation, connections, seconds, cores[1], size)
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


def _named(server: Server, name: str) -> Operation:
    return next(each for each in server.operations if each.name == name)
