"""A lazily started server: the socket listens at once, the first connection starts the server."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockbot.testing.bot import MockBot


class OnDemand:
    """A MockBot with `settings` on a free port of this machine, started by the first connection."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._bot: MockBot | None = None
        self._end, self._ended = socket.socketpair()
        self._thread = threading.Thread(target=self._wait, name="mockbot-on-demand", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the server if it was started."""
        self._end.close()
        self._thread.join()
        self._ended.close()
        if self._bot is not None:
            self._bot.stop()
        self._listener.close()

    def _wait(self) -> None:
        ready, _, _ = select.select([self._listener, self._ended], [], [])
        if self._ended in ready:
            return
        from mockbot.testing.bot import MockBot

        try:
            self._bot = MockBot(listener=self._listener, **self._settings).start()
        except BaseException:
            self._listener.close()  # waiting clients fail at once
            raise
