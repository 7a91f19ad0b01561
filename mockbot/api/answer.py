"""Whole answers, written as AstrBot writes them: JSON envelopes and Werkzeug's HTML pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from mockbot.jsontext import JSON, compact

HTML = "text/html; charset=utf-8"
UNKNOWN_PAGE = (
    "404 Not found。如果你初次使用打开面板发现 404, 请参考文档: https://astrbot.app/faq.html。"
    "如果你正在测试回调地址可达性，显示这段文字说明测试成功了。"
)
"""What AstrBot answers, with status 200, to a GET of any unknown path (BEHAVIOUR.md section 3.1)."""

REASONS = {
    400: "The browser (or proxy) sent a request that this server could not understand.",
    405: "The method is not allowed for the requested URL.",
    413: "The data value transmitted exceeds the capacity limit.",
    500: "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application.",
}
TITLES = {413: "Request Entity Too Large"}
"""Where Werkzeug's name of a status differs from Python's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An ASGI application that sends one whole answer; header order is AstrBot's (section 1)."""

    status: int
    content_type: str
    """Empty for an answer that has no body at all."""
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Between content-type and content-length."""
    allow_first: bool = False
    """Whether these stand before content-type, as in the answer to OPTIONS."""

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send it; to HEAD without the body."""
        first = [("content-type", self.content_type), *self.headers]
        if self.allow_first:
            first.reverse()
        headers = [*first, ("content-length", str(len(self.body)))] if self.content_type else [*self.headers]
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": self.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


def ok(data: JSON) -> Answer:
    """Return a success envelope."""
    return envelope("ok", None, data)


def error(message: str, status: int = 200, data: JSON = None) -> Answer:
    """Return an error envelope; a business error has status 200 (section 1)."""
    return envelope("error", message, data, status)


def envelope(
    state: str, message: str | None, data: JSON, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Answer:
    """Return AstrBot's envelope: status, message, data, in that order."""
    body = compact({"status": state, "message": message, "data": data})
    return Answer(status, "application/json", body, tuple(headers))


def page(status: int, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """Return Werkzeug's page for an error status (section 3.3)."""
    title = TITLES.get(status) or HTTPStatus(status).phrase
    text = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n"
        f"<h1>{title}</h1>\n<p>{REASONS[status]}</p>\n"
    )
    return Answer(status, HTML, text.encode(), tuple(headers))


def unknown_page() -> Answer:
    """Return what AstrBot shows for an unknown path."""
    return Answer(200, HTML, UNKNOWN_PAGE.encode())
