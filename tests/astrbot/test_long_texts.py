"""A long text in many deltas: each costs what its own length takes, not what was said before it."""

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from yaml import safe_load

from mockbot.astrbot.frames import REST, deltas
from mockbot.astrbot.v4_19_4.transcript import Transcript
from mockbot.astrbot.v4_29_3.content import Content
from tests.astrbot.v4_29_3.api import api
from tests.conftest import fixture_of, make_client


@pytest.mark.anyio
@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
async def test_a_chat_of_long_words_takes_linear_time(version: str) -> None:
    scripts = '[{title: null}, {run: [{reason: "{message}"}, {say: "{message}"}]}]'

    async def seconds(words: int) -> float:
        client = api(scripts) if version == "4.29.3" else make_client(fixture_of(scripts=safe_load(scripts)))
        message = f"{'x' * 400} " * words
        began = process_time()
        reply = await client.chat(message)
        spent = process_time() - began
        assert len(reply.frames) > words
        assert client.bot_texts() == [message.strip()]
        return spent

    await seconds(10)
    small, large = min([await seconds(400) for _ in range(3)]), await seconds(4000)
    assert large < 20 * max(small, 0.01)


@pytest.mark.parametrize("collected", [Transcript, Content])
@pytest.mark.parametrize("chain", [None, "reasoning"])
def test_what_was_said_is_collected_in_linear_time(collected: Callable[[], Any], chain: str | None) -> None:
    def seconds(deltas: int) -> float:
        frame = {"type": "plain", "chain_type": chain, "streaming": True, "data": "x" * 1000}
        said = collected()
        began = process_time()
        for _ in range(deltas):
            said.add(dict(frame))
        return process_time() - began

    small, large = (min(seconds(deltas) for _ in range(3)) for deltas in (400, 4000))
    assert large < 20 * max(small, 0.005)


def test_what_was_said_can_be_read_at_any_time() -> None:
    content = Content()
    read = []
    for chain, data in (
        (None, "a"),
        (None, "b"),
        ("reasoning", "c"),
        ("reasoning", ""),
        ("reasoning", "d"),
        (None, "e"),
    ):
        content.add({"type": "plain", "chain_type": chain, "streaming": True, "data": data})
        read.append(content.as_json())
    message = [{"type": "plain", "text": "ab"}, {"type": "think", "think": "cd"}, {"type": "plain", "text": "e"}]
    assert read[1] == {"type": "bot", "message": message[:1]}
    assert read[-1] == content.as_json() == {"type": "bot", "message": message, "reasoning": "cd"}


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x" * REST, [REST]),
        ("x" * (2 * REST + 1), [REST, REST, 1]),
        (" " + "x" * (REST + 2) + " y", [REST + 1, 2, 2]),
    ],
)
def test_a_long_word_comes_in_pieces(text: str, lengths: list[int]) -> None:
    found = deltas(text, {})
    assert ("".join(found), [*map(len, found)]) == (text, lengths)
