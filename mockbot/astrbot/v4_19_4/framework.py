"""How the server and the framework of AstrBot 4.19.4 read a request line (BEHAVIOUR.md section 15)."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class RequestLine:
    """A layer that reads methods in any case, and several slashes at the start of a path as one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one exchange through."""
        if scope["type"] == "http":
            # In place: the layers outside find what the contract layer puts into the same scope
            scope.update(method=scope["method"].upper(), path=f"/{scope['path'].lstrip('/')}")
        return self.app(scope, receive, send)
