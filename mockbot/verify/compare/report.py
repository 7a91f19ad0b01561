"""What `compare` found, as values and as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockbot.verify.compare.differences import Difference
from mockbot.verify.curl import shortened


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference between two servers, told once however many requests showed it."""

    operation: str
    """`POST /api/v1/chat`, or in words that the contract lacks the method or the path."""
    difference: Difference
    """Where the answers part, and what each server says there."""
    curl: str
    """A shell line for the first server with the smallest request that shows it, the key as $MOCKBOT_KEY."""
    cases: int = 1
    """How many requests showed it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run of `compare`."""

    one: str
    """The first server's URL."""
    other: str
    """The second server's URL."""
    seed: int
    """Repeats the run when given again."""
    seconds: float
    """How long it took."""
    requests: int
    """How many requests each server was sent."""
    divergences: tuple[Divergence, ...]
    """By operation, in the order they were found."""
    interrupted: bool = False
    """Whether the run was ended by Ctrl-C before it was through."""
    gone: str = ""
    """Which server went away before the run was through, and at which request; empty when none did."""

    @property
    def same(self) -> bool:
        """Return whether the run was completed, asked anything at all and found no difference."""
        return not self.divergences and not self.interrupted and not self.gone and self.requests > 0

    @property
    def text(self) -> str:
        """Return the summary for a person."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.divergences:
            yield f"A is {self.one}\nB is {self.other}"
        for number, divergence in enumerate(self.divergences, 1):
            difference = divergence.difference
            times = f" ({divergence.cases} requests)" if divergence.cases > 1 else ""
            yield f"\n{number}. {divergence.operation}: {difference.at.strip()}{times}"
            yield f"   A: {difference.one}\n   B: {difference.other}\n   {shortened(divergence.curl)}"
        yield f"\n{self.requests} requests to each in {self.seconds:.1f} s, seed {self.seed}"
        if self.gone:
            yield self.gone
        so_far = ""
        if self.interrupted or self.gone:
            yield "ended early; nothing is known of what was not asked"
            so_far = " so far"
        count = len(self.divergences)
        yield (f"{count} difference{'s' if count > 1 else ''}" if count else "no difference") + so_far
