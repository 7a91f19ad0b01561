"""The results of `compare`, as values and as text."""

from __future__ import annotations

from collections.abc import Iterator

from mockbot.dataclass import dataclass
from mockbot.verify.compare.differences import Difference
from mockbot.verify.curl import shortened
from mockbot.wording import printable, readable


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference between two servers, reported once for all requests that show it."""

    operation: str
    """`POST /api/v1/chat`, or a sentence that the contract lacks the method or the path."""
    difference: Difference
    """The place of the difference, and both values."""
    curl: str
    """A shell command with the smallest request that shows it, for the first server, with the key as $MOCKBOT_KEY."""
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
    """The seed; the same seed repeats the run."""
    seconds: float
    """How long it took."""
    requests: int
    """How many requests each server received."""
    divergences: tuple[Divergence, ...]
    """By operation, in the order of discovery."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run early."""
    gone: str = ""
    """Which server stopped during the run, and at which operation; empty if none did."""
    out_of_time: bool = False
    """Whether the time for the run was over before its end."""

    @property
    def same(self) -> bool:
        """Return whether the run was completed, sent at least one request and found no difference."""
        return not self.divergences and not self._ended_early and self.requests > 0

    @property
    def text(self) -> str:
        """Return the summary for a person."""
        return readable("\n".join(self._lines()))

    @property
    def _ended_early(self) -> bool:
        return self.interrupted or self.out_of_time or bool(self.gone)

    def _lines(self) -> Iterator[str]:
        if self.divergences:
            yield f"A is {self.one}\nB is {self.other}"
        for number, divergence in enumerate(self.divergences, 1):
            difference = divergence.difference
            times = f" ({divergence.cases} requests)" if divergence.cases > 1 else ""
            yield f"\n{number}. {divergence.operation}: {printable(difference.at.strip())}{times}"
            yield f"   A: {printable(difference.one)}\n   B: {printable(difference.other)}"
            yield f"   {shortened(divergence.curl)}"
        yield f"\n{self.requests} requests to each in {self.seconds:.1f} s, seed {self.seed}"
        if self.gone:
            yield printable(self.gone)
        so_far = ""
        if self.out_of_time:
            yield "its time is over; --time gives it more"
        if self._ended_early:
            yield "ended early; the remaining requests were not sent"
            so_far = " so far"
        count = len(self.divergences)
        yield (f"{count} difference{'s' if count > 1 else ''}" if count else "no difference") + so_far
