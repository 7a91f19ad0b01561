"""One answer on its way out: a short one is held and judged whole, a stream event by event as it leaves."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Message, Send

from mockbot.contract.contract import Contract
from mockbot.contract.exchange import Exchange
from mockbot.contract.media import parse_content_type
from mockbot.contract.operations import Operation
from mockbot.contract.stream import CHAT, Stream
from mockbot.contract.violation import Violation
from mockbot.jsontext import JSON, compact
from mockbot.sse import EVENT_STREAM


class StreamCut(Exception):
    """Raised into the app when its answer may not go on; the layer catches it again."""


class Answer:
    """Stands between the app's `send` and the server's."""

    def __init__(self, contract: Contract, exchange: Exchange, operation: Operation, send: Send) -> None:
        self._contract, self._exchange, self._operation, self._send = contract, exchange, operation, send
        self._start: Message = {}
        self._chunks: list[bytes] = []
        self._stream: Stream | None = None

    async def send(self, message: Message) -> None:
        """Take the app's next message; pass on at once what is not an answer's start or body."""
        match message["type"]:
            case "http.response.start":
                await self._begin(message)
            case "http.response.body" if self._stream is not None:
                await self._pass(self._stream, message)
            case "http.response.body":
                await self._hold(message)
            case _:
                await self._send(message)

    async def _begin(self, message: Message) -> None:
        # ASGI asks for lower-case names and lets the headers be absent; an app may forget the one and use the other
        fields = [(name.lower(), value) for name, value in message.get("headers", ())]
        self._start = {**message, "headers": fields}
        media_type = parse_content_type(Headers(raw=fields).get("content-type", ""))[0]
        if media_type != EVENT_STREAM or self._operation.name != CHAT:
            return
        violations = self._judged(b":\n\n")
        if violations:
            await self._replace(violations)
            raise StreamCut
        self._stream = Stream(self._contract.events)
        await self._send(self._start)

    async def _hold(self, message: Message) -> None:
        self._chunks.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = b"".join(self._chunks)
        violations = self._judged(body)
        if violations:
            await self._replace(violations)
        else:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})

    def _judged(self, body: bytes) -> list[Violation]:
        start = self._start
        return self._contract.validation.response(self._operation, start["status"], start["headers"], body)

    async def _replace(self, violations: list[Violation]) -> None:
        """Answer 500 in AstrBot's envelope, naming what would have broken the contract."""
        self._exchange.defects += violations
        told: list[JSON] = [violation.as_json() for violation in violations]
        message = f"The answer would break the contract: {violations[0].message}"
        body = compact({"status": "error", "message": message, "data": {"violations": told}})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": 500, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _pass(self, stream: Stream, message: Message) -> None:
        over = not message.get("more_body", False)
        violations = [] if self._exchange.verbatim else stream.judge(message.get("body", b""), over)
        if violations:
            self._exchange.defects += violations
            self._exchange.why_cut = f"the stream would break the contract: {violations[0].message}"
            raise StreamCut
        await self._send(message)
