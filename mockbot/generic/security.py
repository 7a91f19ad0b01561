"""Authentication as a document's `security` describes it (OpenAPI 3.1, 4.8.30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockbot.contract.media_types import parse_cookies
from mockbot.journal.credentials import COMMON, Carriers
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.response import ErrorForm, Response
from mockbot.world.call import Call


@dataclass(frozen=True, slots=True)
class Security:
    """A step that refuses a request which fulfils none of its operation's security requirements.

    Any credential of the right form is valid, unless the world has keys: then X-API-Key and Bearer need one of these.
    """

    document: Document
    error: ErrorForm

    def __call__(self, call: Call) -> Response | None:
        """Return a 401, or None if the request is authenticated."""
        if call.operation is None:
            return None
        reasons: list[str] = []
        for alternative in self._alternatives(call.operation):
            missing = [reason for scheme in alternative if (reason := self._missing(scheme, call))]
            if not missing:
                return None
            reasons += missing
        call.transaction.undocumented = True
        return self.error(401, reasons[0])

    def _alternatives(self, operation: Operation) -> list[Mapping[str, Any]]:
        return operation.definition.get("security", self.document.effective.get("security")) or [{}]

    def _missing(self, name: str, call: Call) -> str:
        """Return why a security scheme is not fulfilled, or the empty string if it is."""
        schemes = self.document.effective.get("components", {}).get("securitySchemes", {})
        credential, is_key = _credential(self.document.resolved(schemes.get(name, {})), call.query, call.headers)
        if credential is None:
            return ""
        if not credential:
            return "Missing API key" if is_key else f"Missing credentials: {name}"
        known = not call.world.keys or call.world.key(credential) is not None
        return "Invalid API key" if is_key and not known else ""


def carriers(document: Document) -> Carriers:
    """Return the headers and query parameters that carry secrets, with those of a document's `securitySchemes`."""
    schemes = document.effective.get("components", {}).get("securitySchemes", {})
    found = [document.resolved(scheme) for scheme in schemes.values()]
    names = [(scheme.get("in"), str(scheme.get("name", ""))) for scheme in found if scheme.get("type") == "apiKey"]
    return COMMON.with_names(
        headers=[name for place, name in names if place == "header"],
        query=[name for place, name in names if place == "query"],
    )


def _credential(
    scheme: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str | None, bool]:
    """Return the credential for a scheme (None if the scheme does not use HTTP) and whether it must be a known key."""
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
