"""Authentication as a document's `security` describes it (OpenAPI 3.1, 4.8.30)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

from mockbot.contract.media_types import parse_cookies
from mockbot.dataclass import dataclass
from mockbot.journal.credentials import COMMON, Carriers
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.response import Headers, Response
from mockbot.violation import Violation
from mockbot.world.call import Call


class Refuse(Protocol):
    """Builds the response that refuses a call."""

    def __call__(
        self, call: Call, /, status: int, message: str, violations: tuple[Violation, ...] = (), headers: Headers = ()
    ) -> Response:
        """Return the response."""


@dataclass(frozen=True, slots=True)
class Security:
    """A step that refuses a request which fulfils none of its operation's security requirements.

    Any credential of the right form is valid, unless the world has keys: then it must be one of these. A Basic
    credential may be a key itself, or `user:password` may be. Of several schemes that use the Authorization header and
    are required together, one is enough, because a request has one such header (RFC 9110, 11.6.2).
    """

    document: Document
    refuse: Refuse

    def __call__(self, call: Call) -> Response | None:
        """Return a 401, or None if the request is authenticated."""
        if call.operation is None:
            return None
        reasons: list[str] = []
        challenges: dict[str, None] = {}
        for alternative in self._alternatives(call.operation):
            schemes = {name: self._scheme(name) for name in alternative}
            missing = {name: reason for name, scheme in schemes.items() if (reason := _missing(scheme, call))}
            shared = {name for name, scheme in schemes.items() if _in_authorization(scheme)}
            if not missing or (shared - missing.keys() and missing.keys() <= shared):
                return None
            reasons += missing.values()
            challenges |= {_challenge(name, schemes[name]): None for name in missing}
        headers = [("www-authenticate", ", ".join(challenges))]
        call.entry.refused = self._why(call) or reasons[0]
        return self.refuse(call, 401, reasons[0], headers=headers)

    def _why(self, call: Call) -> str:
        """Return why a credential is not valid; empty if the request has none."""
        for alternative in self._alternatives(call.operation) if call.operation else ():
            for name in alternative:
                found = _credentials(self._scheme(name), call.query, call.headers)
                if found and call.world.keys and not any(map(call.world.key, found)):
                    return call.world.why_invalid(found[0])
        return ""

    def _alternatives(self, operation: Operation) -> list[Mapping[str, Any]]:
        return operation.definition.get("security", self.document.effective.get("security")) or [{}]

    def _scheme(self, name: str) -> Mapping[str, Any]:
        schemes = self.document.effective.get("components", {}).get("securitySchemes", {})
        scheme = self.document.resolved(schemes.get(name, {}))
        return scheme if isinstance(scheme, dict) else {}


def carriers(document: Document) -> Carriers:
    """Return the headers and query parameters that carry secrets, with those of a document's `securitySchemes`."""
    schemes = document.effective.get("components", {}).get("securitySchemes", {})
    found = [document.resolved(scheme) for scheme in schemes.values()]
    names = [(scheme.get("in"), str(scheme.get("name", ""))) for scheme in found if scheme.get("type") == "apiKey"]
    return COMMON.with_names(
        headers=[name for place, name in names if place == "header"],
        query=[name for place, name in names if place == "query"],
    )


def _missing(scheme: Mapping[str, Any], call: Call) -> str:
    """Return why a security scheme is not fulfilled, or the empty string if it is."""
    found = _credentials(scheme, call.query, call.headers)
    if found is None:
        return ""
    kind = _kind(scheme)
    if not found and _in_authorization(scheme) and call.headers.get("authorization"):
        return f"Invalid credentials: the Authorization header has no {kind}"
    if not found:
        return f"Missing {kind}"
    if call.world.keys and not any(call.world.key(each) for each in found):
        return f"Invalid {kind}"
    return ""


def _kind(scheme: Mapping[str, Any]) -> str:
    """Return what a scheme asks for, for people."""
    if scheme.get("type") == "apiKey":
        return "API key"
    word = str(scheme.get("scheme", "bearer")).lower() if scheme.get("type") == "http" else "bearer"
    return {"bearer": "bearer token", "basic": "Basic credentials"}.get(word, f"{word} credentials")


def _credentials(
    scheme: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, ...] | None:
    """Return the forms of the credential for a scheme, none if it is missing; None for a scheme without HTTP."""
    match scheme.get("type"):
        case "apiKey":
            field = str(scheme.get("name", ""))
            cookies = parse_cookies(headers.get("cookie", "")) if scheme.get("in") == "cookie" else {}
            sent = {"query": query.get(field), "cookie": cookies.get(field)}.get(
                str(scheme.get("in")), headers.get(field.lower())
            )
            text = (sent or "").strip()
            key = text.partition(" ")[2].strip() if _in_authorization(scheme) else ""  # after a word such as Token
            return tuple(filter(None, (text, key)))
        case "http" | "oauth2" | "openIdConnect":
            wanted = str(scheme.get("scheme", "bearer")).lower() if scheme["type"] == "http" else "bearer"
            word, _, rest = headers.get("authorization", "").strip().partition(" ")
            text = rest.strip() if word.lower() == wanted else ""
            return _basic(text) if wanted == "basic" else (text,) if text else ()
    return None


def _in_authorization(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") == "apiKey":
        return scheme.get("in") == "header" and str(scheme.get("name", "")).lower() == "authorization"
    return scheme.get("type") in ("http", "oauth2", "openIdConnect")


def _basic(text: str) -> tuple[str, ...]:
    """Return the forms of a Basic credential (RFC 7617), none if it is not `user:password` in Base64."""
    try:
        pair = base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ()
    user, colon, password = pair.partition(":")
    return (text, pair, *filter(None, (user, password))) if colon else ()


def _challenge(name: str, scheme: Mapping[str, Any]) -> str:
    """Return the challenge for a scheme (RFC 9110, 11.6.1); there is no registered one for API keys."""
    realm = "".join(char for char in name if char.isascii() and char.isprintable() and char not in '"\\')
    if scheme.get("type") == "apiKey":
        return f'ApiKey realm="{realm}"'
    word = str(scheme.get("scheme", "bearer")) if scheme.get("type") == "http" else "bearer"
    word = word if word.isascii() and word.replace("-", "").isalnum() else "bearer"
    return f'{word.capitalize()} realm="{realm}"'
