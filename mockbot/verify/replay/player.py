"""Play exchanges: send their requests and compare the responses with the expected ones."""

from __future__ import annotations

from collections.abc import Mapping

from mockbot.dataclass import dataclass
from mockbot.errors import NoAnswer, UserError
from mockbot.exchange.exchange import EVERYTHING, Exchange
from mockbot.exchange.matchers import Mismatch
from mockbot.exchange.names import fresh
from mockbot.jsontext import JSON, read
from mockbot.verify.client import NoResponseError, RawClient, Sent, TooSlowError
from mockbot.verify.curl import curl_line, shortened
from mockbot.verify.replay.notation import NOTATIONS
from mockbot.verify.replay.steps import Steps

LIMIT, SLOW_LIMIT = 10.0, 90.0
"""Limits for one response, in seconds."""
MOST_UNANSWERED = 5
"""Exchanges in a row without a complete response after which a server counts as gone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one exchange: it agreed, differed or was skipped."""

    exchange: Exchange
    difference: Mismatch | None = None
    skipped: str = ""
    """Why it was not played; empty if it was."""
    curl: str = ""
    """The request whose response differed, with keys masked."""

    @property
    def agreed(self) -> bool:
        """Return whether it was played and no difference was found."""
        return not self.skipped and self.difference is None


class Player:
    """Plays exchanges against one server."""

    def __init__(self, url: str, keys: Mapping[str, str] | None, mark: str, limit: float | None = None) -> None:
        """Take the server's keys by name (None: each key is its name) and a `mark` that makes new names unique.

        `limit` is the time for a response in seconds, by default LIMIT, or SLOW_LIMIT for exchanges that take seconds.
        """
        self.wire = RawClient(url)
        self._keys, self._mark, self._limit = keys, mark, limit
        self._played = 0
        self._unanswered = 0
        self._saved = 0

    def reach(self) -> None:
        """Raise UserError if the server does not answer or rejects the key `abk_all`."""
        self.wire.reach()
        if self._keys and EVERYTHING in self._keys:
            request = Sent(
                "GET", f"{self.wire.path}/api/v1/configs", "1.1", (("X-API-Key", self._keys[EVERYTHING]),), b""
            )
            try:
                status = self.wire.send(request, self._limit or LIMIT).status
            except NoResponseError as error:
                advice = "; --timeout changes that" if isinstance(error, TooSlowError) else ""
                raise NoAnswer(f"{self.wire.base_url} does not answer: {error}{advice}") from None
            if status in (401, 403):
                raise UserError(f"{self.wire.base_url} rejects this key; give one with all scopes")

    @property
    def enforces(self) -> bool:
        """Whether the server is mockbot in `enforce`, which answers wrong requests in its own way."""
        world = self.wire.path.removeprefix("/w/") if self.wire.path.startswith("/w/") else "default"
        try:
            found = self.wire.send(Sent("GET", f"/__mockbot__/worlds/{world}", "1.1", (), b""), LIMIT)
            row = read(found.body) if found.status == 200 else None
        except (NoResponseError, ValueError):
            return False
        return isinstance(row, dict) and row.get("contract") == "enforce"

    def unable(self, exchange: Exchange) -> str:
        """Return why this player cannot play an exchange, or an empty text."""
        missing = sorted(exchange.keys - self._keys.keys()) if self._keys is not None else []
        return f"needs --key {missing[0]}=…" if missing else ""

    def play(self, exchange: Exchange) -> Outcome:
        """Play the steps of an exchange up to the first difference.

        Raise NoAnswer if MOST_UNANSWERED exchanges in a row have no complete response.
        """
        if self._unanswered >= MOST_UNANSWERED:
            raise NoAnswer(f"{self.wire.base_url} gave no complete response in {self._unanswered} exchanges in a row")
        self._played += 1
        keys = self._keys or {key: key for key in exchange.keys}
        names: dict[str, JSON] = {**keys, **fresh(f"{self._mark}-{self._played}")}
        limit = self._limit or (SLOW_LIMIT if exchange.slow else LIMIT)
        steps = Steps(self.wire, NOTATIONS[exchange.astrbot], names, limit, self._saved)
        for number, step in enumerate(exchange.steps, 1):
            difference = steps.play(step)
            self._saved = steps.saved
            self._unanswered = self._unanswered + 1 if steps.unanswered else 0
            if difference:
                last = number == len(exchange.steps)
                where = difference.at if last else f"step {number} {difference.at}".rstrip()
                mismatch = Mismatch(where, difference.expected, difference.got)
                return Outcome(exchange, mismatch, curl=self._curl(steps.sent, keys) if steps.sent else "")
        return Outcome(exchange)

    def _curl(self, sent: Sent, keys: Mapping[str, str]) -> str:
        """Return the request as a shell command with its key masked."""
        carried = [sent.target, *(value for _, value in sent.headers)]
        key = next((key for key in keys.values() if any(key in text for text in carried)), "")
        url = f"{self.wire.base_url}{sent.target.removeprefix(self.wire.path)}"
        return shortened(curl_line(sent.method, url, sent.headers, sent.body, key))
