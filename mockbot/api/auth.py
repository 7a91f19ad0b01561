"""Who may ask: API keys, their carriers and their scopes (BEHAVIOUR.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping

from mockbot.api.answer import Answer, error
from mockbot.world.world import World

PREFIX = "/api/v1"
"""Every path that starts so wants a key, known or not; `/api/v10/x` too."""

SCOPES = {
    "/api/v1/chat": "chat",
    "/api/v1/chat/sessions": "chat",
    "/api/v1/chat/ws": "chat",
    "/api/v1/configs": "config",
    "/api/v1/file": "file",
    "/api/v1/im/message": "im",
    "/api/v1/im/bots": "im",
}
"""The scope each path asks for; others ask for none."""

SCHEMES = ("Bearer ", "ApiKey ")


def carried(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return the key a request carries: the first carrier that is not empty wins, then blanks are trimmed."""
    authorization = headers.get("authorization", "").strip()
    schemes = [authorization.removeprefix(scheme) for scheme in SCHEMES if authorization.startswith(scheme)]
    for found in (query.get("api_key"), query.get("key"), headers.get("x-api-key", "").strip(), *schemes):
        if found:
            return found.strip() or None
    return None


def refusal(world: World, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer | None:
    """Return the 401 or 403 that a request gets, or None when it may pass."""
    if not path.startswith(PREFIX):
        return None
    text = carried(query, headers)
    if text is None:
        return error("Missing API key", 401)
    key = world.key(text)
    if key is None:
        return error("Invalid API key", 401)
    scope = SCOPES.get(path)
    if scope is not None and not key.allows(scope):
        return error("Insufficient API key scope", 403)
    return None
