"""A client that is a command: it runs once for each case."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from mockbot.errors import UserError
from mockbot.fuzz.clients.client import Shown, Task, error_type, hangs, signal_name
from mockbot.fuzz.stage import Stage
from mockbot.steady import steady

MOST_OUTPUT = 32 * 1024 * 1024
MOST_LINES = 100_000
"""Events that a client may report; the output of one that writes more is not read."""
CRASHES = range(128 + 4, 128 + 12)
"""Exit codes with which a shell reports a signal such as SIGSEGV."""


class Command:
    """A command in any language; `arguments` are its name and arguments."""

    ops: tuple[str, ...] = ()

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = list(arguments)
        self.name = shlex.join(arguments)

    def run(self, task: Task, stage: Stage) -> Shown:
        """Run the command with MOCKBOT_URL, MOCKBOT_KEY, MOCKBOT_MESSAGE, MOCKBOT_CASE and MOCKBOT_DEADLINE."""
        started = steady()
        process = _start(self._arguments, task)
        output, errors = _Reader(process.stdout), _Reader(process.stderr)
        try:
            waited = _wait(process, output, task, stage)
            if waited:
                _kill(process)
            process.wait()
            out, err = output.text(), errors.text()
        finally:
            _kill(process)  # also what it has started itself
        return _shown(process.returncode, waited, out, err, steady() - started)

    def usage(self) -> Mapping[str, int]:
        """Return nothing: the command does not live on."""
        return {}

    def close(self) -> None:
        """Do nothing: the command has ended."""


def _start(arguments: list[str], task: Task) -> subprocess.Popen[bytes]:
    given = {
        "MOCKBOT_URL": task.base_url,
        "MOCKBOT_KEY": task.key,
        "MOCKBOT_MESSAGE": task.message,
        "MOCKBOT_CASE": task.case,
        "MOCKBOT_DEADLINE": f"{task.deadline:g}",
    }
    proxies = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    try:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **proxies, **given},
            start_new_session=True,
        )
    except OSError as error:
        raise UserError(f"{arguments[0]}: cannot be run: {error.strerror}") from None


def _wait(process: subprocess.Popen[bytes], output: _Reader, task: Task, stage: Stage) -> bool:
    """Wait for the end of the process; return whether it hangs."""
    started = steady()
    while process.poll() is None:
        if output.ended.wait(0.02):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
        if hangs(stage, started, task.deadline):
            return process.poll() is None
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _shown(code: int, hangs: bool, out: str, err: str, seconds: float) -> Shown:
    reported = _events(out)
    if hangs:
        return Shown("hang", reported, "hang", _last_line(err), seconds)
    if code < 0 or code in CRASHES:
        name = signal_name(-code if code < 0 else code - 128)
        return Shown("crash", reported, name, _last_line(err), seconds)
    if code:
        return Shown("error", reported, error_type(err, f"exit {code}"), _last_line(err), seconds)
    return Shown("ok", reported, "", "", seconds)


def _last_line(text: str) -> str:
    return next((line.strip()[:500] for line in reversed(text.splitlines()) if line.strip()), "")


def _events(out: str) -> tuple[object, ...] | None:
    """Return the JSON values of the lines; None if one is not JSON."""
    if out.count("\n") > MOST_LINES:
        return None
    try:
        return tuple(json.loads(line) for line in out.split("\n") if line.strip())
    except (ValueError, RecursionError):
        return None


class _Reader:
    """Reads all output of a process in a thread, so that it can go on writing."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._stream, self._data = stream, bytearray()
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError), self._stream:
            while data := os.read(self._stream.fileno(), 65536):
                if len(self._data) < MOST_OUTPUT:
                    self._data += data
        self.ended.set()

    def text(self) -> str:
        """Return what was read, at the end of the process; what it has started itself may go on."""
        self._thread.join(0.5)
        return bytes(self._data).decode("utf-8", "surrogateescape")
