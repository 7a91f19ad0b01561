"""How a request is refused: in the contract's terms (`enforce`) or as AstrBot does it (`observe`)."""

from __future__ import annotations

from mockbot.api.answer import Answer, envelope, error, page, unknown_page
from mockbot.api.call import Call, Crash
from mockbot.contract.operations import Operation
from mockbot.contract.violation import Part, Violation
from mockbot.jsontext import JSON

GET_ONLY = "OPTIONS, GET, HEAD"
"""What AstrBot allows everywhere: its catch-all route for static files takes GET (BEHAVIOUR.md section 3.1)."""


def by_contract(call: Call) -> Answer | None:
    """Return the 4xx that a request earns in `enforce`, with all its violations; None when it may pass."""
    exchange = call.exchange
    if not exchange.violations:
        return None
    listed = told(exchange.violations)
    if exchange.operation is None and not exchange.allow:
        return error(f"{call.path} is no path of this API; GET /openapi.json lists them", 404, listed)
    if exchange.operation is None:
        allow = ", ".join(exchange.allow)
        message = f"{call.path} does not take {call.method}, only {allow}"
        return envelope("error", message, listed, 405, [("allow", allow)])
    if exchange.too_large:
        return error(f"The body is larger than {exchange.limit} bytes", 413, listed)
    status = 415 if any(violation.part == "media type" for violation in exchange.violations) else 400
    return error(exchange.violations[0].message, status, listed)


def told(violations: list[Violation]) -> JSON:
    """Return the `data` of a refusal: all violations."""
    return {"violations": [violation.as_json() for violation in violations]}


def by_astrbot(call: Call, operation: Operation | None) -> Answer | None:
    """Return what AstrBot answers to a request that reaches no handler; None when that of `operation` takes it."""
    allow = {*call.exchange.allow}
    if call.method == "OPTIONS" and operation is None:
        methods = GET_ONLY + (", POST" if "POST" in allow else "")
        return Answer(200, "text/html; charset=utf-8", b"", (("allow", methods),), allow_first=True)
    if operation is None:
        return unknown_page() if call.method in ("GET", "HEAD") else page(405, [("allow", GET_ONLY)])
    return page(413) if call.exchange.too_large else None


def crashed(crash: Crash, call: Call) -> Answer:
    """Return what a request gets on which AstrBot breaks down: its own 500, or in `enforce` what is wrong.

    What the contract does not forbid is noted as a violation here.
    """
    violations = call.exchange.violations
    if not violations:
        part: Part = "body" if call.method == "POST" else "query"
        violations.append(Violation("request", part, crash.at, "astrbot", crash.message))
    return page(500) if call.settings.contract == "observe" else error(violations[0].message, 400, told(violations))
