"""The ASGI layer of the contract: records the violations of a request, and never sends a response that has violations.

It never refuses a request; the API does that, after authentication. A request with a large body is validated when the
API asks for it, so that one without a key costs no validation. It holds back a complete response until it is validated,
and sends each event of a stream at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from functools import partial
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.amounts import too_many
from mockbot.contract.content_coding import Decoder, TooLarge, Unsupported, codings
from mockbot.contract.contract import Contract
from mockbot.contract.media_types import is_json, parse_content_type
from mockbot.contract.outgoing import Outgoing, StreamCut
from mockbot.contract.transaction import KEY, READ, Transaction
from mockbot.contract.wire.described import FORM
from mockbot.dataclass import dataclass
from mockbot.openapi.operations import Operation, Route
from mockbot.response import ErrorForm
from mockbot.sse import EVENT_STREAM
from mockbot.turns import Turns
from mockbot.violation import Violation
from mockbot.wording import shown

RequestLine: TypeAlias = Callable[[Scope], None]
"""Changes the method and the path of a scope in place, so that the layers outside read them, too."""
NOT_VALIDATED = ("HEAD", "OPTIONS")
SMALL = 16 * 1024
"""Bodies with more bytes are validated in a thread, so that they do not delay other requests, and after the key."""
MANY = 64
"""The pieces of a body from which on they are joined in a thread, because that takes long for a hundred megabytes."""
SMALL_CODED = 4096
"""The same for a piece of a compressed body, which may become a thousand times as large."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes bodies may have: any at most `body`; JSON and urlencoded forms, which take longer, `json`."""

    body: int
    json: int

    def of(self, content_type: bytes) -> int:
        """Return the limit for a body of a media type."""
        if not content_type:
            return self.body
        media_type, _ = parse_content_type(content_type.decode("latin-1"))
        return min(self.json, self.body) if is_json(media_type) or media_type == FORM else self.body


