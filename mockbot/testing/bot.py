"""`MockBot`: a server in a thread of this process."""

from __future__ import annotations

import socket
from typing import Any, Self

from mockbot.testing.arguments import settings_of
from mockbot.testing.backend import Backend
from mockbot.testing.files import real_files


class MockBot(Backend):
    """A mockbot on a free port of this machine, as a context manager.

    Takes the options of `mockbot serve` and the bounds: `MockBot(fixture="empty", contract="observe", max_worlds=10)`.
    `pace` defaults to 0. Raise UserError if an argument, the fixture or a script has a mistake.
    """

    def __init__(self, *, pace: float | str = 0.0, listener: socket.socket | None = None, **settings: Any) -> None:
        """Build the server. It listens on `listener`, by default a free port of 127.0.0.1; `start` answers requests."""
        chosen = settings_of(pace, settings)
        with real_files():
            from mockbot.app import create_app
            from mockbot.server.listen import listen
            from mockbot.server.server import Server

            app = create_app(chosen, log=lambda _: None)
        self._server = Server(
            app, listener or listen(chosen.host, chosen.port), watched=app.serving if chosen.watch else None
        )
        super().__init__(self._server.base_url, chosen.control_token)
        self.control.unready = "this MockBot has not started; use it as `with MockBot(...) as bot`, or call `start()`"

    def start(self) -> Self:
        """Start the server, and return when it can answer requests."""
        self._server.start()
        self.control.unready = ""
        return self

    def stop(self) -> None:
        """End open streams and stop the server, which cannot be started again."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.stop()
