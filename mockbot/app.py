"""The application: its layers, outermost first. Read this file first."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api.endpoint import Api
from mockbot.contract.contract import Contract
from mockbot.contract.exchange import exchange_of
from mockbot.contract.layer import ContractLayer
from mockbot.documents import Documents
from mockbot.fault import FaultsLayer, Wire
from mockbot.gate import Gate
from mockbot.journal.log import Log, json_log, text_log
from mockbot.journal.recorder import Recorder
from mockbot.journal.report import Report
from mockbot.script.reading import load as load_scripts
from mockbot.settings import Settings
from mockbot.world.clock import Clock, RunningClock
from mockbot.world.fixture import Fixture, load_fixture
from mockbot.world.records import ALL_SCOPES
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds

EXPOSED = ("X-Mockbot-Entry", "X-Mockbot-Violations", "X-Mockbot-World")


class Mockbot:
    """An ASGI application that stands in for AstrBot; `close` ends its streams."""

    base_path = ""

    def __init__(
        self, settings: Settings, contract: Contract, worlds: Worlds, log: Log, gone: Report | None = None
    ) -> None:
        self.settings, self.contract, self.worlds, self._gone = settings, contract, worlds, gone or Report()
        layers: ASGIApp = Api(contract, settings)
        layers = ContractLayer(layers, contract, settings.max_body)
        layers = FaultsLayer(layers, operation_of)
        layers = Recorder(layers, log)
        layers = Documents(layers, contract.document)
        layers = Gate(layers, worlds)
        if settings.origins:
            layers = CORSMiddleware(
                layers, settings.origins, allow_methods=("*",), allow_headers=("*",), expose_headers=EXPOSED
            )
        self._layers = Wire(layers)

    @property
    def key(self) -> str:
        """Return a key of the default world that opens everything, or else any, or nothing."""
        keys = self.worlds.get(DEFAULT).keys.values()
        whole = (key.key for key in keys if all(key.allows(scope) for scope in ALL_SCOPES))
        return next(whole, next((key.key for key in keys), ""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._layers(scope, receive, send)

    def report(self) -> Report:
        """Judge all worlds, once, when the server has stopped; with `Settings.report` those gone before too."""
        for world in self.worlds:
            self._gone.add(world.name, world.journal)
        return self._gone

    async def close(self) -> None:
        """End all open streams and all faults' sleeps at once."""
        self._layers.close()
        await self.worlds.close()


def operation_of(scope: Scope) -> str | None:
    """Return the name of the operation that a request means, once the contract layer has seen it."""
    operation = exchange_of(scope).operation
    return None if operation is None else operation.name


def create_app(settings: Settings | None = None, *, clock: Clock | None = None, log: Log | None = None) -> Mockbot:
    """Build the application; UserError when the fixture, the scripts or the contract cannot be used."""
    settings = settings or Settings()
    contract = Contract.load()
    fixture = with_scripts(load_fixture(settings.fixture), settings.scripts)

    def make(name: str) -> World:
        seed = settings.seed if name == DEFAULT else f"{settings.seed}/{name}"
        return World(name, fixture, seed=seed, clock=clock or RunningClock(), settings=settings)

    report = Report()

    def gone(world: World) -> None:
        if settings.report:
            report.add(world.name, world.journal)

    writer = json_log if settings.log == "json" else text_log
    worlds = Worlds(make, settings.max_worlds, gone=gone)
    return Mockbot(settings, contract, worlds, log or writer(sys.stderr), report)


def with_scripts(fixture: Fixture, path: Path | None) -> Fixture:
    """Put the scripts of a file or a folder before the fixture's own."""
    return fixture if path is None else replace(fixture, scripts=(*load_scripts(path), *fixture.scripts))
