"""The step for what few requests need: a wish, or a script for the operation. They are loaded for the first one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from mockbot.profile import Profile
from mockbot.turns import Turns
from mockbot.world.call import Call

if TYPE_CHECKING:
    from mockbot.generic.grant import Grant
    from mockbot.generic.scripted import Scripted


class Seldom:
    """A step that grants the wish of a request, or else plays a script of the world for the operation."""

    def __init__(self, profile: Profile, turns: Turns) -> None:
        """Long streams of scripts are sent in `turns`."""
        self._profile, self._turns = profile, turns

    def __call__(self, call: Call) -> ASGIApp | None:
        """Return the response; None if the handler answers."""
        granted = None if call.wish is None else self._grant(call)
        if granted is not None or not call.world.has_replies:
            return granted
        return self._scripted(call)

    @cached_property
    def _grant(self) -> Grant:
        from mockbot.generic.grant import Grant

        return Grant(self._profile, self._scripted)

    @cached_property
    def _scripted(self) -> Scripted:
        from mockbot.generic.scripted import Scripted

        return Scripted(self._profile, self._turns)
