"""One request to see what a server answers, and wrk to see how fast."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Running
from bench.speed.operations import Operation

SCRIPT = Path(__file__).with_name("load.lua")
SHORT = 0.9
"""The share of the bytes of a right response below which those under load count as wrong."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to one request."""

    status: int
    frames: int
    chunks: int
    size: int
    """Bytes with the head, but without the line `Connection`, which differs under load."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run of wrk measured; times are in milliseconds, CPU in microseconds per request."""

    rate: float
    """Requests per second."""
    cpu: float
    p50: float
    p99: float
    wrong: int
    """Responses with another status, without an end or too short, and failed connections."""


def asked(address: str, operation: Operation) -> Answer:
    """Send one request and read until the server closes the connection."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(operation.raw(address, "Connection: close"))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    if not received:
        raise ConnectionResetError(f"{address} closes the connection without an answer")
    return answer(received)


def answer(received: bytes) -> Answer:
    """Return what a response is, from its bytes."""
    head, _, body = received.partition(b"\r\n\r\n")
    chunks, size = 0, len(re.sub(rb"(?im)^connection:.*\r\n", b"", head + b"\r\n")) + 2 + len(body)
    if re.search(rb"(?im)^transfer-encoding: *chunked", head):
        parts = list(chunked(body))
        chunks, body = len(parts), b"".join(parts)
    return Answer(int(head.split()[1]), len(re.findall(rb"(?m)^data: ", body)), chunks, size)


def chunked(body: bytes) -> list[bytes]:
    """Return the chunks of a body, without the empty one that ends it."""
    found = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            break
        found.append(rest[:length])
        body = rest[length + 2 :]
    return found


def fault(answer: Answer, operation: Operation, frames: int) -> str:
    """Return what is wrong with a response, or nothing; `frames` is how many its stream must have, 0 for any."""
    if answer.status // 100 != operation.status // 100:
        return f"status {answer.status}"
    if operation.frames and not answer.frames:
        return "no stream"
    if operation.frames and frames and (answer.frames, answer.chunks) != (frames, frames):
        return f"{answer.frames} frames in {answer.chunks} chunks"
    return ""


def measured(running: Running, operation: Operation, connections: int, seconds: int, core: int, size: int) -> Sample:
    """Load a server for some seconds; `size` is that of a right response in bytes."""
    with tempfile.NamedTemporaryFile() as body:
        body.write(operation.body)
        body.flush()
        command = ["taskset", "--cpu-list", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        command += ["--timeout", "10s", "-s", str(SCRIPT), f"http://{running.address}{operation.target}", "--"]
        command += [operation.method, body.name, *(part for field in operation.headers.items() for part in field)]
        before = running.cpu
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
        return sample(done.stdout, operation, running.cpu - before, size)


def sample(printed: str, operation: Operation, cpu: float, size: int) -> Sample:
    """Return what wrk printed, given the CPU seconds that the server used meanwhile."""
    found = json.loads(printed.rstrip().rpartition("\n")[2])
    requests = found["requests"]
    failed = found["status"] if operation.status < 400 else requests - found["status"]
    if requests and found["bytes"] / requests < SHORT * size:
        failed = requests
    return Sample(
        rate=requests / found["duration"] * 1e6,
        cpu=cpu / requests * 1e6 if requests else 0.0,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        wrong=failed + found["socket"],
    )
