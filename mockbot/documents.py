"""What mockbot serves beside the API: the contract, effective and as AstrBot published it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api.answer import Answer
from mockbot.contract.document import Document
from mockbot.jsontext import compact


class Documents:
    """Answers GET and HEAD of `/openapi.json` and `/openapi.upstream.json`, for every world; nobody needs a key."""

    def __init__(self, app: ASGIApp, document: Document) -> None:
        self.app = app
        self.answers = {
            "/openapi.json": Answer(200, "application/json", compact(document.effective)),
            "/openapi.upstream.json": Answer(200, "application/json", document.upstream_bytes),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        app = self.app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            app = self.answers.get(scope["path"], app)
        await app(scope, receive, send)
