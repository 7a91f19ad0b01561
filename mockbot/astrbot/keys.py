"""Authentication: where a request has its API key, and the scopes of keys (BEHAVIOUR.md section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mockbot.astrbot.envelope import error, refusal
from mockbot.generic.security import Security
from mockbot.openapi.document import Document
from mockbot.response import Headers, Response
from mockbot.violation import Violation
from mockbot.world.call import Call

PREFIX = "/api/v1"
"""Every path with this prefix needs a key, even an unknown path such as `/api/v10/x`."""

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
KEY_PATTERN = re.compile(r"abk_[A-Za-z0-9_-]{8,}")
"""Matches the keys that AstrBot makes."""


class Authentication:
    """The step that checks the key; paths without AstrBot's prefix are authenticated as the document describes."""

    def __init__(self, document: Document) -> None:
        self._security = Security(document, _refuse)

    def __call__(self, call: Call) -> Response | None:
        """Return the response with 401 or 403, or None if the call is allowed."""
        if not call.path.startswith(PREFIX):
            return self._security(call)
        text = find_key(call.query, call.headers)
        if text is None:
            return error("Missing API key", 401)
        key = call.world.key(text)
        if key is None:
            return error("Invalid API key", 401)
        scope = SCOPES.get(call.path)
        if scope is not None and not key.allows(scope):
            return error("Insufficient API key scope", 403)
        return None


def find_key(query: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Return the key of a request: the first parameter or header that is not empty, stripped of whitespace."""
    authorization = headers.get("authorization", "").strip()
    schemes = [authorization.removeprefix(scheme) for scheme in SCHEMES if authorization.startswith(scheme)]
    for found in (query.get("api_key"), query.get("key"), headers.get("x-api-key", "").strip(), *schemes):
        if found:
            return found.strip() or None
    return None


def _refuse(
    _: Call, status: int, message: str, violations: tuple[Violation, ...] = (), headers: Headers = ()
) -> Response:
    return refusal(status, message, violations, headers)
