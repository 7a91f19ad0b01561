"""The layer that lets pages of other origins read responses (CORS), and that says when a page cannot."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.bounded import Bounded

if TYPE_CHECKING:
    from starlette.middleware.cors import CORSMiddleware

EXPOSED = ("*", "X-Mockbot-Entry", "X-Mockbot-Violations", "X-Mockbot-World")
"""What a page can read: every header; the names are for clients that do not know the `*`."""
ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]{0,30}://[!-.0-9:;=@-~]{1,260}")
"""Matches what browsers send as Origin: scheme and host, or `null` for a file or a frame in a sandbox."""
MAX_ORIGINS = 1000
"""How many origins are remembered, so that the log names each once."""
SAME = (b"same-origin", b"none")
"""Values of Sec-Fetch-Site with which a browser sends a request to the page's own origin, for example to a proxy."""
ALLOWED = b"access-control-allow-origin"
log = logging.getLogger("mockbot")


def cors(app: ASGIApp, origins: Sequence[str], *, quiet: bool = False) -> ASGIApp:
    """Return `app` behind Starlette's CORS layer, which allows `origins`; without any, responses are unchanged.

    Pages of other origins than these are named in the log, unless all are allowed or the layer is `quiet`.
    """
    if origins:
        app = Varying(app, origins)
    return app if quiet or "*" in origins else RefusedOrigins(app, origins)


class Varying:
    """Starlette's layer, behind a short way for requests that no page of another origin makes."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app, self._origins = app, origins

    @cached_property
    def _layer(self) -> CORSMiddleware:
        from starlette.middleware.cors import CORSMiddleware

        return CORSMiddleware(
            self.app,
            self._origins,
            allow_methods=("*",),
            allow_headers=("*",),
            allow_private_network=True,
            expose_headers=EXPOSED,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one exchange through; a response to a request without Origin only says that it varies by it."""
        if scope["type"] != "http" or any(name == b"origin" for name, _ in scope["headers"]):
            return self._layer(scope, receive, send)

        def vary(message: Message) -> Awaitable[None]:
            if message["type"] != "http.response.start":
                return send(message)
            headers = message.get("headers", ())
            for name, _ in headers:
                if name.lower() == b"vary":
                    return self._joined(message, scope, send)
            return send({**message, "headers": [*headers, (b"vary", b"Origin")]})

        return self.app(scope, receive, vary)

    def _joined(self, message: Message, scope: Scope, send: Send) -> Awaitable[None]:
        """Send the head of a response that has `Vary` already."""
        from starlette.datastructures import Headers

        return self._layer.send(message, send, Headers(scope=scope))


class RefusedOrigins:
    """Passes exchanges through unchanged, and names each origin once that a browser keeps the response from."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app, self._origins = app, origins
        self._named: Bounded[str, bool] = Bounded(MAX_ORIGINS, 1024 * 1024, lambda _: 64)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one exchange through."""
        origin = _foreign(scope) if scope["type"] == "http" else None
        if origin is None or origin in self._named:
            return self.app(scope, receive, send)

        def watched(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and not _allows(message, origin):
                self._name(origin)
            return send(message)

        return self.app(scope, receive, watched)

    def _name(self, origin: str) -> None:
        self._named.put(origin, True)
        allowed = f"only {', '.join(self._origins)} can" if self._origins else "by default no page can in observe"
        sentence = "a page of %s cannot read the responses of this server (CORS: %s); start mockbot with --cors %s"
        log.warning(sentence, origin, allowed, origin)


def _foreign(scope: Scope) -> str | None:
    """Return the origin of a page of another site that makes a request; None if there is none."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not ORIGIN.fullmatch(origin) or headers.get(b"sec-fetch-site") in SAME:
        return None
    own = f"{scope.get('scheme', 'http')}://{headers.get(b'host', b'').decode('latin-1')}"
    return None if origin == own else origin


def _allows(message: Message, origin: str) -> bool:
    """Return whether a response lets the page read it: by this server's settings, or because a script says so."""
    allowed = [value for name, value in message.get("headers", ()) if name.lower() == ALLOWED]
    return allowed in ([b"*"], [origin.encode("latin-1")])
