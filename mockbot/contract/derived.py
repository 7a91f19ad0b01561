"""The document that openapi-core is given: the effective contract, and beside it the operations with values in JSON.

openapi-core reads styles and forms in its own way, and raises on many legal documents. In the operations derived here,
each parameter, header and body has `content` instead, whose value is read before openapi-core sees it. The schemas are
the contract's own, at their own places, so that references stay valid. An operation is derived when it is first asked
for: large documents have more operations than one run asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockbot.contract.wire.described import Media, Parameter, parameters_of
from mockbot.contract.wire.shapes import Shapes
from mockbot.dataclass import dataclass

KEY = "x-operations"
"""Where the derived operations are, by path and method."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the contract says of one response."""

    headers: tuple[Parameter, ...]
    content: Mapping[str, Media]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the contract says of one operation."""

    parameters: tuple[Parameter, ...]
    required: bool
    """Whether the request has a body."""
    content: Mapping[str, Media] | None
    """None where the operation has no body."""
    responses: Mapping[str, Answer]
    """By status, range or `default`."""

    def answer(self, status: int) -> Answer | None:
        """Return what the contract says of the response with a status; None if it does not describe it."""
        codes = (str(status), f"{status // 100}XX", "default")
        return next((self.responses[code] for code in codes if code in self.responses), None)


class Derived:
    """The plans of a document's operations, each made on first use."""

    def __init__(self, document: dict[str, Any], shapes: Shapes) -> None:
        self._paths, self._shapes = document.get("paths") or {}, shapes
        self._items: dict[str, dict[str, Any]] = {}
        self._plans: dict[tuple[str, str], Plan] = {}
        self.document: dict[str, Any] = {**document, KEY: self._items}
        """The document with the operations that were derived so far."""

    def plan(self, path: str, method: str) -> Plan:
        """Return what the contract says of an operation, and have it in the document; `method` is in lower case."""
        plan = self._plans.get((path, method))
        if plan is None:
            item = self._paths[path]
            plan = _plan(path, item, item[method], self._shapes)
            self._items.setdefault(path, {})[method] = dict(_operation(plan))
            self._plans[path, method] = plan
        return plan


def _plan(path: str, item: Mapping[str, Any], operation: Mapping[str, Any], shapes: Shapes) -> Plan:
    body = _object(shapes.resolved(operation.get("requestBody")))
    responses = _object(operation.get("responses"))
    parameters = parameters_of(item, operation, shapes.resolved)
    return Plan(
        # a value for a name that is not in the path cannot be sent
        tuple(each for each in parameters if each.location != "path" or f"{{{each.name}}}" in path),
        body.get("required") is True,
        _content(body, shapes) if "requestBody" in operation else None,
        {str(code): _answer(_object(shapes.resolved(each)), shapes) for code, each in responses.items()},
    )


def _answer(response: Mapping[str, Any], shapes: Shapes) -> Answer:
    headers = ((name, shapes.resolved(each)) for name, each in _object(response.get("headers")).items())
    found = (
        Parameter.of(name, "header", each)
        for name, each in headers
        if isinstance(each, dict) and name.lower() != "content-type"
    )
    return Answer(tuple(found), _content(response, shapes))


def _content(owner: Mapping[str, Any], shapes: Shapes) -> dict[str, Media]:
    content = _object(owner.get("content")).items()
    return {name: Media.of(_object(shapes.resolved(each)), shapes.resolved) for name, each in content}


def _object(node: Any) -> Mapping[str, Any]:
    return node if isinstance(node, dict) else {}


def _operation(plan: Plan) -> Iterator[tuple[str, Any]]:
    yield "parameters", [_parameter(each) | {"name": each.name, "in": each.part} for each in plan.parameters]
    if plan.content:
        yield "requestBody", {"required": plan.required, "content": _schemas(plan.content)}
    yield (
        "responses",
        {
            code: {
                "headers": {each.name: _parameter(each) for each in answer.headers},
                **({"content": _schemas(answer.content)} if answer.content else {}),
            }
            for code, answer in plan.responses.items()
        },
    )


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {"required": parameter.required, "content": {parameter.kind: {"schema": _schema(parameter.schema)}}}


def _schemas(content: Mapping[str, Media]) -> dict[str, Any]:
    return {name: {"schema": _schema(media.schema)} for name, media in content.items()}


def _schema(schema: Any) -> Any:
    """Return a schema as an object, which openapi-core expects."""
    return schema if isinstance(schema, dict) else {} if schema else {"not": {}}
