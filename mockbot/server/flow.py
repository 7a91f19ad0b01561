"""How much connections read in one turn of the event loop, and how much they hold that their clients do not read."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl

from mockbot.steady import steady

MOST_UNSENT = 512 * 1024 * 1024
"""Bytes that all connections together may have to send."""
TURN = 0.005
"""Seconds of a turn of the event loop in which h11 reads for connections that have sent much at once."""
log = logging.getLogger("mockbot")


class Unsent:
    """The connections that have more to send than their clients read at once, with the bytes when they began to wait.

    When they have more than `most` bytes together, the largest of those that nothing was read of is closed, or else the
    largest of all.
    """

    def __init__(self, most: int = MOST_UNSENT) -> None:
        self._most = most
        self._waiting: dict[asyncio.Transport, int] = {}
        self._rest: dict[asyncio.Transport, int] = {}
        self._size = 0
        """The bytes of all, or more: what was read since is not subtracted."""

    def add(self, transport: asyncio.Transport) -> None:
        """Note a connection that begins to wait."""
        self.discard(transport)
        self._waiting[transport] = size = self._left(transport)
        self._size += size
        if self._size > self._most:
            self._close_some()

    def discard(self, transport: asyncio.Transport) -> None:
        """Note that a connection has nothing to send, or has ended."""
        self._size -= self._waiting.pop(transport, 0)

    def keep(self, transport: asyncio.Transport, rest: int) -> None:
        """Note how many bytes of a response are written later, when those before them are sent."""
        if rest:
            self._rest[transport] = rest
        else:
            self._rest.pop(transport, None)

    def _left(self, transport: asyncio.Transport) -> int:
        return transport.get_write_buffer_size() + self._rest.get(transport, 0)

    def _close_some(self) -> None:
        left = {each: self._left(each) for each in self._waiting}
        total = sum(left.values())
        for transport in sorted(left, key=lambda each: (left[each] < self._waiting[each], -left[each])):
            if total <= self._most:
                break
            log.warning("a connection is closed whose client does not read a response of %d bytes", left[transport])
            total -= left.pop(transport)
            transport.abort()
        self._waiting, self._size = left, total


class Reading:
    """The connections that have more for h11 to read. All together have TURN seconds of each turn of the event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], bool]] = deque()

    def add(self, read_on: Callable[[], bool]) -> None:
        """Call `read_on` in the next turn, and in later ones as long as it returns True."""
        self._waiting.append(read_on)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        ends = steady() + TURN
        try:
            while self._waiting:
                self._first()
                if steady() >= ends:
                    break
        finally:
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._turn)

    def _first(self) -> None:
        read_on, goes_on = self._waiting[0], False
        try:
            goes_on = read_on()
        finally:
            self._waiting.popleft()
            if goes_on:
                self._waiting.append(read_on)


class Flow(FlowControl):
    """Also pauses reading while something that was received is held, and bounds what is not sent yet."""

    def __init__(self, transport: asyncio.Transport, unsent: Unsent) -> None:
        super().__init__(transport)
        self._held, self._unsent = False, unsent

    def pause_writing(self) -> None:
        """Let the application wait until the client has read more."""
        super().pause_writing()
        self._unsent.add(self._transport)

    def resume_writing(self) -> None:
        """Let the application go on, or end: the connection may be lost."""
        super().resume_writing()
        self._unsent.discard(self._transport)

    def hold(self) -> None:
        """Read no more until `release`."""
        self._held = True
        self._transport.pause_reading()

    def release(self) -> None:
        """Read again, unless reading is paused."""
        self._held = False
        if not self.read_paused:
            self._transport.resume_reading()

    def resume_reading(self) -> None:
        """Read again, unless something is held."""
        if self._held:
            self.read_paused = False
        else:
            super().resume_reading()
