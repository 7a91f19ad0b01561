"""`MockBot`: a server in a thread of this process."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any, Self

from mockbot.settings import Settings
from mockbot.testing.backend import Backend


class MockBot(Backend):
    """A mockbot on a free port of this machine, for as long as the context lasts.

    Takes what `mockbot serve` takes: `MockBot(fixture="empty", contract="observe", max_worlds=10)`; `pace` is 0 unless
    told. UserError when the fixture or the scripts cannot be used.
    """

    def __init__(self, *, pace: float = 0.0, listener: socket.socket | None = None, **settings: Any) -> None:
        """Build the server; requests wait for `start` on `listener` (default: a free port of 127.0.0.1)."""
        from mockbot.app import create_app
        from mockbot.server.listen import listen
        from mockbot.server.server import Server

        chosen = replace(Settings(port=0, pace_ms=pace), **settings)
        app = create_app(chosen, log=lambda _: None)
        self._server = Server(app, listener or listen(chosen.host, chosen.port))
        super().__init__(self._server.base_url, chosen.control_token)

    def start(self) -> Self:
        """Return when the first request can be answered."""
        self._server.start()
        return self

    def stop(self) -> None:
        """End open streams and the server; once stopped it stays stopped."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()
