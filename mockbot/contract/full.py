"""Requests and responses against the effective contract, in full: every violation with its place and its reason.

What is on the wire is read by `contract/wire`; openapi-core validates the values, and its verdict is the only one. Its
validators are built once. They are given the operation, so that neither the document's servers nor the Host header
matter, and they never ask for credentials: authentication is the API's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mockbot.contract.core import ReadRequest, ReadResponse, request_validator, response_validator
from mockbot.contract.direction import Direction
from mockbot.contract.keywords import LIMIT
from mockbot.contract.media_types import most_specific, parse_content_type
from mockbot.contract.openapi_errors import free, violations
from mockbot.contract.parts import Parts
from mockbot.contract.undocumented import Undocumented, in_body, in_query
from mockbot.contract.wire.bodies import BodyReader
from mockbot.contract.wire.casting import Known
from mockbot.contract.wire.described import FORM
from mockbot.contract.wire.message import Fields, Request, header_values
from mockbot.contract.wire.parameters import ParameterReader
from mockbot.jsontext import pointer
from mockbot.openapi.operations import Operation
from mockbot.violation import Side, Violation


class Full:
    """Validates whole messages; every method returns all violations and never raises, whatever the bytes."""

    def __init__(self, asked: Direction, answered: Direction) -> None:
        """Build the validators for requests, with the plans of `asked`, and for responses, with those of `answered`."""
        self._asked, self._answered = asked, answered
        self._requests = request_validator(asked)
        self._responses = response_validator(answered)

    def request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str] | None = None,
        parts: Parts | None = None,
    ) -> list[Violation]:
        """Validate a request: its parameters, media type and body. Unknown parameters are allowed."""
        read = Request(query, headers, path_parameters or {})
        return _listed(self._request(operation, read, headers, body, parts), "request")

    def _request(
        self,
        operation: Operation,
        read: Request,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        parts: Parts | None,
    ) -> Iterator[Violation]:
        plan, caster = self._asked.plan(operation), self._asked.caster
        request, sent = ReadRequest(operation), set[tuple[str, str]]()
        for parameter, value in ParameterReader(plan.parameters, caster).read(read):
            if value is None:
                sent.add((parameter.part, pointer([parameter.name])))
            else:
                request.parameters[parameter.part][parameter.name] = value
        content_type = next(header_values(headers, "content-type"), "")
        # a form without fields has no bytes
        if plan.content and (body or (plan.required and parse_content_type(content_type)[0] == FORM)):
            found = BodyReader(plan.content, caster, "request").read(content_type, body, parts)
            yield from found.violations
            request.body, request.content_type = found.value, found.media_type
            sent |= {("body", each.at) for each in found.violations}
            sent |= {("body", "")} if found.value is None else set()
        yield from _others(self._requests.iter_errors(request), "request", sent)

    def response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> list[Violation]:
        """Validate a whole response: status, headers, media type and body."""
        return _listed(self._response(operation, status, headers, body), "response")

    def _response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Iterator[Violation]:
        plan, caster = self._answered.plan(operation), self._answered.caster
        response, sent = ReadResponse(status), set[tuple[str, str]]()
        answer = plan.answer(status)
        if answer is not None:
            request = Request(b"", headers, {})
            for header, value in ParameterReader(answer.headers, caster).read(request):
                response.headers[header.name] = value
            if body and answer.content:
                content_type = next(header_values(headers, "content-type"), "")
                found = BodyReader(answer.content, caster, "response").read(content_type, body)
                yield from found.violations
                response.data, response.content_type = found.value, found.media_type
                sent |= {("body", each.at) for each in found.violations}
                sent |= {("body", "")} if found.value is None else set()
        yield from _others(self._responses.iter_errors(ReadRequest(operation), response), "response", sent)

    def value(self, operation: Operation, content_type: str, body: bytes, parts: Parts | None = None) -> Any:
        """Return the JSON value of a request's body, with the bytes of files in it; None where it cannot be read."""
        content = self._asked.plan(operation).content
        if not body or not content:
            return None
        read = BodyReader(content, self._asked.caster, "request").read(content_type, body, parts).value
        return read.value if isinstance(read, Known) else None

    def undocumented(
        self,
        operation: Operation,
        query: bytes,
        content_type: str,
        body: bytes,
        ignored: Collection[str] = (),
    ) -> Iterator[Undocumented]:
        """Yield the fields of a request that the contract does not describe, without `ignored` names in the query."""
        plan, shapes = self._asked.plan(operation), self._asked.caster.shapes
        yield from in_query(Fields.of_query(query), plan.parameters, shapes, operation.path, ignored)
        value = self.value(operation, content_type, body)
        name = most_specific(plan.content or (), content_type)
        if plan.content and name is not None and value is not None:
            yield from in_body(value, plan.content[name], shapes)

    def undocumented_in_response(
        self, operation: Operation, status: int, content_type: str, body: bytes
    ) -> Iterator[Undocumented]:
        """Yield the properties in the body of a response that the contract does not describe."""
        answer, caster = self._answered.plan(operation).answer(status), self._answered.caster
        name = most_specific(answer.content, content_type) if answer and answer.content and body else None
        if answer is None or name is None:
            return
        value = BodyReader(answer.content, caster, "response").read(content_type, body).value
        if isinstance(value, Known):
            yield from in_body(value.value, answer.content[name], caster.shapes)


def _listed(found: Iterator[Violation], side: Side) -> list[Violation]:
    try:
        return list(islice(found, LIMIT))
    except RecursionError:
        return [Violation(side, "body", "", "parse", "the body cannot be read: it is nested too deep")]


def _others(errors: Iterable[Exception], side: Side, known: set[tuple[str, str]]) -> Iterator[Violation]:
    """Yield the violations that errors of openapi-core stand for, without those of places that are known."""
    for error in errors:
        yield from (each for each in violations(error, side) if (each.part, each.at) not in known)
        free(error)
