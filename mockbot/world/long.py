"""A response that takes long to make."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.response import TakesTurns
from mockbot.turns import Work, at_once
from mockbot.world.waiting import Leaving


class Long(TakesTurns):
    """An ASGI application whose response is made by work, while other tasks run.

    One is made at a time, and none for a client that has left. Without turns, it is made at once.
    """

    is_long = True

    def __init__(self, work: Work[ASGIApp]) -> None:
        self._work = work
        self._is_left = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the response, and send it."""
        if self.turns is None:
            await at_once(self._work)(scope, receive, send)
            return
        with Leaving(receive, self._leave):
            async with self.turns.making:
                response = await self.turns.work(self._unless_left())
        if response is not None:
            await response(scope, receive, send)

    def _leave(self) -> None:
        self._is_left = True

    def _unless_left(self) -> Generator[Any, Any, ASGIApp | None]:
        given = None
        while not self._is_left:
            try:
                function = self._work.send(given)
            except StopIteration as made:
                response: ASGIApp = made.value
                return response
            given = yield function
        self._work.close()
        return None
