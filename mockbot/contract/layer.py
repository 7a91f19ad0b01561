"""The ASGI layer of the contract: records the violations of a request, and never sends a response that has violations.

It never refuses a request; the API does that, after authentication. A request with a large body is validated when the
API asks for it, so that one without a key costs no validation. It holds back a complete response until it is validated,
and sends each event of a stream at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type
from mockbot.contract.outgoing import Outgoing, StreamCut
from mockbot.contract.receiving import SMALL, Heads, Limits, Receiving, heads_of
from mockbot.contract.transaction import KEY, READ, Transaction
from mockbot.held import Held, Share
from mockbot.openapi.operations import Operation, Route
from mockbot.response import ErrorForm
from mockbot.sse import EVENT_STREAM
from mockbot.turns import Turns
from mockbot.violation import Violation
from mockbot.wording import shown

RequestLine: TypeAlias = Callable[[Scope], None]
"""Changes the method and the path of a scope in place, so that the layers outside read them, too."""
NOT_VALIDATED = ("HEAD", "OPTIONS")


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
        held: Held | None = None,
    ) -> None:
        """Limit bodies to `limits`, and read request lines with `request_line`; large messages have one of `turns`.

        `held` counts their bodies.
        """
        self.app, self.contract, self.error = app, contract, error
        self._request_line, self._turns, self._held = request_line, turns or Turns(), held or Held()
        self._limits, self._receiving = limits, Receiving(limits, self._turns, decodes=contract.decode_bodies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Validate one request and its response. The app reads the body from the Transaction, not from `receive`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._request_line is not None:
            self._request_line(scope)
        transaction: Transaction | None = scope.get(KEY)
        if transaction is not None:  # the short way has validated the request
            await receive()
            await self._answer(transaction, scope, receive, send)
            return
        held = self._held.share()
        try:
            transaction = await self._validated(scope, receive, held)
            if transaction is not None:
                await self._answer(transaction, scope, receive, send)
        finally:
            held.release()

    async def _answer(self, transaction: Transaction, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and validate its response."""
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

    async def _validated(self, scope: Scope, receive: Receive, held: Share) -> Transaction | None:
        """Read and validate a request; return None if the client disconnects before its end."""
        route = self.contract.route(scope)
        heads = heads_of(scope["headers"])
        transaction = scope[KEY] = self._transaction(heads, route)
        if not await self._receiving.receive(heads, receive, transaction, held):
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

    def _transaction(self, heads: Heads, route: Route) -> Transaction:
        operation = route.operation
        chat = operation is not None and operation.name == self.contract.chat
        limit = self._limits.of(heads.content_type)
        return Transaction(operation, chat, route.allow, route.best, route.parameters, limit=limit)

    def _violations(self, scope: Scope, route: Route, transaction: Transaction) -> list[Violation]:
        if route.operation is None and scope["method"] in route.allow:  # an implied OPTIONS
            return []
        if route.operation is None:
            return [self._no_operation(scope, route)]
        if transaction.too_large:
            more = ""
            if transaction.limit == self._limits.json < self._limits.body:
                content_type = heads_of(scope["headers"]).content_type.decode("latin-1")
                more = f" as {shown(parse_content_type(content_type)[0])}; --max-json allows more"
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
