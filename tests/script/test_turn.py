"""What an item that waits for a client weighs."""

from sys import getsizeof

import pytest

from mockbot.bounded import footprint
from mockbot.jsontext import JSON
from mockbot.script.turn import Frame, Verbatim, Wait, weight


@pytest.mark.parametrize("text", ["", "x" * 5000, "é" * 5000])
def test_a_piece_of_text_weighs_its_text(text: str) -> None:
    assert weight(Frame({"type": "plain", "data": text, "streaming": True})) == 1024 + getsizeof(text)


@pytest.mark.parametrize(
    "data",
    [
        {"type": "agent_stats", "data": {"a": [1, 2, "x" * 3000]}},
        {"type": "complete", "data": "x", "reasoning": "y" * 5000},
        {"type": "end"},
    ],
)
def test_any_other_frame_weighs_all_that_is_in_it(data: dict[str, JSON]) -> None:
    assert weight(Frame(data)) == 1024 + footprint(data)


def test_what_a_script_writes_weighs_all_that_is_in_it() -> None:
    data: list[JSON] = ["x" * 5000, {"a": 1}]
    assert weight(Verbatim(data)) == 1024 + footprint(data)


def test_what_is_no_frame_weighs_little() -> None:
    assert weight(Wait(5)) == weight(None) == 64
