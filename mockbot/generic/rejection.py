"""The status and the message with which a request that violates the contract is refused, in any form of errors."""

from __future__ import annotations

from mockbot.contract.content_coding import SUPPORTED
from mockbot.response import ErrorForm, Response
from mockbot.world.call import Call


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
        larger = f"The body is larger than {transaction.limit} bytes"
        return error(413, f"The body must {transaction.bound}" if transaction.other_bound else larger, violations)
    if transaction.undecoded is not None and transaction.undecoded.rule == "coding":
        return error(415, transaction.undecoded.message, violations, [("accept-encoding", ", ".join(SUPPORTED))])
    status = 415 if any(violation.part == "media type" for violation in violations) else 400
    return error(status, violations[0].message, violations)
