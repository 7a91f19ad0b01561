"""What a test does wrong with a server and its worlds is said in its own words."""

from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.testing import MockBot, World
from tests.testing.conftest import chat

SCRIPT: Any = {"when": {"message": "hi"}, "run": [{"say": "one"}]}


def test_a_server_that_has_not_started_says_so() -> None:
    bot = MockBot()
    with pytest.raises(UserError, match="has not started; use it as `with MockBot"):
        bot.world()
    with bot:
        assert bot.key == "abk_demo"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "a b"}, "The name of a world has 1 to 64 characters"),
        ({"name": "../x"}, "The name of a world has 1 to 64 characters"),
        ({"pace": "fast"}, '^body /pace: `pace` must be a duration such as 150ms, 2s or 1m, got "fast"$'),
        ({"frozen": "no"}, "`frozen` must be True or False, not 'no'"),
        ({"contract": "enforced"}, "^body /contract: `contract` must be "),
        ({"scripts": "no-such-file.yaml"}, "no-such-file.yaml: cannot be read"),
    ],
)
def test_a_wrong_argument_of_a_world_is_one_sentence(server: MockBot, arguments: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        server.world(**arguments)


def test_a_control_token_that_is_missing_is_asked_for() -> None:
    from mockbot.testing.backend import Backend

    with MockBot(control_token="secret") as bot, pytest.raises(UserError, match="requires its control token; give it"):
        Backend(bot.base_url).world()


@pytest.mark.parametrize("kind", ["script", "list", "path", "text"])
def test_the_scripts_of_a_world_may_be_one(server: MockBot, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("- {when: {message: hi}, run: [{say: one}]}")
    given: Any = {"script": SCRIPT, "list": [SCRIPT, file], "path": file, "text": str(file)}[kind]
    world: World
    with server.world(scripts=given) as world:
        assert "one" in chat(world, "hi")[1]
