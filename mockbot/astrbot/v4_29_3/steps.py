"""The steps before the handler of an operation, in the order of AstrBot 4.29.3 (BEHAVIOUR.md sections 1 to 3).

Sizes, routes and the syntax of the body come before the key, types after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Sequence
from typing import Any

from mockbot.astrbot.v4_29_3.answers import ENVELOPE
from mockbot.astrbot.v4_29_3.details import Check, Detail, Query, missing, unprocessable
from mockbot.astrbot.v4_29_3.operations import Table
from mockbot.contract.media_types import parse_content_type
from mockbot.dataclass import dataclass
from mockbot.generic.rejection import by_contract
from mockbot.jsontext import loads
from mockbot.response import Response, whole
from mockbot.world.call import VALIDATED, ApiStep, Call, OfBody

SENDING = ("POST", "PUT", "PATCH")
NOT_FOUND = "<!doctype html><html><head><title>404</title></head><body>404 Not Found</body></html>"
"""Stands for the page of the web interface, which is not part of the API."""


def sizes(call: Call) -> Response | None:
    """Refuse a body that is too large, and a form whose size is not declared."""
    if call.transaction.too_large:
        if call.transaction.other_bound:
            return ENVELOPE.refusal(413, f"The body must {call.transaction.bound}", call.transaction.violations)
        return ENVELOPE.error(f"Request body exceeds the {call.transaction.limit} bytes limit", 413)
    if call.method in SENDING and "content-length" not in call.headers:
        media_type, _ = parse_content_type(call.content_type)
        if media_type == "multipart/form-data":
            return ENVELOPE.error("Content-Length header is required for uploads", 411)
    return None


def routes(call: Call) -> Response | None:
    """Refuse a request without an operation; a HEAD request never has one.

    AstrBot answers 404 to GET, and names the methods of one route only; `enforce` names those of the path in the
    document.
    """
    transaction = call.transaction
    if transaction.operation is not None:
        return None
    if call.settings.contract == "enforce" and transaction.best:
        allow = ", ".join(transaction.best)
        message = f"{call.path} does not take {call.method}, only {allow}"
        return ENVELOPE.refusal(405, message, transaction.violations, [("allow", allow)])
    transaction.verbatim = True
    if call.method == "GET":
        in_api = call.path == "/api" or call.path.startswith("/api/")
        return ENVELOPE.error("Not Found", 404) if in_api else missing_page()
    return not_allowed(transaction.allow[0] if transaction.allow else "GET")


def missing_page() -> Response:
    """Return the page for an unknown path outside of the API."""
    return whole(404, "text/html; charset=utf-8", NOT_FOUND.encode())


def not_allowed(methods: str) -> Response:
    """Return the response to a wrong method; `allow` comes first."""
    refused = ENVELOPE.error("Method Not Allowed", 405)
    return Response(405, (("allow", methods), *refused.headers), refused.body)


Form = Callable[[Call], "Response | None"]
"""Reads the syntax of a form; returns the response if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """Reads JSON bodies into `Transaction.parsed`, and refuses those that are none; `forms` read all others."""

    bodies: Table[Check]
    forms: Table[Form]

    def __call__(self, call: Call) -> Response | None:
        """Return the response to a body that cannot be read."""
        assert call.operation is not None  # a step before has refused other calls
        name = call.operation.name
        form = self.forms.find(name)
        if form is not None:
            return form(call)
        if not call.body or self.bodies.find(name) is None:
            return None
        if not is_json(call.content_type):
            call.transaction.parsed = call.body.decode("utf-8", "replace")
            return None
        try:
            call.transaction.parsed = _value(call.body)
        except json.JSONDecodeError as error:
            detail = Detail("json_invalid", ("body", error.pos), "JSON decode error", {}, {"error": error.msg})
            return unprocessable([detail])
        except (ValueError, RecursionError):
            return ENVELOPE.error("There was an error parsing the body", 400)
        return None


def _value(body: bytes) -> Any:
    """Return the value of a JSON text, which may have another encoding of Unicode, and a byte order mark."""
    try:
        return loads(body.decode())
    except ValueError:
        return json.loads(body)


def is_json(content_type: str) -> bool:
    """Return whether a body is read as JSON."""
    media_type, _ = parse_content_type(content_type)
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


Types = Callable[[Call], Sequence[Detail]]
"""Returns what is wrong with the types of a request."""


@dataclass(frozen=True, slots=True)
class TypesOf:
    """Refuses values of wrong types, all at once, and puts the converted body into `Transaction.parsed`."""

    bodies: Table[Check]
    queries: Table[Query]
    others: Table[Types]

    def __call__(self, call: Call) -> Response | None:
        """Return the response with status 422."""
        assert call.operation is not None
        name = call.operation.name
        details: list[Detail] = []
        query, types, body = self.queries.find(name), self.others.find(name), self.bodies.find(name)
        if query is not None:
            details += query.details(call.query)
        if types is not None:
            details += types(call)
        if body is not None and not call.body:
            details.append(missing(("body",)))
        elif body is not None:
            found = body(call.transaction.parsed, ("body",))
            if isinstance(found, list):
                details += found
            else:
                call.transaction.parsed = found.value
        return unprocessable(details) if details else None


@dataclass(frozen=True, slots=True)
class Enforce:
    """Refuses what else violates the contract, in `enforce` or for an operation that has no handler.

    What AstrBot answers to a wrong request of such an operation is not known.
    """

    handled: Container[str]

    def __call__(self, call: Call) -> Response | None:
        """Return the response with the violations."""
        assert call.operation is not None
        if call.settings.contract == "observe" and call.operation.name in self.handled:
            return None
        return by_contract(call, ENVELOPE.refusal)


def steps(authentication: ApiStep, syntax: Syntax, types: TypesOf, handled: Container[str]) -> tuple[ApiStep, ...]:
    """Return the steps in their order; `handled` are the operations that have a handler."""
    return sizes, routes, OfBody(syntax), authentication, VALIDATED, types, Enforce(handled)
