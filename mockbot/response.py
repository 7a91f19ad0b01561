"""Responses as ASGI applications: a complete one, one that may take long, and the form of an API's errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol, TypeAlias

from starlette.types import Receive, Scope, Send

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, compact
from mockbot.turns import Turns
from mockbot.violation import Violation

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Pairs of name (in lower case) and value, in order."""


@dataclass(frozen=True, slots=True)
class Response:
    """One complete response; its headers are sent in the given order."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers as ASGI expects them."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the response; omit the body when the request method is HEAD."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


class TakesTurns(ABC):
    """A base of ASGI applications whose responses may take long, and are then made in turns."""

    is_long = False
    """Whether it takes long."""
    turns: Turns | None = None
    """The turns that it takes, if it does."""

    @abstractmethod
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""


def whole(status: int, content_type: str, body: bytes, headers: Headers = ()) -> Response:
    """Return a response with a body and the headers content-type, `headers`, content-length, in that order."""
    fields = (("content-type", content_type), *headers, ("content-length", str(len(body))))
    return Response(status, fields, body)


class ErrorForm(Protocol):
    """Builds an error response in the form of an API from a status, one sentence and the violations that caused it."""

    def __call__(
        self, status: int, message: str, violations: Sequence[Violation] = (), headers: Headers = ()
    ) -> Response:
        """Return the response."""


def problem(status: int, message: str, violations: Sequence[Violation] = (), headers: Headers = ()) -> Response:
    """Return problem details (RFC 9457); `message` is their `detail`, and `violations` an extension member."""
    value: dict[str, JSON] = {"type": "about:blank", "title": phrase(status), "status": status, "detail": message}
    if violations:
        value["violations"] = [violation.as_json() for violation in violations]
    return whole(status, "application/problem+json", compact(value), headers)


def phrase(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110, section 15)."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown Error"
