"""The ASGI layer of the contract: notes what a request breaks, and lets no answer out that breaks anything itself.

It never refuses a request; the API does, after authentication. It holds an answer only while that is short and
whole; a stream goes through as it comes.
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.answer import Answer, StreamCut
from mockbot.contract.contract import Contract
from mockbot.contract.exchange import KEY, Exchange
from mockbot.contract.media import parse_content_type
from mockbot.contract.operations import Route
from mockbot.contract.violation import Violation
from mockbot.wording import shown

UNJUDGED = ("HEAD", "OPTIONS")
SMALL = 256 * 1024
"""Up to how many bytes a body is judged at once; a larger one in a thread, so that other exchanges go on meanwhile."""


class ContractLayer:
    """Puts an Exchange into the scope, reads the request's body into it, and watches the answer."""

    def __init__(self, app: ASGIApp, contract: Contract, max_body: int, max_json: int | None = None) -> None:
        """`max_body`: bytes of any body; `max_json`: of one that says it is JSON, which takes longer to judge."""
        self.app, self.contract = app, contract
        self.max_body, self.max_json = max_body, max_body if max_json is None else min(max_json, max_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one exchange. The app reads the request's body from the Exchange, not from `receive`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        route = self.contract.operations.find(scope["method"], scope["path"])
        exchange = scope[KEY] = Exchange(route.operation, route.allow, route.parameters, limit=self._limit(scope))
        if not await self._read(scope, receive, exchange):
            return
        if len(exchange.body) > SMALL:
            exchange.violations += await asyncio.to_thread(self._violations, scope, route, exchange)
        else:
            exchange.violations += self._violations(scope, route, exchange)
        if route.operation is None or scope["method"] in UNJUDGED:
            await self.app(scope, receive, send)
            return
        answer = Answer(self.contract, exchange, route.operation, send)
        try:
            await self.app(scope, receive, answer.send)
        except* StreamCut:
            pass

    def _limit(self, scope: Scope) -> int:
        media_type, _ = parse_content_type(Headers(scope=scope).get("content-type", ""))
        return self.max_json if media_type.endswith("json") else self.max_body

    async def _read(self, scope: Scope, receive: Receive, exchange: Exchange) -> bool:
        """Read the body; False when the client left meanwhile. One declared too large is not read at all."""
        if _declared_length(scope) > exchange.limit:
            exchange.too_large = True
            return True
        chunks: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > exchange.limit:
                exchange.too_large = True
                return True
            chunks.append(chunk)
            more = message.get("more_body", False)
        exchange.body = b"".join(chunks)
        return True

    def _violations(self, scope: Scope, route: Route, exchange: Exchange) -> list[Violation]:
        if route.operation is None:
            return [_no_operation(scope["method"], scope["path"], route)]
        if exchange.too_large:
            message = f"the body must have at most {exchange.limit} bytes"
            return [Violation("request", "body", "", "maxLength", message)]
        judge = self.contract.validation.request
        return judge(route.operation, scope["query_string"], scope["headers"], exchange.body, route.parameters)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


def _no_operation(method: str, path: str, route: Route) -> Violation:
    if route.allow:
        message = f"the path has {', '.join(route.allow)}, but no {method}"
        return Violation("request", "method", "", "paths", message, method)
    return Violation("request", "route", "", "paths", f"there is nothing at {shown(path)}", path[:120])
