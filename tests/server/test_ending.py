"""The server ends when it is asked to, also while threads work, and outlives a lack of file handles."""

import re
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from mockbot.server.accept import RESERVED, most_connections
from tests.processes import started

SECONDS = 30
"""Limit for what ends by itself in a moment, after which a test fails."""
BUSY = """
import asyncio, threading
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.server.signals import stop_on_signals


def work():
    while True:
        pass


class App:
    key, base_path, server_header = "k", "", "x"

    async def __call__(self, scope, receive, send):
        work_in_thread = asyncio.to_thread(work)
        print("working", flush=True)
        await work_in_thread

    async def close(self):
        pass


server = Server(App(), listener := listen("127.0.0.1", 0), lambda: print(listener.getsockname()[1], flush=True))
stop_on_signals(server.stop)
server.run()
print("ended", flush=True)
"""


def request(port: int, path: bytes = b"/") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    connection.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
    return connection


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_while_a_thread_works_on(which: signal.Signals) -> None:
    with started([sys.executable, "-c", BUSY], stdout=PIPE) as process:
        assert process.stdout is not None
        with request(int(process.stdout.readline())):
            assert process.stdout.readline() == "working\n"
            process.send_signal(which)
            assert process.wait(SECONDS) == 0
        assert process.stdout.read() == "ended\n"


def test_a_second_signal_ends_a_server_that_does_not_stop() -> None:
    program = (
        "import os\n"
        "from mockbot.server.signals import stop_on_signals\n"
        "stop_on_signals(lambda: os.write(1, b'first\\n'))\n"
        "os.write(1, b'ready\\n')\n"
        "while True: pass\n"
    )
    with started([sys.executable, "-c", program], stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "first\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == -signal.SIGTERM


def few_handles() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (RESERVED + 20, RESERVED + 20))


@contextmanager
def serving(log: Path, *options: str) -> Iterator[tuple[Popen[str], int]]:
    """Start mockbot with few file handles, and return it with its port."""
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--pace", "0", *options]
    with (
        log.open("w") as errors,
        started(command, stdout=PIPE, stderr=errors, preexec_fn=few_handles) as process,
    ):
        assert process.stdout is not None
        port = next(found[1] for line in process.stdout if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
        yield process, int(port)


def is_answered(connection: socket.socket) -> bool:
    with suppress(TimeoutError):
        return connection.recv(12) == b"HTTP/1.1 200"
    return False


def test_more_connections_than_file_handles(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(log) as (process, port), ExitStack() as stack:
        first = stack.enter_context(request(port, b"/__mockbot__/health"))
        assert is_answered(first)
        with ExitStack() as many:
            waiting = [many.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(100)]
            waiting[0].sendall(b"GET /__mockbot__/health HTTP/1.1\r\nHost: x\r\n\r\n")
            waiting[0].settimeout(SECONDS)
            assert is_answered(waiting[0])
        last = stack.enter_context(request(port, b"/__mockbot__/health"))
        assert is_answered(last)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    warned = [line for line in log.read_text().splitlines() if "new connections wait" in line]
    assert len(warned) == 1
    assert "Traceback" not in log.read_text()


def test_there_are_fewer_connections_than_file_handles() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert most_connections() <= max(soft, resource.getrlimit(resource.RLIMIT_NOFILE)[0]) - RESERVED
    finally:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
def test_the_log_has_the_streams_that_the_end_cuts(tmp_path: Path, version: str, which: signal.Signals) -> None:
    log, body = tmp_path / "log", b'{"username": "ada", "message": "hello"}'
    chat = (
        b"POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nX-API-Key: abk_demo_all\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    with serving(log, "--astrbot", version, "--pace", "60000") as (process, port), ExitStack() as stack:
        for _ in range(5):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))
            connection.sendall(chat)
            assert is_answered(connection)
        process.send_signal(which)
        process.wait(SECONDS)
    lines = [line for line in log.read_text().splitlines() if "POST /api/v1/chat 200" in line]
    assert len(lines) == 5
    assert all(line.endswith("[cut: its world was removed or replaced, or the server was stopped]") for line in lines)
