"""A request that reached the API, as handlers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Scope

from mockbot.contract.exchange import Exchange, exchange_of
from mockbot.journal.entry import Entry
from mockbot.journal.recorder import entry_of
from mockbot.settings import Settings
from mockbot.world.world import World

SCOPE_WORLD = "mockbot.world"


@dataclass(frozen=True, slots=True)
class Crash:
    """A request on which AstrBot answers 500; mockbot repeats it in `observe` and names the fault in `enforce`."""

    message: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets: the world it may change and the request that asks for it."""

    world: World
    settings: Settings
    exchange: Exchange
    entry: Entry
    method: str
    path: str
    query: Mapping[str, str]
    """The first of repeated values counts, as in Werkzeug (BEHAVIOUR.md section 6)."""
    headers: Mapping[str, str]
    """Lower-case names; the first of repeated headers counts (section 2)."""

    @property
    def body(self) -> bytes:
        """Return the request's body."""
        return self.exchange.body

    @property
    def content_type(self) -> str:
        """Return the Content-Type header as sent, or nothing."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Handler:
    """What answers an operation; made by `@operation`."""

    operation: str
    answer: Callable[[Call], Awaitable[ASGIApp | Crash]]

    async def __call__(self, call: Call) -> ASGIApp | Crash:
        """Answer one call."""
        return await self.answer(call)


def operation(name: str) -> Callable[[Callable[[Call], Awaitable[ASGIApp | Crash]]], Handler]:
    """Bind a handler to an operation of the contract, such as `POST /api/v1/chat`."""
    return partial(Handler, name)


def world_of(scope: Scope) -> World:
    """Return the world that a request belongs to."""
    world: World = scope[SCOPE_WORLD]
    return world


def call_of(scope: Scope) -> Call:
    """Return the call that a scope describes, after the contract layer has read it."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    headers = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    world = world_of(scope)
    return Call(
        world=world,
        settings=world.settings,
        exchange=exchange_of(scope),
        entry=entry_of(scope),
        method=scope["method"],
        path=scope["path"],
        query=dict(reversed(pairs)),
        headers=dict(reversed(list(headers))),
    )
