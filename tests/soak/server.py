"""The server of the soak: mockbot, with a line of figures whenever its standard input has a line.

A hold is the CPU time of one callback of the event loop: for so long, no other client gets an answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from starlette.types import Receive, Scope, Send

from mockbot.app import create_app
from mockbot.cli.garbage import Garbage, uncollected
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings

REQUEST: ContextVar[str] = ContextVar("request")
"""The method and the path of the request that a task answers."""


class Holds:
    """The longest hold of the loop since it was last asked for."""

    def __init__(self) -> None:
        self.longest, self.of = 0.0, ""

    def measured(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return what runs a callback of the loop and measures it."""

        def timed(handle: Any) -> None:
            began = time.thread_time()
            run(handle)
            seconds = time.thread_time() - began
            if seconds > self.longest and threading.current_thread() is threading.main_thread():
                self.longest, self.of = seconds, handle._context.get(REQUEST, "") or repr(handle)

        return timed


def figures(server: Server, holds: Holds) -> dict[str, Any]:
    """Return the figures of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    found = {
        "memory": resident,
        "handles": len(os.listdir("/proc/self/fd")),
        "tasks": server.call(lambda: len(asyncio.all_tasks())),
        "threads": threading.active_count(),
        "hold": holds.longest,
        "of": holds.of,
        "cpu": time.process_time(),
    }
    holds.longest, holds.of = 0.0, ""
    return found


def say(line: str) -> None:
    """Write a line to the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until standard input ends."""
    holds = Holds()
    handle: Any = asyncio.events.Handle
    handle._run = holds.measured(handle._run)
    settings = Settings(max_worlds=100, max_journal_entries=200, pace_ms=150)
    garbage = Garbage()  # as `mockbot serve`
    with uncollected():
        app = create_app(settings)
    answer_one = app._app

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        REQUEST.set(f"{scope.get('method')} {scope.get('path')}")
        await answer_one(scope, receive, send)

    app._app = noting
    listener = listen("127.0.0.1", 0)
    server = Server(app, listener, lambda: say(str(listener.getsockname()[1])), each_second=garbage.each_second)

    def answer() -> None:
        for _ in sys.stdin:
            say(json.dumps(figures(server, holds)))
        server.should_exit = True

    threading.Thread(target=answer, daemon=True).start()
    garbage.begin()
    server.run()


if __name__ == "__main__":
    main()
