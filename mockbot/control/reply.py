"""Whole answers of the control API: JSON, and problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from mockbot.contract.violation import Violation
from mockbot.jsontext import JSON, compact


@dataclass(frozen=True, slots=True)
class Reply:
    """An ASGI application that sends one whole answer, which no cache may keep."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the header fields as ASGI wants them."""
        fields = [*self.extra, ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
        if self.status != HTTPStatus.NO_CONTENT:
            fields += [("content-type", self.content_type), ("content-length", str(len(self.body)))]
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


NOTHING = Reply(204)


def reply(value: JSON, status: int = 200) -> Reply:
    """Return an answer of JSON."""
    return Reply(status, compact(value))


def problem(
    status: int, detail: str, violations: Iterable[Violation] = (), extra: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Return problem details; `detail` says what is wrong and what to do."""
    value: dict[str, JSON] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if listed := [violation.as_json() for violation in violations]:
        value["violations"] = list[JSON](listed)
    return Reply(status, compact(value), "application/problem+json", extra)
