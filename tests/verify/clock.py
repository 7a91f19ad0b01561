"""A clock for runs of `check`, `replay` and `compare` on which each look at the time takes a second."""

from itertools import count

import pytest

from mockbot.verify import deadline


def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(deadline, "steady", lambda: float(next(ticks)))
