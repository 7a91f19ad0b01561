"""The gate: finds the world that a request is for."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.fault.armed import SCOPE_FAULTS
from mockbot.journal.recorder import SCOPE_JOURNAL
from mockbot.response import ErrorForm
from mockbot.world.call import SCOPE_WORLD
from mockbot.world.worlds import DEFAULT, NAME, Worlds

PREFIX = b"/w/"
HEADER = b"x-mockbot-world"
"""Names the world of a request, where a base URL cannot, and of its response."""
MISNAMED = "The name of a world has 1 to 64 characters, each a letter, a digit or one of . _ -"


class Gate:
    """`/w/{world}/…` goes to that world with the prefix taken off, everything else to the default world."""

    def __init__(self, app: ASGIApp, worlds: Worlds, error: ErrorForm) -> None:
        self.app, self.worlds, self.error = app, worlds, error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the world into the scope and pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name, prefix, path = destination(scope)
        if not NAME.fullmatch(name):
            refused = self.error(404, MISNAMED)
            await refused(scope, receive, send)
            return
        world = self.worlds.get(name)
        scope = {
            **scope,
            "root_path": scope.get("root_path", "") + prefix,
            "path": path,
            SCOPE_WORLD: world,
            SCOPE_JOURNAL: world.journal,
            SCOPE_FAULTS: world.faults,
        }
        await self.app(scope, receive, send if name == DEFAULT else signed(send, name))


def destination(scope: Scope) -> tuple[str, str, str]:
    """Return the name of the world that a request is for, the prefix of its path that says so, and the rest.

    The path counts before the header. It is read as it was sent, so that an escaped slash never ends a name; a server
    that sends no `raw_path` leaves the decoded path. What names no world has a name that none can have: a path that
    becomes `/w/` only by decoding, and two headers that differ, joined as HTTP joins fields.
    """
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or path.encode("utf-8", "surrogatepass").replace(b"%", b"%25")
    if raw.startswith(PREFIX) and (segment := raw.removeprefix(PREFIX).partition(b"/")[0]):
        name = unquote_to_bytes(segment).decode("utf-8", "replace")
        prefix = f"/w/{name}"
        return name, prefix, path.removeprefix(prefix) or "/"
    if path.startswith("/w/") and not raw.startswith(PREFIX):
        return "", "", path
    named = dict.fromkeys(value.decode("latin-1") for name, value in scope["headers"] if name == HEADER)
    return ", ".join(named) if named else DEFAULT, "", path


def signed(send: Send, name: str) -> Send:
    """Return a `send` that names the world in the answer."""

    async def sign(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (HEADER, name.encode())]}
        await send(message)

    return sign
