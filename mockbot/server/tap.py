"""Sees the bytes of connections as they go to and come from the socket, each write by itself."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import Any, Literal

from mockbot.dataclass import dataclass
from mockbot.steady import steady

MOST = 64 * 1024 * 1024
"""Bytes that a tap keeps until it is cleared; later ones are counted but not kept."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one write sent, and when by the steady clock."""

    at: float
    data: bytes


@dataclass(slots=True, eq=False)
class Tapped:
    """One connection: what came, what was sent, and how it ended."""

    received: bytearray = field(default_factory=bytearray)
    sent: list[Written] = field(default_factory=list)
    ended: Literal["open", "closed", "reset", "left"] = "open"
    """`closed` and `reset`: by the server. `left`: by the client."""
    last: float = field(default_factory=steady)
    """When something last happened, by the steady clock."""


class Tap:
    """Keeps the connections of a server, oldest first. `clear` forgets them; it may be called from any thread."""

    def __init__(self) -> None:
        self.connections: list[Tapped] = []
        self._by_transport: dict[object, Tapped] = {}
        self._kept = 0

    def clear(self) -> None:
        """Forget all connections. Those that are open are kept as new ones when they go on."""
        self.connections, self._by_transport, self._kept = [], {}, 0

    def on(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return a transport that the tap sees."""
        tapped = _Transport(transport, self)
        self._tapped(tapped)
        return tapped

    def received(self, transport: object, data: bytes) -> None:
        """Keep what the client has sent."""
        tapped = self._tapped(transport)
        tapped.received += self._room(data)
        tapped.last = steady()

    def sent(self, transport: object, data: bytes) -> None:
        """Keep what one write sends."""
        tapped = self._tapped(transport)
        tapped.last = steady()
        tapped.sent.append(Written(tapped.last, self._room(bytes(data))))

    def ends(self, transport: object, how: Literal["closed", "reset"]) -> None:
        """Note that the server ends the connection."""
        tapped = self._tapped(transport)
        if tapped.ended == "open":
            tapped.ended, tapped.last = how, steady()

    def leaves(self, transport: object) -> None:
        """Note that the client ends the connection, unless the server has."""
        tapped = self._by_transport.get(transport)
        if tapped is not None and tapped.ended == "open":
            tapped.ended, tapped.last = "left", steady()

    def lost(self, transport: object) -> None:
        """Note the end of the connection, which is the client's doing unless the server has ended it."""
        self.leaves(transport)
        self._by_transport.pop(transport, None)

    def _tapped(self, transport: object) -> Tapped:
        if transport not in self._by_transport:
            self._by_transport[transport] = tapped = Tapped()
            self.connections.append(tapped)
        return self._by_transport[transport]

    def _room(self, data: bytes) -> bytes:
        kept = data[: max(0, MOST - self._kept)]
        self._kept += len(kept)
        return kept


class _Transport(asyncio.Transport):
    """A transport that reports its writes and its end to a tap; it has what the protocol of the server uses."""

    def __init__(self, inside: asyncio.Transport, tap: Tap) -> None:
        super().__init__()
        self._inside, self._tap = inside, tap

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, unless the connection is closing: the bytes would be lost."""
        if not self._inside.is_closing():
            self._tap.sent(self, bytes(data))
            self._inside.write(data)

    def close(self) -> None:
        """Close the connection after all writes."""
        self._tap.ends(self, "closed")
        self._inside.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._tap.ends(self, "reset")
        self._inside.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is closing or closed."""
        return self._inside.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the socket."""
        return self._inside.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more."""
        self._inside.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._inside.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that wait to be sent."""
        return self._inside.get_write_buffer_size()
