"""What a run of the bench ran on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.speed.servers import Server
from mockbot import __version__

PACKAGES = ("uvicorn", "starlette", "httptools", "uvloop", "h11")


def described(servers: Sequence[Server]) -> str:
    """Return processor, cores, memory, system and versions as one paragraph."""
    information = _read("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", information)
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo"))
    processor = model[1] if model else platform.machine()
    machine = f"{processor}, {os.cpu_count()} cores, {int(memory[1]) // 1024 // 1024 if memory else 0} GiB"
    libraries = [f"{name} {_version(name)}" for name in PACKAGES]
    wrk = (_printed("wrk", "-v").split("[")[0].split() or ["wrk", "?"])[1]
    others = [
        f"{each.name} {_printed(each.command[0], '--version').strip().split()[-1]}"
        for each in servers
        if not each.scripted and each.command[1] != "-m"
    ]
    system = f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}"
    return f"{machine}; {system}. " + ", ".join([f"mockbot {__version__}", *libraries, f"wrk {wrk}", *others]) + "."


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _printed(*command: str) -> str:
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout or done.stderr
    return "?"


def _read(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text()
    return ""
