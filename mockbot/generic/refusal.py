"""Refuses requests that violate the contract, with all their violations."""

from __future__ import annotations

from mockbot.contract.content_coding import SUPPORTED
from mockbot.response import ErrorForm, Response, problem
from mockbot.world.call import Call


def refuse(call: Call) -> Response | None:
    """Return problem details for a request that violates the contract, or None.

    In `observe`, refuse only a request without an operation, because there is no handler for it.
    """
    if call.settings.contract == "observe" and call.operation is not None:
        return None
    refused = by_contract(call, problem)
    call.transaction.undocumented = refused is not None
    return refused


def by_contract(call: Call, error: ErrorForm) -> Response | None:
    """Return the 4xx response for the violations of a request, or None if it has none."""
    transaction, path = call.transaction, call.path
    violations = transaction.violations
    if not violations:
        return None
    if transaction.operation is None and not transaction.allow:
        return error(404, f"{violations[0].message}; GET /openapi.json lists all", violations)
    if transaction.operation is None:
        allow = ", ".join(transaction.allow)
        return error(405, f"{path} does not take {call.method}, only {allow}", violations, [("allow", allow)])
    if transaction.too_large:
        return error(413, f"The body is larger than {transaction.limit} bytes", violations)
    if transaction.undecoded is not None and transaction.undecoded.rule == "coding":
        return error(415, transaction.undecoded.message, violations, [("accept-encoding", ", ".join(SUPPORTED))])
    status = 415 if any(violation.part == "media type" for violation in violations) else 400
    return error(status, violations[0].message, violations)
