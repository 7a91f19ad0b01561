import json
from collections.abc import Sequence
from dataclasses import dataclass
from sys import getsizeof
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.bounded import Bounded, footprint, owned


def lengths(items: int = 3, size: int = 100) -> Bounded[int, str]:
    return Bounded(items, size, len)


def test_the_oldest_items_are_dropped_first() -> None:
    bounded = lengths()
    for key in range(5):
        bounded.put(key, "x")
    assert list(bounded.items()) == [(2, "x"), (3, "x"), (4, "x")]
    assert (bounded.dropped, len(bounded), 1 in bounded, 4 in bounded) == (2, 3, False, True)


def test_bytes_are_limited_as_well_as_items() -> None:
    bounded = lengths(items=10, size=10)
    bounded.put(1, "x" * 6)
    bounded.put(2, "y" * 6)
    assert (list(bounded.values()), bounded.size) == (["y" * 6], 6)


def test_a_text_key_counts_towards_the_size() -> None:
    bounded: Bounded[str, str] = Bounded(10, 100, len)
    bounded.put("k" * 20, "v" * 10)
    assert bounded.size == 90
    bounded.put("k", "v" * 10)
    assert len(bounded) == 1


def test_an_item_that_is_put_again_is_the_newest() -> None:
    bounded = lengths()
    for key in (1, 2, 1, 3, 4):
        bounded.put(key, "xx")
    assert [key for key, _ in bounded.items()] == [1, 3, 4]
    assert bounded.size == 6


def test_a_too_large_item_is_not_kept_and_pushes_out_nothing() -> None:
    bounded = lengths(size=10)
    bounded.put(1, "small")
    bounded.put(2, "x" * 11)
    assert (list(bounded.values()), bounded.size, bounded.dropped) == (["small"], 5, 1)


def test_an_item_that_has_grown_is_measured_again() -> None:
    bounded: Bounded[int, list[int]] = Bounded(3, 10, len)
    grown = [1, 2]
    bounded.put(1, [0])
    bounded.put(2, grown)
    grown.extend(range(8))
    bounded.weigh_again(2)
    assert (list(bounded.values()), bounded.size) == ([grown], 10)
    bounded.weigh_again(1)  # was dropped
    assert len(bounded) == 1


def test_an_item_that_has_grown_too_large_is_dropped_and_pushes_out_nothing() -> None:
    bounded: Bounded[int, list[int]] = Bounded(3, 10, len)
    grown = [1, 2]
    bounded.put(1, [0])
    bounded.put(2, grown)
    grown.extend(range(9))
    bounded.weigh_again(2)
    assert (list(bounded.values()), bounded.size, bounded.dropped) == ([[0]], 1, 1)


def test_a_text_key_counts_when_its_item_is_measured_again() -> None:
    bounded: Bounded[str, list[int]] = Bounded(3, 100, len)
    grown = [1, 2]
    bounded.put("k" * 10, grown)
    grown.extend(range(8))
    bounded.weigh_again("k" * 10)
    assert bounded.size == 4 * 10 + 10


def test_remove_returns_the_value() -> None:
    bounded = lengths()
    bounded.put(1, "x")
    bounded.put(2, "y")
    assert (bounded.get(1), bounded.get(2), bounded.get(3)) == ("x", "y", None)
    assert bounded.remove(2) == "y"
    assert (bounded.remove(1), bounded.remove(1), bounded.get(1), bounded.size) == ("x", None, None, 0)


def test_clear() -> None:
    bounded = lengths()
    bounded.put(1, "x")
    bounded.clear()
    assert (len(bounded), bounded.size) == (0, 0)
    bounded.put(1, "xyz")
    assert (list(bounded.items()), bounded.size) == ([(1, "xyz")], 3)


def test_exactly_the_limits_are_kept() -> None:
    bounded = lengths(items=2, size=10)
    bounded.put(1, "x" * 4)
    bounded.put(2, "y" * 6)
    assert (len(bounded), bounded.size, bounded.dropped) == (2, 10, 0)
    bounded.put(3, "z" * 10)
    assert (list(bounded.values()), bounded.size, bounded.dropped) == (["z" * 10], 10, 2)
    bounded.put(4, "z" * 11)
    bounded.put(5, "z" * 11)
    assert (list(bounded.values()), bounded.dropped) == (["z" * 10], 4)


