"""Validation of scripts for operations against the contract, when they are read.

Violations at placeholders are left out; the contract layer validates the response when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mockbot.contract.contract import Contract
from mockbot.contract.item_stream import ItemStream
from mockbot.jsontext import JSON, escape
from mockbot.openapi.examples import code_for
from mockbot.openapi.operations import Operation
from mockbot.script.model import Answer, Events, EventStep, FaultStep, WaitStep
from mockbot.script.sent import encoded, written
from mockbot.script.template import BRACES, fill_all
from mockbot.sse import EVENT_STREAM
from mockbot.violation import Violation

ADVICE = "add `violates: true` to the script to send it anyway"


def documented_media_types(contract: Contract, operation: Operation | None, status: int) -> list[str]:
    """Return the media types that the document has for a status, without ranges."""
    if operation is None or (code := code_for(operation, status)) is None:
        return []
    response = contract.document.resolved(operation.definition["responses"][code])
    return [each for each in response.get("content") or {} if "*" not in each]


def answer_mistakes(contract: Contract, operation: Operation, answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer in the answer, sentence) for each violation of the contract."""
    fields = [(name, value) for name, value in (*answer.headers, ("content-type", answer.media_type)) if value]
    headers = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in fields]
    body = answer.body if answer.literal else _unfilled(answer.body)
    open_places = [] if answer.literal else list(_places(answer.body))
    open_headers = [name for name, value in answer.headers if _has_placeholder(value)]
    for violation in contract.validation.response(operation, answer.status, headers, written(answer, body)):
        if not _is_open(violation, open_places, open_headers):
            is_json = violation.part == "body" and not (answer.literal or answer.is_text) and bool(answer.media_type)
            inside = f"/json{violation.at}" if is_json else ""
            yield inside, f"it violates the contract: {violation}; {ADVICE}"


def event_mistakes(contract: Contract, operation: Operation, events: Events) -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer in the events, sentence) for each violation of the contract."""
    if EVENT_STREAM not in (documented := documented_media_types(contract, operation, 200)):
        has = f"its response 200 is {', '.join(documented)}" if documented else "its response 200 has no content"
        yield "", f"{operation.name} has no stream of events ({EVENT_STREAM}): {has}; {ADVICE}"
        return
    steps = [(index, step) for index, step in enumerate(events.steps) if isinstance(step, EventStep)]
    if (chat := contract.stream(operation)) is not None:
        if not any(map(_is_open_step, events.steps)):
            for violation in chat.validate(b"".join(encoded(step) for _, step in steps), over=True)[:10]:
                yield "", f"they violate the contract: {violation}; {ADVICE}"
        return
    validator = ItemStream.of(contract.document, operation)
    for index, step in steps:
        if not _is_open_step(step):
            for violation in validator.validate(encoded(step), over=False):
                yield f"/{index}", f"it violates the contract: {violation}; {ADVICE}"


def _has_placeholder(value: JSON) -> bool:
    return isinstance(value, str) and any(found[1] for found in BRACES.finditer(value))


def _is_open_step(step: EventStep | WaitStep | FaultStep) -> bool:
    if not isinstance(step, EventStep):
        return isinstance(step, FaultStep)
    return any(map(_has_placeholder, (step.event, step.id))) or bool(list(_places(step.data)))


def _places(value: JSON | bytes, at: str = "") -> Iterator[str]:
    """Yield the JSON pointers of texts with placeholders."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, f"{at}/{escape(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, f"{at}/{index}")
    elif isinstance(value, str) and _has_placeholder(value):
        yield at


class _Names(dict[str, Callable[[], str]]):
    """Fills each placeholder with itself."""

    def __missing__(self, name: str) -> Callable[[], str]:
        return lambda: f"{{{name}}}"


def _unfilled(body: JSON | bytes) -> JSON | bytes:
    """Return a body with double braces made plain."""
    return body if isinstance(body, bytes) else fill_all(body, _Names())


def _is_open(violation: Violation, places: list[str], headers: list[str]) -> bool:
    """Return whether a violation is at a placeholder, or at a value that contains one."""
    if violation.part == "header":
        return any(violation.at.lower() == f"/{escape(name)}" for name in headers)
    return violation.part == "body" and any(f"{place}/".startswith(f"{violation.at}/") for place in places)
