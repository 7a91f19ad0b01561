"""Streams pass through the development servers of Vite and webpack as the documentation sets them up."""

import http.client
import json
import os
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from tests.clients.tools import TOOLS, needs_tools
from tests.docs.pages import ROOT, blocks_of
from tests.processes import started

pytestmark = needs_tools
PAGE = ROOT / "docs" / "how-to" / "connect-a-browser-front-end.md"
COMMANDS = {
    "vite.config.mjs": ("vite", "--port", "0", "--host", "127.0.0.1"),
    "webpack.config.mjs": ("webpack", "serve", "--host", "127.0.0.1", "--no-open", "--port"),
}
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


@contextmanager
def serving(name: str, base_url: str, folder: Path) -> Iterator[int]:
    """Start a development server with the file of the page, and yield its port."""
    (block,) = (block for block in blocks_of(PAGE) if block.name == name)
    (folder / name).write_text(block.text.replace("http://127.0.0.1:6185", base_url))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "src").mkdir()
    (folder / "src" / "index.js").write_text("")
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "node_modules").symlink_to(TOOLS / "node_modules")
    command = COMMANDS[name]
    if command[-1] == "--port":  # webpack takes the first free one above 8080, as do other workers at the same time
        command = (*command, str(free_port()))
    environment = {
        **os.environ,
        "NO_COLOR": "1",
        "PATH": f"{TOOLS / 'node_modules/.bin'}{os.pathsep}{os.environ['PATH']}",
    }
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": folder, "env": environment}
    with started([str(TOOLS / "node_modules/.bin" / command[0]), *command[1:]], **options) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if found := ADDRESS.search(line):
                yield int(found[1])
                return
        pytest.fail("".join(seen))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(("at", "world"), [("", "default"), ("/w/dev", "dev")])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_frame_arrives_before_the_next_is_sent(name: str, at: str, world: str, tmp_path: Path) -> None:
    with MockBot() as server, serving(name, server.base_url + at, tmp_path) as port:
        held = f"{server.base_url}/__mockbot__/worlds/{world}"
        post(f"{held}/breakpoints", {"frame": 2})
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            headers = {"X-API-Key": "abk_demo", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
            connection.request("POST", "/api/v1/chat", json.dumps({"username": "ada", "message": "hello"}), headers)
            response = connection.getresponse()
            assert b"session_id" in response.readline()  # while the second frame waits
            post(f"{held}/held/h1", {"action": "send"})
            assert b'"type": "end"' in response.read()


def post(url: str, value: object) -> None:
    request = urllib.request.Request(url, json.dumps(value).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status < 300
