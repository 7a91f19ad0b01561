"""The console: a page in which a person sees each exchange as it happens, and changes what comes next.

The page and its files are open to everyone. All data comes from the control API, which checks access. What a client
sent is shown as text; should it become markup all the same, the page's policy keeps it from running.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cached_property

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.console.assets import FOLDER, Assets, secure
from mockbot.response import Response, whole

FILES = "/__mockbot__/console/"
CONTROL = re.compile(r"/__mockbot__/?")
WORLD = re.compile(r"(?:/w/[^/]+)?/?")
"""The base URL of each world, where a browser gets the console, too."""
HEADERS = secure(img_src="'self' blob: data:")


class Console:
    """Answers a browser at `/__mockbot__/` and at the base URL of a world with the console; passes everything else on.

    Only a request that accepts HTML gets it, so that API clients never do. `is_operation` returns whether the document
    has an operation for a request: then the base URL is the document's own.
    """

    def __init__(self, app: ASGIApp, is_operation: Callable[[Scope], bool]) -> None:
        self.app, self._is_operation = app, is_operation
        self._assets = Assets("console")

    @cached_property
    def _page(self) -> Response:
        return whole(200, "text/html; charset=utf-8", (FOLDER / "console" / "index.html").read_bytes(), HEADERS)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or pass it on."""
        app = self.app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            if scope["path"].startswith(FILES):
                app = self._assets.file(scope["path"].removeprefix(FILES))
            elif self._is_home(scope):
                app = self._page
        return app(scope, receive, send)

    def _is_home(self, scope: Scope) -> bool:
        if not any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
            return False
        if CONTROL.fullmatch(scope["path"]):
            return True
        return WORLD.fullmatch(scope["path"]) is not None and not self._is_operation(scope)
