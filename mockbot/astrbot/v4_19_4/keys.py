"""Where AstrBot 4.19.4 finds a key, and the scopes of its paths (BEHAVIOUR.md section 2)."""

from __future__ import annotations

from mockbot.astrbot.keys import KeyRules, first_of
from mockbot.world.call import Call
from mockbot.world.records import Key

SCOPES = {
    "/api/v1/chat": "chat",
    "/api/v1/chat/sessions": "chat",
    "/api/v1/chat/ws": "chat",
    "/api/v1/configs": "config",
    "/api/v1/file": "file",
    "/api/v1/im/message": "im",
    "/api/v1/im/bots": "im",
}
"""The scope that each path needs; other paths need none."""
SCHEMES = ("Bearer ", "ApiKey ")


def find_key(call: Call) -> str | None:
    """Return the key of a request: the first parameter or header that is not empty."""
    query, headers = call.query, call.headers
    schemes: list[str] = []
    if "authorization" in headers:
        authorization = headers["authorization"].strip()
        schemes = [authorization.removeprefix(scheme) for scheme in SCHEMES if authorization.startswith(scheme)]
    return first_of(query.get("api_key"), query.get("key"), headers.get("x-api-key", "").strip(), *schemes)


RULES = KeyRules(find_key, lambda call: SCOPES.get(call.path), Key.allows, lambda _: False)
