"""A picture of a terminal session: what `mockbot serve` prints, then a chat and a refused request."""

import io
import os
import re
import signal
import subprocess
import sys
from html import unescape

from mockbot.testing import Backend

ADDRESS = "http://127.0.0.1:6185"
"""The address in the picture; the session itself uses a free port."""
CHAT = f"""curl -N {ADDRESS}/api/v1/chat -H 'X-API-Key: abk_demo' -H 'Content-Type: application/json' \\
    -d '{{"username": "ada", "message": "ping pong"}}'"""
REFUSED = f"curl '{ADDRESS}/api/v1/chat/sessions?username=ada&page=0' -H 'X-API-Key: abk_demo'"
WIDTH = 118


def session() -> list[str]:
    """Run a server in a process of its own and return commands and output.

    Seed and clock are fixed, so all sessions are equal. The commands run as written, except for the port.
    """
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--pace", "0"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOCKBOT_")}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean, start_new_session=True
    )
    try:
        assert server.stdout is not None
        greeting = [server.stdout.readline().rstrip("\n") for _ in range(3)]
        url = greeting[0].split()[-1]
        Backend(url).world("default", seed=0)
        lines = ["$ mockbot serve", *(line.replace(url, ADDRESS) for line in greeting)]
        for command_line in (CHAT, REFUSED):
            lines += ["", *f"$ {command_line}".split("\n"), *_output(command_line.replace(ADDRESS, url))]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
    return lines


def _output(command: str) -> list[str]:
    done = subprocess.run(
        ["sh", "-c", f"{command} --silent --max-time 10"], capture_output=True, text=True, check=True, timeout=15
    )
    return [line for line in done.stdout.splitlines() if line]


def svg(lines: list[str]) -> str:
    """Return the picture of a session."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO())
    command = False
    for number, line in enumerate(lines):
        command = line.startswith("$ ") or (command and lines[number - 1].endswith("\\"))
        shown = f"{line[: WIDTH - 2]} …" if line.startswith("data: ") and len(line) > WIDTH else line
        console.print(Text(shown, "bold green" if command else "", overflow="fold"))
    picture = console.export_svg(title="mockbot", unique_id="mockbot")
    return re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # no page should load fonts from elsewhere


def text_of(picture: str) -> str:
    """Return the text that a picture shows, without its layout."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>|\s", "", picture, flags=re.DOTALL)).replace("\xa0", " ")
