"""Who may ask for what is not AstrBot's own: as the document's `security` says (OpenAPI 3.1, 4.8.30)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockbot.api.answer import Answer, error
from mockbot.contract.document import Document
from mockbot.contract.media import parse_cookies
from mockbot.contract.operations import Operation
from mockbot.world.world import World


def refusal(
    document: Document, operation: Operation, world: World, query: Mapping[str, str], headers: Mapping[str, str]
) -> Answer | None:
    """Return the 401 of a request that fulfils none of the operation's alternatives, None when it may pass.

    X-API-Key and Bearer want a key of the world; of anything else only that it is there can be asked.
    """
    effective = document.effective
    alternatives = operation.definition.get("security", effective.get("security")) or [{}]
    schemes = effective.get("components", {}).get("securitySchemes", {})
    reasons: list[str] = []
    for alternative in alternatives:
        missing = [
            reason
            for name in alternative
            if (reason := _missing(name, document.resolved(schemes.get(name, {})), world, query, headers))
        ]
        if not missing:
            return None
        reasons += missing
    return error(reasons[0], 401)


def _missing(
    name: str, scheme: Mapping[str, Any], world: World, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    """Return why a security scheme is not fulfilled; empty when it is."""
    credential, is_key = _credential(scheme, query, headers)
    if credential is None:
        return ""
    if not credential:
        return "Missing API key" if is_key else f"Missing credentials: {name}"
    return "Invalid API key" if is_key and world.key(credential) is None else ""


def _credential(
    scheme: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str | None, bool]:
    """Return what is sent for a scheme (None: nothing that HTTP could show) and whether it must be a known key."""
    authorization = headers.get("authorization", "").strip()
    match scheme.get("type"):
        case "apiKey":
            field = str(scheme.get("name", ""))
            sent = {"query": query, "cookie": parse_cookies(headers.get("cookie", ""))}.get(str(scheme.get("in")))
            if sent is not None:
                return sent.get(field, "").strip(), False
            return headers.get(field.lower(), "").strip(), field.lower() == "x-api-key"
        case "http" | "oauth2" | "openIdConnect" as kind:
            wanted = str(scheme.get("scheme", "bearer")).lower()
            word, _, rest = authorization.partition(" ")
            return (rest.strip() if word.lower() == wanted else ""), kind == "http" and wanted == "bearer"
    return None, False
