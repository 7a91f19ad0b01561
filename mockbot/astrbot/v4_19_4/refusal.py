"""Requests that AstrBot refuses before it calls a handler (BEHAVIOUR.md sections 3.1 and 3.3)."""

from __future__ import annotations

from mockbot.astrbot.keys import PREFIX
from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.astrbot.v4_19_4.pages import options, page, unknown_page
from mockbot.generic.rejection import by_contract
from mockbot.response import Response
from mockbot.world.call import Call

GET_ONLY = "OPTIONS, GET, HEAD"
"""The methods allowed on every path: AstrBot's catch-all route for static files accepts GET (section 3.1).

AstrBot's order of them is random in each process.
"""


DASHBOARD = "/api"
"""The prefix of the dashboard's paths, which need its own token and not an API key (sections 2 and 15)."""


def dashboard(call: Call) -> Response | None:
    """Return AstrBot's 401 for a path of its dashboard that the contract lacks; None in `enforce`."""
    if call.settings.contract == "enforce" or call.transaction.allow:
        return None
    if not call.path.startswith(DASHBOARD) or call.path.startswith(PREFIX):
        return None
    return ENVELOPE.error("Token 无效" if call.headers.get("authorization") else "未授权", 401)


def refuse(call: Call) -> Response | None:
    """Return the refusal of a request: with its violations (`enforce`) or as AstrBot does (`observe`), or None."""
    return by_contract(call, ENVELOPE.refusal) if call.settings.contract == "enforce" else _as_astrbot(call)


def _as_astrbot(call: Call) -> Response | None:
    transaction = call.transaction
    if call.operation is not None:
        # No handler of a GET reads the body
        return page(413) if transaction.too_large and call.method == "POST" else None
    if call.method in ("GET", "HEAD"):
        return unknown_page()
    allowed = f"{GET_ONLY}, POST" if "POST" in transaction.allow else GET_ONLY
    return options(allowed) if call.method == "OPTIONS" else page(405, [("allow", allowed)])
