"""Authentication by API key (BEHAVIOUR.md section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from mockbot.astrbot.envelope import Envelope
from mockbot.dataclass import dataclass
from mockbot.generic.security import Security
from mockbot.journal.credentials import mask
from mockbot.openapi.document import Document
from mockbot.response import Headers, Response
from mockbot.violation import Violation
from mockbot.world.call import Call
from mockbot.world.records import Key

PREFIX = "/api/v1"
"""Every path with this prefix needs a key, even an unknown path such as `/api/v10/x`."""
KEY_PATTERN = re.compile(r"abk_[A-Za-z0-9_-]{8,}")
"""Matches the keys that AstrBot makes."""
HMAC_BLOCK = 64
"""Bytes of a block of SHA-256, with which AstrBot hashes keys (section 2)."""


@dataclass(frozen=True, slots=True)
class KeyRules:
    """Where a version finds the key of a request, and what the key must allow."""

    find: Callable[[Call], str | None]
    scope: Callable[[Call], str | None]
    """Returns the scope that a call needs; None if it needs none."""
    allows: Callable[[Key, str], bool]
    """Returns whether a key allows a scope."""
    forbidden: Callable[[str], bool]
    """Returns whether no key at all, even an unknown one, is asked about a scope."""


class Authentication:
    """The step that checks the key; paths without AstrBot's prefix are authenticated as the document describes."""

    def __init__(self, document: Document, envelope: Envelope, rules: KeyRules) -> None:
        self._security = Security(document, partial(_refuse, envelope))
        self._envelope, self._rules = envelope, rules

    def __call__(self, call: Call) -> Response | None:
        """Return the response with 401 or 403, or None if the call is allowed."""
        if not call.path.startswith(PREFIX):
            return self._security(call)
        text, scope = self._rules.find(call), self._rules.scope(call)
        if text is None:
            call.entry.refused = "no key; send one as X-API-Key or as Authorization: Bearer"
            return self._envelope.error("Missing API key", 401)
        if scope is not None and self._rules.forbidden(scope):
            call.entry.refused = f"the operation needs the scope {scope}, which no key can have"
            return self._envelope.error("Insufficient API key scope", 403)
        key = call.world.key(unpadded(text))
        if key is None:
            call.entry.refused = call.world.why_invalid(unpadded(text))
            return self._envelope.error("Invalid API key", 401)
        if scope is not None and not self._rules.allows(key, scope):
            has = ", ".join(sorted(key.scopes or ())) or "none"
            call.entry.refused = f"the key {mask(text)} lacks the scope {scope}; it has {has}"
            return self._envelope.error("Insufficient API key scope", 403)
        return None


def unpadded(key: str) -> str:
    """Return a key without the NUL characters that do not change its hash: HMAC pads keys of up to 64 bytes."""
    return key.rstrip("\0") if key.endswith("\0") and len(key.encode("utf-8", "surrogatepass")) <= HMAC_BLOCK else key


def first_of(*values: str | None) -> str | None:
    """Return the first value that is not empty, without the whitespace around it; None if nothing is left of it."""
    for value in values:
        if value:
            return value.strip() or None
    return None


def _refuse(
    envelope: Envelope,
    _: Call,
    status: int,
    message: str,
    violations: tuple[Violation, ...] = (),
    headers: Headers = (),
) -> Response:
    return envelope.refusal(status, message, violations, headers)
