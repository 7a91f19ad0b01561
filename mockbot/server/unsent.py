"""Bounds what connections have to send that their clients do not read."""

from __future__ import annotations

import asyncio
import logging

MOST = 512 * 1024 * 1024
"""Bytes that all connections together may have to send."""
log = logging.getLogger("mockbot")


class Unsent:
    """The connections that have more to send than their clients read at once, with the bytes when they began to wait.

    When they have more than `most` bytes together, the largest of those that nothing was read of is closed, or else the
    largest of all.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[asyncio.Transport, int] = {}
        self._size = 0
        """The bytes of all, or more: what was read since is not subtracted."""

    def add(self, transport: asyncio.Transport) -> None:
        """Note a connection that begins to wait."""
        self.discard(transport)
        self._waiting[transport] = size = transport.get_write_buffer_size()
        self._size += size
        if self._size > self._most:
            self._close_some()

    def discard(self, transport: asyncio.Transport) -> None:
        """Note that a connection has nothing to send, or has ended."""
        self._size -= self._waiting.pop(transport, 0)

    def _close_some(self) -> None:
        left = {each: each.get_write_buffer_size() for each in self._waiting}
        total = sum(left.values())
        for transport in sorted(left, key=lambda each: (left[each] < self._waiting[each], -left[each])):
            if total <= self._most:
                break
            log.warning("a connection is closed whose client does not read a response of %d bytes", left[transport])
            total -= left.pop(transport)
            transport.abort()
        self._waiting, self._size = left, total
