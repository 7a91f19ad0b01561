"""What the worlds of a server start from, and how a world is made."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from mockbot.contract.contract import Contract
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.reads import Reads, noting
from mockbot.settings import Settings
from mockbot.world.blueprint import Blueprint
from mockbot.world.clock import Clock, RunningClock
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds

if TYPE_CHECKING:
    from mockbot.behaviour import Behaviour
    from mockbot.world.changes import Changes, Names


@dataclass(frozen=True, slots=True)
class Origin:
    """What worlds start from: the fixture with the scripts of `--scripts`, and the behaviour, as read from files."""

    blueprint: Blueprint
    fixtures: Fixtures
    fixture: Fixture
    behaviour: Behaviour | None


@dataclass
class Start:
    """What the worlds of a server start from now, and its settings."""

    settings: Settings
    origin: Origin
    reads: Reads = field(default_factory=Reads)
    """The files that the origin was read from."""
    clock: Clock | None = None
    """The clock of every world; None: each has one that runs."""
    given: Fixture | None = None
    """The fixture that replaces `settings.fixture`."""
    error: str | None = None
    """Why the last reload failed; None if it succeeded."""

    @classmethod
    def of(
        cls, settings: Settings, blueprint: Blueprint, clock: Clock | None = None, given: Fixture | None = None
    ) -> Start:
        """Read the fixture, the scripts and the behaviour; raise UserError if they cannot be used."""
        with noting() as reads:
            origin = read_origin(settings, blueprint, given)
        return cls(settings, origin, reads, clock, given)

    @property
    def blueprint(self) -> Blueprint:
        """Return how the worlds of the server's own version are made."""
        return self.origin.blueprint

    @property
    def fixtures(self) -> Fixtures:
        """Return the shipped fixtures."""
        return self.origin.fixtures

    @property
    def fixture(self) -> Fixture:
        """Return the fixture of the server, with the scripts of `--scripts` before its own."""
        return self.origin.fixture

    def world(self, name: str) -> World:
        """Return a new world with that name and the server's fixture, seed and settings."""
        clock = self.clock or RunningClock()
        return self.make(name, self.fixture, self.seed(name), clock, self.settings, behaviour=self.origin.behaviour)

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

    def use(self, new: Origin, changes: Changes, worlds: Worlds) -> Changes:
        """Let worlds start from `new` from now on, and bring its `changes` into the worlds that are there; return them.

        Each world of the server's own version gets the document. Worlds that started from the server's fixture get its
        scripts, and those with the server's behaviour the new one; their state stays. Only if anything else in the
        fixture has changed, the default world is made again; the others start from the new fixture when they are reset.
        """
        old, self.origin = self.origin, new
        default = worlds.find(DEFAULT)
        changes = replace(changes, renewed=bool(changes.fixture and default and default.fixture is old.fixture))
        for world in worlds:
            if world.blueprint is old.blueprint:
                world.use_blueprint(new.blueprint)
            if changes.behaviour and world.behaviour is old.behaviour:
                world.use_behaviour(new.behaviour)
            if world.fixture is old.fixture:
                world.use_scripts(new.fixture)
                if changes.renewed and world is default:
                    worlds.put(world.fresh())
        return changes


def read_origin(settings: Settings, blueprint: Blueprint, given: Fixture | None = None) -> Origin:
    """Read what worlds start from; raise UserError if a file cannot be used. `given` replaces `settings.fixture`."""
    fixtures = Fixtures(blueprint)
    fixture, contract = given or fixtures.load(settings.fixture), blueprint.contract
    if settings.scripts is not None:
        from mockbot.script.load import load as load_scripts

        fixture = replace(fixture, scripts=(*load_scripts(settings.scripts, contract), *fixture.scripts))
    return Origin(blueprint, fixtures, fixture, _behaviour(settings, contract))


def _behaviour(settings: Settings, contract: Contract | None) -> Behaviour | None:
    if settings.behaviour is None:
        return None
    from mockbot.behaviour import load

    return load(settings.behaviour, contract)


def changed(old: Origin, new: Origin) -> Changes:
    """Return how two origins differ."""
    from mockbot.world.changes import Changes, fixture_changes, is_moved, script_changes

    return Changes(
        document=_document(old.blueprint.contract, new.blueprint.contract),
        fixture=fixture_changes(old.fixture, new.fixture),
        behaviour=_written(old.behaviour) != _written(new.behaviour),
        scripts=script_changes(old.fixture.scripts, new.fixture.scripts),
        moved=is_moved(old.fixture.scripts, new.fixture.scripts),
    )


def _document(old: Contract | None, new: Contract | None) -> Names | None:
    if old is None or new is None or old is new or old.document.effective == new.document.effective:
        return None
    from mockbot.world.changes import operation_changes

    return operation_changes(old, new)


def _written(behaviour: Behaviour | None) -> JSON:
    return None if behaviour is None else behaviour.as_json()
