"""The state of AstrBot 4.29.3 in a world."""

from __future__ import annotations

from mockbot.astrbot.installation import Installation
from mockbot.astrbot.state import AstrBotState
from mockbot.astrbot.v4_29_3.run import Runs
from mockbot.astrbot.v4_29_3.uploads import Uploads
from mockbot.world.world import World


class State(AstrBotState):
    """The state of an installation in one world, with the runs and uploads in progress."""

    def __init__(self, installation: Installation, world: World) -> None:
        super().__init__(installation, world)
        self.runs = Runs()
        self.uploads = Uploads(world)

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return super().size + self.uploads.size + self.runs.size


def state_of(world: World) -> State:
    """Return the state of a world; it must be made with the blueprint of AstrBot 4.29.3."""
    assert isinstance(world.state, State)
    return world.state
