"""The compiled plans of a contract: whether a request or a response is certain to be valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mockbot.contract.compiled.bodies import Content
from mockbot.contract.compiled.fields import Compiler, Cookies, Field, Headers, Integer, Path, Query
from mockbot.contract.compiled.schemas import Schemas
from mockbot.contract.derived import Answer, Derived, Plan
from mockbot.contract.parts import Parts
from mockbot.contract.wire.described import Media
from mockbot.contract.wire.shapes import Shapes
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.openapi.operations import Operation
from mockbot.violation import Side

if TYPE_CHECKING:
    from mockbot.contract.wire.casting import Caster

CONTENT_TYPE = b"content-type"
Fields = Sequence[tuple[bytes, bytes]]
"""Headers as they are sent."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one operation."""

    path: Path
    query: Query
    headers: Headers
    cookies: Cookies
    content: Content | None
    """None where the operation has no body."""
    required: bool
    """Whether there must be a body."""

    def accepts(
        self, query: bytes, headers: Fields, body: bytes, path: Mapping[str, str], parts: Parts | None = None
    ) -> bool:
        """Return whether a request is certain to be valid."""
        if not (self.query.accepts(query) and self.path.accepts(path)):
            return False
        if not (self.headers.accepts(headers) and self.cookies.accepts(headers)):
            return False
        if self.content is None:
            return True
        if not body:
            return not self.required
        return self.content.accepts(_content_type(headers), body, parts)


@dataclass(frozen=True, slots=True)
class Responses:
    """The responses of one operation with one status."""

    headers: Headers
    content: Content | None
    """None where the response has no body."""

    def accepts(self, headers: Fields, body: bytes) -> bool:
        """Return whether a response is certain to be valid."""
        if not self.headers.accepts(headers):
            return False
        return self.content is None or (bool(body) and self.content.accepts(_content_type(headers), body))

    def accepts_value(self, headers: Fields, value: JSON) -> bool:
        """Return whether a response with a JSON body of that value is certain to be valid."""
        if not self.headers.accepts(headers):
            return False
        return self.content is None or self.content.accepts_value(_content_type(headers), value)


def _content_type(headers: Fields) -> bytes:
    for name, value in headers:
        if name.lower() == CONTENT_TYPE:
            return value
    return b""


class Compiled:
    """What is compiled of the operations in one direction, each on first use."""

    def __init__(
        self, derived: Derived, shapes: Shapes, integer: Integer, schemas: Schemas, caster_of: Callable[[], Caster]
    ) -> None:
        """`caster_of` is called for the first form with files."""
        self._derived, self._shapes, self._schemas, self._caster_of = derived, shapes, schemas, caster_of
        self._fields = Compiler(schemas, shapes, integer)
        self._requests: dict[str, Requests] = {}
        self._responses: dict[tuple[str, int], Responses | None] = {}

    def requests(self, operation: Operation) -> Requests:
        """Return what accepts the requests of an operation."""
        found = self._requests.get(operation.name)
        if found is None:
            found = self._requests[operation.name] = self._requests_of(self._plan(operation))
        return found

    def responses(self, operation: Operation, status: int) -> Responses | None:
        """Return what accepts the responses of an operation with a status; None if the contract does not have it."""
        key = operation.name, status
        if key not in self._responses:
            answer = self._plan(operation).answer(status)
            self._responses[key] = None if answer is None else self._responses_of(answer)
        return self._responses[key]

    def _plan(self, operation: Operation) -> Plan:
        return self._derived.plan(operation.path, operation.method.lower())

    def _requests_of(self, plan: Plan) -> Requests:
        fields: dict[str, list[Field]] = {}
        for each in plan.parameters:
            fields.setdefault(each.location, []).append(self._fields.field(each))
        return Requests(
            path=Path(fields.get("path", ())),
            query=Query((*fields.get("query", ()), *fields.get("querystring", ()))),
            headers=Headers(fields.get("header", ())),
            cookies=Cookies(fields.get("cookie", ())),
            content=self._content(plan.content, "request"),
            required=plan.required,
        )

    def _responses_of(self, answer: Answer) -> Responses:
        headers = Headers([self._fields.field(each) for each in answer.headers])
        return Responses(headers, self._content(answer.content, "response"))

    def _content(self, content: Mapping[str, Media] | None, side: Side) -> Content | None:
        return Content(content, self._schemas, self._shapes, self._caster_of, side) if content else None
