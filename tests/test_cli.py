"""The command: options and variables become settings, mistakes become one line, and the printed curl line works."""

import json
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mockbot import __version__, cli
from mockbot.astrbot import v4_19_4
from mockbot.cli import serve
from mockbot.openapi.operations import Operation
from mockbot.server.listen import listen
from mockbot.settings import Settings
from tests.processes import run as run_process
from tests.processes import started

Outcome = tuple[int, str, str]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MOCKBOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    log = logging.getLogger("mockbot")
    kept = log.handlers, log.propagate, log.level
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without

    def command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        return ended.value.code or 0, *capsys.readouterr()

    yield command
    log.handlers, log.propagate, level = kept
    log.setLevel(level)
    for each, handler in handlers.items():
        signal.signal(each, handler)


@pytest.fixture
def told(run, monkeypatch: pytest.MonkeyPatch):
    """Return a function that gives the settings which a command line leads to."""

    def settings(*options: str) -> Settings:
        served: list[Settings] = []
        monkeypatch.setattr(serve, "_serve", lambda settings, _: served.append(settings))
        assert run("serve", *options) == (0, "", "")
        return served[0]

    return settings


EVERY_OPTION = {
    "--host": ("::1", {"host": "::1"}),
    "--port": ("0", {"port": 0}),
    "--fixture": ("empty", {"fixture": "empty"}),
    "--scripts": ("replies", {"scripts": Path("replies")}),
    "--contract": ("observe", {"contract": "observe"}),
    "--pace": ("0.5", {"pace_ms": 0.5}),
    "--seed": ("-7", {"seed": -7}),
    "--ready-file": ("ready", {"ready_file": Path("ready")}),
    "--log": ("json", {"log": "json"}),
    "--cors": ("http://a", {"cors": ("http://a",)}),
}


def test_nothing_told_gives_the_defaults(told) -> None:
    assert told() == Settings()


