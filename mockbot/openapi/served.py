"""The layer that serves the effective contract and the published document."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.openapi.document import Document
from mockbot.response import whole


class Documents:
    """Responds to GET and HEAD of `/openapi.json` and `/openapi.upstream.json`, in every world and without a key."""

    def __init__(self, app: ASGIApp, document: Document) -> None:
        self.app = app
        is_json = document.upstream_bytes.lstrip().startswith(b"{")
        self.responses = {
            "/openapi.json": whole(200, "application/json", document.served),
            "/openapi.upstream.json": whole(
                200, "application/json" if is_json else "application/yaml", document.upstream_bytes
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the document, or pass the request on."""
        app = self.app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            app = self.responses.get(scope["path"], app)
        await app(scope, receive, send)
