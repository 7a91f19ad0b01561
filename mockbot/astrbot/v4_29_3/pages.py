"""Paths of AstrBot 4.29.3 that are no operations: its document and the pages that show it (BEHAVIOUR.md section 12)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.astrbot.v4_29_3.steps import missing_page, not_allowed
from mockbot.dataclass import dataclass
from mockbot.openapi.document import Document
from mockbot.response import Response, whole

SHOWN = """<!doctype html>
<html><head><title>AstrBot API</title></head>
<body><p>AstrBot shows <a href="openapi.json">openapi.json</a> here.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A response to GET and HEAD, without a key; other methods are refused."""

    response: Response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page."""
        allowed = scope["method"] in ("GET", "HEAD")
        await (self.response if allowed else not_allowed("GET, HEAD"))(scope, receive, send)


def pages(document: Document) -> Mapping[str, ASGIApp]:
    """Return the pages by their paths."""
    shown = Page(whole(200, "text/html; charset=utf-8", SHOWN.encode()))
    published = Page(whole(200, "application/json", document.upstream_bytes))
    return {"/api/v1/openapi.json": published, "/api/v1/docs": shown, "/api/v1/redoc": shown}


OBSERVED: Mapping[str, ASGIApp] = {"/openapi.json": missing_page()}
"""mockbot's own document is at a path where AstrBot has none."""
