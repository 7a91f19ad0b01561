"""Requests that a browser makes by itself, or for a person who opens the server's address."""

from __future__ import annotations

import re

from mockbot.journal.entry import Entry

PATHS = re.compile(r"/(|favicon\.ico|robots\.txt|apple-touch-icon[\w.-]*\.png|\.well-known/.*|[\w.-]*manifest\.json)")


def made_by_browser(entry: Entry) -> bool:
    """Return whether a browser asked for a page or an icon that it expects of every site, or sent a preflight request.

    Browsers send the header Sec-Fetch-Dest (W3C Fetch Metadata) or accept HTML; API clients do neither. A preflight
    request has Origin and Access-Control-Request-Method (Fetch, CORS-preflight fetch).
    """
    headers = {name.lower(): value for name, value in entry.headers}
    if entry.method == "OPTIONS":
        return {"origin", "access-control-request-method"} <= headers.keys()
    if entry.method not in ("GET", "HEAD") or PATHS.fullmatch(entry.path) is None:
        return False
    return "sec-fetch-dest" in headers or "text/html" in headers.get("accept", "")
