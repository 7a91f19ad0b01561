"""The application: its layers, outermost first. Read this file first."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.astrbot import versions
from mockbot.breakpoints.layer import BreakpointsLayer
from mockbot.console.page import Console
from mockbot.console.reference import Reference, WorldReference
from mockbot.contract.contract import Contract
from mockbot.contract.layer import ContractLayer
from mockbot.contract.receiving import LONG_HEAD, Limits, size_of_head
from mockbot.contract.transaction import transaction_of
from mockbot.control.layer import Control
from mockbot.control.serving import ReadDocument, Serving
from mockbot.fault.layer import FaultsLayer
from mockbot.fault.wire import Wire
from mockbot.generic.api import Api
from mockbot.generic.cors import cors
from mockbot.generic.handlers import document_handlers
from mockbot.generic.seldom import Seldom
from mockbot.generic.stateful.handlers import Stateful
from mockbot.journal.log import LOGS, Log
from mockbot.journal.recorder import Recorder
from mockbot.journal.report import Report
from mockbot.openapi.served import Documents, PagesOf
from mockbot.profile import Profile
from mockbot.reads import noting
from mockbot.settings import Settings
from mockbot.short_way.asked import Imitation
from mockbot.short_way.short_way import ShortWay
from mockbot.wording import printable
from mockbot.world.call import ApiStep, Layer, world_of
from mockbot.world.clock import Clock
from mockbot.world.fixture import Fixture
from mockbot.world.gate import Gate
from mockbot.world.start import Start
from mockbot.world.wishes import Wishes
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Worlds


class Mockbot:
    """An ASGI application that imitates the server of a profile; `close` ends its streams."""

    base_path = ""

    def __init__(self, serving: Serving, log: Log, removed: Report | None = None) -> None:
        self.serving, self.settings, self.worlds = serving, serving.settings, serving.worlds
        self._report = removed or Report()
        self._end_sleeps: Callable[[], None] = lambda: None
        self._log = log
        self._imitations: dict[str, Imitation] = {}
        self._imitation_of(self.profile)
        self._app: ASGIApp = _within(self._layers(), self._of_world)
        self.short_way = ShortWay(serving, self._imitation_of, log, varies=bool(self.settings.origins))

    def _layers(self) -> list[Layer]:
        """Return the layers of all worlds, outermost first; `server/` adds Edge around them."""
        return [
            partial(Console, is_operation=self._is_operation),
            partial(Reference, contract_of=self._contract_of),
            partial(Control, serving=self.serving),
            self._wire,
            partial(cors, origins=self.settings.origins, quiet=self.settings.cors == ()),
            partial(Gate, worlds=self.worlds, error=self.profile.error),
        ]

    def _is_operation(self, scope: Scope) -> bool:
        """Return whether the document has an operation for a request to the default world."""
        return self.profile.contract.operations.route(scope).operation is not None

    def _contract_of(self, name: str) -> Contract:
        """Return the contract of a world, the server's own if there is no such world."""
        world = self.worlds.find(name)
        return (self.profile if world is None else self.serving.profile_of(world)).contract

    def _of_world(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Call the layers of the version that the request's world imitates."""
        profile = self.serving.profile_of(world_of(scope)) if scope["type"] == "http" else self.profile
        return self._imitation_of(profile).layers(scope, receive, send)

    def _imitation_of(self, profile: Profile) -> Imitation:
        """Return what answers for a profile; it is made once, and again after a reload of its document."""
        imitation = self._imitations.get(profile.name)
        if imitation is None or imitation.profile is not profile:
            imitation = self._imitations[profile.name] = self._imitation(profile)
        return imitation

    def _imitation(self, profile: Profile) -> Imitation:
        """Return the layers for the worlds that imitate one server, outermost first; the API is inside."""
        contract, error, log, api = profile.contract, profile.error, self._log, self._api(profile)
        turns, held = self.serving.turns, self.serving.held
        limits = Limits(self.settings.max_body, self.settings.max_json)
        layers: list[Layer] = [
            *compression(profile.compresses),
            partial(Documents, document=profile.document, pages=_pages(profile)),
            partial(WorldReference, contract=contract),
            partial(Recorder, report=log, error=error),
            Wishes,
            partial(FaultsLayer, operation_of=operation_of, error=error, turns=turns, held=self.serving.held_back),
            partial(BreakpointsLayer, operation_of=operation_of),
            partial(
                ContractLayer,
                contract=contract,
                error=error,
                limits=limits,
                request_line=profile.request_line,
                turns=turns,
                held=held,
            ),
        ]
        return Imitation(profile, _within(layers, api), api, limits)

    def _api(self, profile: Profile) -> Api:
        """Return the innermost layer: the profile's steps and handlers, and answers from the document."""
        examples = document_handlers(profile.contract, profile.handlers, self.settings.unhandled, profile.error)
        if profile is self.profile:
            self._stateful = Stateful(profile.contract, profile.handlers, profile.error)
        steps: tuple[ApiStep, ...] = (*profile.steps, Seldom(profile, self.serving.turns))
        own = self._stateful.handlers(examples) if profile is self.profile else examples
        handlers = {**own, **profile.handlers}
        turns, last = self.serving.turns, profile.last_parameter
        return Api(profile.contract.operations, steps, handlers, turns=turns, last_parameter=last)

    def _wire(self, app: ASGIApp) -> ASGIApp:
        wire = Wire(app)
        self._end_sleeps = wire.close
        return wire

    @property
    def profile(self) -> Profile:
        """Return the profile of the server's own settings, with the document as last read."""
        return self.serving.profile

    @property
    def server_header(self) -> str:
        """Return the Server header of responses."""
        return self.profile.server_header

    @property
    def key(self) -> str:
        """Return a key of the default world that allows every scope, else any key, else the empty string."""
        return self.worlds.get(DEFAULT).open_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; refuse a WebSocket, because no contract describes one."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            if size_of_head(scope) > LONG_HEAD:
                await self.serving.turns.pause()
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """End all streams when the server shuts down."""
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    @property
    def collections(self) -> tuple[str, ...]:
        """Return the paths of the collections that `Settings.stateful` finds in the document."""
        return tuple(each.path for each in self._stateful.inferred)

    def report(self) -> Report:
        """Return the report on all worlds, and with `Settings.report` on removed ones; call it once, at the end."""
        for world in self.worlds:
            self._report.add(world.name, world.verdict())
        return self._report

    async def close(self) -> None:
        """End all open streams and the sleeps of faults at once."""
        self.serving.closing = True
        self._end_sleeps()
        await self.worlds.close()


def _within(layers: list[Layer], app: ASGIApp) -> ASGIApp:
    """Return the outermost of `layers`, with `app` inside of all."""
    for layer in reversed(layers):
        app = layer(app)
    return app


def _pages(profile: Profile) -> PagesOf:
    """Return what gives the pages of the imitated server for a request."""
    observed = {**profile.pages, **profile.observed_pages}
    return lambda scope: observed if world_of(scope).settings.contract == "observe" else profile.pages


def compression(smallest: int) -> list[Layer]:
    """Return the layer that compresses responses of so many bytes or more, if it is wanted; 0 if it is not."""
    if not smallest:
        return []
    from mockbot.generic.compression import Compression

    return [partial(Compression, smallest=smallest)]


def operation_of(scope: Scope) -> str | None:
    """Return the name of the operation of a request, after the contract layer has found it."""
    operation = transaction_of(scope).operation
    return None if operation is None else operation.name


def profile_for(settings: Settings) -> Profile:
    """Return the profile for settings; raise UserError if its document cannot be used.

    `spec` alone gives the profile `generic`; `spec` and `astrbot` give that version of AstrBot with the document.
    """
    if settings.spec is not None and settings.astrbot is None:
        from mockbot.generic import profile as generic

        return generic.profile(settings.spec, strict=settings.strict_spec, seconds=settings.timeout)
    return versions.profile(settings.astrbot, settings.spec, strict=settings.strict_spec, seconds=settings.timeout)


def create_app(
    settings: Settings | None = None,
    *,
    profile: Profile | None = None,
    fixture: Fixture | None = None,
    clock: Clock | None = None,
    log: Log | None = None,
) -> Mockbot:
    """Return the application; raise UserError if the fixture, the scripts or the document cannot be used.

    `profile` is by default that of the settings; worlds start from `fixture`, by default `settings.fixture`; `clock`
    is the clock of every world, by default one that runs.
    """
    settings = settings or Settings()
    document: ReadDocument | None = None
    if profile is None:
        with noting() as reads:
            profile = _profile_of_files(settings)
        if settings.spec is not None:
            document = ReadDocument(partial(_profile_of_files, settings), reads)
    start = Start.of(settings, profile.blueprint, clock, fixture)
    removed = Report()

    def add_to_report(world: World) -> None:
        if settings.report:
            removed.add(world.name, world.verdict())

    worlds = Worlds(start.world, settings.max_worlds, on_removed=add_to_report, size=settings.max_size)
    worlds.get(DEFAULT)
    serving = Serving(profile, worlds, start, versions.profile, document)
    return Mockbot(serving, log or LOGS[settings.log](sys.stderr, bodies=settings.verbose), removed)


def _profile_of_files(settings: Settings) -> Profile:
    """Return the profile for settings, and log what is doubtful in its document."""
    profile = profile_for(settings)
    for warning in profile.document.warnings:
        logging.getLogger("mockbot").warning("%s", printable(warning))
    return profile
