"""A request to the control API, as the operations see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from mockbot.control.reply import problem
from mockbot.errors import UserError
from mockbot.profile import Profile
from mockbot.response import Response
from mockbot.wording import near
from mockbot.world.start import Start
from mockbot.world.world import World
from mockbot.world.worlds import Worlds

DEEPEST = 64
"""Levels of nesting that a body may have."""
LARGEST = 2**63


class Serving:
    """What the operations work on: the worlds, what they start from, and the server around them."""

    def __init__(self, profile: Profile, worlds: Worlds, start: Start) -> None:
        self.profile, self.worlds, self.start = profile, worlds, start
        self.settings = start.settings
        self.stop: Callable[[], None] | None = None
        """Ends the server; None when there is no server around the application."""
        self.closing = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that the control contract allows; of `body` and `query` it has checked the shape, hence Any."""

    serving: Serving
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def world(self) -> World | None:
        """Return the world that the path names, if it is there."""
        return self.serving.worlds.find(self.path["world"])

    @property
    def made(self) -> World:
        """Return the world that the path names, made if need be."""
        return self.serving.worlds.get(self.path["world"])

    @property
    def operation(self) -> str | None:
        """Return the operation that the body names, if any; UserError when the contract has none of that name."""
        name: str | None = self.body.get("operation")
        known = self.serving.profile.contract.operations.by_name
        if name is not None and name not in known:
            raise UserError(f"/operation: there is no such operation; {near(name, known)}")
        return name

    def no_world(self) -> Response:
        """Return the answer where the path names no world."""
        return problem(404, f"There is no world {self.path['world']}; its first use makes it, or PUT")


@dataclass(frozen=True, slots=True)
class Operation:
    """What answers an operation of the control contract; made by `@operation`."""

    name: str
    answer: Callable[[Ask], Awaitable[Response | ASGIApp]]


def operation(name: str) -> Callable[[Callable[[Ask], Awaitable[Response | ASGIApp]]], Operation]:
    """Bind a function to an operation of the control contract by its operationId."""
    return partial(Operation, name)


def unusable(value: Any, depth: int = 0) -> str | None:
    """Return why a JSON value cannot be kept in a world, or None: what is kept must be writable again everywhere."""
    if depth > DEEPEST:
        return f"it is nested deeper than {DEEPEST} levels"
    match value:
        case dict() | list():
            items = value.values() if isinstance(value, dict) else value
            return next((reason for item in items if (reason := unusable(item, depth + 1))), None)
        case int() | float() if not abs(value) < LARGEST:  # also what is infinite or not a number
            return "it has a number that is too large"
    return None
