"""Reads again what the server was started from: the document, the fixture, the scripts and the behaviour."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext

from mockbot.control.serving import Serving
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.openapi.fetch import changed as is_changed
from mockbot.profile import Profile
from mockbot.reads import Reads, noting
from mockbot.wording import printable
from mockbot.world.changes import Changes
from mockbot.world.start import Origin, changed, read_origin

log = logging.getLogger("mockbot")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read; `document` are the files of the document if it was read again."""

    profile: Profile
    document: Reads | None
    origin: Origin
    changes: Changes
    reads: Reads


async def read_again(serving: Serving) -> Changes:
    """Read all files again, use what they say from now on, and return what has changed.

    If a file cannot be used, raise UserError and change nothing; the server is unhealthy until a reload succeeds. The
    log says in one line what has changed, or names each mistake. Reloads run one after the other.
    """
    async with serving.reloading:
        document, seconds = serving.document, serving.start.settings.timeout
        is_new = document is not None and await asyncio.to_thread(is_changed, document.reads, seconds)
        with serving.replacing() if is_new else nullcontext(), noting() as tried:
            try:
                changes = _use(await asyncio.to_thread(_read, serving, is_new), serving)
            except UserError as error:
                serving.start.reads |= tried
                _note_failure(serving, str(error))
                raise
        if changes or serving.start.error is not None:
            log.info("reload: %s%s", "mended; " if serving.start.error is not None else "", changes)
        _set_error(serving, None)
        return changes


def _read(serving: Serving, is_new: bool) -> _Found:
    """Read everything; the document only if it is new."""
    profile, document, start = serving.profile, None, serving.start
    if serving.document is not None and is_new:
        with noting() as document:
            profile = serving.document.read()
    with noting() as reads:
        origin = read_origin(start.settings, profile.blueprint, start.given)
    return _Found(profile, document, origin, changed(start.origin, origin), reads)


def _use(found: _Found, serving: Serving) -> Changes:
    """Use what was read. Nothing here waits, so that each request sees all of it or nothing."""
    if serving.document is not None and found.document is not None:
        serving.use(found.profile)
        serving.document.reads = found.document
    serving.start.reads = found.reads
    return serving.start.use(found.origin, found.changes, serving.worlds)


def _set_error(serving: Serving, error: str | None) -> None:
    """Note why the last reload failed, None if it did not, and wake those who watch a journal."""
    if error != serving.start.error:
        serving.start.error = error
        for world in serving.worlds:
            world.journal.changed()


def _note_failure(serving: Serving, error: str) -> None:
    if error == serving.start.error:
        return
    _set_error(serving, error)
    for line in error.splitlines():
        log.error("reload: %s", printable(line))
    log.error("reload: everything stays as it was read before, and unhealthy until this is mended")
