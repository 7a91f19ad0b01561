"""What the worlds of a server start from, and how one is made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mockbot.errors import UserError
from mockbot.script.load import load as load_scripts
from mockbot.settings import Settings
from mockbot.world.blueprint import Blueprint
from mockbot.world.clock import Clock, RunningClock
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds


class Start:
    """The fixture and the scripts that a server was started with, as they were last read."""

    def __init__(
        self, settings: Settings, blueprint: Blueprint, clock: Clock | None = None, fixture: Fixture | None = None
    ) -> None:
        """Read them; UserError when they cannot be used.

        `clock` is every world's, for tests that need one; `fixture` is used in place of `settings.fixture`.
        """
        self.settings, self.blueprint = settings, blueprint
        self.fixtures = Fixtures(blueprint)
        self._clock, self._given = clock, fixture
        self.fixture = self._read()
        self.error: str | None = None
        """Why they could not be read again at the last reload; None when they could."""

    def world(self, name: str) -> World:
        """Make a world of that name."""
        return self.make(name, self.fixture, self.seed(name), self._clock or RunningClock(), self.settings)

    def make(self, name: str, fixture: Fixture, seed: int | str, clock: Clock, settings: Settings) -> World:
        """Make a world from a fixture of its own."""
        return World(name, fixture, seed=seed, clock=clock, settings=settings, blueprint=self.blueprint)

    def seed(self, name: str) -> int | str:
        """Return the seed of a world that was given none."""
        return self.settings.seed if name == DEFAULT else f"{self.settings.seed}/{name}"

    async def reload(self, worlds: Worlds) -> None:
        """Read them again; UserError, and everything stays as before, when they cannot be used.

        The default world gets the new scripts; when anything else has changed, it starts anew.
        """
        try:
            new = await asyncio.to_thread(self._read)
        except UserError as error:
            self.error = str(error)
            raise
        old, self.fixture, self.error = self.fixture, new, None
        default = worlds.find(DEFAULT)
        if default is None or replace(new, scripts=()) != replace(old, scripts=()):
            worlds.put(self.world(DEFAULT))
        else:
            default.play(new)

    def _read(self) -> Fixture:
        """Read the server's fixture, with the scripts of `--scripts` before its own."""
        settings, fixture = self.settings, self._given or self.fixtures.load(self.settings.fixture)
        if settings.scripts is None:
            return fixture
        return replace(fixture, scripts=(*load_scripts(settings.scripts), *fixture.scripts))
