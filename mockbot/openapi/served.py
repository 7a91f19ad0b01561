"""The layer that serves the contract in several forms, and the published document."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.jsontext import compact
from mockbot.openapi.document import Document
from mockbot.response import whole

HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~%-]{1,253})(?::[0-9]{0,5})?")
"""The value of a Host header (RFC 9110, 7.2)."""
PLACE = "x-mockbot-servers-here"


PagesOf: TypeAlias = Callable[[Scope], Mapping[str, ASGIApp]]
"""Returns the pages of the imitated server for a request, by path."""


class Documents:
    """Responds to GET and HEAD of a document, in every world and without a key.

    - `/openapi.json`: the effective contract, or a user's own document as its author wrote it
    - `/openapi.client.json`: the same for generators of clients
    - `/openapi.3.2.json`: the effective contract in OpenAPI 3.2, which describes each event of a stream
    - `/openapi.upstream.json`: the published document, byte for byte

    `servers` of the first three is the address that the request was sent to. They are made when first asked for.
    """

    def __init__(self, app: ASGIApp, document: Document, pages: PagesOf | None = None) -> None:
        """Also respond with the `pages` of the server, which take precedence."""
        self.app, self.document = app, document
        self._pages = pages or (lambda _: {})
        self._make: Mapping[str, Callable[[], Any]] = {
            "/openapi.json": lambda: json.loads(document.served),
            "/openapi.client.json": self._for_clients,
            "/openapi.3.2.json": self._of_3_2,
        }
        self._made: dict[str, tuple[bytes, bytes]] = {}

    def _for_clients(self) -> Any:
        from mockbot.openapi.client import client_document

        return client_document(json.loads(self.document.served))

    def _of_3_2(self) -> Any:
        from mockbot.openapi.item_schema import with_item_schemas

        return with_item_schemas(self.document.effective)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Send the document, or pass the request on."""
        app = self.app
        path = scope["path"] if scope["type"] == "http" else ""
        page = self._pages(scope).get(path) if path else None
        if page is not None:
            app = page
        elif path.startswith("/openapi.") and scope["method"] in ("GET", "HEAD"):
            if path in self._make:
                before, after = self._parts(path)
                servers = compact([{"url": address(scope)}]).rstrip()
                app = whole(200, "application/json", before + servers + after)
            elif path == "/openapi.upstream.json":
                data = self.document.upstream_bytes
                is_json = data.lstrip().startswith(b"{")
                app = whole(200, "application/json" if is_json else "application/yaml", data)
        return app(scope, receive, send)

    def _parts(self, path: str) -> tuple[bytes, bytes]:
        """Return the document in JSON, before and after the value of `servers`."""
        if path not in self._made:
            text = compact(_with_place(self._make[path]()))
            before, _, after = text.partition(f'"{PLACE}"'.encode())
            self._made[path] = before, after
        return self._made[path]


def _with_place(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with a mark as its `servers`, where it has them or else after `info`."""
    if "servers" in document:
        return {**document, "servers": PLACE}
    first = ("openapi", "info")
    head = {key: value for key, value in document.items() if key in first}
    return head | {"servers": PLACE} | {key: value for key, value in document.items() if key not in first}


def address(scope: Scope) -> str:
    """Return the URL that operations' paths are added to: the request's own host and its world's prefix.

    A relative URL (OpenAPI 3.1, section 4.8.5) when the request names no host.
    """
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    root = quote(scope.get("root_path", "").rstrip("/"))
    return origin(host.decode("latin-1"), scope.get("scheme", "http")) + root or "/"


def origin(host: str, scheme: str = "http") -> str:
    """Return the beginning of a URL from the value of a Host header; empty if that is none."""
    return f"{scheme}://{host}" if HOST.fullmatch(host) else ""
