"""The layer that opens and closes journal entries. It sees the bytes that are sent to the client."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.contract.transaction import READ, Transaction, transaction_of
from mockbot.fault.fault import ABORT, FAULT, RAW, SLEEP
from mockbot.journal.browser import made_by_browser
from mockbot.journal.entry import KEPT, Entry
from mockbot.journal.journal import Journal
from mockbot.journal.log import Log
from mockbot.journal.masking import Later, Masking
from mockbot.journal.secrets import Secrets
from mockbot.response import ErrorForm

SCOPE_JOURNAL, SCOPE_ENTRY = "mockbot.journal", "mockbot.entry"
READ_ON = KEPT + 64 * 1024
"""Bytes of a request body that are kept until it is masked: a key may end beyond KEPT."""
log = logging.getLogger("mockbot")


def journal_of(scope: Scope) -> Journal:
    """Return the journal of the world of a request."""
    journal: Journal = scope[SCOPE_JOURNAL]
    return journal


def entry_of(scope: Scope) -> Entry:
    """Return the open entry of a request."""
    entry: Entry = scope[SCOPE_ENTRY]
    return entry


class Recorder:
    """Writes an entry for every exchange, and calls `report` with it at the end."""

    def __init__(self, app: ASGIApp, report: Log, error: ErrorForm) -> None:
        self.app, self.report, self.error = app, report, error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an exchange on and record it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        journal = journal_of(scope)
        masking = Masking(journal.callers, scope["query_string"], scope["headers"])
        entry = journal.open(scope["method"], scope.get("root_path", "") + scope["path"], masking)
        scope[SCOPE_ENTRY] = entry
        scope[READ] = lambda: _note_transaction(entry, transaction_of(scope), masking)
        recording = _Recording(scope, receive, send, masking)
        try:
            await self.app(scope, recording.receive, recording.send)
        except Exception:
            log.exception("mockbot failed to answer %s %s (entry %s)", entry.method, entry.path, entry.id)
            entry.ended, entry.why = "defect", "mockbot failed; its log has the traceback"
            if not entry.status:
                await recording.fail(self.error)
        finally:
            recording.finish()
            self._close(entry, journal, scope, masking)

    def _close(self, entry: Entry, journal: Journal, scope: Scope, masking: Masking) -> None:
        transaction = transaction_of(scope)
        if not entry.status:
            _note_transaction(entry, transaction, masking)
        if transaction.defects:
            entry.defects = Later(masking, Secrets.violations, tuple(transaction.defects))
        if transaction.why_cut and entry.ended == "open":
            entry.ended, entry.why = "defect", transaction.why_cut
        elif entry.ended == "open":
            entry.ended, entry.why = "cut", "the response was not sent completely"
        if entry.why:
            entry.why = masking.secrets.text(entry.why)
        journal.close(entry)
        self.report(entry)


class _Recording:
    """One exchange: `receive` and `send` pass messages on and record them."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, masking: Masking) -> None:
        self._scope, self._receive, self._send, self._masking = scope, receive, send, masking
        self._entry, self._journal = entry_of(scope), journal_of(scope)
        assert self._entry.stream is not None
        self._stream = self._entry.stream

    async def receive(self) -> Message:
        """Receive a message from the client; record when it leaves before the end."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._client_left()
        return message

    async def send(self, message: Message) -> None:
        """Send a message to the client, and record it."""
        entry = self._entry
        if message["type"] == "http.response.start":
            transaction = transaction_of(self._scope)
            _note_transaction(entry, transaction, self._masking)
            headers = [*message.get("headers", []), (b"x-mockbot-entry", entry.id.encode())]
            if transaction.violations and (violations := len(entry.violations)):
                headers.append((b"x-mockbot-violations", str(violations).encode()))
            message = {**message, "headers": headers}
            entry.status = message["status"]
            entry.response_headers = Later(self._masking, Secrets.headers, headers)
            self._journal.sent(entry)
        elif message["type"] == "http.response.body":
            self._keep(bytes(message.get("body", b"")))
            if not message.get("more_body", False) and entry.ended == "open":
                entry.ended = "complete"
        elif message["type"] == FAULT:
            entry.faults += (message["fault"].name,)
        elif message["type"] == ABORT and entry.ended == "open":
            entry.ended, entry.why = message["how"], "a fault ended the connection"
            entry.closed = self._journal.monotonic()
        await self._send(message)
        if message["type"] == SLEEP and message["left"]:
            self._client_left()
        elif message["type"] == RAW and message["sent"] and not message["interim"]:
            self._keep(message["data"])

    def _keep(self, data: bytes) -> None:
        """Keep a piece of the response body."""
        if not data:
            return
        entry = self._entry
        self._stream.add(self._now(), data)
        entry.response_size += len(data)
        entry.last_sent = self._journal.monotonic()
        self._journal.sent(entry)

    def finish(self) -> None:
        """Note the end of the response body."""
        self._stream.end()

    def _client_left(self) -> None:
        if self._entry.ended == "open":
            self._entry.ended, self._entry.left = "client left", self._now()
            self._entry.closed = self._journal.monotonic()

    def _now(self) -> float:
        return self._journal.now() - self._entry.began

    async def fail(self, error: ErrorForm) -> None:
        """Send an error after the API failed without a response."""
        response = error(500, "mockbot failed to answer; its log says why")
        ended, self._entry.ended = self._entry.ended, "defect"
        await self.send({"type": "http.response.start", "status": 500, "headers": response.raw_headers})
        await self.send({"type": "http.response.body", "body": response.body})
        self._entry.ended = ended


def _note_transaction(entry: Entry, transaction: Transaction, masking: Masking) -> None:
    """Copy what the contract layer has read and found: before the response, because that may wait or last long."""
    if transaction.operation is not None:
        entry.operation, entry.chat = transaction.operation.name, transaction.chat
    if transaction.body:
        entry.body, entry.body_size = Later(masking, _body, transaction.body[:READ_ON]), len(transaction.body)
    if transaction.violations and (transaction.operation is not None or not made_by_browser(entry)):
        entry.violations = Later(masking, Secrets.violations, tuple(transaction.violations))


def _body(secrets: Secrets, sent: bytes) -> bytes:
    return secrets.data(sent, KEPT)
