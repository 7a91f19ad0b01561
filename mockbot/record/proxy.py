"""The proxy: an ASGI application that passes requests on to a server, and the pieces of responses as they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from mockbot.journal.credentials import Carriers, credentials
from mockbot.record.exchange import MOST_OF_BODY, PIECE, Exchange, Piece, Tape
from mockbot.record.headers import request_headers, response_headers
from mockbot.record.upstream import Upstream, UpstreamError
from mockbot.response import problem

BURST = 16
"""Pieces of a response after which other exchanges have a turn."""
SMALL = 16 * 1024
"""Exchanges with more bytes are reported in a thread, because validation would delay others."""


class ClientLeft(Exception):
    """The client has closed the connection before the end of its request."""


class TooLarge(Exception):
    """The body of a request has more bytes than the proxy passes on."""


class Proxy:
    """Passes exchanges on to `upstream` and keeps them on `tape`; `report` is called with each one at its end."""

    base_path = ""
    key = ""
    server_header = "mockbot"

    def __init__(
        self,
        upstream: Upstream,
        tape: Tape,
        carriers: Carriers,
        max_body: int,
        report: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        """`carriers` name the headers and parameters with secrets; a request body has at most `max_body` bytes."""
        self._upstream, self._tape, self._carriers = upstream, tape, carriers
        self._max_body, self._report = max_body, report
        self._closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one exchange on."""
        if scope["type"] != "http":
            return
        exchange = self._exchange(scope)
        passing = _Passing(self._upstream, exchange, self._tape, self._max_body, scope, receive, send)
        running = asyncio.ensure_future(passing.run())
        watching = asyncio.ensure_future(passing.left())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({running, watching, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                stopped = self._closing.is_set()
                exchange.ended, exchange.why = ("cut", "the proxy was stopped") if stopped else ("client left", "")
        finally:
            await _cancelled(running, watching, closing)
            self._tape.keep(exchange)
            if exchange.size > SMALL:
                await asyncio.to_thread(self._report, exchange)
            else:
                self._report(exchange)
        if not running.cancelled() and (error := running.exception()) is not None:
            raise error

    def _exchange(self, scope: Scope) -> Exchange:
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        secrets = credentials(scope["query_string"], headers, self._carriers)
        raw_path = scope.get("raw_path") or scope["path"].encode()
        number, method = self._tape.number(), scope["method"]
        return Exchange(
            number, time.time(), method, scope["path"], raw_path, scope["query_string"], headers, credentials=secrets
        )

    async def close(self) -> None:
        """End all exchanges, also those of streams that have not ended."""
        self._closing.set()
        await asyncio.sleep(0)
        await self._upstream.close()


class _Passing:
    """One exchange under way."""

    def __init__(
        self,
        upstream: Upstream,
        exchange: Exchange,
        tape: Tape,
        max_body: int,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._upstream, self._exchange, self._tape, self._max_body = upstream, exchange, tape, max_body
        self._scope, self._receive, self._send = scope, receive, send
        self._request_over = asyncio.Event()
        self._began = time.monotonic()
        self._kept = 0

    async def run(self) -> None:
        """Send the request, then the response as it comes; without one, refuse the request."""
        exchange = self._exchange
        try:
            response = await self._requested()
        except UpstreamError as error:
            await self._refuse(error.status, error.sentence)
            return
        except TooLarge:
            await self._refuse(413, f"the body of a request has at most {self._max_body} bytes")
            return
        except ClientLeft:
            exchange.ended = "client left"
            return
        try:
            await self._respond(response)
            exchange.ended = "complete"
        except httpx.HTTPError as error:  # the response has begun: only its end can show that it is not whole
            exchange.ended, exchange.why = "cut", self._upstream.failure(error).sentence
        finally:
            await response.aclose()

    async def left(self) -> None:
        """Return when the client has left, after the end of its request."""
        await self._request_over.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _requested(self) -> httpx.Response:
        exchange = self._exchange
        if exchange.method == "CONNECT":
            raise UpstreamError(501, "CONNECT is not passed on")
        if int(dict(exchange.headers).get(b"content-length", b"0")[:20]) > self._max_body:
            raise TooLarge
        target = exchange.raw_path + (b"?" + exchange.query if exchange.query else b"")
        headers = request_headers(exchange.headers, self._upstream.host)
        response = await self._upstream.send(exchange.method, target, headers, self._body())
        self._request_over.set()
        return response

    async def _body(self) -> AsyncIterator[bytes]:
        """Yield the pieces of the request body as the client sends them."""
        kept: list[bytes] = []
        size, needed, more = 0, 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            piece, more = message.get("body", b""), message.get("more_body", False)
            size += len(piece)
            if size > self._max_body:
                raise TooLarge
            needed += len(piece) + PIECE
            if self._has_room(needed, piece):
                kept.append(piece)
            else:
                kept.clear()
            if piece:
                yield piece
        self._exchange.body = b"".join(kept)
        self._request_over.set()

    async def _respond(self, response: httpx.Response) -> None:
        exchange = self._exchange
        headers = response_headers(response.headers.raw, self._upstream.base_url)
        exchange.status, exchange.response_headers = response.status_code, headers
        await self._send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        count = 0
        async for data in response.aiter_raw():
            self._keep(data)
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
            if (count := count + 1) % BURST == 0:  # httpx waits for nothing while it has small chunks
                await asyncio.sleep(0)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _keep(self, data: bytes) -> None:
        self._kept += len(data) + PIECE
        if self._has_room(self._kept, data):
            self._exchange.pieces.append(Piece(time.monotonic() - self._began, data))

    def _has_room(self, needed: int, data: bytes) -> bool:
        """Return whether a piece can be kept; `needed` is the size of its body so far. If not, drop the bodies."""
        if self._exchange.too_large:
            return False
        if needed > MOST_OF_BODY:
            self._tape.drop(self._exchange)
            return False
        return self._tape.grow(self._exchange, len(data) + PIECE)

    async def _refuse(self, status: int, sentence: str) -> None:
        """Answer in place of the server."""
        exchange = self._exchange
        exchange.ended, exchange.refused, exchange.why = "refused", status, sentence
        await problem(status, sentence)(self._scope, self._receive, self._send)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
