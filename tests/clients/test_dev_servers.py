"""The proxies of development servers pass a stream on frame by frame, as the documentation configures them."""

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockbot.testing import MockBot, World
from tests.clients.tools import TOOLS, needs_tools
from tests.docs.pages import ROOT, blocks_of
from tests.processes import started

pytestmark = needs_tools
PAGE = ROOT / "docs" / "how-to" / "connect-a-browser-front-end.md"
COMMANDS = {
    "vite.config.mjs": ["vite", "--host", "127.0.0.1", "--strictPort", "--port"],
    "webpack.config.mjs": ["webpack", "serve", "--host", "127.0.0.1", "--port"],
}
SECONDS = 60
HELD = {"when": {"message": "hi"}, "run": [{"say": "first"}, {"wait": "1m"}, {"say": "second"}]}


@contextmanager
def proxy(name: str, target: str, folder: Path) -> Iterator[int]:
    """Run a development server with a block of the page, and yield its port."""
    (block,) = (block for block in blocks_of(PAGE) if block.name == name)
    (folder / name).write_text(block.text.replace("http://127.0.0.1:6185", target))
    (folder / "index.html").write_text("<p>hi")
    (folder / "src").mkdir()
    (folder / "src" / "index.js").write_text("")
    (folder / "node_modules").symlink_to(TOOLS / "node_modules")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = os.pathsep.join([str(TOOLS / "python/bin"), str(TOOLS / "node_modules/.bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"}
    environment.pop("PYTHONPATH", None)
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with started([*COMMANDS[name], str(port)], cwd=folder, env=environment, **pipes) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if f":{port}" in line:
                break
        else:
            pytest.fail(printed)
        yield port


@pytest.fixture
def world() -> Iterator[World]:
    with MockBot() as bot, bot.world(frozen=False, scripts=[HELD]) as made:
        yield made


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("target", ["base_url", "server"])
def test_a_frame_passes_while_the_next_one_waits(name: str, target: str, world: World, tmp_path: Path) -> None:
    url = world.base_url if target == "base_url" else world.base_url.removesuffix(f"/w/{world.name}")
    body = json.dumps({"username": "ada", "message": "hi"})
    headers = {"X-API-Key": world.key, "Content-Type": "application/json", "Accept-Encoding": "gzip, br"}
    with proxy(name, url, tmp_path) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        try:
            connection.request("POST", "/api/v1/chat", body, headers)
            response = connection.getresponse()
            assert response.headers["X-Mockbot-World"] == world.name
            line = b""
            while b'"first"' not in line:
                line = response.readline()
                assert line, "the stream has ended"
            (entry,) = world.journal.entries("POST /api/v1/chat")
            assert entry.ended == "open"
        finally:
            connection.close()
