"""Play exchanges: send their requests and compare the responses with the expected ones."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from mockbot.errors import UserError
from mockbot.exchange.exchange import EVERYTHING, Exchange, Expect, Step
from mockbot.exchange.matchers import Mismatch, differ, shown
from mockbot.exchange.names import fresh
from mockbot.jsontext import JSON, compact, find, spaced
from mockbot.sse import EVENT_STREAM
from mockbot.verify.client import NoResponseError, RawClient, Received, Sent, allowed
from mockbot.verify.curl import curl_line, shortened
from mockbot.verify.request import write

LIMIT, SLOW_LIMIT = 10.0, 90.0
"""Limits for one response, in seconds."""


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

    def __init__(self, url: str, keys: Mapping[str, str] | None, mark: str) -> None:
        """Take the server's keys by name (None: each key is its name) and a `mark` that makes new names unique."""
        self.wire = RawClient(url)
        self._keys, self._mark = keys, mark
        self._played = 0
        self._saved = 0

    def reach(self) -> None:
        """Raise UserError if the server does not answer or rejects the key `abk_all`."""
        self.wire.reach()
        if self._keys and EVERYTHING in self._keys:
            request = Sent(
                "GET", f"{self.wire.path}/api/v1/configs", "1.1", (("X-API-Key", self._keys[EVERYTHING]),), b""
            )
            try:
                status = self.wire.send(request, LIMIT).status
            except NoResponseError as error:
                raise UserError(f"{self.wire.base_url} does not answer: {error}") from None
            if status in (401, 403):
                raise UserError(f"{self.wire.base_url} rejects this key; give one with all scopes")

    def unable(self, exchange: Exchange) -> str:
        """Return why this player cannot play an exchange, or an empty text."""
        missing = sorted(exchange.keys - self._keys.keys()) if self._keys is not None else []
        return f"needs --key {missing[0]}=…" if missing else ""

    def play(self, exchange: Exchange) -> Outcome:
        """Play the steps of an exchange up to the first difference."""
        self._played += 1
        keys = self._keys or {key: key for key in exchange.keys}
        names: dict[str, JSON] = {**keys, **fresh(f"{self._mark}-{self._played}")}
        for number, step in enumerate(exchange.steps, 1):
            time.sleep(step.request.wait)
            sent = write(step.request, self.wire.path, names)
            difference = self._step(step, sent, names, SLOW_LIMIT if exchange.slow else LIMIT)
            if difference:
                last = number == len(exchange.steps)
                where = difference.at if last else f"step {number} {difference.at}".rstrip()
                mismatch = Mismatch(where, difference.expected, difference.got)
                return Outcome(exchange, mismatch, curl=self._curl(sent, keys))
        return Outcome(exchange)

    def _step(self, step: Step, sent: Sent, names: dict[str, JSON], limit: float) -> Mismatch | None:
        try:
            response = self.wire.send(sent, limit)
        except NoResponseError as error:
            return Mismatch("", "a response", str(error))
        return self._head(step.expect, response, names) or self._body(step, response, names)

    def _head(self, expect: Expect, response: Received, names: dict[str, JSON]) -> Mismatch | None:
        if response.status != expect.status:
            return Mismatch(
                "status", str(expect.status), f"{response.status} {shown(response.body.decode(errors='replace'))}"
            )
        if expect.reason is not None and response.reason != expect.reason:
            return Mismatch("reason", shown(expect.reason), shown(response.reason))
        wanted = dict(expect.headers or {})
        if expect.kind in ("json", "frames"):
            wanted["content-type"] = "application/json" if expect.kind == "json" else EVENT_STREAM
        for name, value in wanted.items():
            got = response.header(name)
            if name.lower() == "allow" and isinstance(value, str) and got is not None:
                value, got = allowed(value), allowed(got)
            if found := differ(value, got, names):
                return Mismatch(f"header {name}", found.expected, found.got)
        present = next((name for name in expect.absent if response.header(name) is not None), None)
        return Mismatch(f"header {present}", "none", shown(response.header(present))) if present else None

    def _body(self, step: Step, response: Received, names: dict[str, JSON]) -> Mismatch | None:
        match step.expect.kind:
            case "text":
                return differ(step.expect.content, response.body.decode(errors="replace"), names)
            case "frames":
                return self._frames(step, response, names)
            case "any" if not step.capture:
                return None
        if response.header("content-type") == EVENT_STREAM:
            value = _stream(response)
            return value if isinstance(value, Mismatch) else _capture(step, value, names)
        try:
            whole: JSON = json.loads(response.body)
        except ValueError:
            return Mismatch("", "JSON", shown(response.body.decode(errors="replace")))
        found = differ(step.expect.content, whole, names) if step.expect.kind == "json" else None
        return found or _notation(response.body, whole) or _capture(step, whole, names)

    def _frames(self, step: Step, response: Received, names: dict[str, JSON]) -> Mismatch | None:
        value = _stream(response)
        if isinstance(value, Mismatch):
            return value
        if found := differ(step.expect.content, value, names):
            return found
        for index, frame in enumerate(cast(list[dict[str, JSON]], value)):
            if frame["type"] == "message_saved":
                number = cast(int, cast(dict[str, JSON], frame["data"])["id"])
                if number <= self._saved:
                    return Mismatch(f"/{index}/data/id", f"more than {self._saved}", str(number))
                self._saved = number
        return _capture(step, value, names)

    def _curl(self, sent: Sent, keys: Mapping[str, str]) -> str:
        """Return the request as a shell command with its key masked."""
        carried = [sent.target, *(value for _, value in sent.headers)]
        key = next((key for key in keys.values() if any(key in text for text in carried)), "")
        url = f"{self.wire.base_url}{sent.target.removeprefix(self.wire.path)}"
        return shortened(curl_line(sent.method, url, sent.headers, sent.body, key))