@pytest.mark.parametrize("option", EVERY_OPTION)
def test_option_and_variable_say_the_same(told, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    value, changed = EVERY_OPTION[option]
    assert told(option, value) == replace(Settings(), **changed)
    monkeypatch.setenv("MOCKBOT_" + option[2:].replace("-", "_").upper(), value)
    assert told() == replace(Settings(), **changed)


def test_option_wins_over_variable(told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_PORT", "1")
    assert told("--port", "2").port == 2


def test_strict_scripts_is_a_flag(told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("--strict-scripts").strict_scripts
    monkeypatch.setenv("MOCKBOT_STRICT_SCRIPTS", "1")
    assert told().strict_scripts


def test_report_is_a_flag(told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("--report").report
    monkeypatch.setenv("MOCKBOT_REPORT", "1")
    assert told().report


def test_several_origins(told, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("--cors", "http://a", "--cors", "http://b").cors == ("http://a", "http://b")
    monkeypatch.setenv("MOCKBOT_CORS", "http://a http://b")
    assert told().cors == ("http://a", "http://b")


def test_version(run) -> None:
    assert run("--version") == (0, f"mockbot {__version__}\n", "")


def test_no_command_shows_what_there_is(run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "serve" in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["serve", "--nope"], "No such option '--nope'"),
        (["serve", "--port", "70000"], "'--port': 70000 is not in the range"),
        (["serve", "--contract", "maybe"], "'--contract': 'maybe' is not one of 'enforce', 'observe'"),
        (["serve", "--pace", "nan"], "'--pace': nan is not a number of milliseconds from 0 to 60000"),
        (["serve", "--cors", "example.org"], "'--cors': 'example.org' is no origin; write it as browsers do"),
        (["serve", "--control-token", "my token"], "'--control-token': A token is of printable ASCII characters"),
        (["serve", "--pace", "-1"], "'--pace': -1 is not a number of milliseconds from 0 to 60000"),
        (
            ["serve", "--port", "0", "--ready-file", "/nowhere/ready"],
            "--ready-file /nowhere/ready: cannot be written: ",
        ),
        (["serve", "--port", "0", "--fixture", "nope"], "nope"),
        (["serve", "--port", "0", "--scripts", "/nowhere"], "/nowhere"),
        (["bake"], "No such command 'bake'"),
    ],
    ids=str,
)
def test_mistake_is_one_line_and_exit_2(run, arguments: Sequence[str], complaint: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("mockbot: ")
    assert complaint in err
    assert err.count("\n") == 1


def test_bad_variable_is_one_line_and_exit_2(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_PORT", "http")
    code, _, err = run("serve")
    assert code == 2
    assert err.startswith("mockbot: MOCKBOT_PORT: Invalid value for '--port'")
    assert "http" in err


def test_taken_port_is_one_line_and_exit_2(run) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = run("serve", "--port", port)
    assert (code, out) == (2, "")
    assert err.startswith(f"mockbot: cannot listen on 127.0.0.1 port {port}: ")


def test_broken_fixture_is_named_with_its_line(run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("keys: []\nbots: 7\n")
    ready = tmp_path / "ready"
    code, _, err = run("serve", "--port", "0", "--fixture", str(broken), "--ready-file", str(ready))
    assert code == 2
    assert f"{broken}:2" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == [broken]


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_signal_before_it_is_ready_is_quiet(run, monkeypatch: pytest.MonkeyPatch, which: signal.Signals) -> None:
    monkeypatch.setattr("mockbot.server.listen.listen", lambda *_: signal.raise_signal(which))
    assert run("serve") == (0, "", "mockbot: stopped\n")


def test_json_log_is_one_object_a_line(capsys: pytest.CaptureFixture[str], told) -> None:
    told("--log", "json")
    log = logging.getLogger("mockbot")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("what %s", "happened")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["message"]) == ("error", "what happened")
    assert line["traceback"].endswith("ValueError: why")


def test_json_log_without_a_failure_has_no_traceback(capsys: pytest.CaptureFixture[str], told) -> None:
    told("--log", "json")
    logging.getLogger("mockbot").info("ready")
    assert json.loads(capsys.readouterr().err).keys() == {"time", "level", "message"}


def test_a_fixture_without_keys_is_said_to_have_none() -> None:
    _, key, curl = serve.greeting("http://127.0.0.1:1", "", v4_19_4.profile()).splitlines()
    assert key.startswith("key: none, so every request is refused: give the fixture `keys`")
    assert curl == "try: curl http://127.0.0.1:1/openapi.json"


def operation(name: str, **definition: object) -> Operation:
    method, path = name.split()
    return Operation(name, method, path, "", (), definition)


@pytest.mark.parametrize(
    ("operations", "path"),
    [
        ([operation("POST /a"), operation("GET /a/{id}"), operation("GET /pets"), operation("GET /z")], "/pets"),
        ([operation("GET /a", parameters=[{"name": "x", "required": True}])], "/openapi.json"),
        ([], "/openapi.json"),
    ],
)
def test_another_document_is_tried_by_what_it_has(operations: list[Operation], path: str) -> None:
    assert serve.simplest({each.name: each for each in operations}) == path


def test_any_other_command_is_interrupted_as_shells_expect(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_log_to", lambda *_: signal.raise_signal(signal.SIGINT))
    assert run("serve") == (130, "", "\n")


@contextmanager
def serving(*options: str, ready: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the command as a user would; gives the process and the three lines it prints."""
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--pace", "0", "--ready-file", str(ready)]
    with started([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        yield process, [process.stdout.readline().rstrip("\n") for _ in range(3)]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_printed_curl_line_streams_a_reply(tmp_path: Path, host: str) -> None:
    if ":" in host:
        try:
            listen(host, 0).close()
        except Exception as error:
            pytest.skip(f"no IPv6 here: {error}")
    with serving("--host", host, ready=tmp_path / "ready") as (process, (first, key, curl)):
        base_url = first.rpartition(" ")[2]
        assert key == "key: abk_demo"
        words = shlex.split(curl.removeprefix("try: "))
        assert words[:3] == ["curl", "-N", f"{base_url}/api/v1/chat"]
        body = _answer(words)
        frames = [json.loads(line.removeprefix("data: ")) for line in body.splitlines() if line]
        assert frames[0]["type"] == "session_id"
        assert frames[-1]["type"] == "end"
        facts = json.loads((tmp_path / "ready").read_text())
        assert facts == {"base_url": base_url, "pid": process.pid, "key": "abk_demo"}


def _answer(curl: list[str]) -> str:
    """Do what the curl line says, with curl where there is one."""
    if shutil.which("curl"):
        return run_process([*curl, "-s"], timeout=20).stdout
    headers = dict(curl[index + 1].split(": ") for index, word in enumerate(curl) if word == "-H")
    request = urllib.request.Request(curl[2], curl[curl.index("-d") + 1].encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_process_and_its_streams_with_exit_0(tmp_path: Path, which: signal.Signals) -> None:
    ready = tmp_path / "ready"
    with serving("--pace", "60000", ready=ready) as (process, (_, _, curl)):
        words = shlex.split(curl.removeprefix("try: "))
        headers = dict(words[index + 1].split(": ") for index, word in enumerate(words) if word == "-H")
        request = urllib.request.Request(words[2], words[words.index("-d") + 1].encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.readline().startswith(b"data: ")
            process.send_signal(which)
            process.send_signal(which)
            assert process.wait(timeout=5) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert not ready.exists()


@pytest.mark.parametrize(
    ("username", "code", "told"),
    [("", 1, "error: contract-violation: GET /api/v1/chat/sessions: query"), ("ada", 0, "nothing to complain about")],
)
def test_report_tells_at_the_end_what_clients_got_wrong(tmp_path: Path, username: str, code: int, told: str) -> None:
    with serving("--report", "--contract", "observe", ready=tmp_path / "ready") as (process, lines):
        base_url, key = lines[0].rpartition(" ")[2], lines[1].removeprefix("key: ")
        url = f"{base_url}/w/ci-7/api/v1/chat/sessions?{'username=ada' if username else ''}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": key}), timeout=20) as answer:
            answer.read()
        process.terminate()
        assert process.wait(timeout=5) == code
        assert process.stdout
        assert told in process.stdout.read()


def test_serving_leaves_the_hunting_tools_alone() -> None:
    """A plain `mockbot serve` pays neither for schemathesis nor for Hypothesis."""
    code = "import mockbot.cli, mockbot.server, mockbot.app, sys; print(*sys.modules)"
    loaded = run_process([sys.executable, "-c", code], timeout=60).stdout.split()
    assert loaded
    assert {"schemathesis", "hypothesis", "httpx", "pytest"}.isdisjoint(loaded)


def test_asking_for_the_version_loads_no_server() -> None:
    code = "import mockbot.cli, sys; print(*sys.modules)"
    loaded = run_process([sys.executable, "-c", code], timeout=60).stdout.split()
    assert loaded
    assert {"uvicorn", "openapi_core", "jsonschema"}.isdisjoint(loaded)
