"""What the control API works on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from mockbot.dataclass import dataclass
from mockbot.held import Held
from mockbot.profile import Profile
from mockbot.reads import Reads
from mockbot.turns import Turns
from mockbot.world.start import Start
from mockbot.world.world import World
from mockbot.world.worlds import Worlds

PREFIX = "/__mockbot__"


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
        self.turns = Turns()
        """What is large, in all worlds, goes on one after the other."""
        self.writing = asyncio.Lock()
        """Held while a file is written and loaded, or restored."""
        self.held = Held()
        """The bodies of all requests under way."""
        self.held_back = Held()
        """The responses that faults hold back in a pause."""

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
