"""Who may call the control API: it can stop the server and read what others sent, so nobody gets in by accident.

A browser is the way in from outside: a page of another site may send requests (Origin, Sec-Fetch-Site), and may
make its own name point at 127.0.0.1 (DNS rebinding: the Host header then has that name).
"""

from __future__ import annotations

import ipaddress
import re
from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.types import Scope

from mockbot.control.reply import problem
from mockbot.response import Response
from mockbot.settings import Settings

HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::\d+)?", re.ASCII)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy adds: the peer is then not the caller."""


def refusal(scope: Scope, settings: Settings) -> Response | None:
    """Return what keeps a request out, or None when it may call."""
    headers = Headers(raw=scope["headers"])
    if not same_site(headers, scope.get("scheme", "http")):
        return problem(403, "A page of another site may not call the control API")
    if settings.control_token:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and compare_digest(token.strip().encode(), settings.control_token.encode()):
            return None
        return problem(
            401,
            "Send the token of --control-token as Authorization: Bearer TOKEN",
            headers=(("www-authenticate", "Bearer"),),
        )
    peer = scope.get("client")
    if (peer is not None and not is_loopback(peer[0])) or any(name in headers for name in FORWARDED):
        return problem(403, "Only callers on this machine may use the control API; start mockbot with --control-token")
    host = name_of(headers.get("host", ""))
    if host is None or not (is_loopback(host) or host == settings.host.lower()):
        return problem(403, "Call the control API as 127.0.0.1 or localhost, or start mockbot with --control-token")
    return None


def same_site(headers: Headers, scheme: str) -> bool:
    """Tell whether no page of another site makes this request."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"{scheme}://{headers.get('host', '')}"


def name_of(host: str) -> str | None:
    """Return the name or the address in a Host header, None when it is neither."""
    found = HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else None


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
