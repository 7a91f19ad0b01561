"""Where AstrBot 4.29.3 finds a key, what scopes allow, and the user that a key stands for (BEHAVIOUR.md section 2)."""

from __future__ import annotations

import hashlib

from mockbot.astrbot.keys import KeyRules, first_of
from mockbot.world.call import Call
from mockbot.world.records import Key

DEFAULTS = frozenset(["bot", "provider", "persona", "im", "config", "chat", "data", "file", "plugin", "mcp", "skill"])
"""The scopes of a key that has none stored, and all that a key can have."""
INCLUDED = {"config": frozenset({"config", "bot", "provider"})}
"""Scopes that include others."""
ADMIN = "chat:admin"
"""The scope that may chat under the name of an administrator."""
BEARER, API_KEY = "Bearer ", "ApiKey "
"""The schemes of `Authorization` with a key: words of the same length."""
SYSTEM = "system"
"""Stands for the scope of operations that no key may call."""


def find_key(call: Call) -> str | None:
    """Return the key of a request; `Authorization: Bearer` outranks everything, also when it is wrong."""
    query, headers = call.query, call.headers
    authorization = headers.get("authorization", "")
    scheme = authorization[len(BEARER) :] if authorization.startswith((BEARER, API_KEY)) else None
    return first_of(scheme, query.get("api_key"), query.get("key"), headers.get("x-api-key"))


def scope_of(call: Call) -> str:
    """Return the scope that the document names for the operation."""
    assert call.operation is not None  # a step before has refused other calls
    return str(call.operation.definition.get("x-astrbot-scope") or SYSTEM)


def allows(key: Key, scope: str) -> bool:
    """Return whether a key's scopes allow one."""
    if key.scopes is None or "*" in key.scopes:
        return scope in DEFAULTS or (scope == ADMIN and key.scopes is not None)
    return any(scope in INCLUDED.get(each, {each}) for each in key.scopes)


def key_user(call: Call) -> str:
    """Return the name of the user that the key of a call stands for."""
    text = find_key(call) or ""
    key = call.world.named_key(text)
    return user_of(text if key is None else key.key)


def user_of(key: str) -> str:
    """Return the name of the user that a key stands for: the id under which it is stored, here a digest of it."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"api_key:00000000-0000-4000-8000-{digest[:12]}"


RULES = KeyRules(find_key, scope_of, allows, lambda scope: scope == SYSTEM)
