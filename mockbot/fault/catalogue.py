"""The faults. Each is a class whose fields are its parameters; a new one goes into CATALOGUE and is known everywhere.

A frame is a body message that is not empty: AstrBot's streams have one event in each (BEHAVIOUR.md 8.4), a whole
answer is one frame.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal, TypeAlias

from starlette.types import Message

from mockbot.fault.fault import BODY, NOW, START, Fault, Range, abort, pause
from mockbot.fault.place import Place
from mockbot.jsontext import compact

Seconds: TypeAlias = Annotated[float, Range(0, 3600), "Seconds of silence, in real time."]
Bytes: TypeAlias = Annotated[int, Range(0, 1_000_000_000), "And then so many bytes of the next frame, at most all."]
LAST_DATE = 253_402_300_799
"""The last second of the year 9999, after which there is no HTTP date."""


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """An error in place of the answer; what the request did in the world stays done."""

    name: ClassVar[str] = "status"
    midstream: ClassVar[bool] = False
    status: Annotated[int, Range(400, 599), "The status."] = 503
    message: Annotated[str | None, Range(0, 10_000), "What the body says; null: the status's own name."] = None
    retry_after: Annotated[int | None, Range(-(10**9), 10**9), "Seconds for the header Retry-After; null: none."] = None
    retry_after_date: Annotated[bool, "Whether Retry-After is an HTTP date, counted from the world's clock."] = False
    body: Annotated[
        Literal["envelope", "html", "empty"], "AstrBot's JSON envelope, a proxy's HTML page, or nothing."
    ] = "envelope"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Replace the whole answer."""
        async for message in messages:
            if message["type"] != START:
                yield message
                continue
            content_type, body = self._content()
            headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
            if self.retry_after is not None:
                headers.append((b"retry-after", self._retry_after(message.get(NOW, 0.0)).encode()))
            yield {"type": START, "status": self.status, "headers": headers if body else headers[1:]}
            yield {"type": BODY, "body": body, "more_body": False}
            return

    def _content(self) -> tuple[bytes, bytes]:
        text = _phrase(self.status) if self.message is None else self.message
        match self.body:
            case "envelope":
                return b"application/json", compact({"status": "error", "message": text, "data": None})
            case "html":
                title = f"{self.status} {_phrase(self.status)}"
                page = f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(text)}</p>\n"
                return b"text/html; charset=utf-8", page.encode("utf-8", "replace")
            case "empty":
                return b"", b""

    def _retry_after(self, now: float) -> str:
        seconds = self.retry_after or 0
        return formatdate(min(max(now + seconds, 0), LAST_DATE), usegmt=True) if self.retry_after_date else str(seconds)


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """Silence before the answer, head included; in a script, before what follows."""

    name: ClassVar[str] = "delay"
    seconds: Seconds = 1.0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Wait, then pass everything on."""
        yield pause(self.seconds)
        async for message in messages:
            yield message


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """Silence in the middle of the answer, which then goes on."""

    name: ClassVar[str] = "stall"
    seconds: Seconds = 1.0
    after: Annotated[int, Range(0, 1_000_000), "Frames that come before; 0: only the head."] = 0
    bytes: Bytes = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass everything on, with a pause at the place."""
        place = Place(self.after, self.bytes)
        async for message in messages:
            before, behind = place.split(message)
            for each in before:
                yield each
            if place.here:
                yield pause(self.seconds)
            for each in behind:
                yield each


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """A clean end before the answer's own: HTTP is whole, the content is not."""

    name: ClassVar[str] = "truncate"
    after: Annotated[int, Range(0, 1_000_000), "Frames that still come; 0: only the head."] = 0
    bytes: Bytes = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on what comes before the place, without Content-Length, and end properly."""
        place = Place(self.after, self.bytes)
        async for message in messages:
            if message["type"] == START:
                headers = [header for header in message.get("headers", ()) if header[0].lower() != b"content-length"]
                message = {**message, "headers": headers}
            for each in place.split(message)[0]:
                yield each
            if place.here:
                yield {"type": BODY, "body": b"", "more_body": False}
                return


@dataclass(frozen=True, slots=True)
class _Abort(Fault):
    how: ClassVar[Literal["cut", "reset"]]
    after: Annotated[
        int | None, Range(0, 1_000_000), "Frames that still come; 0: only the head; null: at once, without even a head."
    ] = None
    bytes: Bytes = 0

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on what comes before the place, then end the connection."""
        if self.after is None and not self.bytes:
            yield abort(self.how)
            return
        place = Place(self.after or 0, self.bytes)
        async for message in messages:
            for each in place.split(message)[0]:
                yield each
            if place.here:
                yield abort(self.how)
                return


@dataclass(frozen=True, slots=True)
class Cut(_Abort):
    """The connection is closed (FIN) without a proper end of the answer."""

    name: ClassVar[str] = "cut"
    how: ClassVar[Literal["cut", "reset"]] = "cut"


@dataclass(frozen=True, slots=True)
class Reset(_Abort):
    """The connection is reset (RST); what the client has not read yet may be lost."""

    name: ClassVar[str] = "reset"
    how: ClassVar[Literal["cut", "reset"]] = "reset"


CATALOGUE: Mapping[str, type[Fault]] = {fault.name: fault for fault in (Status, Delay, Stall, Truncate, Cut, Reset)}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown Error"
