"""What the calls of a model cost."""

from __future__ import annotations

from mockbot.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one model call reports: `input` counts the whole prompt, `cached` the part of it from the cache."""

    input: int = 0
    cached: int = 0
    output: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input + other.input, self.cached + other.cached, self.output + other.output)
