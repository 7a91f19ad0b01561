"""Validates one response: a complete response before it is sent, a stream event by event."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from starlette.types import Message, Send

from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type
from mockbot.contract.transaction import StreamOf, Transaction
from mockbot.openapi.operations import Operation
from mockbot.response import ErrorForm, Response
from mockbot.sse import EVENT, EVENT_STREAM, LIKE
from mockbot.turns import Turns
from mockbot.violation import Violation

LARGE = 256 * 1024
"""Bytes of a body that are validated in a thread."""


class StreamCut(Exception):
    """Raised into the app to stop a response that violates the contract; the layer catches it."""


class Outgoing:
    """Wraps the server's `send` for one response."""

    def __init__(
        self,
        contract: Contract,
        transaction: Transaction,
        operation: Operation,
        error: ErrorForm,
        send: Send,
        turns: Turns,
    ) -> None:
        self._turns = turns
        self._contract, self._transaction, self._operation = contract, transaction, operation
        self._error, self._send = error, send
        self._start: Message = {}
        self._chunks: list[bytes] = []
        self._stream: StreamOf | None = None

    def send(self, message: Message) -> Awaitable[None]:
        """Process the app's next message; pass on messages that are neither the start nor the body of a response."""
        match message["type"]:
            case "http.response.start":
                return self._begin(message)
            case "http.response.body" if self._stream is not None:
                return self._pass(self._stream, message)
            case "http.response.body":
                return self._hold(message)
        return self._send(message)

    async def _begin(self, message: Message) -> None:
        # ASGI requires lower-case names, which an app may forget, and allows the headers to be absent
        fields = [(name.lower(), value) for name, value in message.get("headers", ())]
        self._start = {**message, "headers": fields}
        stream: StreamOf | None = self._transaction.stream
        if stream is None and _is_stream(fields):
            stream = self._contract.stream(self._operation)
        if stream is None:
            return
        violations = [] if self._transaction.stream is not None else self._violations(b":\n\n")
        if violations:
            await self._replace(violations)
            raise StreamCut
        self._stream = stream
        await self._send(self._start)

    async def _hold(self, message: Message) -> None:
        self._chunks.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = b"".join(self._chunks)
        if body is self._transaction.accepted:
            violations = []
        elif len(body) <= LARGE:
            violations = self._violations(body)
        else:
            violations = await self._turns.in_thread(self._violations, body)
        if violations:
            await self._replace(violations)
        else:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})

    def accepts(self, message: Message) -> bool:
        """Return whether `send` would pass on the next message of a stream, which is not sent yet."""
        if message["type"] == "http.response.body" and self._stream is not None:
            body, over = message["body"], not message["more_body"]
            return not self._stream.validate(body, over, message.get(EVENT), message.get(LIKE))
        if message["type"] != "http.response.start" or self._transaction.verbatim or not _is_stream(message["headers"]):
            return False
        self._start, self._stream = message, self._contract.stream(self._operation)
        return self._stream is not None and not self._violations(b":\n\n")

    def _violations(self, body: bytes) -> list[Violation]:
        start = self._start
        return violations_of(
            self._contract, self._transaction, self._operation, start["status"], start["headers"], body
        )

    async def _replace(self, violations: list[Violation]) -> None:
        """Send a 500 that lists the violations."""
        response = replacing(violations, self._transaction, self._error)
        await self._send({"type": "http.response.start", "status": 500, "headers": response.raw_headers})
        await self._send({"type": "http.response.body", "body": response.body})

    def _pass(self, stream: StreamOf, message: Message) -> Awaitable[None]:
        if self._transaction.verbatim:
            return self._send(message)
        if len(message.get("body", b"")) > LARGE:
            return self._pass_large(stream, message)
        self._cut(_validated(stream, message))
        return self._send(message)

    async def _pass_large(self, stream: StreamOf, message: Message) -> None:
        self._cut(await self._turns.in_thread(_validated, stream, message))
        await self._send(message)

    def _cut(self, violations: list[Violation]) -> None:
        """Stop a stream that would have violations."""
        if violations:
            self._transaction.defects += violations
            self._transaction.why_cut = f"the stream would violate the contract: {violations[0].message}"
            raise StreamCut


def violations_of(
    contract: Contract,
    transaction: Transaction,
    operation: Operation,
    status: int,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes,
) -> list[Violation]:
    """Return the violations of a complete response, or of the beginning of a stream, unless it may have any."""
    if transaction.verbatim or (transaction.undocumented and not operation.describes(status)):
        return []
    return contract.validation.response(operation, status, headers, body)


def replacing(violations: list[Violation], transaction: Transaction, error: ErrorForm) -> Response:
    """Return the 500 that is sent in place of a response with violations, and note them as defects."""
    transaction.defects += violations
    return error(500, f"The response would violate the contract: {violations[0].message}", violations)


def _validated(stream: StreamOf, message: Message) -> list[Violation]:
    body, over = message.get("body", b""), not message.get("more_body", False)
    return stream.validate(body, over, message.get(EVENT), message.get(LIKE))


def _is_stream(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    for name, value in fields:
        if name == b"content-type":
            return parse_content_type(value.decode("latin-1"))[0] == EVENT_STREAM
    return False
