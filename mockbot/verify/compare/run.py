"""One run of `compare`: requests of the recorded exchanges and of schemathesis, sent to both servers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from schemathesis.engine import StopReason, events, from_schema

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.exchange.exchange import EVERYTHING, Exchange
from mockbot.exchange.load import read_folder
from mockbot.exchange.names import fresh
from mockbot.jsontext import JSON, find
from mockbot.profile import Profile
from mockbot.verify.client import NoResponseError, RawClient, Received, Sent
from mockbot.verify.compare.differences import Difference, content, differences
from mockbot.verify.compare.ids import IdPairs
from mockbot.verify.compare.report import Comparison, Divergence
from mockbot.verify.curl import curl_line
from mockbot.verify.deadline import SECONDS, Deadline
from mockbot.verify.generation import IN_PROCESS, generated, shallow
from mockbot.verify.request import write

MOST_UNANSWERED = 5
"""Requests in a row without a complete response after which a server counts as gone."""
UNSENT = {"host", "content-length", "transfer-encoding", "accept-encoding", "connection", "x-schemathesis-testcaseid"}
"""Headers that schemathesis or its client adds to a request."""
UNTRUE = {"transfer-encoding", "content-encoding", "content-length"}
"""Headers of a response that do not hold for what schemathesis gets of it."""


class ComparisonRun:
    """Two servers that get the same requests in step; to schemathesis both are one ASGI application."""

    def __init__(self, urls: tuple[str, str], keys: tuple[str, str], profile: Profile, timeout: float) -> None:
        self._one, self._other = map(RawClient, urls)
        self._keys, self._key, self._profile, self._timeout = keys, keys[0], profile, timeout
        self._ids = IdPairs(*keys)
        self._seen: dict[tuple[str, Difference], _Seen] = {}
        self.requests = 0
        self._unanswered = Counter[RawClient]()
        self._gone = ""
        self._deadline = Deadline(SECONDS)
        self._only = ""

    def _accepts(self, wire: RawClient, key: str, option: str) -> None:
        """Raise UserError if a server of AstrBot's API rejects its key: then all responses would be the same."""
        if not self._profile.exchanges:
            return
        request = Sent("GET", f"{wire.path}/api/v1/configs", "1.1", (("X-API-Key", key),) if key else (), b"")
        with suppress(NoResponseError):
            if wire.send(request, self._timeout).status == 401:
                given = "rejects this key; give another" if key else "requires a key; give one"
                raise UserError(f"{wire.base_url} {given} with {option} or MOCKBOT_KEY")

    def compare(
        self, max_examples: int, seed: int, max_seconds: float, only: str, progress: Callable[[str], None]
    ) -> Comparison:
        """Send all requests to both servers, and return the differences.

        Ctrl-C, a stopped server or the end of its time ends the run early, with the differences so far.
        """
        started, interrupted, self._deadline = time.monotonic(), False, Deadline(max_seconds)
        self._only = only
        for wire, key, option in ((self._one, self._keys[0], "--key-a"), (self._other, self._keys[1], "--key-b")):
            wire.reach()
            self._accepts(wire, key, option)
        try:
            for exchange in read_folder(self._profile.exchanges):
                if not self._ended:
                    self._play(exchange, f"{seed}-{self.requests}")
            progress(self._progress("exchanges"))
            if not self._ended:
                interrupted = self._generate(max_examples, seed, progress)
        except KeyboardInterrupt:
            interrupted = True
        return Comparison(
            self._one.base_url,
            self._other.base_url,
            seed,
            time.monotonic() - started,
            self.requests,
            tuple(sorted(self._divergences(), key=lambda divergence: divergence.operation)),
            interrupted,
            self._gone,
            self._deadline.ended,
        )

    def _generate(self, max_examples: int, seed: int, progress: Callable[[str], None]) -> bool:
        options: dict[str, Any] = {"max_examples": max_examples, "seed": seed, "timeout": self._timeout}
        options |= {"max-redirects": 0}
        schema = generated(self._profile, IN_PROCESS, self._key, self, checks={"enabled": False}, **options)
        schema = schema.include(name=self._only) if self._only else schema
        schema.app = self
        stream, asked, interrupted = from_schema(schema).execute(), self.requests, False
        try:
            for event in stream:
                interrupted |= isinstance(event, events.Interrupted)
                if isinstance(event, events.PhaseFinished) and self.requests > asked:
                    asked = self.requests
                    progress(self._progress(event.phase.name.value))
                if isinstance(event, events.FatalError):
                    raise event.exception
                if isinstance(event, events.EngineFinished):
                    interrupted |= event.stop_reason is StopReason.INTERRUPTED
                if self._ended:
                    break
        finally:
            with suppress(KeyboardInterrupt, StopIteration):
                stream.finish()
        return interrupted

    @property
    def _ended(self) -> bool:
        return self._deadline.ended or bool(self._gone)

    def _progress(self, name: str) -> str:
        return f"{name:<9} {self.requests:>6} requests so far, {len(self._seen)} differences"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send the request to both servers, and the first server's response to schemathesis."""
        if scope["type"] != "http":
            return
        chunks, more = [], True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        response = self._send_both(_sent(scope, b"".join(chunks)))
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in (response.headers if response else ())
            if name.lower() not in UNTRUE
        ]
        await send({"type": "http.response.start", "status": response.status if response else 503, "headers": headers})
        plain = response is not None and response.header("content-encoding") is None
        await send({"type": "http.response.body", "body": shallow(response.body) if response and plain else b""})

    def _play(self, exchange: Exchange, mark: str) -> None:
        """Send the requests of a recorded exchange, unless it is slow or needs more than one key."""
        names: dict[str, JSON] = {EVERYTHING: self._key, **fresh(mark)}
        if exchange.slow or exchange.keys - {EVERYTHING}:
            return
        if self._only and self._operation(write(exchange.steps[-1].request, "", names)) != self._only:
            return
        for step in exchange.steps:
            time.sleep(step.request.wait)
            response = self._send_both(write(step.request, "", names))
            if response is None:
                return
            value = content(response)
            for name, pointer in step.capture.items():
                try:
                    names[name] = find(value, pointer)
                except LookupError:
                    return

    def _send_both(self, sent: Sent) -> Received | None:
        """Send a request to both servers, and note the differences and pairs of ids in their responses."""
        if self._gone or self._deadline.over():
            return None
        self.requests += 1
        one = self._send(self._one, sent)
        other = self._send(self._other, self._ids.translated(sent))
        found = [] if self._gone else differences(one, other)
        for difference in found:
            self._note(sent, difference)
        if one and other and not found:
            self._ids.add(content(one), content(other))
        return one

    def _send(self, wire: RawClient, sent: Sent) -> Received | None:
        try:
            received = wire.send(replace(sent, target=f"{wire.path}{sent.target}"), self._timeout)
            self._unanswered[wire] = 0
            return received
        except NoResponseError as error:
            self._unanswered[wire] += 1
            try:
                wire.reach()
            except UserError as gone:
                self._gone = f"{gone}; it stopped at {self._operation(sent)}"
            if self._unanswered[wire] == MOST_UNANSWERED:
                self._gone = f"{wire.base_url} does not answer {MOST_UNANSWERED} requests in a row: {error}"
            return None

    def _operation(self, sent: Sent) -> str:
        path = unquote(sent.target.partition("?")[0])
        route = self._profile.contract.operations.find(sent.method, path)
        if route.operation:
            return route.operation.name
        return f"{path} with a method that the contract lacks" if route.allow else "a path that the contract lacks"

    def _note(self, sent: Sent, difference: Difference) -> None:
        url = f"{self._one.base_url}{sent.target}"
        line = curl_line(sent.method, url, sent.headers, sent.body, self._key)
        group = self._operation(sent), difference
        seen = self._seen.setdefault(group, _Seen(line))
        seen.cases += 1
        seen.curl = min(seen.curl, line, key=len)

    def _divergences(self) -> Iterator[Divergence]:
        for (operation, difference), seen in self._seen.items():
            yield Divergence(operation, difference, seen.curl, seen.cases)


@dataclass(slots=True)
class _Seen:
    curl: str
    cases: int = 0


def _sent(scope: Any, body: bytes) -> Sent:
    """Return the request that an ASGI scope describes."""
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    pairs = [(name.decode("latin-1"), text.decode("utf-8", "replace")) for name, text in scope["headers"]]
    return Sent(scope["method"], target, "1.1", tuple(pair for pair in pairs if pair[0].lower() not in UNSENT), body)