def _notation(body: bytes, value: JSON) -> Mismatch | None:
    """Return where the text of a JSON body differs from AstrBot's notation (BEHAVIOUR.md section 1)."""
    wanted = compact(value)
    if body == wanted:
        return None
    if body == wanted.rstrip(b"\n"):
        return Mismatch("body", "a line feed at the end", "none")
    same = next((n for n, (one, other) in enumerate(zip(wanted, body, strict=False)) if one != other), len(body))
    start = max(0, same - 20)
    return Mismatch("body", repr(wanted[start:][:60]), repr(body[start:][:60]))


def _stream(response: Received) -> JSON | Mismatch:
    """Return a stream's frames, or where its framing differs from AstrBot's (BEHAVIOUR.md section 8.4)."""
    frames: list[JSON] = []
    text = response.body.decode(errors="replace")
    parts = text.split("\n\n")
    chunks = [f"{part}\n\n" for part in parts[:-1]]
    if parts[-1]:
        return Mismatch(f"/{len(chunks)}", "the end of the stream", shown(parts[-1]))
    for index, chunk in enumerate(chunks):
        try:
            value: JSON = json.loads(chunk.removeprefix("data: "))
        except ValueError:
            return Mismatch(f"/{index}", "a frame `data: <JSON>`", shown(chunk))
        if chunk != f"data: {spaced(value)}\n\n":
            return Mismatch(f"/{index}", shown(f"data: {spaced(value)}\n\n"), shown(chunk))
        frames.append(value)
    if response.chunks is not None:
        received = [chunk.decode(errors="replace") for chunk in response.chunks]
        for index, (whole, chunk) in enumerate(zip(chunks, received, strict=False)):
            if whole != chunk:
                return Mismatch(f"/{index}", f"one chunk {shown(whole)}", shown(chunk))
    return frames


def _capture(step: Step, value: JSON, names: dict[str, JSON]) -> Mismatch | None:
    for name, pointer in step.capture.items():
        try:
            names[name] = find(value, pointer)
        except LookupError:
            return Mismatch(pointer, f"a value to call `{name}`", "nothing there")
    return None
