"""A server in a thread."""

import socket
import time
from pathlib import Path

import pytest

from mockbot.errors import UserError
from mockbot.testing import Backend, MockBot
from tests.testing.conftest import ask, chat


def test_runs_while_the_context_is_active() -> None:
    with MockBot(fixture="empty") as bot:
        assert bot.default.base_url == bot.base_url
        assert ask(bot.default, "GET", "im/bots") == (200, '{"status":"ok","message":null,"data":{"bot_ids":[]}}\n')
    with pytest.raises(UserError, match=f"no mockbot answers at {bot.base_url}: "):
        bot.control.ask("GET", "health")


def test_starts_in_a_few_milliseconds_once_one_has_started(server: MockBot) -> None:
    began = time.perf_counter()
    with MockBot() as bot:
        took = time.perf_counter() - began
        assert bot.key == "abk_demo"
    assert took < 0.5  # 15 ms on an idle machine


def test_takes_the_settings_of_a_server(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts.yaml"
    scripts.write_text("- {when: {message: hi}, run: [{say: from a file}]}", encoding="utf-8")
    with MockBot(scripts=scripts, contract="observe", control_token="secret", max_worlds=3) as bot:
        assert "from a file" in chat(bot.default, "hi")[1]
        assert bot.control.ask("GET", "worlds")["limit"] == 3
        with pytest.raises(UserError, match="rejects this control token"):
            Backend(bot.base_url, "wrong").world()


def test_a_mistake_is_reported_before_anything_starts() -> None:
    with pytest.raises(UserError, match="nope: no such fixture"):
        MockBot(fixture="nope")


def test_a_backend_is_a_running_mockbot(server: MockBot) -> None:
    backend = Backend(f"{server.base_url}/")
    with backend.world("seen-from-outside") as world:
        assert world.base_url == f"{server.base_url}/w/seen-from-outside"
        assert repr(world) == f"<World {world.base_url}>"
    with pytest.raises(UserError, match="not the URL of a mockbot"):
        Backend("localhost:6185")


def test_another_server_than_mockbot_is_an_error(server: MockBot) -> None:
    with pytest.raises(UserError, match=r'PUT worlds/x: 404: \{"status":"error"'):
        Backend(f"{server.base_url}/elsewhere").world("x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = Backend(f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.close()
        with pytest.raises(UserError, match="no mockbot answers"):
            backend.world()
