"""The state of AstrBot 4.29.3 in a world."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mockbot.astrbot.state import AstrBotState
from mockbot.world.world import World

if TYPE_CHECKING:
    from mockbot.astrbot.v4_29_3.run import Runs
    from mockbot.astrbot.v4_29_3.uploads import Uploads


class State(AstrBotState):
    """The state of an installation in one world, with the runs and uploads in progress, made when there is one."""

    @cached_property
    def runs(self) -> Runs:
        """Return the runs."""
        from mockbot.astrbot.v4_29_3.run import Runs

        return Runs()

    @cached_property
    def uploads(self) -> Uploads:
        """Return the uploads."""
        from mockbot.astrbot.v4_29_3.uploads import Uploads

        return Uploads(self.clock, self.ids, self.settings.max_attachment_bytes)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        made = [vars(self)[name] for name in ("uploads", "runs") if name in vars(self)]
        return super().size + sum(int(each.size) for each in made)


def state_of(world: World) -> State:
    """Return the state of a world; it must be made with the blueprint of AstrBot 4.29.3."""
    assert isinstance(world.state, State)
    return world.state
