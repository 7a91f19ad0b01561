"""A server that plays one behaviour after the other for one client, and sees what the client gets and asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from mockbot.app import create_app, profile_for
from mockbot.behaviour import Behaviour
from mockbot.fuzz.sent import Sent, responses
from mockbot.journal.finding import Finding as Mistake
from mockbot.profile import Profile
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.server.tap import Tap
from mockbot.settings import Settings
from mockbot.world.clock import RunningClock
from mockbot.world.worlds import DEFAULT


class Stage:
    """A running server on a port of its own, as a context manager. `play` begins a case."""

    def __init__(self, settings: Settings, profile: Profile | None = None) -> None:
        """Build the server; raise UserError if the settings cannot be used. `profile` is by default theirs."""
        self.settings = replace(settings, port=0, pace_ms=0.0 if settings.pace_ms is None else settings.pace_ms)
        self.profile = profile or profile_for(self.settings)
        self._app = create_app(self.settings, profile=self.profile, log=lambda _: None)
        self._tap = Tap()
        self._done: tuple[float | None, bool] = (None, False)
        self._server = Server(self._app, listen(self.settings.host, 0), tap=self._tap)

    @property
    def base_url(self) -> str:
        """Return the base URL for clients."""
        return self._server.base_url

    @property
    def key(self) -> str:
        """Return a key with all scopes, or the empty string."""
        return self._app.key

    def play(self, behaviour: Behaviour) -> None:
        """Replace the world by a new one that behaves so, and forget what was sent before."""

        def put() -> None:
            start = self._app.serving.start
            world = start.make(
                DEFAULT, start.fixture, start.seed(DEFAULT), RunningClock(), self.settings, behaviour=behaviour
            )
            self._app.worlds.put(world)
            self._tap.clear()

        self._server.call(put)

    @property
    def last(self) -> float | None:
        """Return when something last happened on a connection of this case, by the steady clock; None: nothing yet."""
        connections = list(self._tap.connections)
        return max((tapped.last for tapped in connections), default=None)

    @property
    def requests(self) -> int:
        """Return how many requests of this case have arrived."""
        return len(self._app.worlds.get(DEFAULT).journal)

    @property
    def is_done(self) -> bool:
        """Return whether the last response was sent completely, so that a client does not wait for the server."""
        if self._done[0] != self.last:
            sent = self.sent()
            self._done = (self.last, bool(sent) and sent[-1].complete)
        return self._done[1]

    def sent(self) -> tuple[Sent, ...]:
        """Return the responses of this case, without those to the questions of a browser (OPTIONS)."""
        found = self._server.call(lambda: responses(self._tap.connections))
        return tuple(sent for sent in found if sent.method != "OPTIONS")

    def mistakes(self) -> Sequence[Mistake]:
        """Return what the verdict on the journal finds."""
        return self._server.call(lambda: self._app.worlds.get(DEFAULT).verdict().findings)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self._server.stop()
