"""Clients generated from `/openapi.client.json`: their six operations and their refusals work with mockbot."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mockbot.astrbot.v4_29_3.keys import user_of
from mockbot.testing import MockBot
from tests.clients.tools import HERE, TOOLS, fetch, needs_tools, run
from tests.docs.pages import ROOT, blocks_of

pytestmark = needs_tools
DOCUMENT = "openapi.client.json"
PAGE = blocks_of(ROOT / "docs" / "how-to" / "generate-a-client.md")

EXPECTED = {
    "bots": ["team_qq", "helpdesk_telegram", "old_discord"],
    "configs": ["Support", "Thinker", "default"],
    "sessions": 2,
    "file": "file",
    "message": "ok",
    "events": ["session_id", "end"],
    "stranger": [401, "Invalid API key"],
}

FULL = "abk_demo_all"
"""The key of the default fixture of 4.29.3 that has every scope."""
EXPECTED_4_29_3 = {
    **EXPECTED,
    "sessions": 3,
    "download": "hello",
    "resumed": ["run_snapshot", "end"],
    "refused": [400, "minimum"],
}
WAITING = {"when": {"message": "wait"}, "run": [{"say": ["one moment"]}, {"wait": "60s"}, {"say": ["done"]}]}
"""A reply that lasts until the client stops it."""


def generate(tool: str, folder: Path) -> None:
    """Run the command of the documentation that begins with `tool`."""
    for block in PAGE:
        if block.name:
            (folder / block.name).write_text(block.text)
    commands = [command.removeprefix("npx ") for block in PAGE if block.language == "sh" for command in block.commands]
    (command,) = [command for command in commands if command.startswith(f"{tool} ")]
    run(*shlex.split(command), cwd=folder)


def use_typescript(folder: Path, user: Path, **variables: str) -> str:
    """Check the types of a program and the client it uses, then run it."""
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext"]
    libraries = ["--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable,dom.asynciterable"]
    run("tsc", *options, *libraries, "--types", "node", user.name, cwd=folder)
    run("esbuild", user.name, "--bundle", "--platform=node", "--format=esm", "--outfile=user.mjs", cwd=folder)
    return run("node", "user.mjs", cwd=folder, **variables)


def use_python(folder: Path, user: Path, **variables: str) -> str:
    return run("python", user.name, cwd=folder, **variables)


def prepared(folder: Path, user: str) -> Path:
    """Copy a program to a folder where it finds the tools."""
    (folder / "node_modules").symlink_to(TOOLS / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    return Path(shutil.copy(HERE / "users" / user, folder))


@pytest.mark.parametrize(
    ("tool", "user", "use"),
    [
        ("openapi-ts", "hey_api.ts", use_typescript),
        ("openapi-typescript", "openapi_typescript.ts", use_typescript),
        ("orval", "orval.ts", use_typescript),
        ("openapi-python-client", "openapi_python_client.py", use_python),
        ("openapi-generator-cli", "openapi_generator.py", use_python),
    ],
)
def test_a_generated_client_works(tool: str, user: str, use: Callable[..., str], tmp_path: Path) -> None:
    program = prepared(tmp_path, user)
    with MockBot() as bot, bot.world() as world:
        fetch(f"{world.base_url}/{DOCUMENT}", tmp_path / DOCUMENT)
        generate(tool, tmp_path)
        printed = json.loads(use(tmp_path, program, BASE=world.base_url, KEY=world.key))
    reply = printed.pop("reply")
    assert printed.pop("refused") in ([400, "minimum"], [400, "minLength"])
    assert printed == EXPECTED
    assert reply.startswith("Hello alice!")


@pytest.mark.parametrize(
    ("tool", "user", "use"),
    [
        ("openapi-ts", "hey_api_4_29_3.ts", use_typescript),
        ("openapi-python-client", "openapi_python_client_4_29_3.py", use_python),
    ],
)
def test_a_client_of_astrbot_4_29_3_works(tool: str, user: str, use: Callable[..., str], tmp_path: Path) -> None:
    program = prepared(tmp_path, user)
    with MockBot(astrbot="4.29.3") as bot, bot.world(frozen=False, scripts=[WAITING]) as world:
        fetch(f"{world.base_url}/{DOCUMENT}", tmp_path / DOCUMENT)
        generate(tool, tmp_path)
        variables = {"BASE": world.base_url, "KEY": FULL, "ME": user_of(FULL)}
        printed = json.loads(use(tmp_path, program, **variables))
        queries = [entry.query for entry in world.journal.entries()]
    assert not [query for query in queries if "key=" in query]
    assert printed.pop("reply").startswith("Hello alice!")
    assert printed == EXPECTED_4_29_3
