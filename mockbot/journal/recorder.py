"""The layer that opens and closes journal entries. It sees the bytes that are sent to the client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.contract.transaction import READ, Transaction, transaction_of
from mockbot.errors import UserError
from mockbot.fault.fault import ABORT, BODY, FAULT, RAW, SLEEP, START
from mockbot.journal.browser import made_by_browser
from mockbot.journal.entry import KEPT, Arrival, Entry
from mockbot.journal.journal import Journal
from mockbot.journal.log import Log
from mockbot.journal.masked_stream import MaskedStream
from mockbot.journal.masking import Later, Masking
from mockbot.journal.secrets import Secrets
from mockbot.response import ErrorForm, Response

SCOPE_JOURNAL, SCOPE_ENTRY = "mockbot.journal", "mockbot.entry"
READ_ON = KEPT + 64 * 1024
"""Bytes of a request body that are kept until it is masked: a key may end beyond KEPT."""
WEIGHED, WEIGHED_PIECES = 16 * 1024, 64
"""Bytes and pieces of a response after which its entry is weighed again."""
PIECE = 1024 * 1024
"""Bytes of a response that are recorded in one turn of the event loop."""
FAILED, WHY_FAILED = "mockbot failed to answer %s %s (entry %s)", "mockbot failed; its log has the traceback"
WHY_STREAM_FAILED = "mockbot failed in the middle of the stream; its log has the traceback"
"""What the log and the entry say when the API raises, before a response or in it."""
WHY_NOT_COMPLETE = "the response was not sent completely"
WHY_WORLD_ENDED = "its world was removed or replaced, or the server was stopped"
"""What they say of a response that ends early."""
Fields: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Headers as they are sent."""
log = logging.getLogger("mockbot")


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
        journal: Journal = scope[SCOPE_JOURNAL]
        masking = Masking(journal.callers, scope["query_string"], scope["headers"])
        entry: Entry | None = scope.get(SCOPE_ENTRY)  # which the short way has opened
        if entry is None:
            entry = journal.open(Arrival(scope["method"], scope.get("root_path", "") + scope["path"], masking))
        recording = _Recording(scope, receive, send, journal, entry, masking)
        scope[SCOPE_ENTRY], scope[READ] = entry, recording.note_transaction
        try:
            await self.app(scope, recording.receive, recording.send)
        except Exception as error:
            entry.ended, entry.why = "defect", log_failure(entry, error)
            if not entry.status:
                await recording.fail(self.error)
        finally:
            del scope[READ]  # which has the scope
            recording.close()
            self.report(entry)
            masking.release()


