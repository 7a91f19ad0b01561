"""A response that takes long to make."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.response import Response, TakesTurns
from mockbot.turns import Work, at_once
from mockbot.world.waiting import Leaving

LARGE = 1024 * 1024
"""Bytes of a response from which on it is sent before the next one is made."""
PATIENCE = 0.05
"""Seconds that a response may take to be sent before the next one is made: its client may be slow."""


class _Alone:
    """Holds a lock, and releases it once."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock, self._holds = lock, False
        self._end: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        self._holds = await self._lock.acquire()

    def end_after(self, seconds: float) -> None:
        self._end = asyncio.get_running_loop().call_later(seconds, self.end)

    def end(self) -> None:
        if self._end is not None:
            self._end.cancel()
        if self._holds:
            self._holds = False
            self._lock.release()


class Long(TakesTurns):
    """An ASGI application whose response is made by work, while other tasks run.

    One is made at a time, and none for a client that has left; a large one is sent, too, before the next one is made,
    for PATIENCE seconds at most. Without turns, it is made at once.
    """

    is_long = True

    def __init__(self, work: Work[ASGIApp], *, always: bool = False, alone: bool = True) -> None:
        """With `always`, the work is done to its end for a client that has left, too, because it changes something.

        Without `alone`, others may be made beside it, because it takes little memory.
        """
        self._work, self._always, self._is_alone = work, always, alone
        self._is_left = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the response, and send it."""
        if self.turns is None:
            await at_once(self._work)(scope, receive, send)
            return
        alone = _Alone(self.turns.making)
        try:
            with Leaving(receive, self._leave):
                if self._is_alone:
                    await alone.begin()
                response = await self.turns.work(self._unless_left())
            if isinstance(response, Response) and len(response.body) > LARGE:
                alone.end_after(PATIENCE)
            else:
                alone.end()
            if isinstance(response, TakesTurns):
                response.turns = self.turns
            if response is not None:
                await response(scope, receive, send)
        finally:
            alone.end()

    def _leave(self) -> None:
        self._is_left = True

    def _unless_left(self) -> Generator[Any, Any, ASGIApp | None]:
        given = None
        while self._always or not self._is_left:
            try:
                function = self._work.send(given)
            except StopIteration as made:
                response: ASGIApp = made.value
                return response
            given = yield function
        self._work.close()
        return None
