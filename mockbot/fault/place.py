"""A place in a response: after its head, after a number of frames, or inside a frame."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from starlette.types import Message

from mockbot.fault.fault import BODY, START, Range

Bytes: TypeAlias = Annotated[
    int, Range(0, 1_000_000_000), "Bytes of the next frame to send after that, at most the whole frame."
]


class Place:
    """Finds the place after `after` frames and `size` bytes of the next one, counted from the first message."""

    def __init__(self, after: int, size: int) -> None:
        self._after, self._size = after, size
        self._passed = False
        self.here = False
        """Whether the place is in the message that was split last."""

    def split(self, message: Message) -> tuple[list[Message], list[Message]]:
        """Return the parts of `message` before and after the place."""
        at = None if self._passed else self._offset(message)
        self.here = at is not None
        if at is None:
            return ([], [message]) if self._passed else ([message], [])
        self._passed = True
        if message["type"] == START:
            return [message], []
        body, more = message.get("body", b""), message.get("more_body", False)
        before: Message = {**message, "body": body[:at], "more_body": True}
        rest: Message = {**message, "body": body[at:], "more_body": more}
        return [before] if at else [], [rest] if at < len(body) or not more else []

    def _offset(self, message: Message) -> int | None:
        """Return the byte offset of the place in the message, or None."""
        at_once = not self._after and not self._size
        if message["type"] == START:
            return 0 if at_once else None
        if message["type"] != BODY:
            return None
        size = len(message.get("body", b""))
        if at_once:
            return 0
        if not size:
            return None
        if not self._after:
            return min(self._size, size)
        self._after -= 1
        return size if not self._after and not self._size else None
