"""How many messages a session may send in a while."""

from __future__ import annotations

from collections import deque

from mockbot.world.records import RateLimit


class RateLimits:
    """How long a session's next message has to wait (BEHAVIOUR.md section 8.6); remembers only windows in use."""

    MARGIN = 0.3
    """Seconds that AstrBot adds to a stall."""
    SESSIONS = 1024
    """Sessions remembered before those whose window has passed are forgotten."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = {}

    def wait(self, session: str, limit: RateLimit, now: float) -> float | None:
        """Count a message and return the seconds it must wait; None when it is to be dropped."""
        if limit.count <= 0:
            return 0.0
        if session not in self._sent and len(self._sent) >= self.SESSIONS:
            self._forget(now - limit.seconds)
        sent = self._sent.setdefault(session, deque())
        while sent and sent[0] <= now - limit.seconds:
            sent.popleft()
        if len(sent) < limit.count:
            sent.append(now)
            return 0.0
        if limit.strategy == "discard":
            return None
        due = sent.popleft() + limit.seconds + self.MARGIN
        sent.append(due)
        return due - now

    def _forget(self, before: float) -> None:
        for session, sent in list(self._sent.items()):
            if not sent or sent[-1] <= before:
                del self._sent[session]
