"""Notices when a file changes that the server was started from, and reloads it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from watchfiles import awatch

from mockbot.control.reload import read_again
from mockbot.control.serving import Serving
from mockbot.errors import UserError
from mockbot.reads import Reads, Stamp

QUIET_MS = 50
"""Files that change at shorter intervals are read once, after the last of them."""
BURST_MS = 1000
"""After this time they are read even if they still change."""
LOOK_MS = 500
"""How often the files are looked at without a notification, which some file systems never send."""
NEW: Stamp = (0, 1, 0)
"""Stands for a file that was not there before."""
log = logging.getLogger("mockbot")


class Watch:
    """Calls `reload` after each change of the files in `reads()`, until it is cancelled.

    A file that became empty or went away is taken as such only when nothing happens to it until the next look, because
    many editors truncate, or remove, a file before they write it.
    """

    def __init__(self, reads: Callable[[], Reads], reload: Callable[[], Awaitable[object]]) -> None:
        self._reads, self._reload = reads, reload
        self._seen: Mapping[str, Stamp] = {}
        self._doubted: Mapping[str, Stamp] = {}

    async def run(self) -> None:
        """Watch the folders of the files, also those that a reload adds."""
        await self._read_again(self._reads().stamps())  # what has changed since the server read it
        while True:
            folders = _folders(self._reads().names)
            async with aclosing(_notifications(folders)) as notifications:
                async for paths in notifications:
                    await self.look(paths)
                    if _folders(self._reads().names) != folders:
                        break

    async def look(self, notified: Iterable[str] = ()) -> None:
        """Reload if a file has changed; `notified` are the paths that are said to have changed."""
        reads = self._reads()
        stamps, concerned = reads.stamps(), any(map(reads.concerns, notified))
        if stamps == self._seen and not concerned:
            return
        doubtful = any(_is_empty(stamps[name]) and not _is_empty(self._seen.get(name, NEW)) for name in stamps)
        if doubtful and (concerned or stamps != self._doubted):
            self._doubted = stamps
            return
        await self._read_again(stamps)

    async def _read_again(self, stamps: Mapping[str, Stamp]) -> None:
        """Reload; the files had `stamps` before, so that what changes meanwhile is read again."""
        try:
            await self._reload()
        except UserError:
            pass  # the log has it, and the health check
        except Exception:
            log.exception("reload: mockbot failed; please report this")
        now = self._reads().stamps()
        self._seen = {name: stamps.get(name, now[name]) for name in now}


def watching(serving: Serving) -> Watch:
    """Return what reloads a server when its files change."""
    return Watch(lambda: serving.reads, partial(read_again, serving))


def _is_empty(stamp: Stamp) -> bool:
    return stamp is None or stamp[1] == 0


def _folders(names: Iterable[str]) -> dict[str, int]:
    """Return the folders to watch, each with its number, which a folder that was made again does not keep."""
    found: dict[str, int] = {}
    for name in names:
        folder = os.path.dirname(name)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        with suppress(OSError):
            found[folder] = os.stat(folder).st_ino
    return found


async def _notifications(folders: Iterable[str]) -> AsyncGenerator[list[str], None]:
    """Yield the paths that change together, or none each time that none has changed for LOOK_MS."""
    options: dict[str, Any] = {"step": QUIET_MS, "debounce": BURST_MS, "rust_timeout": LOOK_MS, "recursive": False}
    try:
        async with aclosing(awatch(*folders, watch_filter=None, yield_on_timeout=True, **options)) as found:
            async for changes in found:
                yield [path for _, path in changes]
    except (OSError, RuntimeError) as error:  # for example, the system has no more watches
        log.warning("--watch: no notifications (%s), so files are looked at twice a second", error)
    while True:
        await asyncio.sleep(LOOK_MS / 1000)
        yield []
