"""Keys are masked wherever they are in what a recording writes."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.journal.secrets import Secrets
from mockbot.record.masking import masked

KEY = "abk_SECRET_0123456789"
SECRETS = Secrets([KEY])


def frames(*texts: str) -> list[Any]:
    return [{"data": {"type": "plain", "data": text, "streaming": True}} for text in texts]


@given(st.lists(st.integers(1, len(KEY) - 1), max_size=9))
def test_a_key_is_masked_however_the_deltas_of_a_stream_split_it(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(KEY)]
    deltas = ["my key: ", *(KEY[start:end] for start, end in pairwise(ends)), "."]
    found: Any = masked({"events": frames(*deltas)}, SECRETS)
    said = "".join(each["data"]["data"] for each in found["events"])
    assert said == f"my key: abk_{'*' * (len(KEY) - 4)}."
    assert [len(each["data"]["data"]) for each in found["events"]] == [len(text) for text in deltas]


@pytest.mark.parametrize(
    "value",
    [
        frames("abk_", "SEC"),
        [{"wait": "1s"}, *frames("abk_SECRET"), {"retry": 5}, *frames("0123456789")],
        ["abk_SECRET_", ["0123456789"]],
        {"a": "abk_SECRET_", "b": "0123456789"},
        [],
    ],
)
def test_what_is_no_key_stays(value: Any) -> None:
    assert masked(value, SECRETS) == value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["abk_SECRET_", "0123456789"], ["abk_*******", "**********"]),
        (
            [{"wait": "1s"}, {"say": "abk_SECRET_"}, {"wait": "1s"}, {"say": "0123456789!"}],
            ["abk_*******", "**********!"],
        ),
        ([["abk_SECRET_", "0123456789"]], ["abk_*******", "**********"]),
    ],
)
def test_a_key_in_several_items_of_a_list_is_masked(value: Any, found: list[str]) -> None:
    text = str(masked(value, SECRETS))
    assert all(f"'{each}'" in text for each in found)
