from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.model_call import LONGEST, TOGETHER, Delta, Deltas, output, tool_args, tool_result
from mockbot.script.model import MOST_DATA, Round, Say, ToolCall
from mockbot.script.template import TooLong
from mockbot.script.turn import Wait

TEXTS = st.lists(st.text("ab", min_size=1), max_size=2 * TOGETHER + 2).map(tuple)


@given(TEXTS, st.sampled_from([1, LONGEST]))
def test_deltas_of_text_come_together_in_groups_of_limited_size(texts: tuple[str, ...], times: int) -> None:
    texts = tuple(text * times if text.startswith("b") else text for text in texts)
    found = [item for item in output(Round((Say(texts),)), {}) if isinstance(item, Deltas)]
    assert [text for each in found for text in each.texts] == list(texts)
    assert all("".join(each.texts) == each.whole for each in found)
    assert all(len(each.texts) <= TOGETHER for each in found)
    assert all(len(each.whole) <= LONGEST for each in found if len(each.texts) > 1)


def test_what_comes_between_deltas_keeps_its_place() -> None:
    said = Round((Say(("a", "b"), every=2), Say(("c", "d"))))
    assert list(output(said, {})) == [Delta("a"), Wait(2), Delta("b"), Deltas(["c", "d"], "cd")]
    assert list(output(Round((Say(("a", "b"), reason=("x",)),)), {})) == [Delta("a", "x"), Delta("b")]


@pytest.mark.parametrize("kind", ["result", "error"])
def test_placeholders_make_no_tool_call_too_long(kind: Any) -> None:
    call = ToolCall("look", {"a": ["{message}"]}, kind=kind, result="{message}")
    fits, too_long = {"message": lambda: "x" * (MOST_DATA - 100)}, {"message": lambda: "x" * (MOST_DATA + 1)}
    assert tool_args(call, fits) == {"a": [fits["message"]()]}
    assert tool_result(call, "c1", fits).endswith("x" * 100)
    with pytest.raises(TooLong, match=f"have more than {MOST_DATA} characters"):
        tool_args(call, too_long)
    with pytest.raises(TooLong, match=f"have more than {MOST_DATA} characters"):
        tool_result(call, "c1", too_long)
