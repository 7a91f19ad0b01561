"""What a breach of the contract is: a value, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mockbot.jsontext import JSON

Side = Literal["request", "response", "event"]
Part = Literal["route", "method", "path", "query", "header", "cookie", "media type", "body", "status", "order"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract by a request, a response or a stream event."""

    side: Side
    part: Part
    """Where in the message: shown as `in` in answers and reports."""
    at: str
    """JSON pointer inside that part: `/page` in the query, `/message/0/type` in the body; empty for the whole part."""
    rule: str
    """The broken keyword of the contract (`minimum`, `required`, `enum` ...), or `parse` where nothing can be read."""
    message: str
    """One sentence a person understands, without the value's full text."""
    value: JSON = None
    """The offending value, cut short when long."""

    def as_json(self) -> dict[str, JSON]:
        """Return the violation as answers, the journal and reports show it."""
        return {"in": self.part, "at": self.at, "rule": self.rule, "message": self.message, "value": self.value}
