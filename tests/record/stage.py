"""A server, a proxy in front of it that records, and a mockbot that plays what was written; all in threads."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from mockbot.app import create_app, profile_for
from mockbot.record.exchange import Exchange, Tape
from mockbot.record.folder import Folder
from mockbot.record.proxy import Proxy
from mockbot.record.recording import Recording, recording
from mockbot.record.upstream import Upstream
from mockbot.server.listen import listen
from mockbot.server.server import Application, Server
from mockbot.settings import Settings
from mockbot.world.clock import Clock

SECONDS = 20.0


@contextmanager
def serving(app: Application) -> Iterator[str]:
    """Serve an application in a thread, and yield its URL."""
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    try:
        yield server.base_url
    finally:
        server.stop()


@contextmanager
def mockbot(settings: Settings, clock: Clock | None = None) -> Iterator[str]:
    """Serve a mockbot in a thread, and yield its URL; waits take no time if `clock` is a frozen one."""
    with serving(create_app(settings, clock=clock, log=lambda _: None)) as url:
        yield url


@dataclass
class Recorded:
    """A recording under way: where to send requests, and what was seen."""

    base_url: str
    tape: Tape
    settings: Settings
    ended: list[Exchange] = field(default_factory=list)

    def written(self, folder: Path) -> Recording:
        """Write what was seen, and return it; only after the end, because an exchange is kept after its last byte."""
        found = asyncio.run(recording(profile_for(self.settings), self.tape))
        Folder(folder).write(found.fixture, found.scripts, "recorded")
        return found

    def client(self, **options: Any) -> httpx.Client:
        """Return a client of the proxy."""
        return httpx.Client(base_url=self.base_url, timeout=SECONDS, **options)


@contextmanager
def recording_of(url: str, settings: Settings | None = None, seconds: float = SECONDS) -> Iterator[Recorded]:
    """Record the server at `url`."""
    settings = settings or Settings()
    profile = profile_for(settings)
    tape = Tape(settings.max_journal_bytes, settings.max_journal_entries)
    ended: list[Exchange] = []
    proxy = Proxy(Upstream(url, seconds), tape, profile.blueprint.carriers, settings.max_body, ended.append)
    with serving(proxy) as base_url:
        yield Recorded(base_url, tape, settings, ended)


def frames(response: httpx.Response) -> list[Any]:
    """Return the frames of a stream."""
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
