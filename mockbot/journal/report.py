"""The report on the clients of all worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockbot.wording import printable

if TYPE_CHECKING:
    from mockbot.journal.finding import Verdict

MAX_WORLDS = 1000
"""How many worlds with findings a report keeps; it only counts the others."""


class Report:
    """Collects the verdicts on all worlds of a server, including worlds that were removed."""

    def __init__(self, max_worlds: int = MAX_WORLDS) -> None:
        self._max_worlds = max_worlds
        self._kept: list[tuple[str, Verdict]] = []
        self._worlds = self._dropped = 0
        self.failed = False
        """Whether there is a finding of severity error."""

    def add(self, world: str, found: Verdict) -> None:
        """Add the verdict on a world that gets no more requests."""
        self._worlds += 1
        self.failed = self.failed or found.failed
        if found.findings and len(self._kept) < self._max_worlds:
            self._kept.append((world, found))
        elif found.findings:
            self._dropped += 1

    def as_text(self) -> str:
        """Return the findings of each world, or one line if there are none."""
        lines = [f"world {printable(world)}: {found.as_text()}" for world, found in self._kept]
        if self._dropped:
            lines.append(f"and {self._dropped} more worlds with findings")
        worlds = f"{self._worlds} world{'' if self._worlds == 1 else 's'}"
        return "\n".join(lines) if lines else f"no findings in {worlds}"
