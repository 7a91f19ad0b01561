"""A client that lives on: one process that takes JSON lines and answers with JSON lines.

In: `{"id": 1, "op": "chat", "base_url": …, "api_key": …, "args": {…}, "deadline": 5}`.
Out: `{"id": 1, "ok": true, "events": […]}` for chat, `{"id": 1, "ok": true, "result": …}` for other operations, or
`{"id": 1, "ok": false, "error": {"type": …, "message": …}}`.
The error type `unsupported` is the answer to an operation that the adapter does not have.
"""

from __future__ import annotations

import json
import os
import queue
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mockbot.errors import UserError
from mockbot.fuzz.clients.client import Shown, Task, hangs, signal_name
from mockbot.fuzz.stage import Stage
from mockbot.steady import steady

OPS = ("chat", "sessions", "configs", "file", "send", "bots")
ARGS: Mapping[str, Mapping[str, Any]] = {
    "chat": {"username": "fuzz"},
    "sessions": {"username": "alice", "all": True},
    "file": {"name": "note.txt", "content": "hello"},
    "send": {"umo": "team_qq:GroupMessage:1", "message": "hello"},
}
"""The arguments of each operation; those of a task come after them."""
MOST_LINE, MOST_WAITING = 64 * 1024 * 1024, 100
"""Bytes of one answer, and answers that nothing asked for; after more, the adapter is ended."""


class Adapter:
    """An adapter process; it is started again after a crash or a hang."""

    ops: tuple[str, ...] = OPS

    def __init__(self, command: str) -> None:
        self._arguments = shlex.split(command)
        self.name = command
        self._process: _Process | None = None
        self._count = 0

    def run(self, task: Task, stage: Stage) -> Shown:
        """Ask for one operation and wait for the answer."""
        started = steady()
        if self._process is None:
            self._process = _Process(self._arguments)
        self._count += 1
        args = {**ARGS.get(task.op, {}), **({"message": task.message} if task.op == "chat" else {}), **task.args}
        request = {"id": self._count, "op": task.op, "base_url": task.base_url, "api_key": task.key}
        self._process.ask({**request, "args": args, "deadline": task.deadline})
        while True:
            line = self._process.line(0.02)
            if line == "":
                code = self._process.end()
                self._process = None
                return Shown("crash", None, _signal(code), "the adapter ended", steady() - started)
            if line is not None:
                return _shown(line, self._count, steady() - started)
            # an adapter that keeps its deadline to the second needs a moment to say so
            if hangs(stage, started, 1.5 * task.deadline + 1):
                self.close()
                return Shown("hang", None, "hang", "", steady() - started)

    def usage(self) -> Mapping[str, int]:
        """Return the resident memory in bytes and the number of open files; empty where the system hides them."""
        if self._process is None:
            return {}
        place = Path("/proc") / str(self._process.pid)
        try:
            pages = int((place / "statm").read_text().split()[1])
            return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "files": len(list((place / "fd").iterdir()))}
        except (OSError, ValueError):
            return {}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None


class _Process:
    def __init__(self, arguments: Sequence[str]) -> None:
        proxies = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        try:
            self._process = subprocess.Popen(
                list(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **proxies},
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(f"{arguments[0]}: cannot be run: {error.strerror}") from None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            while line := self._process.stdout.readline(MOST_LINE):
                if line.strip():
                    self._lines.put(line.decode("utf-8", "surrogateescape"))
                if not line.endswith(b"\n") or self._lines.qsize() > MOST_WAITING:
                    break  # no adapter that keeps to the protocol writes so much
        self._lines.put("")

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send one line."""
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended, which `line` will show
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def line(self, seconds: float) -> str | None:
        """Return the next line; the empty string at the end of the process, None after `seconds`."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def end(self) -> int:
        """End the process, and return its exit code."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return self._process.wait()


def _signal(code: int) -> str:
    return signal_name(-code) if code < 0 else f"exit {code}"


def _shown(line: str, number: int, seconds: float) -> Shown:
    """Return what an answer says; raise UserError if it is not one."""
    try:
        answer = json.loads(line)
        if answer["id"] != number:
            raise ValueError(f"the id is {answer['id']}, not {number}")
        if answer["ok"]:
            reported = answer["events"] if "events" in answer else [answer["result"]] if "result" in answer else None
            return Shown("ok", None if reported is None else tuple(reported), seconds=seconds)
        error = answer["error"]
        reported = answer.get("events")
        found = None if reported is None else tuple(reported)
        return Shown("error", found, str(error["type"]), str(error.get("message", "")), seconds)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise UserError(f"the adapter answered {line[:200]!r}, which is not an answer: {error}") from None
