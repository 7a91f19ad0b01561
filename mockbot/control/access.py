"""Access to the control API, which can stop the server and read all requests.

Browsers need attention: a page of another site can send requests (they have Origin or Sec-Fetch-Site), and can make
its own host name resolve to 127.0.0.1 (DNS rebinding; the Host header then has that name).
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
"""Headers that a proxy adds. With one of them, the peer is not the caller."""


def refusal(scope: Scope, settings: Settings) -> Response | None:
    """Return the response that refuses a request, or None if it is allowed."""
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
    host = host_name(headers.get("host", ""))
    if host is None or not (is_loopback(host) or host == settings.host.lower()):
        return problem(403, "Call the control API as 127.0.0.1 or localhost, or start mockbot with --control-token")
    return None


def same_site(headers: Headers, scheme: str) -> bool:
    """Return whether the request does not come from a page of another site."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"{scheme}://{headers.get('host', '')}"


def host_name(host: str) -> str | None:
    """Return the name or address in a Host header without its port; None if it is not valid."""
    found = HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else None


def is_loopback(host: str) -> bool:
    """Return whether a name or an address is that of this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
