"""Processes that tests start: each leads a process group of its own, which is killed at the end of the test."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process with the options of `Popen`, and kill it and its children at the end."""
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process, ended(process):
        yield process


@contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Kill the process group that `process` leads at the end."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def run(command: Sequence[str], *, timeout: float, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return its output. Raise `TimeoutExpired` after `timeout` seconds."""
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        output, errors = process.communicate(timeout=timeout)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)
