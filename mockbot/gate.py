"""The gate: finds the world that a request is for."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api.call import SCOPE_WORLD
from mockbot.fault.armed import SCOPE_FAULTS
from mockbot.journal.recorder import SCOPE_JOURNAL
from mockbot.world.worlds import DEFAULT, Worlds

WORLD_PATH = re.compile(r"/w/([^/]+)(/.*)?")


class Gate:
    """`/w/{world}/…` goes to that world with the prefix taken off, everything else to the default world."""

    def __init__(self, app: ASGIApp, worlds: Worlds) -> None:
        self.app, self.worlds = app, worlds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the world into the scope and pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name, scope = DEFAULT, dict(scope)
        if found := WORLD_PATH.fullmatch(scope["path"]):
            name = found[1]
            scope |= {"root_path": f"{scope.get('root_path', '')}/w/{name}", "path": found[2] or "/"}
        world = self.worlds.get(name)
        scope |= {SCOPE_WORLD: world, SCOPE_JOURNAL: world.journal, SCOPE_FAULTS: world.faults}
        await self.app(scope, receive, send)
