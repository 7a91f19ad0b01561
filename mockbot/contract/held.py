"""How many bytes the bodies of all requests under way have together."""

from __future__ import annotations

MOST_HELD = 512 * 1024 * 1024
"""Bytes that the bodies of all requests under way may have together."""
FREE = 16 * 1024
"""Bytes that every body may have nevertheless, so that no request without a large one is refused."""


class Held:
    """Counts the bytes of bodies, from the first piece that is read to the end of the response."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self.most, self.size = most, 0

    def one(self) -> HeldBody:
        """Return the count of one more body."""
        return HeldBody(self)


class HeldBody:
    """The bytes of one body among all of them; `release` is called when its request has ended."""

    __slots__ = ("_all", "_size")

    def __init__(self, all_bodies: Held) -> None:
        self._all, self._size = all_bodies, 0

    def grow(self, size: int) -> bool:
        """Count a body that has `size` bytes now; return whether there is room for them."""
        if size > FREE:
            if self._all.size + size - self._size > self._all.most:
                return False
            self._all.size += size - self._size
            self._size = size
        return True

    def release(self) -> None:
        """Count this body no more."""
        self._all.size -= self._size
        self._size = 0

    @property
    def why(self) -> str:
        """Return why there was no room, as the end of a sentence that begins with "the body must"."""
        most = self._all.most
        return f"be sent again later: those of all requests under way have more than {most} bytes together with it"
