"""Errors that replace a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.fault.fault import BODY, ERROR, NOW, START, Fault, Range
from mockbot.response import ErrorForm, phrase, problem

LAST_DATE = 253_402_300_799
"""The last second of the year 9999, after which there is no HTTP date."""


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """An error replaces the response; the request's changes to the world remain."""

    name: ClassVar[str] = "status"
    midstream: ClassVar[bool] = False
    status: Annotated[int, Range(400, 599), "The status."] = 503
    message: Annotated[str | None, Range(0, 10_000), "The message of the body; null: the name of the status."] = None
    retry_after: Annotated[
        int | None, Range(-(10**9), 10**9), "Seconds for the header Retry-After; null: no such header."
    ] = None
    retry_after_date: Annotated[bool, "Whether Retry-After is an HTTP date, calculated from the world's clock."] = False
    body: Annotated[
        Literal["envelope", "html", "empty"], "The API's own error envelope, an HTML page like a proxy's, or nothing."
    ] = "envelope"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the error, and end the response."""
        async for message in messages:
            if message["type"] != START:
                yield message
                continue
            content_type, body = self._content(message.get(ERROR, problem))
            headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
            if self.retry_after is not None:
                headers.append((b"retry-after", self._retry_after(message.get(NOW, 0.0)).encode()))
            yield {**message, "status": self.status, "headers": headers if body else headers[1:]}
            yield {"type": BODY, "body": body, "more_body": False}
            return

    def _content(self, error: ErrorForm) -> tuple[bytes, bytes]:
        text = phrase(self.status) if self.message is None else self.message
        match self.body:
            case "envelope":
                response = error(self.status, text)
                return dict(response.raw_headers)[b"content-type"], response.body
            case "html":
                title = f"{self.status} {phrase(self.status)}"
                page = f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(text)}</p>\n"
                return b"text/html; charset=utf-8", page.encode("utf-8", "replace")
            case "empty":
                return b"", b""

    def _retry_after(self, now: float) -> str:
        seconds = self.retry_after or 0
        return formatdate(min(max(now + seconds, 0), LAST_DATE), usegmt=True) if self.retry_after_date else str(seconds)
