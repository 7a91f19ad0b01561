"""Responses that are replaced: by an error, by another answer, by a redirect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.utils import formatdate
from html import escape
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.fault import ASKED, BODY, ERROR, NOW, START, Asked, Expects, Fault, Kind, Range
from mockbot.fault.head import FIELD_VALUE
from mockbot.response import ErrorForm, phrase, problem

LAST_DATE = 253_402_300_799
"""The last second of the year 9999, after which there is no HTTP date."""
WITHOUT_BODY = (204, 205, 304)
OTHER_HOSTS = {"localhost": "127.0.0.1", "127.0.0.1": "localhost", "[::1]": "localhost"}


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """Another response replaces the response, by default an error; the request's changes to the world remain."""

    name: ClassVar[str] = "status"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = (
        "RFC 9110 section 15: any request may get an error; a 2xx has the content that the contract describes; "
        "section 10.2.3: Retry-After is a date or a number of seconds"
    )
    status: Annotated[int, Range(200, 599), "The status."] = 503
    message: Annotated[str | None, Range(0, 10_000), "The message of the body; null: the name of the status."] = None
    retry_after: Annotated[
        int | None, Range(-(10**9), 10**9), "Seconds for the header Retry-After; null: no such header."
    ] = None
    retry_after_date: Annotated[bool, "Whether Retry-After is an HTTP date, calculated from the world's clock."] = False
    retry_after_text: Annotated[
        str | None,
        FIELD_VALUE,
        Range(0, 1000),
        "The value of Retry-After, such as `soon`; null: from `retry_after`.",
    ] = None
    body: Annotated[
        Literal["envelope", "html", "json", "empty"],
        "The API's own error envelope, an HTML page like a proxy's, unexpected JSON, or nothing. "
        "204, 205 and 304 never have a body.",
    ] = "envelope"
    content_type: Annotated[
        str | None, FIELD_VALUE, Range(0, 1000), "The Content-Type, whatever the body is; null: that of the body."
    ] = None

    @property
    def kind(self) -> Kind:
        """Return `violation` for a 2xx with a body that was not asked for, and for a Retry-After without a meaning."""
        negative = self.retry_after is not None and self.retry_after < 0 and not self.retry_after_date
        wrong = 200 <= self.status < 300 and self.status not in WITHOUT_BODY
        return "violation" if wrong or negative or self.retry_after_text is not None else "legal"

    @property
    def expects(self) -> Expects:
        """Return `either` for a response without content that is not an error."""
        return "either" if self.status in WITHOUT_BODY or 300 <= self.status < 400 else "error"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the other response, and end it."""
        async for message in messages:
            if message["type"] != START:
                yield message
                continue
            content_type, body = self._content(message.get(ERROR, problem))
            if self.content_type is not None and self.status not in WITHOUT_BODY:
                content_type = self.content_type.encode("latin-1", "replace")
            headers = [(b"content-type", content_type)] if content_type else []
            headers += [] if self.status in (204, 304) else [(b"content-length", b"%d" % len(body))]
            if (value := self._retry_after(message.get(NOW, 0.0))) is not None:
                headers.append((b"retry-after", value.encode("latin-1", "replace")))
            yield {**message, "status": self.status, "headers": headers}
            yield {"type": BODY, "body": body, "more_body": False}
            return

    def _content(self, error: ErrorForm) -> tuple[bytes, bytes]:
        text = phrase(self.status) if self.message is None else self.message
        match self.body:
            case _ if self.status in WITHOUT_BODY:
                return b"", b""
            case "envelope":
                response = error(self.status, text)
                return dict(response.raw_headers)[b"content-type"], response.body
            case "html":
                title = f"{self.status} {phrase(self.status)}"
                page = f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{escape(text)}</p>\n"
                return b"text/html; charset=utf-8", page.encode("utf-8", "replace")
            case "json":
                return b"application/json", b'{"unexpected": true}'
            case "empty":
                return b"", b""

    def _retry_after(self, now: float) -> str | None:
        if self.retry_after_text is not None or self.retry_after is None:
            return self.retry_after_text
        date = min(max(now + self.retry_after, 0), LAST_DATE)
        return formatdate(date, usegmt=True) if self.retry_after_date else str(self.retry_after)


@dataclass(frozen=True, slots=True)
class Early(Fault):
    """An error is sent before the request's body is read, and the connection is closed; the request changes nothing.

    The request is not validated. In a request's own wish it comes late, in place of the response.
    """

    name: ClassVar[str] = "early"
    midstream: ClassVar[bool] = False
    early: ClassVar[bool] = True
    rule: ClassVar[str] = "RFC 9112 section 9.3: a server may respond before it has the whole request, and close"
    status: Annotated[int, Range(400, 599), "The status."] = 413

    @property
    def expects(self) -> Expects:
        """Return `error`."""
        return "error"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the error, and end the response."""
        async for message in messages:
            if message["type"] != START:
                yield message
                continue
            response = message.get(ERROR, problem)(self.status, phrase(self.status))
            yield {
                **message,
                "status": self.status,
                "headers": [*response.raw_headers, (b"connection", b"close")],
            }
            yield {"type": BODY, "body": response.body, "more_body": False}
            return


@dataclass(frozen=True, slots=True)
class Redirect(Fault):
    """A redirect to the URL of the request itself replaces the response; the request's changes to the world remain."""

    name: ClassVar[str] = "redirect"
    midstream: ClassVar[bool] = False
    rule: ClassVar[str] = "RFC 9110 section 15.4: a client may follow a redirect; 307 and 308 keep method and body"
    status: Annotated[int, Range(300, 399), "The status."] = 307
    other_host: Annotated[
        bool, "Whether the host is another name of this machine: 127.0.0.1 for localhost, and localhost for 127.0.0.1."
    ] = False

    @property
    def expects(self) -> Expects:
        """Return `either`, because a client need not follow a redirect."""
        return "either"

    async def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Yield the redirect, and end the response."""
        async for message in messages:
            if message["type"] != START:
                yield message
                continue
            headers = [(b"location", self._location(message.get(ASKED, Asked("/"))).encode("latin-1", "replace"))]
            headers += [] if self.status in WITHOUT_BODY else [(b"content-length", b"0")]
            yield {**message, "status": self.status, "headers": headers}
            yield {"type": BODY, "body": b"", "more_body": False}
            return

    def _location(self, asked: Asked) -> str:
        name, colon, port = asked.host.rpartition(":") if ":" in asked.host.rpartition("]")[2] else (asked.host, "", "")
        if self.other_host:
            name = OTHER_HOSTS.get(name.lower(), name)
        return f"{asked.scheme}://{name}{colon}{port}{asked.target}" if name else asked.target
