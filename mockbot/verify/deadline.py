"""The time that a whole run of `check`, `replay` or `compare` may take.

Each response has a limit of its own, and thousands of slow ones are within it.
"""

from __future__ import annotations

from mockbot.steady import steady

SECONDS = 3600.0
"""The time for a run that is given none."""


class Deadline:
    """When a run ends; ask it before each request, and send none when it is over."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = steady() + seconds
        self.ended = False
        """Whether something was left out because of it."""

    def over(self) -> bool:
        """Return whether the time is over; what is about to be done is then left out."""
        self.ended = self.ended or steady() >= self._end
        return self.ended
