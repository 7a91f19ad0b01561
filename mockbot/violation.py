"""A violation of the contract: a value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON

Side = Literal["request", "response", "event"]
Location = Literal["route", "method", "path", "query", "header", "cookie", "media type", "body", "status", "order"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation of the contract by a request, a response or a stream event."""

    side: Side
    part: Location
    """The part of the message; responses and reports show it as `in`."""
    at: str
    """JSON pointer into that part: `/page` in the query, `/message/0/type` in the body; empty for the whole part."""
    rule: str
    """The violated keyword of the contract (`minimum`, `required` ...), or `parse` when the part cannot be read."""
    message: str
    """One sentence for people. Long values are shortened."""
    value: JSON = None
    """The invalid value, shortened when long."""

    def as_json(self) -> dict[str, JSON]:
        """Return the violation as responses, the journal and reports show it."""
        return {"in": self.part, "at": self.at, "rule": self.rule, "message": self.message, "value": self.value}

    @classmethod
    def from_json(cls, row: Mapping[str, Any], side: Side) -> Self:
        """Build a violation from the result of `as_json`, which does not contain the side."""
        return cls(side, row["in"], row["at"], row["rule"], row["message"], row["value"])

    def __str__(self) -> str:
        return f"{self.part} {self.at}".rstrip() + f": {self.message} ({self.rule})"
