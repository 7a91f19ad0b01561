"""The parameters of a fault are the fields of its class."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import pytest

from mockbot.errors import UserError
from mockbot.fault.catalogue import Delay
from mockbot.fault.fault import Fault, Form, Range
from mockbot.fault.parameters import build, mistakes, parameters


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """Byte by byte."""

    name: ClassVar[str] = "drip"
    every: Annotated[float, Range(0, 60), "Seconds between two of them."]
    style: Annotated[Literal["slow", "slower"] | None, "How."] = None
    label: Annotated[str, Form("[a-z]*", "a text of small letters"), "What to call it."] = "x"

    async def __call__(self, messages: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for message in messages:
            yield message


def test_a_schema_is_built_from_each_field() -> None:
    assert [each.schema() for each in parameters(Drip)] == [
        {"description": "Seconds between two of them.", "type": "number", "minimum": 0, "maximum": 60},
        {"description": "How.", "type": ["string", "null"], "enum": ["slow", "slower", None], "default": None},
        {"description": "What to call it.", "type": "string", "pattern": "^(?:[a-z]*)$", "default": "x"},
    ]


def test_a_fault_is_built_from_values() -> None:
    assert build(Drip, {"every": 1, "style": None}) == Drip(1.0)
    assert build(Drip, {"every": 0.5, "style": "slower"}) == Drip(0.5, "slower")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "fault `drip`: `every` is required"),
        ({"every": 1, "style": "fast"}, 'fault `drip`: `style` must be one of slow, slower; got "fast"'),
        ({"every": 1, "label": "a\n"}, 'fault `drip`: `label` must be a text of small letters, got "a\n"'),
        ({"every": 1, "label": None}, "fault `drip`: `label` must be a text, got null"),
    ],
)
def test_a_mistake_is_named(values: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        build(Drip, values)
    assert str(caught.value) == message


def test_of_many_unknown_parameters_ten_are_named_in_their_order() -> None:
    found = list(mistakes(Delay, {"seconds": 1, **{f"p{number}": 1 for number in range(50)}}))
    assert [sentence.partition("`")[2].partition("`")[0] for sentence in found[:10]] == [f"p{n}" for n in range(10)]
    assert found[10:] == ["40 more names are not known here"]
