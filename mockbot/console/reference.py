"""The API reference: the effective contract in Swagger UI, at `/__mockbot__/docs` and at `/docs` of every world.

The page, its files and the document are open, like `/openapi.json`. The key that "Try it out" sends comes from the
control API, which the page's script asks; from another machine it needs the control token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.console.assets import FOLDER, Assets, secure
from mockbot.contract.contract import Contract
from mockbot.jsontext import compact
from mockbot.response import Response, problem, whole
from mockbot.world.call import world_of
from mockbot.world.worlds import DEFAULT

PATH = "/__mockbot__/docs"
DOCUMENT = "openapi.json"
HEADERS = secure(img_src="'self' data: blob:", media_src="blob:")
"""Swagger UI has its icons in `data:` URLs, and shows images and sound of responses from `blob:` URLs."""

ContractOf: TypeAlias = Callable[[str], Contract]
"""Returns the contract of a world by name, the server's own if there is no such world."""


class Reference:
    """Answers `/__mockbot__/docs?world=NAME`, and below it the page's files and the document."""

    def __init__(self, app: ASGIApp, contract_of: ContractOf) -> None:
        self.app, self._contract_of = app, contract_of
        self._assets = Assets("docs")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or pass it on."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PATH}/"):
            return self._respond(scope, receive, send)
        return self.app(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = await self._answer(scope)
        await app(scope, receive, send)

    async def _answer(self, scope: Scope) -> ASGIApp:
        name = scope["path"].removeprefix(PATH).removeprefix("/")
        world = parse_qs(scope["query_string"].decode("latin-1")).get("world", [DEFAULT])[0]
        if scope["method"] not in ("GET", "HEAD"):
            return problem(405, f"Use GET here, not {scope['method']}", headers=(("allow", "GET, HEAD"),))
        if scope["path"] == PATH:
            return page("docs", world)
        if name == DOCUMENT:
            document = self._contract_of(world).document
            return whole(200, "application/json", await asyncio.to_thread(compact, document.effective), HEADERS)
        return self._assets.file(name)


class WorldReference:
    """Answers `/docs` in worlds of `enforce`, unless the document has this path; passes everything else on.

    In `observe` the imitated server's own answer stays.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self._taken = bool(contract.operations.find("GET", "/docs").allow)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or pass it on."""
        app = self.app
        asked = scope["type"] == "http" and scope["path"] == "/docs" and scope["method"] in ("GET", "HEAD")
        if asked and not self._taken and world_of(scope).settings.contract == "enforce":
            app = _here(scope)
        return app(scope, receive, send)


def _here(scope: Scope) -> Response:
    """Return the page for the world of a request."""
    world = world_of(scope).name
    depth = "../../" if scope.get("root_path", "").endswith(f"/w/{world}") else ""
    return page(depth + PATH.removeprefix("/"), world)


def page(base: str, world: str) -> Response:
    """Return the page; `base` is the relative URL of PATH, so that the page works behind a proxy that adds a prefix."""
    from html import escape

    text = (FOLDER / "docs" / "page.html").read_text("utf-8")
    filled = text.replace("{base}", escape(base)).replace("{world}", escape(world))
    return whole(200, "text/html; charset=utf-8", filled.encode("utf-8", "replace"), HEADERS)
