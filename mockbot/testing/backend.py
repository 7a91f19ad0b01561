"""A running mockbot, wherever it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal
from uuid import uuid4

from mockbot.testing.control import Control
from mockbot.testing.scripts import Written
from mockbot.testing.sendable import Given, whole
from mockbot.testing.world import World


class Backend:
    """The mockbot at `base_url`; `token` is that of its `--control-token`, needed from other machines."""

    def __init__(self, base_url: str, token: str = "") -> None:
        self.control = Control(base_url, token)
        self.base_url = self.control.base_url

    @property
    def key(self) -> str:
        """Return a key of the default world, one that opens everything if there is one."""
        return self.default.key

    @cached_property
    def default(self) -> World:
        """Return the world behind the plain base URL."""
        self.control.ask("POST", "worlds/default/clock/advance", {"seconds": 0})  # makes it if nobody has yet
        return self._world(self.control.ask("GET", "worlds/default"))

    def world(
        self,
        name: str | None = None,
        *,
        fixture: Given | None = None,
        scripts: Iterable[Written] = (),
        seed: int | str | None = None,
        contract: Literal["enforce", "observe"] | None = None,
        pace: float | None = 0.0,
        frozen: bool = True,
        strict_scripts: bool | None = None,
    ) -> World:
        """Make a world, or make it anew: nothing that was in a world of that name is left.

        Without a name it gets one that nobody has. `pace` is milliseconds between two frames, None the server's. A
        frozen clock stands at 2026-01-01T00:00:00Z and moves only when it is advanced or waited on. What is None is as
        the server was started. UserError when a fixture or a script cannot be used.
        """
        name = name or f"world-{uuid4().hex}"
        wishes = {
            "fixture": None if fixture is None else whole(fixture),
            "seed": seed,
            "contract": contract,
            "pace": pace,
            "clock": "frozen" if frozen else "running",
            "strict_scripts": strict_scripts,
        }
        given = {wish: value for wish, value in wishes.items() if value is not None}
        world = self._world(self.control.ask("PUT", f"worlds/{name}", given))
        world.scripts.add(*scripts)
        return world

    def _world(self, row: dict[str, Any]) -> World:
        return World(self.control, row["name"], row["key"], row["base_path"])
