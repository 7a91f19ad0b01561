"""A request to the control API, as its endpoints see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from mockbot.control.reply import problem
from mockbot.errors import UserError
from mockbot.profile import Profile
from mockbot.reads import Reads
from mockbot.response import Response
from mockbot.wording import closest, near
from mockbot.world.start import Start
from mockbot.world.world import World
from mockbot.world.worlds import Worlds

MAX_DEPTH = 64
"""Levels of nesting that a body may have."""
MAX_NUMBER = 2**63
UNREAD = frozenset({"parts", "extra", "rows"})
"""The properties of a fixture whose values a world only keeps and shows."""
MAX_UNREAD = 2**1024
"""What they may not have: a number beyond the range of a double."""


@dataclass
class ReadDocument:
    """Reads the document that is served: `read` returns its profile, `reads` are the files of the last time."""

    read: Callable[[], Profile]
    reads: Reads


class Serving:
    """What the endpoints work on: the profile, the worlds and what they start from, and the server.

    The profile is kept here only. A reload replaces it; requests that have begun keep the one that they began with.
    """

    def __init__(
        self,
        profile: Profile,
        worlds: Worlds,
        start: Start,
        version: Callable[[str], Profile] | None = None,
        document: ReadDocument | None = None,
    ) -> None:
        """`version` returns the profile of a version for worlds that imitate another one; None: there are no others.

        `document` reads the document of the profile again; None: it does not come from a file.
        """
        self.profile, self.worlds, self.start, self.document = profile, worlds, start, document
        self.reloading = asyncio.Lock()
        self._profiles = {profile.name: profile}
        self._version = version
        self.settings = start.settings
        self.stop: Callable[[], None] | None = None
        """Ends the server; None if the application runs without mockbot's own server."""
        self.replacing: Callable[[], AbstractContextManager[None]] = nullcontext
        """The context in which a reload reads a new document and replaces the profile."""
        self.closing = False

    def use(self, profile: Profile) -> None:
        """Serve another document: a profile for the same server."""
        self.profile = self._profiles[profile.name] = profile

    @property
    def reads(self) -> Reads:
        """Return all that was read at the start, or at the last reload."""
        return self.start.reads | self.document.reads if self.document else self.start.reads

    def version(self, name: str | None) -> Profile:
        """Return the profile of a version of AstrBot, the server's own for None; raise UserError if there is none."""
        if name is None or self._version is None:
            return self.profile
        found = self.profile if self.profile.name == f"astrbot-{name}" else self._version(name)
        return self._profiles.setdefault(found.name, found)

    def profile_of(self, world: World) -> Profile:
        """Return the profile of a world."""
        return self._profiles[world.blueprint.server]


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A valid request. `query` and `body` have been validated against the control contract, hence Any."""

    serving: Serving
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def world(self) -> World | None:
        """Return the world that the path names; None if it does not exist."""
        return self.serving.worlds.find(self.path["world"])

    def ensure_world(self) -> World:
        """Return the world that the path names, and make it if it does not exist."""
        return self.serving.worlds.get(self.path["world"])

    @property
    def operation(self) -> str | None:
        """Return the operation that the body names, if any; raise UserError if the contract does not have it."""
        name: str | None = self.body.get("operation")
        world = self.world
        profile = self.serving.profile if world is None else self.serving.profile_of(world)
        known = profile.contract.operations.by_name
        if name is not None and name not in known:
            raise UserError(f"/operation: there is no such operation; {near(name, known)}")
        return name

    @property
    def text(self) -> str:
        """Return the `text` of the body; raise UserError if no file can have it."""
        text: str = self.body["text"]
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise UserError("/text: it has a lone surrogate, such as \\ud800, which no file can have")
        return text

    def no_world(self) -> Response:
        """Return the response for a world that does not exist."""
        name = self.path["world"]
        known = closest(name, (world.name for world in self.serving.worlds))
        meant = f" (did you mean {known}?)" if known else ""
        return problem(
            404,
            f"There is no world {name}{meant}; the first request to /w/{name} makes it, "
            f"or PUT /__mockbot__/worlds/{name}",
        )


Function = Callable[[ControlRequest], Awaitable[Response | ASGIApp]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The function that answers an operation of the control contract; made by `@endpoint`."""

    operation_id: str
    answer: Function


def endpoint(operation_id: str) -> Callable[[Function], Endpoint]:
    """Bind a function to the operation of the control contract with that operationId."""
    return partial(Endpoint, operation_id)


def unusable(value: Any, depth: int = 0, most: int = MAX_NUMBER) -> str | None:
    """Return why a JSON value cannot be stored in a world, or None. What is stored must be valid JSON everywhere.

    `most` is the smallest number that is too large; only what a world keeps unread may have larger ones.
    """
    if depth > MAX_DEPTH:
        return f"it is nested deeper than {MAX_DEPTH} levels"
    match value:
        case dict() | list():
            items = value.items() if isinstance(value, dict) else (("", item) for item in value)
            found = (unusable(item, depth + 1, MAX_UNREAD if name in UNREAD else most) for name, item in items)
            return next(filter(None, found), None)
        case int() | float() if not abs(value) < most:  # true also for infinity and NaN
            return "it has a number that is too large"
    return None
