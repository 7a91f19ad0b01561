"""Accepts connections as long as there are file handles for them; the others wait in the queue of the system."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Iterator, Sized

RESERVED = 64
"""File handles for everything that is no connection: the log, files, the event loop."""
UNLIMITED = 100_000
"""The most connections where the system sets no limit."""
TOGETHER = 64
"""The most connections that are accepted before other tasks run."""
PAUSE_SECONDS = 0.05
"""How long nothing is accepted when there is no room."""
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
log = logging.getLogger("mockbot")


def most_connections() -> int:
    """Return how many connections there may be; the limit of this process is raised as far as the system allows."""
    try:
        import resource
    except ImportError:  # pragma: no cover  # Windows
        return UNLIMITED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = UNLIMITED if hard == resource.RLIM_INFINITY else min(hard, UNLIMITED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (ValueError, OSError):  # the kernel allows less than it says
            pass
    return UNLIMITED if soft == resource.RLIM_INFINITY else max(min(soft, UNLIMITED) - RESERVED, 1)


class Accepting:
    """Accepts the connections of a listening socket, at most as many at a time as `most`.

    `connections` are those that are open. One line of the log says when there are no file handles left, and none
    follows until some were free again.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        connections: Sized,
        most: int | None = None,
    ) -> None:
        self._listener, self._protocol, self._connections = listener, protocol, connections
        self._most = most_connections() if most is None else most
        self._logged = False

    async def run(self) -> None:
        """Accept connections until it is cancelled."""
        self._listener.setblocking(False)
        while True:
            if len(self._connections) >= self._most:
                await self._pause(f"{self._most} connections are open")
                continue
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    continue  # the client has left already
                await self._pause("there are no file handles left")
                continue
            # together, because each takes some turns of the event loop, which are long when much is to do
            await asyncio.gather(*map(self._serve, [connection, *self._waiting()]))

    def _waiting(self) -> Iterator[socket.socket]:
        """Accept what is already there."""
        for _ in range(min(TOGETHER, self._most - len(self._connections) - 1)):
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            yield connection

    async def _serve(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()
            return
        self._logged = False

    async def _pause(self, why: str) -> None:
        if not self._logged:
            log.warning("%s: new connections wait until others end (ulimit -n sets how many there can be)", why)
            self._logged = True
        await asyncio.sleep(PAUSE_SECONDS)
