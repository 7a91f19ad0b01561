"""Validates both directions of an exchange against the contract, without refusing anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from mockbot.contract.contract import Contract
from mockbot.contract.item_stream import ItemStream
from mockbot.contract.media_types import parse_content_type
from mockbot.contract.stream import StreamValidator
from mockbot.contract.undocumented import Undocumented
from mockbot.jsontext import pointer
from mockbot.openapi.operations import Operation, Route
from mockbot.record.exchange import Exchange
from mockbot.sse import EVENT_STREAM
from mockbot.violation import Side, Violation
from mockbot.wording import shown

NOT_VALIDATED = ("HEAD", "OPTIONS")
UNDOCUMENTED = "undocumented"
"""The rule of fields that the document does not describe; their message is the name."""
MOST = 20
"""Violations that are kept of one message."""


def check(exchange: Exchange, contract: Contract, ignored: Collection[str] = ()) -> None:
    """Note the operation of an exchange, the violations in its request and its response, and undocumented fields.

    `ignored` are names in the query that no document has to describe, in lower case.
    """
    exchange.checked = True
    scope = {"method": exchange.method, "path": exchange.path, "query_string": exchange.query}
    scope |= {"raw_path": exchange.raw_path, "headers": exchange.headers}
    route = contract.route(scope)
    if route.operation is None:
        if exchange.method not in route.allow:
            exchange.violations = (_unknown(exchange, route),)
        return
    exchange.operation = route.operation.name
    if exchange.too_large or exchange.ended == "refused":
        return
    exchange.violations = tuple(_of_request(exchange, contract, route.operation, route)[:MOST])
    validation = contract.validation
    fields = validation.undocumented(route.operation, exchange.query, exchange.content_type, exchange.body, ignored)
    exchange.undocumented = _listed(fields, "request")
    if exchange.status and exchange.method not in NOT_VALIDATED:
        exchange.defects = tuple(_of_response(exchange, contract, route.operation)[:MOST])
        if exchange.ended == "complete" and not any(each.rule == "coding" for each in exchange.defects):
            body = b"".join(piece.data for piece in exchange.decoded())
            fields = validation.undocumented_in_response(route.operation, exchange.status, exchange.media_type, body)
            exchange.undocumented += _listed(fields, "response")


def _listed(found: Iterable[Undocumented], side: Side) -> tuple[Violation, ...]:
    try:
        return tuple(_field(each, side) for each in islice(found, MOST))
    except RecursionError:
        return ()


def _field(found: Undocumented, side: Side) -> Violation:
    *parents, name = found.path
    meant = f" (did you mean {found.nearest}?)" if found.nearest else ""
    return Violation(side, found.part, pointer(parents), UNDOCUMENTED, f"{shown(str(name))}{meant}", str(name)[:120])


def _unknown(exchange: Exchange, route: Route) -> Violation:
    if route.allow:
        message = f"the document has {', '.join(route.allow)} for the path, but no {exchange.method}"
        return Violation("request", "method", "", "paths", message, exchange.method)
    return Violation(
        "request", "route", "", "paths", f"the document has no path {shown(exchange.path)}", exchange.path[:120]
    )


def _of_request(exchange: Exchange, contract: Contract, operation: Operation, route: Route) -> list[Violation]:
    validate = contract.validation.request
    return validate(operation, exchange.query, exchange.headers, exchange.body, route.parameters)


def _of_response(exchange: Exchange, contract: Contract, operation: Operation) -> list[Violation]:
    try:
        pieces = exchange.decoded()
    except ValueError as error:
        return [Violation("response", "body", "", "coding", f"the body cannot be decoded: {error}")]
    headers = [(name, value) for name, value in exchange.response_headers if name != b"content-encoding"]
    body, over = b"".join(piece.data for piece in pieces), exchange.ended == "complete"
    if parse_content_type(exchange.media_type)[0] == EVENT_STREAM and exchange.status == 200:
        validator: StreamValidator | ItemStream | None = contract.stream(operation)
        found = contract.validation.response(operation, exchange.status, headers, b":\n\n")
        if validator is None:
            validator = ItemStream.of(contract.document, operation).fresh()
        try:
            return [*found, *validator.validate(body, over)]
        except ValueError as error:
            return [*found, Violation("event", "body", "", "parse", str(error))]
    return contract.validation.response(operation, exchange.status, headers, body) if over else []
