"""How the memory is measured that something takes, and what is put into it: data of every bad shape."""

import gc
import json
import tracemalloc
from collections.abc import Callable
from itertools import count
from typing import Any

from mockbot.errors import UserError
from mockbot.jsontext import JSON

MIB = 1024 * 1024
BOUND = MIB
"""The promise in these tests."""
FACTOR = 1.1
"""How many bytes may be measured for each that is promised."""
FILLED = 0.3
"""How much of what is promised is used at least: the weights are no guesses that are far too high."""
WIDE = "\N{GRINNING FACE}"
Shape = Callable[[int], str]
TEXTS: dict[str, Shape] = {
    "tiny": lambda number: f"{number:x}",
    "huge": lambda number: f"{number:x}" * (16 * 1024),
    "wide": lambda number: f"{number:x}" * 1000 + WIDE,
    "accented": lambda number: f"{number:x}é" * 500,
}
"""Texts, each different from the others."""


def nested(number: int, depth: int = 100) -> JSON:
    value: JSON = number + 1000
    for _ in range(depth):
        value = [value]
    return value


VALUES: dict[str, Callable[[int], JSON]] = {
    **TEXTS,
    "numbers": lambda number: [1000 + number + each for each in range(200)],
    "floats": lambda number: [0.5 + number + each for each in range(200)],
    "empty objects": lambda number: [{} for _ in range(100 + number % 2)],
    "deep": nested,
    "long names": lambda number: {f"{number:x}{each}" * 200: each for each in range(10)},
    "small objects": lambda number: [{"a": f"{number}{each}"} for each in range(100)],
}


def measured(fill: Callable[[], object]) -> int:
    """Return how many bytes are in memory more after `fill` than before it, as long as its result lives."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = fill()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del kept
        return after - before
    finally:
        tracemalloc.stop()


def assert_kept(size: int, promised: int = BOUND) -> None:
    assert promised * FILLED <= size <= promised * FACTOR, f"{size / promised:.2f} of what is promised"


def until_refused(add: Callable[[int], object], why: str) -> None:
    """Add until the store refuses it."""
    for number in count():
        try:
            add(number)
        except UserError as error:
            if why not in str(error):
                raise
            return


def fresh(value: JSON) -> Any:
    """Return a value as a request brings it: nothing in it is shared."""
    return json.loads(json.dumps(value))


def filled(add: Callable[[int], object], size: Callable[[], int]) -> None:
    """Add until the store is full, and then as much again."""
    largest, since = 0, 0
    for number in count():
        add(number)
        if size() > largest:
            largest, since = size(), 0
        else:
            since += 1
        if since > 20 and number % 2:
            return
