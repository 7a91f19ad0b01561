"""How the server and the framework of AstrBot 4.19.4 read a request line (BEHAVIOUR.md section 15)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class RequestLine:
    """A layer that reads methods in any case, and several slashes at the start of a path as one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange through."""
        if scope["type"] == "http":
            # In place: the layers outside find what the contract layer puts into the same scope
            scope.update(method=scope["method"].upper(), path=f"/{scope['path'].lstrip('/')}")
        await self.app(scope, receive, send)
