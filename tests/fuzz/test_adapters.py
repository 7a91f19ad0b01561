"""The adapters of examples/adapters: what they answer, and that they survive what the zoo's wires send."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockbot.testing import MockBot
from tests.fuzz.test_zoo import DEADLINE, Outcome, mistakes, together
from tests.fuzz.zoo.wire_server import WireServer
from tests.fuzz.zoo.wires import WIRES, Wire

pytestmark = pytest.mark.slow

ADAPTERS = Path(__file__).parents[2] / "examples" / "adapters"
COMMANDS = {
    "python_httpx_sse": (sys.executable, str(ADAPTERS / "python_httpx_sse.py")),
    "node_fetch": ("node", str(ADAPTERS / "node_fetch.mjs")),
    "Chat": ("java", str(ADAPTERS / "Chat.java")),
}
KNOWN = {
    # a byte order mark and blocks without data are events, and Content-Type is compared letter by letter
    "python_httpx_sse": {"A7 bom", "A10 id only", "A10 retry only", "A24 case", "C15 307"},
    # fetch of Node takes a cut for the end if the server has announced to close
    "node_fetch": {"C2 close"},
    # the HttpClient of Java does not decode gzip, nor ask for it
    "Chat": {"C10 by event", "C10 at the end", "C15 307"},
}
"""The wires that the clients do not survive, or need not."""
OPS: Mapping[str, Mapping[str, Any]] = {
    "sessions": {"username": "alice", "page_size": 1, "all": True},
    "configs": {},
    "bots": {},
    "file": {"name": "note.txt", "content": "hello"},
    "send": {"umo": "team_qq:GroupMessage:1", "message": "hello"},
}
CHAT = {"message": 'say "hi"', "username": "fuzz"}


class Adapter:
    """A running adapter."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._count = process, 0

    def ask(self, op: str, base_url: str, key: str = "k", **args: object) -> dict[str, Any]:
        self._count += 1
        request = {"id": self._count, "op": op, "base_url": base_url, "api_key": key, "args": args}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**request, "deadline": DEADLINE}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert answer.pop("id") == self._count
        return answer


@contextmanager
def running(command: tuple[str, ...]) -> Iterator[Adapter]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    )
    try:
        yield Adapter(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(params=[*COMMANDS])
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    needed = COMMANDS[name][0].replace("java", "javac")  # which compiles the source
    if shutil.which(needed) is None:
        pytest.skip(f"no {needed}: .ci/packages installs it")
    return name


def test_an_adapter_does_all_operations_or_says_which_it_has_not(name: str) -> None:
    with MockBot() as bot, bot.world() as world, running(COMMANDS[name]) as adapter:
        chat = adapter.ask("chat", world.base_url, world.key, **CHAT)
        answers = {op: adapter.ask(op, world.base_url, world.key, **args) for op, args in OPS.items()}
        unknown = adapter.ask("fly", world.base_url, world.key)
        refused = adapter.ask("chat", world.base_url, "wrong", **CHAT)
        pages = sum(entry.path.endswith("/sessions") for entry in world.journal.entries())
    assert [json.loads(event["data"])["type"] for event in chat["events"]][-1] == "end"
    assert unknown["error"]["type"] == "unsupported"
    assert not refused["ok"]
    if name == "Chat":
        assert {answer["error"]["type"] for answer in answers.values()} == {"unsupported"}
        return
    assert {op for op, answer in answers.items() if not answer["ok"]} == set()
    assert answers["bots"]["result"]["data"]["bot_ids"] == ["team_qq", "helpdesk_telegram", "old_discord"]
    assert answers["sessions"]["result"]["data"]["page"] == pages == 2


@pytest.mark.slow
def test_an_adapter_survives_what_its_client_survives(name: str) -> None:
    """One process meets all wires, one after the other."""
    found: dict[str, list[str]] = {}
    with running(COMMANDS[name]) as adapter:
        for bug_class, wires in WIRES.items():
            for wire in wires:
                outcome = met(adapter, wire)
                found[f"{bug_class} {wire.name}"] = list(mistakes(outcome, wire))
    assert {wire: each for wire, each in found.items() if each and wire not in KNOWN[name]} == {}


def met(adapter: Adapter, wire: Wire) -> Outcome:
    with WireServer(wire) as server:
        answer = adapter.ask("chat", server.base_url, **CHAT)
    return Outcome(0 if answer["ok"] else 1, tuple(answer.get("events", ())), len(server.requests), str(answer))


def test_curl_survives_every_wire_but_redirects() -> None:
    """It does not print an event without data, and does not follow a redirect."""
    command = ("sh", str(ADAPTERS / "curl.sh"))
    found = together((f"{name} {wire.name}", command, wire) for name, wires in WIRES.items() for wire in wires)
    assert {name for name, each in found.items() if each} == {"A9 empty", "C15 307"}
