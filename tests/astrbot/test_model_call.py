from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.model_call import LONGEST, TOGETHER, Delta, Texts, output
from mockbot.script.model import Round, Say
from mockbot.script.turn import Wait

TEXTS = st.lists(st.text("ab", min_size=1), max_size=2 * TOGETHER + 2).map(tuple)


@given(TEXTS, st.sampled_from([1, LONGEST]))
def test_deltas_of_text_come_together_in_groups_of_limited_size(texts: tuple[str, ...], times: int) -> None:
    texts = tuple(text * times if text.startswith("b") else text for text in texts)
    groups = [item.texts for item in output(Round((Say(texts),)), {}) if isinstance(item, Texts)]
    assert [text for group in groups for text in group] == list(texts)
    assert all(len(group) <= TOGETHER for group in groups)
    assert all(sum(map(len, group)) <= LONGEST for group in groups if len(group) > 1)


def test_what_comes_between_deltas_keeps_its_place() -> None:
    said = Round((Say(("a", "b"), every=2), Say(("c", "d"))))
    assert list(output(said, {})) == [Delta("a"), Wait(2), Delta("b"), Texts(["c", "d"])]
    assert list(output(Round((Say(("a", "b"), reason=("x",)),)), {})) == [Delta("a", "x"), Delta("b")]
