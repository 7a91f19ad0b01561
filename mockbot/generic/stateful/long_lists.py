"""Long lists of rows: they are made and written while other tasks run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, compact, plainly_compact
from mockbot.response import Response
from mockbot.turns import Turns, Work, each
from mockbot.world.waiting import Leaving

FEW, SMALL = 200, 256 * 1024
"""Rows of a world, and their bytes, that can be listed without other tasks in between."""


class InTurns:
    """A response that takes long to make: it is made while other tasks run, and while no other one is made.

    `other` makes one if there is none. For a client that has left, nothing is made.
    """

    def __init__(
        self, work: Work[Response | None], other: Callable[[], ASGIApp], turns: Turns, making: asyncio.Lock
    ) -> None:
        self._work, self._other, self._turns, self._making = work, other, turns, making
        self._is_left = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the response, and send it."""
        with Leaving(receive, self._leave):
            async with self._making:
                response = await self._turns.work(self._unless_left())
        if not self._is_left:
            await (self._other() if response is None else response)(scope, receive, send)

    def _leave(self) -> None:
        self._is_left = True

    def _unless_left(self) -> Work[Response | None]:
        given = None
        while not self._is_left:
            try:
                function = self._work.send(given)
            except StopIteration as made:
                response: Response | None = made.value
                return response
            given = yield function
        return None


@dataclass(frozen=True, slots=True)
class Written:
    """A JSON text in pieces."""

    pieces: list[bytes]
    is_exact: bool
    """Whether every parser reads it as the value that it was written from."""


def written(body: JSON, within: str | None) -> Work[Written]:
    """Return the work that writes a body: the rows in the property `within`, or the whole body, one by one."""
    if within is None or not isinstance(body, dict):
        rows = yield from _rows(body)
        return Written([*rows.pieces, b"\n"], rows.is_exact)
    pieces, is_exact = [b"{"], True
    for name, value in body.items():
        pieces.append(b"%b%b:" % (b"," if len(pieces) > 1 else b"", compact(name)[:-1]))
        part = (yield from _rows(value)) if name == within else _one(value)
        pieces += part.pieces
        is_exact &= part.is_exact
    return Written([*pieces, b"}\n"], is_exact)


def _rows(value: JSON) -> Work[Written]:
    if not isinstance(value, list):
        return _one(value)
    rows = yield from each(_one, value)
    pieces = [piece for row in rows for piece in (b",", *row.pieces)][1:]
    return Written([b"[", *pieces, b"]"], all(row.is_exact for row in rows))


def _one(value: JSON) -> Written:
    exact = plainly_compact(value)
    return Written([compact(value)[:-1] if exact is None else exact], exact is not None)
