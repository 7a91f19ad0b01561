"""The servers that documents are tried on: mockbot, and Prism where it is installed."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that serves one document."""

    address: str
    """`127.0.0.1:PORT`."""
    pid: int

    @property
    def cpu(self) -> float:
        """Return the CPU seconds of the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> int:
        """Return the resident megabytes of the process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() // 1024 // 1024


class NotStarted(Exception):
    """The server ended or was not ready in time; the text is the end of its output."""


@contextmanager
def mockbot(document: Path) -> Iterator[Running]:
    """Serve a document with `mockbot serve --spec`."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = ["--spec", str(document), "--port", "0", "--ready-file", str(ready)]
        with _started([sys.executable, "-m", "mockbot", "serve", *options], ready.exists) as pid:
            yield Running(json.loads(ready.read_text())["base_url"].removeprefix("http://"), pid)


@contextmanager
def prism(document: Path) -> Iterator[Running]:
    """Serve a document with `prism mock`, which must be on the PATH."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with _started(["prism", "mock", "-h", "127.0.0.1", "-p", str(port), str(document)], listens) as pid:
        yield Running(f"127.0.0.1:{port}", pid)


SERVERS = {"mockbot": mockbot, "prism": prism}


@contextmanager
def _started(command: list[str], ready: Callable[[], bool]) -> Iterator[int]:
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise NotStarted(output.read()[-400:].replace("\n", " | "))
                time.sleep(0.05)
            yield process.pid
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
