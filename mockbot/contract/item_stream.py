"""Validation of a stream of events that only a document describes: `itemSchema` (OpenAPI 3.2) or the media's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from mockbot.contract.media_types import read_json
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.openapi.document import Document
from mockbot.openapi.examples import code_for
from mockbot.openapi.operations import Operation
from mockbot.sse import EVENT_STREAM, Event, Like, Parser
from mockbot.violation import Violation
from mockbot.wording import cut, shown

DONE = "[DONE]"
"""The text that many APIs send as the data of the last event, without describing it."""


@dataclass(slots=True)
class ItemStream:
    """Validates the events of one stream, one by one. Without a schema every event is valid."""

    fits: Callable[[Any, Any], bool]
    schema: Any
    """The schema of an event, as an object with `data`, `event`, `id` and `retry`, or of its data alone."""
    whole: bool
    """Whether `schema` is for the event."""
    content: Any = None
    """The schema of the JSON value in the text of `data`, if there is one."""
    _parser: Parser = field(default_factory=Parser)

    @classmethod
    def of(cls, document: Document, operation: Operation, status: int = 200) -> ItemStream:
        """Return a validator for a stream of an operation."""
        from mockbot.contract.keywords import schema_validator

        code = code_for(operation, status)
        response = {} if code is None else document.resolved(operation.definition["responses"][code])
        media = document.resolved((response.get("content") or {}).get(EVENT_STREAM, {}))
        schema = media.get("itemSchema", media.get("schema", True))
        plain = document.resolved(schema)
        whole = isinstance(plain, Mapping) and "data" in plain.get("properties", {})
        data = document.resolved(plain["properties"]["data"]) if whole else None
        content = data.get("contentSchema") if isinstance(data, Mapping) else None
        return cls(schema_validator(document.effective, strict=True), schema, whole, content)

    def fresh(self) -> ItemStream:
        """Return a validator for another stream of the same operation."""
        return replace(self, _parser=Parser())

    def validate(
        self,
        chunk: bytes,
        over: bool,  # noqa: ARG002  # any event can be the last
        event: object = None,  # noqa: ARG002  # the bytes are read
        like: Like | None = None,  # noqa: ARG002  # all are validated
    ) -> list[Violation]:
        """Return the violations of the events in `chunk`."""
        return [violation for event in self._parser.feed(chunk) for violation in self._event(event)]

    def _event(self, event: Event) -> list[Violation]:
        values = _values(event.data)
        if event.data == DONE or any(self._fits(event, value) for value in values):
            return []
        sentence = f"the event's data does not fit the schema of the stream's events: {shown(values[0])}"
        return [Violation("event", "body", "/data" if self.whole else "", "schema", sentence, cut(values[0]))]

    def _fits(self, event: Event, data: JSON) -> bool:
        if not self.whole:
            return self.fits(self.schema, data)
        written: dict[str, JSON] = {"data": data}
        written |= {"event": event.event} if event.event != "message" else {}
        written |= {"id": event.id} if event.id else {}
        written |= {} if event.retry is None else {"retry": event.retry}
        return self.fits(self.schema, written) and self._content_fits(data)

    def _content_fits(self, data: JSON) -> bool:
        """Return whether data that is a text fits the `contentSchema` of its property, which JSON Schema ignores."""
        if self.content is None or not isinstance(data, str):
            return True
        return any(self.fits(self.content, value) for value in _values(data)[:1])


def _values(data: str) -> list[JSON]:
    """Return the data of an event as JSON, if it is JSON, and as text."""
    try:
        return [read_json(data.encode()), data]
    except ValueError:
        return [data]
