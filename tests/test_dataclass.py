"""`mockbot.dataclass` makes what the standard library makes."""

import dataclasses
import sys
from dataclasses import field, replace
from inspect import signature
from typing import Any, get_type_hints

import pytest

from mockbot.dataclass import FIRST, complete, dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """Two numbers, and what does not count."""

    x: int
    y: int = 2
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True)
class Open:
    """Values that may change."""

    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No values."""


@dataclass(frozen=True, slots=True)
class Own:
    """Methods of its own."""

    text: str

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 5


def test_equal_values_make_equal_objects_and_one_key() -> None:
    assert Point(1) == Point(1, 2, "other") != Point(1, 3)
    assert len({Point(1), Point(1, note="other"), Point(2)}) == 2
    other: object = (1, 2)
    assert Point(1) != other
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1
    assert Open([1]) == Open([1]) != Open([2])


def test_what_may_change_is_no_key() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Open())


def test_it_is_shown_with_its_values() -> None:
    assert repr(Point(1, note="hidden")) == "Point(x=1, y=2)"
    assert repr(Nothing()) == "Nothing()"
    circle = Open()
    circle.values.append(circle)
    assert repr(circle) == "Open(values=[...])"


@dataclass(slots=True)
class Counted:
    """A value that is worked out from another."""

    text: str
    size: int = field(init=False)
    note: str = field(default="", kw_only=True)
    fixed: int = field(default=7, init=False)

    def __post_init__(self) -> None:
        self.size = len(self.text)


class Longer(Counted):
    """A class that is no dataclass itself."""

    def __init__(self, text: str) -> None:
        super().__init__(text * 2, note="doubled")


def test_objects_of_a_class_and_of_one_that_inherits_it_are_made_alike_the_first_time_and_later() -> None:
    for _ in range(FIRST + 2):
        longer, counted = Longer("ab"), Counted("abc")
        assert (longer.text, longer.size, longer.note, longer.fixed) == ("abab", 4, "doubled", 7)
        assert (counted.text, counted.size, counted.note, counted.fixed) == ("abc", 3, "", 7)


@pytest.mark.parametrize("before", range(2))
def test_values_that_are_missing_or_too_many_are_named_with_the_class(before: int) -> None:
    make: Any = Counted
    for _ in range(before * FIRST):
        make("a")
    with pytest.raises(TypeError, match=r"Counted\.__init__\(\) missing 1 required positional argument: 'text'"):
        make()
    with pytest.raises(TypeError, match=r"Counted\.__init__\(\) takes 2 positional arguments but 3"):
        make("a", "b")
    for wrong in ({"text": "b"}, {"size": 1}, {"other": 1}):
        with pytest.raises(TypeError, match=rf"Counted\.__init__\(\) got .* '{next(iter(wrong))}'"):
            make("a", **wrong)


@dataclass(slots=True)
class Doubling:
    """Has a constructor of its own."""

    number: int

    def __init__(self, number: int) -> None:
        self.number = 2 * number


def test_a_constructor_of_its_own_stays_and_so_does_one_that_replaces_it_before_the_first_object() -> None:
    assert Doubling(4).number == 8

    @dataclass(slots=True)
    class Watched:
        """A class whose objects are counted."""

        number: int

    made, seen = Watched.__init__, list[int]()

    def noted(self: Watched, number: int) -> None:
        seen.append(number)
        made(self, number)

    Watched.__init__ = noted  # type: ignore[method-assign]  # as tools do that watch a program
    assert [Watched(1).number, Watched(2).number] == seen == [1, 2]


def test_a_class_has_its_signature_once_it_is_complete() -> None:
    @dataclass(frozen=True)
    class Pair:
        """Two values."""

        one: int
        other: Point | None = None

    complete(Pair)
    complete(Pair)
    complete(Doubling)
    assert list(signature(Pair).parameters) == ["one", "other"]
    assert get_type_hints(Pair.__init__)["other"] == Point | None
    assert Pair(1) == Pair(1, None)


def test_the_first_object_may_come_when_the_module_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Late:
        """One value."""

        one: int

    monkeypatch.delitem(sys.modules, __name__)
    assert (Late(1).one, Late(2) == Late(2)) == (1, True)


def test_its_own_methods_stay() -> None:
    assert (repr(Own("a")), Own("a") == Own("b"), hash(Own("a"))) == ("own", True, 5)


def test_the_functions_of_the_standard_library_take_it() -> None:
    assert replace(Point(1), y=5) == Point(1, 5)
    assert [each.name for each in dataclasses.fields(Point)] == ["x", "y", "note"]
    assert dataclasses.asdict(Open([Point(1)])) == {"values": [{"x": 1, "y": 2, "note": ""}]}
    assert not hasattr(Point(1), "__dict__")
    match Point(3):
        case Point(x, y):
            assert (x, y) == (3, 2)
