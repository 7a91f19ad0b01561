"""The gate: the layer that finds the world of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.breakpoints.breakpoints import SCOPE_BREAKPOINTS
from mockbot.fault.armed import SCOPE_FAULTS
from mockbot.journal.recorder import SCOPE_JOURNAL
from mockbot.response import ErrorForm
from mockbot.world.call import SCOPE_WORLD
from mockbot.world.worlds import DEFAULT, INVALID_NAME, NAME, SECRET_NAME, Worlds

PREFIX = b"/w/"
HEADER = b"x-mockbot-world"
"""Names the world of a request, for clients whose base URL cannot have a prefix, and of a response."""


class Gate:
    """Sends `/w/{world}/…` to that world, without the prefix.

    A request that names no world goes to the only world that has its key, or else to the default world.
    """

    def __init__(self, app: ASGIApp, worlds: Worlds, error: ErrorForm) -> None:
        self.app, self.worlds, self.error = app, worlds, error

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Put the world into the scope and call the next layer."""
        if scope["type"] != "http" or SCOPE_WORLD in scope:  # the short way has found the world
            return self.app(scope, receive, send)
        name, prefix, path = destination(scope)
        if name != DEFAULT and (why := self._why_refused(name)):
            return self.error(404, why)(scope, receive, send)
        if name == DEFAULT and self.worlds.has_others and not names_world(scope, prefix):
            name = self.worlds.led_to(scope["query_string"], scope["headers"])
        world = self.worlds.get(name)
        scope = {
            **scope,
            "root_path": scope.get("root_path", "") + prefix,
            "path": path,
            SCOPE_WORLD: world,
            SCOPE_JOURNAL: world.journal,
            SCOPE_FAULTS: world.faults,
            SCOPE_BREAKPOINTS: world.breakpoints,
        }
        return self.app(scope, receive, send if name == DEFAULT else naming_world(send, name))

    def _why_refused(self, name: str) -> str:
        """Return why a world cannot have a name; empty if it can."""
        if not NAME.fullmatch(name):
            return INVALID_NAME
        return SECRET_NAME if self.worlds.find(name) is None and self.worlds.secret(name) else ""


def destination(scope: Scope) -> tuple[str, str, str]:
    """Return the name of the world of a request, the prefix of the path that names it, and the rest of the path.

    The path takes precedence over the header. The path is read before percent-decoding, so that an escaped slash never
    ends a name; without a `raw_path` in the scope, the decoded path is used. Two kinds of request get a name that is
    never valid: one whose path starts with `/w/` only after decoding, and one with two different headers, which are
    joined as HTTP joins field lines.
    """
    path: str = scope["path"]
    if not path.startswith("/w/"):  # as any path whose escaped form begins so
        return _named(scope["headers"]), "", path
    raw: bytes = scope.get("raw_path") or path.encode("utf-8", "surrogatepass").replace(b"%", b"%25")
    if raw.startswith(PREFIX) and (segment := raw.removeprefix(PREFIX).partition(b"/")[0]):
        name = unquote_to_bytes(segment).decode("utf-8", "replace")
        prefix = f"/w/{name}"
        return name, prefix, path.removeprefix(prefix) or "/"
    if not raw.startswith(PREFIX):
        return "", "", path
    return _named(scope["headers"]), "", path


def _named(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the name in the headers of a request, that of the default world if there is none."""
    named = [value.decode("latin-1") for name, value in headers if name == HEADER]
    return ", ".join(dict.fromkeys(named)) if named else DEFAULT


def names_world(scope: Scope, prefix: str) -> bool:
    """Return whether a request names its world, by the prefix of its path or by a header."""
    return bool(prefix) or any(name == HEADER for name, _ in scope["headers"])


def naming_world(send: Send, name: str) -> Send:
    """Return a `send` that adds the world's name to the response headers."""

    def add_header(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (HEADER, name.encode())]}
        return send(message)

    return add_header
