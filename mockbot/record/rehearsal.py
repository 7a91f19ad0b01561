"""Plays scripts in process, to see whether they answer a recorded request as it was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlencode

from starlette.types import Message

from mockbot.app import create_app
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.journal.credentials import Carriers, credentials, query_pairs
from mockbot.jsontext import JSON
from mockbot.profile import Profile
from mockbot.record.exchange import Exchange, Piece
from mockbot.script.load import read
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixtures
from mockbot.world.worlds import DEFAULT

SECONDS = 20.0
"""Limit for one answer; waits take no time."""
NAME = "recording"


@dataclass(slots=True)
class _Received:
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body" and message.get("body"):
            self.pieces.append(Piece(0.0, bytes(message["body"])))


class Rehearsal:
    """A mockbot with a fixture, whose worlds answer one request each."""

    def __init__(self, profile: Profile, rows: Mapping[str, Any], key: str) -> None:
        """Raise UserError if `rows`, a fixture, cannot be used. `key` is sent in place of the client's own."""
        self._profile, self._key = profile, key
        source = Source(NAME, dict(rows), {})
        fixture = Fixtures(profile.blueprint).parse(source, files=False)
        settings = Settings(contract="observe", pace_ms=0)
        self._app = create_app(settings, profile=profile, fixture=fixture, clock=FrozenClock(), log=lambda _: None)

    def scripts(self, written: Iterable[JSON]) -> str | None:
        """Use these scripts from now on; return why they cannot be used, None if they can."""
        world = self._app.worlds.get(DEFAULT).fresh()
        try:
            scripts = read(Source(NAME, list(written), {}), self._profile.contract)
        except UserError as error:
            return str(error)
        world.use_scripts(replace(world.fixture, scripts=scripts))
        self._app.worlds.put(world)
        return None

    async def play(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the answer of this mockbot."""
        received = _Received()
        headers = with_key(exchange, self._key, self._profile.blueprint.carriers)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": exchange.method,
            "scheme": "http",
            "path": exchange.path,
            "raw_path": exchange.raw_path,
            "query_string": without_key(exchange.query, self._profile.blueprint.carriers),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        messages: list[Message] = [{"type": "http.request", "body": exchange.body, "more_body": False}]

        async def receive() -> Message:
            return messages.pop() if messages else await asyncio.Future()

        played = Exchange(
            exchange.number,
            exchange.began,
            exchange.method,
            exchange.path,
            exchange.raw_path,
            exchange.query,
            exchange.headers,
            credentials=(),
            body=exchange.body,
        )
        try:
            async with asyncio.timeout(SECONDS):
                await self._app(scope, receive, received.send)
            played.ended = "complete"
        except TimeoutError:
            played.ended = "cut"
        played.status, played.pieces = received.status, received.pieces
        played.response_headers = received.headers
        return played

    async def close(self) -> None:
        """End what is still under way."""
        await self._app.close()


def accepted(profile: Profile, rows: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a fixture without the rows of its lists that cannot be used, and the reasons, one for each row."""
    fixtures = Fixtures(profile.blueprint)

    def mistake(values: Mapping[str, Any]) -> str | None:
        try:
            fixtures.parse(Source(NAME, dict(values), {}), files=False)
        except UserError as error:
            return str(error).splitlines()[0]
        return None

    if mistake(rows) is None:
        return dict(rows), []
    kept: dict[str, Any] = {}
    mistakes: list[str] = []
    for name, listed in rows.items():
        if not isinstance(listed, list):
            kept[name] = listed
            continue
        found = [(row, mistake({"version": 1, name: [row]})) for row in listed]
        kept[name] = [row for row, why in found if why is None]
        mistakes += [f"{name}: {why}" for _, why in found if why is not None]
    return kept, mistakes


def with_key(exchange: Exchange, key: str, carriers: Carriers) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request with another key; a request without one gets none."""
    others = [(name, value) for name, value in exchange.headers if name not in carriers.headers]
    if not key or not credentials(exchange.query, exchange.headers, carriers):
        return others
    return [*others, (b"x-api-key", key.encode())]


def without_key(query: bytes, carriers: Carriers) -> bytes:
    """Return a query string without the parameters that carry secrets."""
    pairs = query_pairs(query)
    kept = [(name, value) for name, value in pairs if name.lower() not in carriers.query]
    return query if len(kept) == len(pairs) else urlencode(kept).encode("ascii")
