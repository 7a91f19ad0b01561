"""A server looks at new objects all the time, and at all of them when it is idle."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from mockbot.cli.garbage import FEW, MANY, QUIET_SECONDS, Garbage, uncollected


class Circle:
    """Refers to itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    thresholds, made = gc.get_threshold(), Garbage()
    made.begin()
    yield made
    gc.callbacks.clear()
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_all_objects_are_never_looked_at_under_load(garbage: Garbage) -> None:
    before = gc.get_stats()[2]["collections"]
    kept = [Circle() for _ in range(200_000)]
    assert len(kept) // garbage._steps < 10_000
    assert gc.get_stats()[2]["collections"] == before


@pytest.mark.parametrize(
    ("steps", "quiet", "is_freed"),
    [(FEW, QUIET_SECONDS, True), (FEW - 1, QUIET_SECONDS, False), (FEW, QUIET_SECONDS - 1, False), (MANY, 0, True)],
)
def test_what_became_garbage_late_is_freed_when_the_server_is_idle(
    garbage: Garbage, steps: int, quiet: int, is_freed: bool
) -> None:
    kept = Circle()
    found = weakref.ref(kept)
    gc.collect(1)
    del kept
    gc.collect(1)
    assert found() is not None
    garbage._steps = steps
    garbage.each_second(quiet)
    assert (found() is None) is is_freed
    assert garbage._steps == (0 if is_freed else steps)


def test_nothing_is_looked_at_while_a_document_is_read_and_everything_afterwards(garbage: Garbage) -> None:
    kept = Circle()
    found = weakref.ref(kept)
    gc.collect()
    with garbage.replacing():
        assert not gc.isenabled()
        del kept
    assert gc.isenabled()
    assert found() is None


def test_nothing_is_looked_at_while_a_server_starts() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_at_the_end_nothing_is_looked_at_again(garbage: Garbage) -> None:
    found = weakref.ref(Circle())
    garbage.end()
    gc.collect()
    assert found() is not None
    gc.unfreeze()
    gc.collect()
    assert found() is None
