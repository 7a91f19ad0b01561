"""The servers that are measured, each on one core."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import Running, free_port, started
from bench.speed.load import asked
from bench.speed.operations import FRAMES, Operation, operations, scripts

DOCUMENT = Path(__file__).parents[2] / "openapi.json"
BASE = "bare"
"""The server that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started, and what it is asked."""

    name: str
    command: tuple[str, ...]
    """Its words; `{port}` stands for the port."""
    version: str = "4.19.4"
    scripted: bool = False
    """Whether it is mockbot, which takes scripts and has a control API."""
    frames: int = 0
    """How many frames its stream has; 0 for as many as it likes."""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Return what it is asked: a bare application does not reject anything."""
        found = operations(self.version)
        return found[:-1] if self.name.startswith(BASE) else found


def servers(tools: Path | None, only: Sequence[str]) -> tuple[Server, ...]:
    """Return the base, then the servers that are here and whose names begin with one of `only`."""
    document = str(DOCUMENT)
    found = [
        bare("bare", "httptools", "uvloop"),
        bare("bare h11", "h11", "asyncio"),
        mockbot("4.19.4"),
        mockbot("4.29.3"),
    ]
    if steady := tool("steady", tools):
        options = ("-q", "--host", "127.0.0.1", "-p", "{port}", f"--stream-count={FRAMES}", "--stream-interval=0")
        found.append(Server("Steady", (steady, *options, document)))
    if prism := tool("prism", tools):
        found.append(Server("Prism", (prism, "mock", "-v", "silent", "-h", "127.0.0.1", "-p", "{port}", document)))
    return tuple(each for each in found if each.name == BASE or not only or each.name.startswith(tuple(only)))


def missing() -> list[str]:
    """Return what the bench needs and is not here, each with what to do."""
    found = [f"{name}: pip install {name}" for name in ("httptools", "uvloop") if not importlib.util.find_spec(name)]
    tools = {"wrk": "apt install wrk", "taskset": "apt install util-linux"}
    return found + [f"{name}: {command}" for name, command in tools.items() if not shutil.which(name)]


def tool(name: str, folder: Path | None) -> str | None:
    """Return the path of a command of a folder with `node_modules`, or of the PATH."""
    path = os.environ["PATH"]
    return shutil.which(
        name, path=f"{folder.resolve() / 'node_modules' / '.bin'}{os.pathsep}{path}" if folder else path
    )


def bare(name: str, http: str, loop: str) -> Server:
    """Return the bare application on uvicorn."""
    options = ("--http", http, "--loop", loop, "--no-access-log", "--log-level", "warning", "--port", "{port}")
    return Server(name, (sys.executable, "-m", "uvicorn", "bench.speed.bare:app", *options), frames=FRAMES)


def mockbot(version: str, *options: str, pace: int = 0) -> Server:
    """Return mockbot with what it does by default, and its log in a file."""
    command = (sys.executable, "-m", "mockbot", "serve", "--astrbot", version, "--port", "{port}")
    return Server(f"mockbot {version}", (*command, "--pace", str(pace), *options), version, True, FRAMES)


def cores() -> tuple[int, int]:
    """Return the core of the servers and that of the load; they are the same if there is only one."""
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def answers(port: int) -> bool:
    """Return whether a server answers. mockbot accepts connections before it is ready, so this can wait."""
    try:
        return asked(f"127.0.0.1:{port}", operations("4.19.4")[0]).status // 100 == 2
    except OSError:
        return False


@contextmanager
def running(server: Server, core: int, every: float = 0.05) -> Iterator[Running]:
    """Start a server on a core, with at most as many open files as the system allows."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [word.replace("{port}", str(port)) for word in server.command]
        if server.scripted:
            Path(folder, "scripts.yaml").write_text(scripts(server.version))
            command += ["--scripts", str(Path(folder, "scripts.yaml"))]
        pinned = ["taskset", "--cpu-list", str(core), *command]
        environment = os.environ | server.environment
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
        with started(pinned, lambda: answers(port), every, environment) as pid:
            yield Running(f"127.0.0.1:{port}", pid)
