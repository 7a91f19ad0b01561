"""The application: its layers, outermost first. Read this file first."""

from __future__ import annotations

import sys

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api.endpoint import Api
from mockbot.contract.contract import Contract
from mockbot.contract.exchange import exchange_of
from mockbot.contract.layer import ContractLayer
from mockbot.control.ask import Serving
from mockbot.control.control import Control
from mockbot.documents import Documents
from mockbot.fault import FaultsLayer, Wire
from mockbot.gate import Gate
from mockbot.journal.log import LOGS, Log
from mockbot.journal.recorder import Recorder
from mockbot.journal.report import Report
from mockbot.settings import Settings
from mockbot.world.clock import Clock
from mockbot.world.start import Start
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds

EXPOSED = ("X-Mockbot-Entry", "X-Mockbot-Violations", "X-Mockbot-World")


class Mockbot:
    """An ASGI application that stands in for AstrBot; `close` ends its streams."""

    base_path = ""

    def __init__(self, start: Start, contract: Contract, worlds: Worlds, log: Log, gone: Report | None = None) -> None:
        self.settings, self.contract, self.worlds, self._gone = start.settings, contract, worlds, gone or Report()
        settings, self.serving = start.settings, Serving(worlds, start, contract)
        layers: ASGIApp = Api(contract, settings)
        layers = ContractLayer(layers, contract, settings.max_body, settings.max_json)
        layers = FaultsLayer(layers, operation_of)
        layers = Recorder(layers, log)
        layers = Documents(layers, contract.document)
        layers = Gate(layers, worlds)
        if settings.origins:
            layers = CORSMiddleware(
                layers, settings.origins, allow_methods=("*",), allow_headers=("*",), expose_headers=EXPOSED
            )
        self._wire = Wire(layers)
        self._layers = Control(self._wire, self.serving)

    @property
    def key(self) -> str:
        """Return a key of the default world that opens everything, or else any, or nothing."""
        return self.worlds.get(DEFAULT).open_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is refused, for AstrBot's is no part of the contract."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await self._layers(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """End all streams when the server goes that serves this application."""
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    def report(self) -> Report:
        """Judge all worlds, once, when the server has stopped; with `Settings.report` those gone before too."""
        for world in self.worlds:
            self._gone.add(world.name, world.journal)
        return self._gone

    async def close(self) -> None:
        """End all open streams and all faults' sleeps at once."""
        self.serving.closing = True
        self._wire.close()
        await self.worlds.close()


def operation_of(scope: Scope) -> str | None:
    """Return the name of the operation that a request means, once the contract layer has seen it."""
    operation = exchange_of(scope).operation
    return None if operation is None else operation.name


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    log: Log | None = None,
    contract: Contract | None = None,
) -> Mockbot:
    """Build the application; UserError when the fixture, the scripts or the contract cannot be used.

    `contract` saves building that of `settings.spec` again.
    """
    settings = settings or Settings()
    contract = contract or Contract.load(settings.spec)
    start = Start(settings, clock)
    report = Report()

    def gone(world: World) -> None:
        if settings.report:
            report.add(world.name, world.journal)

    worlds = Worlds(start.world, settings.max_worlds, gone=gone, size=settings.max_size)
    worlds.get(DEFAULT)
    return Mockbot(start, contract, worlds, log or LOGS[settings.log](sys.stderr), report)