class ContractLayer:
    """Adds a Transaction to the scope, reads the request's body into it, and validates the request and the response."""

    def __init__(
        self,
        app: ASGIApp,
        contract: Contract,
        error: ErrorForm,
        limits: Limits,
        request_line: RequestLine | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Limit bodies to `limits`, and read request lines with `request_line`; large messages have one of `turns`."""
        self.app, self.contract, self.error, self.limits = app, contract, error, limits
        self._request_line, self._turns = request_line, turns or Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Validate one request and its response. The app reads the body from the Transaction, not from `receive`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._request_line is not None:
            self._request_line(scope)
        transaction: Transaction | None = scope.get(KEY)
        if transaction is None:
            transaction = await self._validated(scope, receive)
        else:  # the short way has validated the request
            await receive()
        if transaction is None:
            return
        operation = transaction.operation
        if READ in scope:
            scope[READ]()
        if operation is None or scope["method"] in NOT_VALIDATED:
            await self.app(scope, receive, send)
            return
        outgoing = Outgoing(self.contract, transaction, operation, self.error, send, self._turns)
        try:
            await self.app(scope, receive, outgoing.send)
        except* StreamCut:
            pass
        finally:
            transaction.later = None  # which has the transaction

    async def _validated(self, scope: Scope, receive: Receive) -> Transaction | None:
        """Read and validate a request; return None if the client disconnects before its end."""
        route = self.contract.route(scope)
        heads = _heads(scope["headers"])
        transaction = scope[KEY] = self._transaction(heads, route)
        if not await self._read(heads, receive, transaction):
            return None
        transaction.later = partial(self._violations, scope, route, transaction)
        if route.others or self._loads(scope, route, transaction):  # which operation it is depends on the violations
            await self._turns.in_thread(transaction.validate)
        elif len(transaction.body) <= SMALL or route.operation is None:
            transaction.validate()
        return transaction

    def _loads(self, scope: Scope, route: Route, transaction: Transaction) -> bool:
        """Return whether a request is the first that needs the validation in full; no other waits while it loads."""
        validation = self.contract.validation
        if validation.loaded or route.operation is None or len(transaction.body) > SMALL:
            return False
        query, headers, body = scope["query_string"], scope["headers"], transaction.body
        return not validation.accepts_request(route.operation, query, headers, body, route.parameters)

    def _transaction(self, heads: _Heads, route: Route) -> Transaction:
        operation = route.operation
        chat = operation is not None and operation.name == self.contract.chat
        limit = self.limits.of(heads.content_type)
        return Transaction(operation, chat, route.allow, route.best, route.parameters, limit=limit)

    async def _read(self, heads: _Heads, receive: Receive, transaction: Transaction) -> bool:
        """Read the body, unless it is declared too large; return False if the client disconnects first."""
        if heads.length > transaction.limit:
            transaction.too_large = True
            return True
        decoder = self._decoder(heads.codings, transaction)
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > transaction.limit:
                transaction.too_large = True
                return True
            more = message.get("more_body", False)
            try:
                chunks.append(chunk if decoder is None else await _decoded(decoder, chunk, more))
            except TooLarge:
                transaction.too_large = True
                return True
            except ValueError as error:
                reason = f"the body cannot be decoded from {', '.join(decoder.names) if decoder else ''}: {error}"
                transaction.undecoded = Violation("request", "body", "", "parse", reason)
                return True
        body = b"".join(chunks) if len(chunks) < MANY else await self._turns.in_thread(b"".join, chunks)
        if len(body) > SMALL:
            transaction.bound_of_values = await self._turns.in_thread(
                too_many, heads.content_type, body, self.limits.json
            )
        transaction.too_large = bool(transaction.bound_of_values)
        transaction.body = b"" if transaction.too_large else body
        return True

    def _decoder(self, values: Sequence[str], transaction: Transaction) -> Decoder | None:
        """Return what decodes the body; None if it is read unchanged."""
        if not values or not self.contract.decode_bodies:
            return None
        try:
            names = codings(values)
        except Unsupported as error:
            value = ", ".join(values)[:120]
            transaction.undecoded = Violation("request", "header", "/Content-Encoding", "coding", str(error), value)
            return None
        return Decoder(names, transaction.limit) if names else None

    def _violations(self, scope: Scope, route: Route, transaction: Transaction) -> list[Violation]:
        if route.operation is None and scope["method"] in route.allow:  # an implied OPTIONS
            return []
        if route.operation is None:
            return [self._no_operation(scope, route)]
        if transaction.too_large:
            more = "; --max-json allows more" if transaction.limit == self.limits.json < self.limits.body else ""
            message = f"the body must {transaction.bound}{more}"
            return [Violation("request", "body", "", "maxLength", message)]
        if transaction.undecoded is not None:
            return [transaction.undecoded]
        found = self._of_operation(route.operation, scope, route, transaction)
        for other in route.others if found else ():
            if not self._of_operation(other, scope, route, transaction):
                transaction.operation = other
                return []
        return found

    def _no_operation(self, scope: Scope, route: Route) -> Violation:
        method, path = scope["method"], scope["path"]
        if not route.allow:
            return Violation("request", "route", "", "paths", f"the contract has no path {shown(path)}", path[:120])
        message = f"the path has {', '.join(route.allow)}, but no {method}"
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        if method == "GET" and EVENT_STREAM.encode() in accept:
            message += self._instead_of_event_source(scope, route)
        return Violation("request", "method", "", "paths", message, method)

    def _instead_of_event_source(self, scope: Scope, route: Route) -> str:
        """Return the end of a sentence for a browser that asks for a stream with EventSource, if there is one."""
        others = (self.contract.operations.route(scope, method).operation for method in route.allow)
        streams = [each.method for each in others if each is not None and self.contract.has_stream(each)]
        if not streams:
            return ""
        return (
            "; EventSource cannot read its stream, because it sends only GET, without headers and without a body: "
            f"send {streams[0]} with fetch and read the body of the response, "
            "or use a library such as eventsource-parser"
        )

    def _of_operation(
        self, operation: Operation, scope: Scope, route: Route, transaction: Transaction
    ) -> list[Violation]:
        validate = self.contract.validation.request
        body, parts = transaction.body, transaction.parts
        return validate(operation, scope["query_string"], scope["headers"], body, route.parameters, parts)


async def _decoded(decoder: Decoder, chunk: bytes, more: bool) -> bytes:
    found = decoder.feed(chunk) if len(chunk) <= SMALL_CODED else await asyncio.to_thread(decoder.feed, chunk)
    if not more:
        decoder.end()
    return found


@dataclass(slots=True)
class _Heads:
    """What the headers of a request say of its body; of repeated headers the first."""

    content_type: bytes = b""
    length: int = 0
    codings: list[str] = field(default_factory=list)


def _heads(headers: Iterable[tuple[bytes, bytes]]) -> _Heads:
    found = _Heads()
    for name, value in headers:
        if name == b"content-type":
            found.content_type = found.content_type or value
        elif name == b"content-length":
            if value.isdigit() and not found.length:
                found.length = int(value[:20])
        elif name == b"content-encoding":
            found.codings.append(value.decode("latin-1"))
    return found
