"""The layer that answers /__mockbot__. Only Edge is outside of it, so that worlds, journals and CORS do not see it."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.control.serving import PREFIX, Serving


class Control:
    """Answers requests under /__mockbot__ and passes all others on; the endpoints are loaded for the first of them."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self.app, self.serving = app, serving

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or pass it on."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PREFIX}/"):
            from mockbot.control.control import Answers

            return Answers(self.serving).respond(scope, receive, send)
        return self.app(scope, receive, send)
