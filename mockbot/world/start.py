"""The fixture that the worlds of a server start from, and how a world is made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from mockbot.behaviour import Behaviour
from mockbot.behaviour import load as load_behaviour
from mockbot.errors import UserError
from mockbot.script.load import load as load_scripts
from mockbot.settings import Settings
from mockbot.world.blueprint import Blueprint
from mockbot.world.clock import Clock, RunningClock
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds


class Start:
    """The server's fixture and scripts, as last read from their files."""

    def __init__(
        self, settings: Settings, blueprint: Blueprint, clock: Clock | None = None, fixture: Fixture | None = None
    ) -> None:
        """Read the fixture and the scripts; raise UserError if they cannot be used.

        `clock` is the clock of every world, by default one that runs; `fixture` replaces `settings.fixture`.
        """
        self.settings, self.blueprint = settings, blueprint
        self.fixtures = Fixtures(blueprint)
        self._clock, self._given = clock, fixture
        self.fixture = self._read()
        self.behaviour = self._behaviour()
        self.error: str | None = None
        """Why the last reload failed; None if it succeeded."""

    def world(self, name: str) -> World:
        """Return a new world with that name and the server's fixture, seed and settings."""
        clock = self._clock or RunningClock()
        return self.make(name, self.fixture, self.seed(name), clock, self.settings, behaviour=self.behaviour)

    def make(
        self,
        name: str,
        fixture: Fixture,
        seed: int | str,
        clock: Clock,
        settings: Settings,
        blueprint: Blueprint | None = None,
        behaviour: Behaviour | None = None,
        own_key: str = "",
    ) -> World:
        """Return a new world with its own fixture, seed, clock and settings; `blueprint` is by default the server's."""
        return World(
            name,
            fixture,
            seed=seed,
            clock=clock,
            settings=settings,
            blueprint=blueprint or self.blueprint,
            behaviour=behaviour,
            own_key=own_key,
        )

    def seed(self, name: str) -> int | str:
        """Return the default seed of a world."""
        return self.settings.seed if name == DEFAULT else f"{self.settings.seed}/{name}"

    async def reload(self, worlds: Worlds) -> None:
        """Read the fixture and the scripts again; if they cannot be used, raise UserError and change nothing.

        The default world gets the new scripts; it is replaced if anything else in the fixture has changed.
        """
        try:
            new, behaviour = await asyncio.to_thread(lambda: (self._read(), self._behaviour()))
        except UserError as error:
            self.error = str(error)
            raise
        old, self.fixture, self.error = self.fixture, new, None
        default = worlds.find(DEFAULT)
        changed = behaviour != self.behaviour
        self.behaviour = behaviour
        if default is None or changed or replace(new, scripts=()) != replace(old, scripts=()):
            worlds.put(self.world(DEFAULT))
        else:
            default.use_scripts(new)

    def _behaviour(self) -> Behaviour | None:
        path = self.settings.behaviour
        return None if path is None else load_behaviour(path, self.blueprint.contract)

    def _read(self) -> Fixture:
        """Return the server's fixture, with the scripts of `--scripts` before its own."""
        settings, fixture = self.settings, self._given or self.fixtures.load(self.settings.fixture)
        if settings.scripts is None:
            return fixture
        return replace(fixture, scripts=(*load_scripts(settings.scripts, self.blueprint.contract), *fixture.scripts))
