"""AstrBot's responses: its JSON envelope and Werkzeug's HTML pages (BEHAVIOUR.md sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Sequence

from mockbot.jsontext import JSON, compact
from mockbot.response import Headers, Response, phrase, whole
from mockbot.violation import Violation

HTML = "text/html; charset=utf-8"
UNKNOWN_PAGE = (
    "404 Not found。如果你初次使用打开面板发现 404, 请参考文档: https://astrbot.app/faq.html。"
    "如果你正在测试回调地址可达性，显示这段文字说明测试成功了。"
)
"""The body, with status 200, for a GET of an unknown path (BEHAVIOUR.md section 3.1)."""

REASONS = {
    400: "The browser (or proxy) sent a request that this server could not understand.",
    405: "The method is not allowed for the requested URL.",
    413: "The data value transmitted exceeds the capacity limit.",
    500: "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application.",
}
TITLES = {413: "Request Entity Too Large"}
"""Names of statuses for which Werkzeug differs from Python."""


def ok(data: JSON) -> Response:
    """Return a successful response."""
    return _envelope(200, "ok", None, data)


def error(message: str, status: int = 200) -> Response:
    """Return an error of AstrBot; a business error has status 200 (section 1)."""
    return _envelope(status, "error", message, None)


def refusal(status: int, message: str, violations: Sequence[Violation] = (), headers: Headers = ()) -> Response:
    """Return an error of mockbot's own in AstrBot's envelope; `data` lists the violations."""
    data: JSON = {"violations": [violation.as_json() for violation in violations]} if violations else None
    return _envelope(status, "error", message, data, headers)


def _envelope(status: int, state: str, message: str | None, data: JSON, headers: Headers = ()) -> Response:
    return whole(status, "application/json", compact({"status": state, "message": message, "data": data}), headers)


def page(status: int, headers: Headers = ()) -> Response:
    """Return Werkzeug's page for an error status (section 3.3)."""
    title = TITLES.get(status) or phrase(status)
    text = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n"
        f"<h1>{title}</h1>\n<p>{REASONS[status]}</p>\n"
    )
    return whole(status, HTML, text.encode(), headers)


def unknown_page() -> Response:
    """Return the page for an unknown path."""
    return whole(200, HTML, UNKNOWN_PAGE.encode())


def options(methods: str) -> Response:
    """Return the response to OPTIONS, with Allow before Content-Type (section 3.1)."""
    return Response(200, (("allow", methods), ("content-type", HTML), ("content-length", "0")))
