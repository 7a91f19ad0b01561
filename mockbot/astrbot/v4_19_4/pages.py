"""The HTML pages of AstrBot 4.19.4, which are Werkzeug's (BEHAVIOUR.md section 3)."""

from __future__ import annotations

from mockbot.response import Headers, Response, phrase, whole

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
