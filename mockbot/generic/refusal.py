"""Refuses requests that violate the contract: as the document describes it, or else with problem details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mockbot.contract.contract import Contract
from mockbot.generic.accept import bare, is_json, ordered
from mockbot.generic.examples import Example, Examples
from mockbot.generic.message import carrying
from mockbot.generic.notation import FILES, is_sequence, takes_values
from mockbot.generic.rejection import by_contract
from mockbot.jsontext import JSON
from mockbot.openapi.operations import Operation
from mockbot.response import Headers, Response, problem, whole
from mockbot.sample.instance import Made
from mockbot.sse import EVENT_STREAM
from mockbot.violation import Violation
from mockbot.world.call import Call

AT_LAST = {401: (403, 400)}
"""The statuses that refuse a request where the document has only responses that nothing fits."""
INSTEAD = {400: (400, 422), 413: (413, 400), 415: (415, 400, 422)}
"""The statuses that may refuse a request for a reason, by the status that fits best."""


class Refusals:
    """The step of the profile `generic` that refuses requests, and the form of its error responses.

    A refusal is the first of these that is possible: a documented response (of the status itself, a similar one, `4XX`
    or `default`) that carries the message, problem details with an undocumented status, a documented response without
    the message. So it violates the document only if nothing fits that.
    """

    def __init__(self, contract: Contract) -> None:
        self._examples = Examples(contract.document, contract.validation)

    def __call__(self, call: Call) -> Response | None:
        """Return the 4xx response for a request that violates the contract, or None.

        In `observe`, refuse only a request without an operation, because there is no handler for it.
        """
        if call.operation is None and call.method == "OPTIONS" and call.transaction.allow:
            return Response(204, [("allow", ", ".join(call.transaction.allow))])
        if call.settings.contract == "observe" and call.operation is not None:
            return None
        refused = by_contract(call, problem)
        if refused is None:
            return None
        violations = call.transaction.violations
        headers = [field for field in refused.headers if field[0] == "accept-encoding"]
        return self.error(call, refused.status, violations[0].message, violations, headers, plain=refused)

    def error(
        self,
        call: Call,
        status: int,
        message: str,
        violations: Sequence[Violation] = (),
        headers: Headers = (),
        plain: Response | None = None,
    ) -> Response:
        """Return an error response to a call; `plain` are the problem details to send if there is nothing better."""
        operation = call.operation
        plain = plain or problem(status, message, violations, headers)
        call.transaction.undocumented = True
        if operation is None:
            return plain
        documented = [*_documented(operation, status)]
        for answered, code in documented:
            own = problem(answered, message, violations, headers)
            if (found := self._carrying(operation, code, own, message, headers)) is not None:
                return found
        for other in INSTEAD.get(status, (status,)):
            if other != 401 and not operation.describes(other):
                return replace(plain, status=other) if other == status else problem(other, message, violations, headers)
        if not operation.describes(status):
            return plain
        for answered, code in documented:
            example = self._examples.response(operation, answered, code)
            if isinstance(example, Example):
                return _response(example, headers)
        for other in AT_LAST.get(status, ()):
            if not operation.describes(other):
                return problem(other, message, violations, headers)
        call.transaction.verbatim = True
        return plain

    def _carrying(
        self, operation: Operation, code: str, own: Response, message: str, headers: Headers
    ) -> Response | None:
        """Return the response that the document has under the key `code`, with the message in it."""
        response = self._examples.document.resolved(operation.definition["responses"][code])
        required = self._examples.headers(response, own.status)
        if not isinstance(required, tuple):
            return None
        given = {name for name, _ in headers}
        rest = tuple((name, value) for name, value in required if name.lower() not in given)
        content = response.get("content")
        if not content:
            fields = (*own.headers[:-1], *((name.lower(), value) for name, value in rest), own.headers[-1])
            return replace(own, headers=fields)
        for name, media_type in ordered(tuple(content), "application/problem+json, application/json;q=0.9, */*;q=0.5"):
            media = self._examples.document.resolved(content[name])
            for body in self._bodies(media, media_type, own, message):
                blank = Example(own.status, media_type, (*headers, *rest), body)
                example = self._examples.checked(operation, blank)
                if isinstance(example, Example):
                    return _response(example, ())
        return None

    def _bodies(self, media: Any, media_type: str, own: Response, message: str) -> Iterator[bytes]:
        """Yield bodies that carry the message; those that do not fit are left out later."""
        schema, name = media.get("schema", True), bare(media_type)
        if name == EVENT_STREAM or is_sequence(name) or (name in FILES and name != "text/html"):
            return
        if not takes_values(name):
            if not name.startswith("multipart/"):
                yield message.encode("utf-8", "replace")
            return
        instances, resolve = self._examples.instances, self._examples.document.resolved

        def make(wanted: Any) -> JSON | None:
            made = instances.smallest(wanted)
            return made.value if isinstance(made, Made) else None

        bases = [make(schema), *self._examples.values(media)]
        free = bases[0] == {} and not _has_properties(resolve(schema))
        if is_json(name) and (free or name.endswith("problem+json")):
            yield own.body
        for base in bases:
            for value in carrying(base, schema, own.status, message, resolve, make):
                body = self._examples.written(value, media_type, schema)
                if body is not None and (is_json(name) or not isinstance(value, str)):
                    yield body


def _has_properties(schema: Any) -> bool:
    return isinstance(schema, dict) and not {"properties", "allOf", "oneOf", "anyOf"}.isdisjoint(schema)


def _documented(operation: Operation, status: int) -> Iterator[tuple[int, str]]:
    """Yield the documented responses that may refuse a request, as status and key, the best first."""
    responses = operation.definition.get("responses") or {}
    for other in INSTEAD.get(status, (status,)):
        if str(other) in responses:
            yield other, str(other)
    for code in ("4XX", "default"):
        if code in responses and str(status) not in responses:
            yield status, code


def _response(example: Example, headers: Headers) -> Response:
    fields = [*headers, *((name.lower(), value) for name, value in example.headers)]
    if not example.media_type:
        return Response(example.status, fields)
    return whole(example.status, example.media_type, example.body, fields)
