"""What `mockbot init` writes is served without a warning, and each script of it is played."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from mockbot import resources
from mockbot.cli.schema import NAMES
from mockbot.testing import MockBot
from tests.cli.conftest import Run
from tests.processes import started

CHATS = {
    "what is the weather in Paris?": "weather",
    "tell me a slow story": "slow",
    "fail": "model-fails",
    "cut": "connection-breaks",
    "add tea": "add-to-cart",
    "order": "order-placed",
    "order ": "cart-empty",
    "/help": "help",
    "/media": "media",
    "/album": "album",
    "/crash": "crash",
    "/half": "half",
    "raw": "raw",
    "events": "events",
}
"""A message for each script of a chat; a space at the end tells a second message from the first."""


@pytest.fixture
def project(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the command wrote."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run("init", "new/demo")
    assert (code, err) == (0, "")
    assert out.endswith("try: cd new/demo && mockbot serve\n")
    folder = tmp_path / "new" / "demo"
    assert set(out.splitlines()[:-1]) == {str(path.relative_to(tmp_path)) for path in files(folder)}
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def script_files(folder: Path) -> Iterator[tuple[Path, list[dict[str, object]]]]:
    for path in sorted((folder / "scripts").iterdir()):
        value = yaml.safe_load(path.read_text("utf-8"))
        yield path, value["scripts"] if isinstance(value, dict) else value


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
def test_it_is_served_without_a_warning(project: Path, version: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOCKBOT_")}
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--log", "json", "--astrbot", version]
    root = str(resources.PACKAGE.parent)
    with started(
        command,
        cwd=project,
        env={**clean, "PYTHONPATH": root, "MOCKBOT_PACE": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        url, key = (process.stdout.readline().split()[-1] for _ in range(2))
        assert "old_discord" in send(url, key, "GET", "/api/v1/im/bots")
        process.terminate()
        lines = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert [line["message"] for line in lines if line.get("level", "info") != "info"] == []
    assert "settings are read from mockbot.toml" in [line.get("message") for line in lines]


@pytest.mark.parametrize("version", ["4.19.4", "4.29.3"])
def test_each_script_is_played(project: Path, version: str) -> None:
    names = {script["name"] for _, found in script_files(project) for script in found}
    assert names == {*CHATS.values(), "no-bots", "title"}
    fixture, scripts = str(project / "fixture.yaml"), project / "scripts"
    with MockBot(fixture=fixture, scripts=scripts, astrbot=version) as bot, bot.world("w") as world:
        for message, name in CHATS.items():
            body = {"username": "ada", "session_id": "s", "message": message.strip(), "enable_streaming": True}
            send(world.base_url, world.key, "POST", "/api/v1/chat", body)
            assert world.journal.last().script == name, message
        none = send(world.base_url, world.key, "GET", "/api/v1/im/bots", None, {"X-Example": "no-bots"})
        assert json.loads(none)["data"] == {"bot_ids": []}
        assert world.journal.last().script == "no-bots"
        sessions = send(world.base_url, world.key, "GET", "/api/v1/chat/sessions?username=ada")
        assert "ada: what is the weather in Paris?" in sessions


def send(
    base_url: str, key: str, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> str:
    """Return the body of a response, as far as it comes."""
    parts = urlsplit(base_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    head = {"X-API-Key": key, "Content-Type": "application/json", **(headers or {})}
    connection.request(method, parts.path + path, None if body is None else json.dumps(body), head)
    response = connection.getresponse()
    assert response.status == 200
    try:
        return response.read().decode()
    except IncompleteRead as error:
        return error.partial.decode()
    finally:
        connection.close()


def test_the_scripts_have_one_of_each_step(project: Path) -> None:
    """Each property of a script and of a step is in one of them, but for `times`: pytest would miss unused ones."""
    schema = json.loads(resources.formats("script.schema.json").read_text("utf-8"))
    scripts = [script for _, found in script_files(project) for script in found]
    for kind, definition in {"run": "runStep", "command": "commandStep", "events": "eventStep"}.items():
        steps = [step for script in scripts for step in script.get(kind, ())]  # type: ignore[attr-defined]
        assert {key for step in steps for key in step} == schema["$defs"][definition]["properties"].keys()
    assert {"times", *(key for script in scripts for key in script)} == schema["$defs"]["script"]["properties"].keys()


def test_each_file_names_a_schema_beside_it_that_it_keeps(project: Path) -> None:
    for path in files(project):
        if path.suffix == ".yaml":
            first = path.read_text("utf-8").splitlines()[0]
            value = yaml.safe_load(path.read_text("utf-8"))
            name = first.removeprefix("# yaml-language-server: $schema=")
        elif path.suffix == ".toml":
            name = path.read_text("utf-8").splitlines()[0].removeprefix("#:schema ")
            value = tomllib.loads(path.read_text("utf-8"))
        else:
            continue
        schema = json.loads((path.parent / name).read_text("utf-8"))
        assert list(Draft202012Validator(schema).iter_errors(value)) == [], path


def test_the_settings_in_comments_are_valid(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (project / "mockbot.toml").read_text("utf-8")
    lines = [line.removeprefix("# ") if " = " in line else line for line in text.splitlines()]
    (project / "mockbot.toml").write_text("\n".join(lines))
    monkeypatch.chdir(project)
    code, out, err = run("serve", "--show-config")
    assert (code, err) == (0, "")
    assert out.count("# mockbot.toml:") == 7


def test_nothing_is_overwritten(tmp_path: Path, run: Run) -> None:
    (tmp_path / "scripts").mkdir()
    mine = tmp_path / "scripts" / "replies.yaml"
    mine.write_text("[]")
    dangling = tmp_path / "mockbot.toml"
    dangling.symlink_to("nowhere")
    code, out, err = run("init", str(tmp_path))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"mockbot: {dangling}: is already there; nothing was written",
        f"{mine}: is already there; nothing was written",
    ]
    assert files(tmp_path) == [mine]
    assert mine.read_text() == "[]"


def test_what_cannot_be_written_is_an_error_and_leaves_no_files(tmp_path: Path, run: Run) -> None:
    (tmp_path / "scripts").write_text("")
    code, out, err = run("init", str(tmp_path))
    assert (code, out, err) == (2, "", f"mockbot: {tmp_path / 'scripts'}: cannot be written: File exists\n")
    assert files(tmp_path) == [tmp_path / "scripts"]


def test_the_working_directory_can_be_the_folder(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", ".")[1].endswith("\ntry: mockbot serve\n")


@pytest.mark.parametrize("name", NAMES)
def test_schema_prints_a_schema(run: Run, name: str) -> None:
    code, out, err = run("schema", name)
    assert (code, err) == (0, "")
    Draft202012Validator.check_schema(json.loads(out))
    assert out == resources.formats(f"{name}.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("scripts", "did you mean `script`?"), ("world", "expected one of fixture, script, fault, behaviour, ")],
)
def test_an_unknown_schema_is_an_error_with_a_suggestion(run: Run, name: str, hint: str) -> None:
    code, out, err = run("schema", name)
    assert (code, out) == (2, "")
    assert err.startswith(f"mockbot: there is no schema `{name}`; {hint}")
