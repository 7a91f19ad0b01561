"""What the worlds of a server start from, and how one is made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from mockbot.errors import UserError
from mockbot.script.reading import load as load_scripts
from mockbot.settings import Settings
from mockbot.world.clock import Clock, RunningClock
from mockbot.world.fixture import Fixture, load_fixture
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds


class Start:
    """The fixture and the scripts that a server was told to use, as they were last read."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Read them; UserError when they cannot be used. `clock` is every world's, for tests that want one."""
        self.settings, self._clock = settings, clock
        self.fixture = read(settings)
        self.fault: str | None = None
        """Why they could not be read again when somebody asked for it last."""

    def world(self, name: str) -> World:
        """Make a world as the server was told."""
        clock = self._clock or RunningClock()
        return World(name, self.fixture, seed=self.seed(name), clock=clock, settings=self.settings)

    def seed(self, name: str) -> int | str:
        """Return the seed of a world that was given none."""
        return self.settings.seed if name == DEFAULT else f"{self.settings.seed}/{name}"

    async def reload(self, worlds: Worlds) -> None:
        """Read them again; UserError, and everything stays as it is, when they cannot be used.

        The default world gets the new scripts; when anything else has changed, it starts anew.
        """
        try:
            new = await asyncio.to_thread(read, self.settings)
        except UserError as error:
            self.fault = str(error)
            raise
        old, self.fixture, self.fault = self.fixture, new, None
        default = worlds.find(DEFAULT)
        if default is None or replace(new, scripts=()) != replace(old, scripts=()):
            worlds.put(self.world(DEFAULT))
        else:
            default.play(new)


def read(settings: Settings) -> Fixture:
    """Read a server's fixture, and put the scripts it was given besides before the fixture's own."""
    return with_scripts(load_fixture(settings.fixture), settings.scripts)


def with_scripts(fixture: Fixture, path: Path | None) -> Fixture:
    """Put the scripts of a file or a folder before the fixture's own."""
    return fixture if path is None else replace(fixture, scripts=(*load_scripts(path), *fixture.scripts))
