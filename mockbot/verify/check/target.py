"""The server under check, and its visible state, which a refused request must not change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import httpx
from schemathesis.python import asgi

from mockbot.app import Mockbot
from mockbot.errors import NoAnswer, UserError
from mockbot.jsontext import JSON
from mockbot.verify.check.limits import LimitedTransport

HEADER = "X-API-Key"
ALWAYS = ("/api/v1/im/bots", "/api/v1/configs")
SESSIONS = "/api/v1/chat/sessions"
SECONDS = 10.0
"""The limit for one list."""
PAGE = 100
"""Sessions in one page of the list (BEHAVIOUR.md section 6)."""
LASTING = ("session_id", "platform_id", "creator", "is_group", "created_at")
"""Fields of a listed session that never change; AstrBot sets the title later."""

State: TypeAlias = dict[str, JSON]
"""The server's visible state by path (sessions: with username); in process also the world's size under `world`."""


class Target:
    """A server at a URL, or mockbot in this process."""

    def __init__(
        self,
        base_url: str,
        key: str,
        app: Any = None,
        mockbot: Mockbot | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        lists: bool = True,
        seconds: float = SECONDS,
    ) -> None:
        """With `lists`, the server has AstrBot's lists of bots, configs and sessions; each is read in `seconds`."""
        self.base_url, self.key, self.app, self._mockbot = base_url.rstrip("/"), key, app, mockbot
        self._client: Any = (
            asgi.get_client(app)
            if app
            else httpx.Client(transport=transport or LimitedTransport(min(seconds, SECONDS)))
        )
        self._known: State = {}
        self._lists = lists

    @property
    def name(self) -> str:
        """Return the name of the server in reports."""
        return self.base_url if self.app is None else "mockbot itself"

    def reach(self) -> None:
        """Raise UserError if no server answers at the URL or it rejects the key."""
        if self.app is not None:
            return
        try:
            status = self._get(ALWAYS[0] if self._lists else "/", {}).status_code
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise UserError(f"{self.base_url}: not a URL such as http://127.0.0.1:6185: {error}") from None
        except httpx.HTTPError as error:
            raise NoAnswer(f"{self.base_url} does not answer: {error}") from None
        if status == 401 and self._lists:
            raise UserError(f"{self.base_url} rejects this key; give another with --key or MOCKBOT_KEY")

    def state(self, usernames: Iterable[str], *, fresh: bool) -> State:
        """Return the visible state; unless `fresh`, lists that were read since the last accepted request are reused."""
        if fresh:
            self._known = {}
        wanted: list[tuple[str, dict[str, str]]] = [(path, {}) for path in ALWAYS if self._lists]
        wanted += (
            [] if not self._lists else [(SESSIONS, {"username": name, "page_size": str(PAGE)}) for name in usernames]
        )
        state = {f"{path} {query.get('username', '')}".strip(): (path, query) for path, query in wanted}
        for place, (path, query) in state.items():
            if place not in self._known:
                self._known[place] = self._lasting(path, query)
        shown = {place: self._known[place] for place in state}
        return shown if self._mockbot is None else shown | {"world": _size(self._mockbot)}

    def forget(self) -> None:
        """Discard the lists that were read; call it after an accepted request."""
        self._known = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str, query: dict[str, str]) -> Any:
        return self._client.get(f"{self.base_url}{path}", params=query, headers={HEADER: self.key})

    def _lasting(self, path: str, query: dict[str, str]) -> JSON:
        try:
            response = self._get(path, query)
            data = response.json()["data"]
        except Exception:  # an application in this process can raise anything; other checks report it
            return None
        if path != SESSIONS or not isinstance(data, dict) or not isinstance(data.get("sessions"), list):
            return [response.status_code, data]
        if data.get("total", 0) > PAGE:
            return [data["total"]]
        rows = [[row.get(name) for name in LASTING] for row in data["sessions"] if isinstance(row, dict)]
        return [data.get("total"), *sorted(rows, key=str)]


def _size(mockbot: Mockbot) -> list[JSON]:
    """Return the sizes of all collections that a request can change, for each world."""
    return [
        [
            world.name,
            len(world.sessions),
            sum(session.turns for session in world.sessions.all()),
            world.history.last_id,
            len(world.attachments),
            world.state.size,
        ]
        for world in mockbot.worlds
    ]
