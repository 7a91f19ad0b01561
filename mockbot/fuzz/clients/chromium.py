"""A headless Chromium that is controlled by the DevTools protocol over two pipes (`--remote-debugging-pipe`).

Messages are JSON, each with a NUL after it, see https://chromedevtools.github.io/devtools-protocol/.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeAlias

from mockbot.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_PIPES = ("sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null', "sh")
"""Runs a program whose descriptors 3 and 4, which DevTools use, are our pipes."""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-dev-shm-usage",
)
ENDED, CRASHED = "the browser ended", "the page crashed"
ANSWER_SECONDS, CLOSE_SECONDS = 60.0, 5.0
Value: TypeAlias = dict[str, Any]


class Gone(Exception):
    """The browser has ended, or does not answer."""


class Chromium:
    """One process, which starts when it is needed and again after its end. It may be used from several threads."""

    def __init__(self) -> None:
        """Raise UserError if there is no Chromium here."""
        found = (path for name in NAMES if (path := shutil.which(name)))
        self._path = next(found, "")
        if not self._path:
            raise UserError("--browser needs Chromium; install it, with Debian: apt-get install chromium")
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def page(self) -> Page:
        """Open an empty page that shares nothing with other pages; raise Gone."""
        with self._lock:
            if self._process is not None and self._process.ended:
                self._process.end()
                self._process = None
            if self._process is None:
                self._process = _Process(self._path)
            process = self._process
        context = process.call("Target.createBrowserContext")["browserContextId"]
        target = process.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = process.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(process, context, session)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None:
                self._process.end()
                self._process = None


class Page:
    """One page in a context of its own: cookies, caches and connections are not shared."""

    def __init__(self, process: _Process, context: str, session: str) -> None:
        self._process, self._context, self._session = process, context, session
        self._events = process.events(session)

    def call(self, method: str, **parameters: Any) -> Value:
        """Call a method of the page, and return its result; raise Gone."""
        return self._process.call(method, parameters, self._session)

    def event(self, seconds: float) -> tuple[str, Value] | None:
        """Return the name and the parameters of the next event; None after `seconds`. Raise Gone."""
        try:
            message = self._events.get(timeout=seconds)
        except queue.Empty:
            return None
        if not message:
            raise Gone(ENDED)
        return message["method"], message.get("params", {})

    def close(self) -> None:
        """Close the page; end the browser if it cannot."""
        try:
            self._process.call(
                "Target.disposeBrowserContext", {"browserContextId": self._context}, seconds=CLOSE_SECONDS
            )
        except Gone:
            self._process.end()
        self._process.forget(self._session)


class _Process:
    """A running browser, and a thread that reads its messages."""

    def __init__(self, path: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mockbot-chromium-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [*ON_PIPES, path, *FLAGS, f"--user-data-dir={self._folder.name}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._lock = threading.Lock()
        self._count = 0
        self._answers: dict[int, tuple[str, Future[Value]]] = {}
        """For each number of a call its session and its future."""
        self._crashed: set[str] = set()
        self._events: dict[str, queue.SimpleQueue[Value]] = {}
        self.ended = False
        self._thread = threading.Thread(target=self._read, name="chromium", daemon=True)
        self._thread.start()

    def call(
        self, method: str, parameters: Value | None = None, session: str = "", seconds: float = ANSWER_SECONDS
    ) -> Value:
        """Return the result of a method; raise Gone if there is none."""
        answer: Future[Value] = Future()
        with self._lock:
            if self.ended or session in self._crashed:
                raise Gone(CRASHED if session in self._crashed else ENDED)
            self._count += 1
            number = self._count
            self._answers[number] = session, answer
            message = {"id": number, "method": method, "params": parameters or {}}
            self._write({**message, "sessionId": session} if session else message)
        try:
            found = answer.result(seconds)
        except TimeoutError:
            raise Gone(f"the browser did not answer {method} in {seconds:g} seconds") from None
        finally:
            with self._lock:
                self._answers.pop(number, None)
        if "error" in found:
            raise Gone(f"{method}: {found['error'].get('message')}")
        result: Value = found["result"]
        return result

    def events(self, session: str) -> queue.SimpleQueue[Value]:
        """Return the events of a page; an empty one is the end of the browser."""
        with self._lock:
            return self._events.setdefault(session, queue.SimpleQueue())

    def forget(self, session: str) -> None:
        """Drop the events of a page."""
        with self._lock:
            self._events.pop(session, None)
            self._crashed.discard(session)

    def end(self) -> None:
        """End the process, all that it has started, and its files."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._thread.join()
        with suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._folder.cleanup()

    def _write(self, message: Value) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended, which the reader sees
            self._process.stdin.write(json.dumps(message).encode() + b"\0")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        held = b""
        with suppress(OSError, ValueError), self._process.stdout as stream:
            while data := os.read(stream.fileno(), 1 << 16):
                *messages, held = (held + data).split(b"\0")
                for each in messages:
                    self._take(json.loads(each))
        with self._lock:
            self.ended = True
            self._fail(ENDED)
            for events in self._events.values():
                events.put({})

    def _take(self, message: Value) -> None:
        with self._lock:
            if "id" in message:
                _, answer = self._answers.pop(message["id"], ("", None))
                if answer is not None:
                    answer.set_result(message)
            elif "sessionId" in message:
                if message["method"] == "Inspector.targetCrashed":
                    self._crashed.add(message["sessionId"])
                    self._fail(CRASHED, message["sessionId"])
                self._events.setdefault(message["sessionId"], queue.SimpleQueue()).put(message)

    def _fail(self, why: str, session: str | None = None) -> None:
        """End the calls that wait, of one session or of all."""
        for number, (of, answer) in [*self._answers.items()]:
            if session in (None, of):
                del self._answers[number]
                answer.set_result({"error": {"message": why}})
