"""The parts of a form, for all that read them; Werkzeug is loaded for the first form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mockbot.contract.media_types import BodyPart

T = TypeVar("T")


class Parts:
    """The parts of one multipart/form-data body, read at most once: by the validation or by a handler."""

    __slots__ = ("_body", "_boundary", "_other", "_read")

    def __init__(self, body: bytes) -> None:
        self._body, self._boundary = body, ""
        self._read: list[BodyPart] | ValueError | None = None
        self._other: tuple[str, Any] | None = None

    def read_as(self, content_type: str, read: Callable[[str, bytes], T]) -> T:
        """Return what `read`, always the same function, returns for the Content-Type and the body; call it only once.

        It is for servers that read forms in a way of their own.
        """
        if self._other is None or self._other[0] != content_type:
            self._other = content_type, read(content_type, self._body)
        found: T = self._other[1]
        return found

    def __call__(self, boundary: str) -> list[BodyPart]:
        """Return the parts; raise ValueError if they cannot be read."""
        if self._read is None or self._boundary != boundary:
            self._boundary, self._read = boundary, _outcome(self._body, boundary)
        if isinstance(self._read, ValueError):
            raise self._read
        return self._read


def _outcome(body: bytes, boundary: str) -> list[BodyPart] | ValueError:
    from mockbot.contract.multipart import read_parts

    try:
        return read_parts(body, boundary)
    except ValueError as error:
        return error
