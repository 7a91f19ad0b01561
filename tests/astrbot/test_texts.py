import pytest

from mockbot.astrbot.texts import FOLLOW_UP, follow_up_notice, split_thoughts


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("", "", ""),
        ("a<think>b</think>c", "b", "ac"),
        ("<think>a</think><think>b</think>", "ab", ""),
        ("a</think>b", "", "a</think>b"),
        ("a</think>b<think>c</think>d", "c", "a</think>bd"),
        ("a<think>b", "", "a<think>b"),
        ("<think>a</think>b<think>c", "a", "b<think>c"),
        ("<think>a<think>b</think>c</think>d", "a<think>b", "c</think>d"),
        ("<think></think>", "", ""),
    ],
)
def test_thoughts_are_what_is_between_the_first_two_marks(text: str, inside: str, outside: str) -> None:
    assert split_thoughts(text) == (inside, outside)


def test_messages_that_arrived_meanwhile_are_numbered() -> None:
    assert follow_up_notice([]) == ""
    assert follow_up_notice(["a", ""]) == f"{FOLLOW_UP}1. a\n2. "
