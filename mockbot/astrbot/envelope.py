"""The JSON envelope of AstrBot's responses (BEHAVIOUR.md sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, parts, standard
from mockbot.response import Headers, Response, whole
from mockbot.turns import Work, listed
from mockbot.violation import Violation

MEDIA_TYPE = "application/json"
DEEP = 3
"""Levels of a large response that are written part by part: the envelope, its data, a list in it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a version writes the envelope."""

    ensure_ascii: bool
    """Whether all non-ASCII characters are escaped; else only where a lone surrogate has no UTF-8 form."""
    end: bytes
    """What follows the JSON."""
    errors_have_data: bool
    """Whether errors have the key `data`, with null."""

    def encode(self, value: JSON) -> bytes:
        """Return JSON without blanks."""
        try:
            return _encoded(value, self.ensure_ascii) + self.end
        except UnicodeEncodeError:
            return _encoded(value, True) + self.end

    def ok(self, data: JSON, message: str | None = None) -> Response:
        """Return a successful response."""
        return self._write(200, {"status": "ok", "message": message, "data": data})

    def large_ok(self, data: JSON, message: str | None = None) -> Work[Response]:
        """Return the work whose result is what `ok` returns; `data` is encoded part by part."""
        value: JSON = {"status": "ok", "message": message, "data": data}
        try:
            pieces = yield from listed(_parts(value, self.ensure_ascii))
        except UnicodeEncodeError:
            pieces = yield from listed(_parts(value, True))
        body: bytes = yield partial(b"".join, (*pieces, self.end))
        return whole(200, MEDIA_TYPE, body)

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
        return whole(status, MEDIA_TYPE, self.encode(value), headers)


def _encoded(value: JSON, ensure_ascii: bool) -> bytes:
    return standard(value, ensure_ascii=ensure_ascii).encode("ascii" if ensure_ascii else "utf-8")


def _parts(value: JSON, ensure_ascii: bool) -> Iterator[bytes]:
    return parts(value, DEEP, lambda part, _: _encoded(part, ensure_ascii))