def test_a_value_that_is_none_is_measured_again() -> None:
    weights = [1]
    bounded: Bounded[int, None] = Bounded(3, 10, lambda _: weights[0])
    bounded.put(1, None)
    weights[0] = 5
    bounded.weigh_again(1)
    assert bounded.size == 5


def test_each_part_of_a_key_counts_towards_the_size() -> None:
    bounded: Bounded[tuple[str, int, tuple[str, ...]], str] = Bounded(10, 1000, len)
    bounded.put(("k" * 20, 7, ("k",)), "v" * 10)
    assert bounded.size == 10 + 4 * 20 + 4 * 1 + 64 * 4


def sizes(*values: object) -> int:
    """Return the bytes of values without what is in them."""
    return sum(map(getsizeof, values))


LONG, BYTES = "x" * 1000, b"y" * 500


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ([], []),
        ([LONG, 5, 2.5, True, None, BYTES], [LONG, 5, 2.5, True, None, BYTES]),
        ([[]], [[]]),
        ([[LONG, [7]]], [[LONG, [7]], LONG, [7], 7]),
        ([{"name": LONG, "b": {"c": []}}], [{"name": 1, "b": 2}, "name", LONG, "b", {"c": []}, "c", []]),
        ([(LONG, [7]), LONG], [(LONG, [7]), LONG, [7], 7, LONG]),
        ([[LONG, LONG]], [[LONG, LONG], LONG, LONG]),
    ],
)
def test_the_footprint_of_a_value_is_that_of_all_its_parts(values: Sequence[Any], parts: Sequence[Any]) -> None:
    assert footprint(*values) == sizes(*parts)


@dataclass(slots=True)
class Pair:
    first: object
    second: object = None


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ([], []),
        ([LONG, BYTES, 5], [LONG, BYTES, 5]),
        ([[LONG, [7000]], 7000.5], [[LONG, [7000]], LONG, [7000], 7000, 7000.5]),
        ([{LONG: BYTES}], [{LONG: BYTES}, LONG, BYTES]),
        ([{(1000, 2000): BYTES}], [{(1000, 2000): BYTES}, (1000, 2000), 1000, 2000, BYTES]),
        ([Pair(LONG, Pair(BYTES))], [Pair(1, 2), LONG, Pair(1, 2), BYTES]),
        ([[LONG, LONG], LONG], [[LONG, LONG], LONG]),
        ([[int, json, len, sizes, None, True]], [[int, json, len, sizes, None, True]]),
    ],
)
def test_what_a_value_owns_counts_once_and_what_all_share_does_not(values: Sequence[Any], parts: Sequence[Any]) -> None:
    assert owned(*values) == sizes(*parts)


def test_a_value_may_own_itself() -> None:
    ring: list[object] = [LONG]
    ring.append(Pair(ring))
    assert owned(ring) == sizes(ring, LONG, Pair(ring))


operations = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "weigh"]), st.integers(0, 6), st.integers(0, 40)), max_size=60
)


@given(st.integers(0, 5), st.integers(0, 100), operations)
def test_the_limits_hold_after_any_operations(items: int, size: int, done: list[tuple[str, int, int]]) -> None:
    bounded: Bounded[int, list[None]] = Bounded(items, size, len)
    for what, key, weight in done:
        if what == "put":
            bounded.put(key, [None] * weight)
        elif what == "remove":
            bounded.remove(key)
        elif (value := bounded.get(key)) is not None:
            value[:] = [None] * weight
            bounded.weigh_again(key)
        assert len(bounded) <= items
        assert bounded.size == sum(map(len, bounded.values())) <= size


def test_what_is_dropped_is_forgotten_and_nothing_else() -> None:
    forgotten: list[str] = []
    bounded: Bounded[int, str] = Bounded(2, 1000, len, forgotten.append)
    for key, value in enumerate("abc"):
        bounded.put(key, value)
    bounded.put(1, "B")
    bounded.remove(2)
    assert forgotten == ["a"]
    bounded.put(4, "d" * 2000)
    assert forgotten == ["a", "d" * 2000]
    bounded.clear()
    assert forgotten == ["a", "d" * 2000]
