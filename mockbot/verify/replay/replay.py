"""Play recorded exchanges against mockbot itself or any AstrBot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from mockbot.app import create_app
from mockbot.astrbot import versions
from mockbot.dataclass import dataclass
from mockbot.exchange.exchange import ANY, Exchange
from mockbot.exchange.load import read_folder
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.verify.deadline import SECONDS, Deadline
from mockbot.verify.replay.player import Outcome, Player


@dataclass(frozen=True, slots=True)
class Replayed:
    """The results of a replay, in the order of the files."""

    outcomes: tuple[Outcome, ...]
    out_of_time: bool = False
    """Whether the time for the run was over before its end."""
    enforced: bool = False
    """Whether some differ and the server is mockbot in `enforce`, which is not for replay."""

    @property
    def agreed(self) -> tuple[Outcome, ...]:
        """Return the exchanges with the recorded responses."""
        return tuple(outcome for outcome in self.outcomes if outcome.agreed)

    @property
    def differed(self) -> tuple[Outcome, ...]:
        """Return the exchanges with other responses."""
        return tuple(outcome for outcome in self.outcomes if outcome.difference)

    @property
    def skipped(self) -> tuple[Outcome, ...]:
        """Return the exchanges that were not played."""
        return tuple(outcome for outcome in self.outcomes if outcome.skipped)

    @property
    def ok(self) -> bool:
        """Return whether the run was completed, at least one exchange was played and none differed."""
        return bool(self.agreed) and not self.differed and not self.out_of_time


def replay(
    url: str | None = None,
    keys: Mapping[str, str] | None = None,
    *,
    installation: str = ANY,
    slow: bool = False,
    exchanges: Iterable[Exchange] | None = None,
    timeout: float | None = None,
    max_seconds: float = SECONDS,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> Replayed:
    """Play the recorded exchanges, one at a time, against the server at `url` or mockbot itself.

    `keys` are the server's keys by their names in the exchanges, such as `abk_all`. `installation` is the fixture whose
    bots, configs, model and plugin the server has. `exchanges` default to `shipped()` (see `chosen`). `timeout` is the
    limit for a response in seconds, by default 10, or 90 for exchanges that take seconds. After `max_seconds` no
    exchange begins; the rest is skipped. `progress` is called with each outcome. Raise UserError if the server does not
    answer, stops answering or rejects the key `abk_all`.
    """
    outcomes, deadline = [], Deadline(max_seconds)
    with ExitStack() as stack:
        players: dict[tuple[str, str], Player] = {}
        given = None
        if url is not None:
            given = Player(url, keys or {}, f"{time.time_ns() // 1_000_000:x}", timeout)
            given.reach()
        for exchange in shipped() if exchanges is None else exchanges:
            needed = exchange.astrbot, exchange.given
            if given is not None and exchange.given in (ANY, installation):
                players[needed] = given
            elif given is None and needed not in players:
                players[needed] = stack.enter_context(playing(exchange.given, exchange.astrbot))
            outcome = _outcome(exchange, players.get(needed), slow, deadline)
            progress(outcome)
            outcomes.append(outcome)
        enforced = given is not None and any(outcome.difference for outcome in outcomes) and given.enforces
    return Replayed(tuple(outcomes), deadline.ended, enforced)


def shipped(version: str = versions.DEFAULT) -> tuple[Exchange, ...]:
    """Return the recorded exchanges of a version of AstrBot. Raise UserError if there is no such version."""
    return read_folder(versions.profile(version).exchanges)


def chosen(exchanges: Iterable[Exchange], only: str) -> tuple[Exchange, ...]:
    """Return the exchanges whose `file: name` contains a text, ignoring case."""
    return tuple(exchange for exchange in exchanges if only.lower() in exchange.id.lower())


@contextmanager
def playing(given: str, version: str = versions.DEFAULT) -> Iterator[Player]:
    """Yield a player for a mockbot that imitates a version of AstrBot with the given installation."""
    profile = versions.profile(version)
    fixture = profile.name if given == ANY else given
    settings = Settings(fixture=fixture, contract="observe", pace_ms=0, cors=())
    app = create_app(settings, profile=profile, log=lambda _: None)
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    try:
        yield Player(server.base_url, None, "run")
    finally:
        server.stop()


def _outcome(exchange: Exchange, player: Player | None, slow: bool, deadline: Deadline) -> Outcome:
    if player is None:
        return Outcome(exchange, skipped=f"needs --installation {exchange.given}")
    if exchange.slow and not slow:
        return Outcome(exchange, skipped="takes seconds; --slow plays it")
    if why := player.unable(exchange):
        return Outcome(exchange, skipped=why)
    if deadline.over():
        return Outcome(exchange, skipped="the time for the run is over; --time gives it more")
    return player.play(exchange)
