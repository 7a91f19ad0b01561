"""A request to the control API, as its endpoints see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from mockbot.control.reply import problem
from mockbot.control.serving import Serving
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.response import Response
from mockbot.wording import closest, near
from mockbot.world.world import World

MAX_DEPTH = 64
"""Levels of nesting that a body may have."""
MAX_NUMBER = 2**63
UNREAD = frozenset({"parts", "extra", "rows"})
"""The properties of a fixture whose values a world only keeps and shows."""
MAX_UNREAD = 2**1024
"""What they may not have: a number beyond the range of a double."""


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A valid request. `query` and `body` have been validated against the control contract, so their type is Any."""

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
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UserError("/text: it has a lone surrogate, such as \\ud800, which no file can have") from None
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
