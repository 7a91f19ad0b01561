"""The threads in which large bodies are validated and documents are read. They do not keep the process from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
MOST = 4
"""How many threads work at a time. What they do holds the interpreter, so that more would not be faster."""


class Workers(ThreadPoolExecutor):
    """An executor whose threads are abandoned at the end, in the middle of what they do.

    Those of the standard library are waited for: by `asyncio.run`, and again when the interpreter ends. asyncio takes
    only a ThreadPoolExecutor as its own executor; this is why it is the base class.
    """

    def __init__(self) -> None:
        super().__init__(1)
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle, self._count = threading.Semaphore(0), 0
        self._abandoned = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a thread."""
        future: Future[T] = Future()
        if self._abandoned:
            return future

        def job() -> None:
            if future.set_running_or_notify_cancel():
                _settle(future, lambda: fn(*args, **kwargs))

        self._jobs.put(job)
        if not self._idle.acquire(blocking=False) and self._count < MOST:
            self._count += 1
            threading.Thread(target=self._work, name="mockbot-worker", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002  # never waits
        """End the threads that have nothing to do, and the others when they are done; what has not begun is left."""
        self.abandon()
        for _ in range(self._count):
            self._jobs.put(None)

    def abandon(self) -> None:
        """Begin nothing more: what waits for a thread, or is submitted from now on, is never done."""
        self._abandoned = True
        with suppress(Empty):
            while True:
                self._jobs.get_nowait()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # it has the body of a request
            self._idle.release()


def _settle(future: Future[Any], function: Callable[[], Any]) -> None:
    try:
        result = function()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
