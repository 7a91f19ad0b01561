"""Clients generated from `/openapi.client.json`: their six operations and their refusals work with mockbot."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from tests.clients.tools import HERE, TOOLS, fetch, needs_tools, run

pytestmark = needs_tools
DOCUMENT = "openapi.client.json"

EXPECTED = {
    "bots": ["team_qq", "helpdesk_telegram", "old_discord"],
    "configs": ["Support", "Thinker", "default"],
    "sessions": 2,
    "file": "file",
    "message": "ok",
    "events": ["session_id", "end"],
    "stranger": [401, "Invalid API key"],
}


def generate_hey_api(folder: Path) -> None:
    run("openapi-ts", "-i", DOCUMENT, "-o", "generated", "-c", "@hey-api/client-fetch", cwd=folder)


def generate_openapi_typescript(folder: Path) -> None:
    run("openapi-typescript", DOCUMENT, "-o", "generated.ts", "--default-non-nullable=false", cwd=folder)


def generate_orval(folder: Path) -> None:
    output = {"target": "generated.ts", "client": "fetch", "baseUrl": {"getBaseUrlFromSpecification": True}}
    config = {"mockbot": {"input": DOCUMENT, "output": output}}
    (folder / "orval.config.mjs").write_text(f"export default {json.dumps(config)};\n")
    run("orval", cwd=folder)


def generate_openapi_python_client(folder: Path) -> None:
    run("openapi-python-client", "generate", "--path", DOCUMENT, "--output-path", "generated", "--meta", "none",
        "--fail-on-warning", cwd=folder)  # fmt: skip


def generate_openapi_generator(folder: Path) -> None:
    run("openapi-generator-cli", "generate", "-g", "python", "-i", DOCUMENT, "-o", ".", "--package-name", "generated",
        cwd=folder)  # fmt: skip


def use_typescript(folder: Path, user: Path, **variables: str) -> str:
    """Check the types of a program and the client it uses, then run it."""
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext"]
    libraries = ["--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable,dom.asynciterable"]
    run("tsc", *options, *libraries, "--types", "node", user.name, cwd=folder)
    run("esbuild", user.name, "--bundle", "--platform=node", "--format=esm", "--outfile=user.mjs", cwd=folder)
    return run("node", "user.mjs", cwd=folder, **variables)


def use_python(folder: Path, user: Path, **variables: str) -> str:
    return run("python", user.name, cwd=folder, **variables)


@pytest.mark.parametrize(
    ("generate", "user", "use"),
    [
        (generate_hey_api, "hey_api.ts", use_typescript),
        (generate_openapi_typescript, "openapi_typescript.ts", use_typescript),
        (generate_orval, "orval.ts", use_typescript),
        (generate_openapi_python_client, "openapi_python_client.py", use_python),
        (generate_openapi_generator, "openapi_generator.py", use_python),
    ],
    ids=["hey-api", "openapi-typescript", "orval", "openapi-python-client", "openapi-generator"],
)
def test_a_generated_client_works(
    generate: Callable[[Path], None], user: str, use: Callable[..., str], tmp_path: Path
) -> None:
    program = Path(shutil.copy(HERE / "users" / user, tmp_path))
    (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    with MockBot() as bot, bot.world() as world:
        fetch(f"{world.base_url}/{DOCUMENT}", tmp_path / DOCUMENT)
        generate(tmp_path)
        printed = json.loads(use(tmp_path, program, BASE=world.base_url, KEY=world.key))
    reply = printed.pop("reply")
    assert printed.pop("refused") in ([400, "minimum"], [400, "minLength"])
    assert printed == EXPECTED
    assert reply.startswith("Hello alice!")
