"""Rate limits: how many messages a session can send in a time window."""

from __future__ import annotations

from collections import deque

from mockbot.astrbot.installation import RateLimit
from mockbot.bounded import ITEM, Bounded


class RateLimits:
    """The recent messages of each session (BEHAVIOUR.md section 8.6); of too many sessions the oldest are forgotten."""

    MARGIN = 0.3
    """Seconds that AstrBot adds to a stall."""

    def __init__(self, sessions: int = 10_000, size: int = 16 * 1024 * 1024) -> None:
        self._sent: Bounded[str, deque[float]] = Bounded(sessions, size, lambda sent: ITEM + 768 + 40 * len(sent))

    def wait(self, session: str, limit: RateLimit, now: float) -> float | None:
        """Count a message and return the seconds that it must wait, or None if it is discarded."""
        if limit.count <= 0:
            return 0.0
        sent = self._sent.get(session) or deque()
        while sent and sent[0] <= now - limit.seconds:
            sent.popleft()
        if len(sent) < limit.count:
            due = now
        elif limit.strategy == "discard":
            return None
        else:
            due = sent.popleft() + limit.seconds + self.MARGIN
        sent.append(due)
        self._sent.put(session, sent)
        return due - now

    @property
    def size(self) -> int:
        """Return the approximate number of bytes in memory."""
        return self._sent.size

    def __len__(self) -> int:
        return len(self._sent)
