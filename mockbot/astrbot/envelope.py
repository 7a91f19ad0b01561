"""The JSON envelope of AstrBot's responses (BEHAVIOUR.md sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.response import Headers, Response, whole
from mockbot.violation import Violation


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a version writes the envelope."""

    encode: Callable[[JSON], bytes]
    errors_have_data: bool
    """Whether errors have the key `data`, with null."""

    def ok(self, data: JSON, message: str | None = None) -> Response:
        """Return a successful response."""
        return self._write(200, {"status": "ok", "message": message, "data": data})

    def error(self, message: str, status: int = 200, headers: Headers = ()) -> Response:
        """Return an error of AstrBot; a business error usually has status 200 (section 1)."""
        rest: dict[str, JSON] = {"data": None} if self.errors_have_data else {}
        return self._write(status, {"status": "error", "message": message, **rest}, headers)

    def refusal(
        self, status: int, message: str, violations: Sequence[Violation] = (), headers: Headers = ()
    ) -> Response:
        """Return an error of mockbot's own in AstrBot's envelope; `data` lists the violations."""
        if not violations:
            return self.error(message, status, headers)
        data: JSON = {"violations": [violation.as_json() for violation in violations]}
        return self._write(status, {"status": "error", "message": message, "data": data}, headers)

    def _write(self, status: int, value: JSON, headers: Headers = ()) -> Response:
        return whole(status, "application/json", self.encode(value), headers)
