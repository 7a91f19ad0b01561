"""Garbage collection of a server: in steps so short that no request waits for one.

A journal has hundreds of thousands of objects that are no garbage. Python would look at all of them from time to time,
and nothing would be answered for a tenth of a second or longer. New objects are still looked at all the time; the older
ones only when the server is idle, or has not been for very long.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

THRESHOLDS = (300, 20, 1_000_000_000)
"""How many new objects there are between two steps, and how many steps of one kind between two of the next.

Steps are often, because a thousand streams make many objects at a time, and would all wait for a long one.
"""
MIDDLE = 1
"""The kind of step that is counted: every 6,000 new objects."""
FEW, MANY = 1_000, 50_000
"""After how many of them all objects are looked at: if the server is idle, and if it never is."""
QUIET_SECONDS = 3
"""After how many seconds without a request a server is idle."""


class Garbage:
    """Looks for garbage while a server runs, from `begin` to `end`."""

    def __init__(self) -> None:
        self._steps = 0
        """The steps since all objects were looked at."""

    def begin(self) -> None:
        """Freeze what there is, and look for garbage in what comes."""
        gc.callbacks.append(self._count)
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)

    def end(self) -> None:
        """Freeze what there is: Python looks at everything else once more before the process ends, with its memory."""
        gc.callbacks.remove(self._count)
        gc.freeze()

    def each_second(self, quiet: int) -> None:
        """Look at all objects if the server is idle; there was no request for `quiet` seconds."""
        if self._steps >= (FEW if quiet >= QUIET_SECONDS else MANY):
            self.everything()

    def everything(self) -> None:
        """Look at all objects but those of the start."""
        gc.collect()
        self._steps = 0

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Do not look for garbage while a document is read, but afterwards, because the document before is garbage."""
        gc.disable()
        try:
            yield
        finally:
            gc.unfreeze()
            self.everything()
            gc.freeze()
            gc.enable()

    def _count(self, phase: Literal["start", "stop"], info: dict[str, int]) -> None:
        self._steps += phase == "stop" and info["generation"] == MIDDLE


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile, which would double the time to read a large document."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