class _Recording:
    """One exchange: `receive` and `send` pass messages on and record them."""

    __slots__ = (
        *("_entry", "_fields", "_journal", "_masking", "_pieces", "_receive", "_scope", "_send", "_stream", "_weighed"),
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, journal: Journal, entry: Entry, masking: Masking
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._journal, self._entry, self._masking = journal, entry, masking
        self._stream = entry.stream = entry.stream or MaskedStream(masking)
        self._fields: Fields = ()
        """The headers of the response."""
        self._weighed = self._pieces = 0
        """The bytes and pieces of the response when the entry was last weighed."""

    async def receive(self) -> Message:
        """Receive a message from the client; record when it leaves before the end."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._client_left()
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message to the client, and record it."""
        kind = message["type"]
        if kind == BODY:
            if data := message.get("body"):
                if len(data) > PIECE:
                    return self._send_large(message, data)
                self._keep(data)
            if not message.get("more_body", False) and self._entry.ended == "open":
                self._entry.ended = "complete"
            return self._send(message)
        return self._send(self._start(message)) if kind == START else self._carry_out(message)

    async def _send_large(self, message: Message, data: bytes) -> None:
        """Record a large body in pieces, between which other tasks run, and send it."""
        for start in range(0, len(data), PIECE):
            self._keep(data[start : start + PIECE])
            await asyncio.sleep(0)
        if not message.get("more_body", False) and self._entry.ended == "open":
            self._entry.ended = "complete"
        await self._send(message)

    async def _carry_out(self, message: Message) -> None:
        """Record what a fault does, before or after it."""
        entry, kind = self._entry, message["type"]
        if kind == FAULT:
            entry.faults += (message["fault"].name,)
        elif kind == ABORT and entry.ended == "open":
            entry.ended, entry.why = message["how"], message.get("why", "a fault ended the connection")
            entry.closed = self._journal.monotonic()
        await self._send(message)
        if kind == SLEEP and message["left"]:
            self._client_left()
        elif kind == RAW and message["sent"] and not message["interim"] and message["data"]:
            self._keep(message["data"])

    def _start(self, message: Message) -> Message:
        """Record the head of the response, and return it with the headers that name the entry."""
        entry = self._entry
        self.note_transaction()
        headers = [*message.get("headers", []), *naming(entry, transaction_of(self._scope))]
        entry.status, self._fields = message["status"], headers
        entry.response_headers = Later(self._masking, Secrets.headers, headers)
        self._journal.sent(entry)
        return {**message, "headers": headers}

    def _keep(self, data: bytes) -> None:
        """Keep a piece of the response body."""
        entry, journal = self._entry, self._journal
        self._stream.add(journal.now() - entry.began, bytes(data))
        entry.response_size += len(data)
        entry.last_sent = journal.monotonic()
        if entry.response_size - self._weighed >= WEIGHED or self._stream.pieces - self._pieces >= WEIGHED_PIECES:
            self._weighed, self._pieces = entry.response_size, self._stream.pieces
            journal.weigh(entry)
        journal.sent(entry)

    def note_transaction(self) -> None:
        """Copy what the contract layer has read and found: before the response, because that may wait or last long."""
        note(self._entry, self._masking, transaction_of(self._scope))

    def close(self) -> None:
        """Close the entry."""
        entry, transaction = self._entry, transaction_of(self._scope)
        self._stream.end()
        if not entry.status:
            self.note_transaction()
        if transaction.defects:
            entry.defects = Later(self._masking, Secrets.violations, tuple(transaction.defects))
        if entry.ended == "open" and self._has_all_bytes():
            entry.ended = "complete"
        elif entry.ended == "open":
            entry.ended, entry.why = "cut", WHY_WORLD_ENDED if self._journal.ended else WHY_NOT_COMPLETE
            if transaction.why_cut:
                entry.ended, entry.why = "defect", transaction.why_cut
        if entry.why:
            entry.why = self._masking.secrets.text(entry.why)
        self._journal.close(entry)

    def _client_left(self) -> None:
        entry, journal = self._entry, self._journal
        if entry.ended == "open" and self._has_all_bytes():
            entry.ended = "complete"
        elif entry.ended == "open" and not journal.ended:
            entry.ended, entry.left = "client left", journal.now() - entry.began
            entry.closed = journal.monotonic()

    def _has_all_bytes(self) -> bool:
        """Return whether the client has its whole response, so that it may leave, though the end is not yet sent."""
        if self._entry.method == "HEAD" or self._entry.status in (0, 204, 304):
            return self._entry.status > 0
        length = next((value for name, value in self._fields if name.lower() == b"content-length"), b"")
        return length.isdigit() and self._entry.response_size >= int(length[:20])

    async def fail(self, error: ErrorForm) -> None:
        """Send an error after the API failed without a response."""
        response = failure(error)
        ended, self._entry.ended = self._entry.ended, "defect"
        await self.send({"type": "http.response.start", "status": 500, "headers": response.raw_headers})
        await self.send({"type": "http.response.body", "body": response.body})
        self._entry.ended = ended


def log_failure(entry: Entry, error: Exception, why: str = WHY_FAILED) -> str:
    """Log why mockbot failed: the mistake of a script in one line, a defect with a traceback; return it for people."""
    if isinstance(error, UserError):
        log.error("%s %s (entry %s): %s", entry.method, entry.path, entry.id, error)
        return str(error)
    log.error(FAILED, entry.method, entry.path, entry.id, exc_info=error)
    return why


def fail_stream(entry: Entry, error: Exception) -> None:
    """Log why mockbot failed in the middle of a stream, and note it, unless the exchange had ended before."""
    why = log_failure(entry, error, WHY_STREAM_FAILED)
    if entry.ended == "open":
        entry.ended, entry.why = "defect", why


def failure(error: ErrorForm) -> Response:
    """Return the response in place of one that the API failed to give."""
    return error(500, "mockbot failed to answer; its log says why")


def note(entry: Entry, masking: Masking, transaction: Transaction) -> None:
    """Copy what the contract layer has read and found."""
    if transaction.operation is not None:
        entry.operation, entry.chat = transaction.operation.name, transaction.chat
    if transaction.body:
        entry.body_size = len(transaction.body)
        entry.body = Later(masking, _body, transaction.body[:READ_ON])
    if transaction.violations and (transaction.operation is not None or not made_by_browser(entry)):
        entry.violations = Later(masking, Secrets.violations, tuple(transaction.violations))


def naming(entry: Entry, transaction: Transaction) -> Fields:
    """Return the headers that name an entry in its response, and count its violations."""
    name = (b"x-mockbot-entry", entry.id.encode())
    if transaction.violations and (violations := len(entry.violations)):
        return name, (b"x-mockbot-violations", str(violations).encode())
    return (name,)


def note_whole(
    journal: Journal,
    entry: Entry,
    masking: Masking,
    transaction: Transaction,
    status: int,
    headers: Fields,
    pieces: Sequence[bytes],
) -> None:
    """Write to its entry a whole response that is sent now."""
    entry.status = status
    entry.response_headers = Later(masking, Secrets.headers, headers)
    entry.send_whole(masking, journal.now() - entry.began, journal.monotonic(), pieces)
    if transaction.defects:
        entry.defects = Later(masking, Secrets.violations, tuple(transaction.defects))


def _body(secrets: Secrets, sent: bytes) -> bytes:
    return secrets.data(sent, KEPT)
