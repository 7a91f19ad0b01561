"""The script that was chosen for a request, or the nearest one where none was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import field

from mockbot.dataclass import dataclass
from mockbot.jsontext import spaced
from mockbot.matching import Miss
from mockbot.script.model import Script


@dataclass(frozen=True, slots=True)
class Chosen:
    """The script chosen for a request, the named groups of its regexes, and the number of the use, counted from 1.

    The Turn takes `groups` and `number`.
    """

    script: Script
    groups: Mapping[str, str] = field(default_factory=dict)
    number: int = 1
    asks: bool = True
    """Whether the script may name the request to the model, as {request}."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The script nearest to a request that no script matches, and its first field that does not match."""

    script: Script
    miss: Miss

    def __str__(self) -> str:
        return (
            f"the nearest script is {self.script.name!r} ({self.script.place}): its {self.miss.field} "
            f"asks for {spaced(self.miss.expected)}, the request has {spaced(self.miss.actual)}"
        )


def nearest(missed: Iterable[tuple[Script, Sized, list[Miss]]]) -> NearMiss | None:
    """Return the script with the fewest misses; among several, the one that matches most, or whose miss is closest."""
    candidates = [
        ((-len(misses), len(conditions) + len(script.requires), misses[0].closeness()), NearMiss(script, misses[0]))
        for script, conditions, misses in missed
        if misses
    ]
    return max(candidates, key=lambda candidate: candidate[0], default=(None, None))[1]
