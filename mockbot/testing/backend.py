"""A running mockbot, in this process or elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

from mockbot.errors import UserError
from mockbot.testing.control import Control
from mockbot.testing.scripts import ScriptLike
from mockbot.testing.sendable import FixtureLike, self_contained
from mockbot.testing.world import World


def key_for(world: str) -> str:
    """Return the own key of a world, in the form of AstrBot's keys."""
    digest = hashlib.sha256(f"mockbot world {world}".encode()).digest()
    return f"abk_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


class Backend:
    """The mockbot at `base_url`; `token` is its `--control-token`, which other machines need."""

    def __init__(self, base_url: str, token: str = "") -> None:
        self.control = Control(base_url, token)
        self.base_url = self.control.base_url

    @property
    def key(self) -> str:
        """Return a key of the default world, if possible one with all scopes."""
        return self.default.key

    @cached_property
    def default(self) -> World:
        """Return the default world, which serves the base URL itself."""
        self.control.ask("POST", "worlds/default/clock/advance", {"seconds": 0})  # creates it if needed
        return self._world(self.control.ask("GET", "worlds/default"))

    def world(
        self,
        name: str | None = None,
        *,
        fixture: FixtureLike | None = None,
        scripts: ScriptLike | Iterable[ScriptLike] = (),
        seed: int | str | None = None,
        contract: Literal["enforce", "observe"] | None = None,
        pace: float | str | None = 0.0,
        frozen: bool = True,
        strict_scripts: bool | None = None,
        astrbot: str | None = None,
        key: str | None = None,
    ) -> World:
        """Create a world, or replace the world of that name.

        The default name is unique. `pace` is the milliseconds between two frames, or a duration such as "50ms"; None
        means the server's. A frozen clock starts at 2026-01-01T00:00:00Z and moves only if a test advances it or a
        script waits. `key` is a key of the world's own, by default one made from its name; requests with it reach this
        world also without its prefix. Other arguments that are None have the value that the server was started with.
        Raise UserError if a fixture or a script has a mistake.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        name = name or f"world-{uuid4().hex}"
        if not isinstance(frozen, bool):
            raise UserError(f"`frozen` must be True or False, not {frozen!r}")
        options = {
            "fixture": None if fixture is None else self_contained(fixture, astrbot),
            "seed": seed,
            "contract": contract,
            "pace": pace,
            "clock": "frozen" if frozen else "running",
            "strict_scripts": strict_scripts,
            "astrbot": astrbot,
            "key": key or key_for(name),
        }
        given = {option: value for option, value in options.items() if value is not None}
        world = self._world(self.control.ask("PUT", f"worlds/{quote(name, safe='')}", given))
        world.scripts.add(*([scripts] if isinstance(scripts, str | Path | Mapping) else scripts))
        return world

    def _world(self, row: dict[str, Any]) -> World:
        return World(self.control, row["name"], row["key"], row["base_path"])
