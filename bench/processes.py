"""Servers in processes of their own, and what the kernel says of them (Linux)."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    address: str
    """`127.0.0.1:PORT`."""
    pid: int
    """The first of its processes, whose group all others are in."""

    @property
    def cpu(self) -> float:
        """Return the CPU seconds of its processes so far."""
        return sum(_cpu(pid) for pid in self.processes)

    @property
    def memory(self) -> int:
        """Return the resident megabytes of the first process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() // 1024 // 1024

    def kilobytes(self, name: str) -> int:
        """Return the sum of a figure of `/proc/PID/smaps_rollup` or `status`, such as `Pss`, `Rss` or `VmHWM`."""
        file = "status" if name.startswith("Vm") else "smaps_rollup"
        found = [re.search(rf"^{name}:\s+(\d+) kB", _read(pid, file), re.MULTILINE) for pid in self.processes]
        return sum(int(each[1]) for each in found if each)

    @property
    def processes(self) -> list[int]:
        """Return the ids of the processes in its group."""
        found = []
        for path in Path("/proc").iterdir():
            with suppress(ValueError, ProcessLookupError):
                if os.getpgid(int(path.name)) == self.pid:
                    found.append(int(path.name))
        return found


class NotStarted(Exception):
    """The server ended or was not ready in time; the text is the end of its output."""


@contextmanager
def started(
    command: Sequence[str],
    ready: Callable[[], bool],
    every: float = 0.05,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[int]:
    """Run a command in a group of its own until the block ends; ask every `every` seconds whether it is ready."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, env=environment
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise NotStarted(output.read()[-400:].replace("\n", " | "))
                time.sleep(every)
            yield process.pid
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def listens(port: int) -> bool:
    """Return whether a server accepts connections on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process, from its own clock, and of its children that have ended."""
    with suppress(OSError, IndexError):
        fields = _read(pid, "stat").rpartition(")")[2].split()
        ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime((~pid << 3) | 2) + ended  # the clock id of another process: clock_getcpuclockid(3)
    return 0.0


def _read(pid: int, name: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""
