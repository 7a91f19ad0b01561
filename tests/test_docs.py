"""What the documents say is so: every command in README runs, every option is there, every link leads somewhere."""

import json
import re
import shlex
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockbot import cli, create_app
from mockbot.cli import serve as serve_command
from mockbot.cli.main import mockbot
from mockbot.exchange.load import read_files
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.parameters import parameters
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.verify import replay

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
SET_UP = [command for command in COMMANDS if command.startswith("python3 -m venv")]
ELSEWHERE = [command for command in COMMANDS if command.startswith("docker ")]
"""What test_ci.py looks at."""
SERVE = [command for command in COMMANDS if "mockbot serve" in command and command not in (*SET_UP, *ELSEWHERE)]
CURL = [command for command in COMMANDS if command.startswith("curl ")]
KEY = [command for command in COMMANDS if command.startswith("export MOCKBOT_KEY=")]
PROOF = [command for command in COMMANDS if command.split()[:2][-1] in ("check", "replay", "compare")]
FEW = {"check": ["--max-examples", "1"], "replay": ["--only", "sessions"], "compare": ["--max-examples", "1"]}
"""What shortens a proof."""
ASTRBOT = Settings(fixture="astrbot-4.19.4", contract="observe")
"""What stands in for the AstrBot that README proves."""


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with README's example files, each named by its first line, as the current one."""
    for language, text in BLOCKS:
        if language == "yaml":
            (tmp_path / text.partition("\n")[0].removeprefix("# ")).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def serve() -> Iterator[object]:
    """Return a function that serves some settings on a free port and gives the base URL."""
    servers: list[Server] = []

    def start(settings: Settings) -> str:
        servers.append(Server(create_app(replace(settings, port=0, pace_ms=0)), listen(settings.host, 0)))
        servers[-1].start()
        return servers[-1].base_url

    yield start
    for server in servers:
        server.stop()


def test_every_command_is_tested_here() -> None:
    assert set(COMMANDS) == {*SET_UP, *SERVE, *CURL, *KEY, *PROOF, *ELSEWHERE}
    assert SERVE
    assert CURL


def test_the_set_up_is_two_commands() -> None:
    """The first is tested by test_release with the wheel that it builds; the second is what CI runs, nothing looser."""
    first, second = SET_UP
    assert first == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/mockbot serve"
    assert f"    {second} -- --no-skips" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("command", SERVE)
def test_serve_command_serves(
    command: str, serve, examples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables, _, options = command.partition("mockbot serve")
    for variable in shlex.split(variables):
        monkeypatch.setenv(*variable.split("=", 1))
    told: list[Settings] = []
    monkeypatch.setattr(serve_command, "_serve", lambda settings, _: told.append(settings))
    monkeypatch.setattr(serve_command, "_log_to", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", *shlex.split(options)])
    assert not ended.value.code, capsys.readouterr().err
    with urllib.request.urlopen(f"{serve(told[0])}/openapi.json", timeout=5) as answer:
        assert json.load(answer)["openapi"].startswith("3.1")


@pytest.mark.parametrize("command", CURL, ids=["chat", "refused", "fault"])
def test_curl_command_gets_what_readme_shows(command: str, serve) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    words = shlex.split(command.replace("http://127.0.0.1:6185", serve(Settings())))
    answer = subprocess.run([*words, "-s"], capture_output=True, text=True, check=True, timeout=10).stdout
    got = iter(_without_chance(answer))
    missing = [line for line in _without_chance(_shown_after(command)) if line != "..." and line not in got]
    assert not missing, f"not in this order in:\n{answer}"


def _shown_after(command: str) -> str:
    """Return the first `text` block that follows a command."""
    return re.findall(r"^```text\n(.*?)^```$", README.partition(command)[2], re.MULTILINE | re.DOTALL)[0]


def _without_chance(text: str) -> list[str]:
    """Give the lines without what differs from run to run: times."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", "<time>", text)
    text = re.sub(r"\b\d+\.\d+(e-\d+)?\b", "<seconds>", text)
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("command", PROOF)
@pytest.mark.xdist_group("schemathesis")
def test_proof_proves(command: str, serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Both of the servers that README compares are the same here, so that there is nothing to tell."""
    if "http" in command:
        url = serve(ASTRBOT)
        command = re.sub(r"http://127\.0\.0\.1:618[56]", url, command).replace("--key-b abk_demo", "--key-b abk_all")
        monkeypatch.setenv(*KEY[0].removeprefix("export ").split("="))
    _, verb, *options = shlex.split(command)
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, *options, *FEW[verb]])
    told = capsys.readouterr().out
    assert not ended.value.code, told
    assert re.search(r"no findings: 6 operations|(\d+) of \1 agree|no difference", told)


@pytest.mark.xdist_group("schemathesis")
def test_proof_as_functions(serve) -> None:
    (code,) = [text for language, text in BLOCKS if language == "python" and text.startswith("# test_server.py\n")]
    names: dict[str, Any] = {}
    exec(code, names)
    names["URL"] = serve(ASTRBOT)
    names["test_it_answers_as_recorded"]()
    names["test_it_keeps_the_contract"]()


def test_exchange_of_readme_agrees(examples: Path) -> None:
    replayed = replay(exchanges=read_files([examples / "paging.yaml"]))
    assert replayed.ok, replayed.differed


def test_every_option_and_variable_is_in_the_table() -> None:
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \| `(MOCKBOT_\w+)` \|", README, re.MULTILINE)
    options = {option for parameter in mockbot.commands["serve"].params for option in parameter.opts}
    assert dict(rows) == {option: "MOCKBOT_" + option[2:].replace("-", "_").upper() for option in options}


def test_every_shipped_fixture_is_in_the_table() -> None:
    table = README.partition("## Fixtures")[2].partition("##")[0]
    assert set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)) == {
        path.stem for path in (ROOT / "fixtures").glob("*.yaml")
    }


def test_every_fault_is_in_the_table() -> None:
    rows = [
        f"| `{fault.name}` | {str(fault.__doc__).partition(chr(10))[0]} | "
        + ", ".join(f"`{parameter.name}`" for parameter in parameters(fault))
        + " |"
        for fault in CATALOGUE.values()
    ]
    assert "\n".join(["| fault | does | parameters |", "|---|---|---|", *rows, "\n"]) in README


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "deploy/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    anchors = {
        "#" + re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target in anchors
        elif not target.startswith("https://"):
            assert (ROOT / name).parent.joinpath(target.partition("#")[0]).exists(), target


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {
        path.stem if path.suffix else f"{path.name}/"
        for path in (ROOT / "mockbot").iterdir()
        if path.suffix in ("", ".py")
    }
    rooms -= {"__init__", "__pycache__/"}
    assert not [room for room in rooms if f"`{room}" not in text]
