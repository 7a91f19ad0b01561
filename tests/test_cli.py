"""The command line: settings from options and variables, errors in one line, and the printed command line."""

import io
import json
import logging
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from mockbot import __version__, cli
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.cli import serve
from mockbot.cli.greeting import greeting, simplest_path
from mockbot.cli.log import configure_log
from mockbot.errors import UserError
from mockbot.openapi.operations import Operation
from mockbot.server.listen import is_everywhere, listen, url
from mockbot.settings import Settings
from tests.processes import run as run_process
from tests.processes import started

Outcome = tuple[int, str, str]
Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MOCKBOT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the command in this process and return its exit status and output."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which background jobs of a shell do not have

    def command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert isinstance(ended.value.code, int | None)
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    yield command
    for each, handler in handlers.items():
        signal.signal(each, handler)


def settings_of(*options: str) -> Settings:
    """Return the settings for a command line, the environment and the files in the working directory."""
    return serve.settings_from(**serve.serve.make_context("serve", list(options)).params)


EVERY_OPTION: dict[str, tuple[str, dict[str, Any]]] = {
    "--host": ("::1", {"host": "::1"}),
    "--port": ("0", {"port": 0}),
    "--fixture": ("empty", {"fixture": "empty"}),
    "--scripts": ("replies", {"scripts": Path("replies")}),
    "--contract": ("observe", {"contract": "observe"}),
    "--pace": ("0.5", {"pace_ms": 0.5}),
    "--seed": ("-7", {"seed": -7}),
    "--ready-file": ("ready", {"ready_file": Path("ready")}),
    "--behaviour": ("b.yaml", {"behaviour": Path("b.yaml")}),
    "--log": ("json", {"log": "json"}),
    "--cors": ("http://a", {"cors": ("http://a",)}),
}


def test_no_options_give_the_defaults() -> None:
    assert settings_of() == Settings()


@pytest.mark.parametrize("option", EVERY_OPTION)
def test_option_and_variable_give_the_same_settings(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    value, changed = EVERY_OPTION[option]
    assert settings_of(option, value) == replace(Settings(), **changed)
    monkeypatch.setenv("MOCKBOT_" + option[2:].replace("-", "_").upper(), value)
    assert settings_of() == replace(Settings(), **changed)


def test_option_wins_over_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_PORT", "1")
    assert settings_of("--port", "2").port == 2


def test_strict_scripts_is_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--strict-scripts").strict_scripts
    monkeypatch.setenv("MOCKBOT_STRICT_SCRIPTS", "1")
    assert settings_of().strict_scripts


def test_report_is_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--report").report
    monkeypatch.setenv("MOCKBOT_REPORT", "1")
    assert settings_of().report


@pytest.mark.parametrize(("text", "value"), [("250ms", 250), ("1.5s", 1500), ("1m", 60_000), ("20", 20)])
def test_a_pace_is_milliseconds_or_a_duration(text: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--pace", text).pace_ms == value
    monkeypatch.setenv("MOCKBOT_PACE", text)
    assert settings_of().pace_ms == value


def test_verbose_is_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("-v") == settings_of("--verbose") == Settings(verbose=True)
    monkeypatch.setenv("MOCKBOT_VERBOSE", "1")
    assert settings_of().verbose


def test_watch_is_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--watch").watch
    monkeypatch.setenv("MOCKBOT_WATCH", "1")
    assert settings_of().watch


def test_several_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of("--cors", "http://a", "--cors", "http://b").cors == ("http://a", "http://b")
    monkeypatch.setenv("MOCKBOT_CORS", "http://a http://b")
    assert settings_of().cors == ("http://a", "http://b")


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"mockbot {__version__}\n", "")


def test_no_command_shows_the_commands(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "serve" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--nope"], "No such option '--nope'"),
        (["serve", "--port", "70000"], "'--port': '70000' is not a whole number from 0 to 65535."),
        (["serve", "--contract", "maybe"], "'--contract': 'maybe' is not one of 'enforce', 'observe'"),
        (["serve", "--pace", "nan"], "'--pace': 'nan' is not a number of milliseconds from 0 to 60000"),
        (["serve", "--cors", "example.org"], "'--cors': 'example.org' is not an origin such as https://"),
        (["serve", "--control-token", "my token"], "'--control-token': A token consists of printable ASCII characters"),
        (["serve", "--pace", "2m"], "'--pace': '2m' is not a number of milliseconds from 0 to 60000, or a duration"),
        (["serve", "--pace", "-1"], "'--pace': '-1' is not a number of milliseconds from 0 to 60000"),
        (
            ["serve", "--port", "0", "--ready-file", "/nowhere/ready"],
            "--ready-file /nowhere/ready: cannot be written: ",
        ),
        (["serve", "--port", "0", "--fixture", "nope"], "nope"),
        (["serve", "--port", "0", "--scripts", "/nowhere"], "/nowhere"),
        (["serve", "--port", "abc"], "'--port': 'abc' is not a whole number from 0 to 65535."),
        (["serve", "--seed", "x"], "'--seed': 'x' is not a whole number."),
        (["serve", "--max-worlds", "0"], "'--max-worlds': '0' is not a whole number of at least 1."),
        (
            ["check", "--timeout", "soon"],
            "'--timeout': 'soon' is not a number of seconds of at least 0.1, or a duration",
        ),
        (["bake"], "No such command 'bake'"),
    ],
    ids=str,
)
def test_a_mistake_is_reported_in_one_line_with_exit_2(run: Run, arguments: Sequence[str], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("mockbot: ")
    assert message in err
    assert err.count("\n") == 1


def test_an_invalid_variable_is_reported_with_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_PORT", "http")
    code, _, err = run("serve")
    assert code == 2
    assert err.startswith("mockbot: MOCKBOT_PORT: Invalid value for '--port'")
    assert "http" in err


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("STRICT_SCRIPTS", "maybe", "Invalid value for '--strict-scripts': 'maybe' is not 1 (on) or 0 (off)."),
        ("FIXTURE", "x", "x: no such fixture; use one of "),
        ("SCRIPTS", "/nowhere", "/nowhere: cannot be read: "),
    ],
)
def test_a_mistake_in_a_variable_is_reported_with_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"MOCKBOT_{name}", value)
    code, _, err = run("serve", "--port", "0")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"mockbot: MOCKBOT_{name}: {message}")


def test_a_fixture_of_another_version_is_named_with_that(run: Run) -> None:
    for options, version in ((("--astrbot", "4.19.4"), "4.29.3"), (("--astrbot", "4.29.3"), "4.19.4")):
        code, _, err = run("serve", "--port", "0", "--fixture", f"astrbot-{version}", *options)
        assert (code, err.count("\n")) == (2, 1)
        assert err.endswith(f": no such fixture; it is one of --astrbot {version}\n")


def test_a_missing_argument_is_reported_in_one_line(run: Run) -> None:
    code, _, err = run("diff", "4.19.4")
    assert (code, err) == (2, "mockbot: Missing argument 'NEW'. Choose from: 4.19.4, 4.29.3\n")


def test_a_variable_that_nothing_reads_is_reported_with_the_one_that_was_meant(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PROT", "URL", "KEY", "XYZ"):
        monkeypatch.setenv(f"MOCKBOT_{name}", "7000")
    _, _, err = run("serve", "--port", "0", "--fixture", "nope")
    assert [line.split(" ", 1)[1].strip() for line in err.splitlines()[:-1]] == [
        "WARNING MOCKBOT_PROT has no effect; did you mean MOCKBOT_PORT?",
        "WARNING MOCKBOT_XYZ has no effect",
    ]


def test_a_taken_port_is_reported_in_one_line_with_exit_2(run: Run) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = run("serve", "--port", port)
    assert (code, out) == (2, "")
    assert err.startswith(f"mockbot: cannot listen on 127.0.0.1 port {port}: ")


def test_a_broken_fixture_is_reported_with_its_line(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("keys: []\nbots: 7\n")
    ready = tmp_path / "ready"
    code, _, err = run("serve", "--port", "0", "--fixture", str(broken), "--ready-file", str(ready))
    assert code == 2
    assert f"{broken}:2" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == [broken]


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_the_start_stops_quietly(
    run: Run, monkeypatch: pytest.MonkeyPatch, which: signal.Signals
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: signal.raise_signal(which))
    assert run("serve") == (0, "", "mockbot: stopped\n")


@pytest.fixture
def json_log() -> io.StringIO:
    """The log of the command in JSON."""
    log = io.StringIO()
    configure_log(log, "json")
    return log


def test_json_log_is_one_object_per_line(json_log: io.StringIO) -> None:
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("mockbot").exception("what %s", "happened")
    line = json.loads(json_log.getvalue())
    assert (line["level"], line["message"]) == ("error", "what happened")
    assert line["traceback"].endswith("ValueError: why")


def test_json_log_without_an_exception_has_no_traceback(json_log: io.StringIO) -> None:
    logging.getLogger("mockbot").info("ready")
    assert json.loads(json_log.getvalue()).keys() == {"time", "level", "message"}


def test_the_greeting_says_that_a_fixture_has_no_keys() -> None:
    _, key, curl, console = greeting("http://127.0.0.1:1", "", v4_19_4.profile()).splitlines()
    assert key.startswith("key: none, so every request is refused; add `keys`")
    assert curl == "try: curl http://127.0.0.1:1/openapi.json"
    assert console == "console: http://127.0.0.1:1/__mockbot__/ in a browser"


@pytest.mark.parametrize(("host", "everywhere"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_the_greeting_says_that_the_server_listens_on_all_addresses(host: str, everywhere: bool) -> None:
    with listen(host, 0) as listener:
        assert is_everywhere(listener) is everywhere
        shown = greeting(url(listener), "", v4_19_4.profile(), everywhere=is_everywhere(listener))
    assert shown.count("http://127.0.0.1:") == 3
    assert ("all addresses" in shown.splitlines()[-1]) is everywhere


def test_the_address_of_another_machine_is_no_place_to_listen() -> None:
    with pytest.raises(UserError, match=r"; name an address of this machine with --host$"):
        listen("192.0.2.1", 0)


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
def test_the_greeting_of_another_document_uses_its_simplest_operation(operations: list[Operation], path: str) -> None:
    assert simplest_path({each.name: each for each in operations}) == path


def test_another_command_that_is_interrupted_exits_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HTTPConnection, "request", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    assert run("health", "http://127.0.0.1:1") == (130, "", "\n")


@contextmanager
def serving(*options: str, ready: Path, lines: int = 3) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the command in a process, and yield the process and the lines that it prints."""
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--pace", "0", "--ready-file", str(ready)]
    with started([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        yield process, [process.stdout.readline().rstrip("\n") for _ in range(lines)]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_the_printed_command_line_streams_a_reply(tmp_path: Path, host: str) -> None:
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
        body = _output(words)
        frames = [json.loads(line.removeprefix("data: ")) for line in body.splitlines() if line]
        assert frames[0]["type"] == "session_id"
        assert frames[-1]["type"] == "end"
        facts = json.loads((tmp_path / "ready").read_text())
        assert facts == {"base_url": base_url, "pid": process.pid, "key": "abk_demo"}


def _output(curl: list[str]) -> str:
    """Return the output of a curl command line; without curl, send the same request."""
    if shutil.which("curl"):
        return run_process([*curl, "-s"], timeout=20).stdout
    headers = dict(curl[index + 1].split(": ") for index, word in enumerate(curl) if word == "-H")
    request = urllib.request.Request(curl[2], curl[curl.index("-d") + 1].encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        body: bytes = answer.read()
        return body.decode()


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
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
            assert process.wait(timeout=60) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert not ready.exists()


@pytest.mark.parametrize(
    ("username", "code", "text"),
    [("", 1, "error: contract-violation: GET /api/v1/chat/sessions: query"), ("ada", 0, "no findings")],
)
def test_report_prints_at_the_end_what_clients_did_wrong(tmp_path: Path, username: str, code: int, text: str) -> None:
    with serving("--report", "--contract", "observe", ready=tmp_path / "ready") as (process, lines):
        base_url, key = lines[0].rpartition(" ")[2], lines[1].removeprefix("key: ")
        url = f"{base_url}/w/ci-7/api/v1/chat/sessions?{'username=ada' if username else ''}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": key}), timeout=20) as answer:
            answer.read()
        process.terminate()
        assert process.wait(timeout=60) == code
        assert process.stdout
        assert text in process.stdout.read()


def test_watch_reads_edited_files_and_health_says_when_they_have_a_mistake(tmp_path: Path) -> None:
    spec, scripts = tmp_path / "api.yaml", tmp_path / "scripts.yaml"
    operation = "{get: {responses: {'204': {description: none}}}}"
    document = f"openapi: 3.1.0\ninfo: {{title: t, version: v}}\npaths: {{/a: {operation}}}\n"
    spec.write_text(document)
    scripts.write_text("[]\n")
    options = ("--watch", "--spec", str(spec), "--scripts", str(scripts))
    with serving(*options, ready=tmp_path / "ready", lines=2) as (process, (first, _)):
        base_url = first.rpartition(" ")[2]
        assert process.stderr

        def logged() -> str:
            assert process.stderr
            return next(line.partition("reload: ")[2].rstrip("\n") for line in process.stderr if "reload: " in line)

        def status_of(path: str) -> int:
            try:
                with urllib.request.urlopen(f"{base_url}{path}", timeout=20) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        spec.write_text(document.replace("/a", "/b"))
        assert logged() == "document: changed, operations: 1 new (GET /b), 1 removed (GET /a)"
        assert (status_of("/a"), status_of("/b")) == (404, 204)
        scripts.write_text("7\n")
        assert logged().startswith(f"{scripts}:1: ")
        assert logged().startswith("everything stays")
        assert (status_of("/__mockbot__/health"), status_of("/b")) == (503, 204)
        scripts.write_text("[]\n")
        assert logged() == "mended; nothing has changed"
        assert status_of("/__mockbot__/health") == 200
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=20) == 0
        assert "Traceback" not in process.stderr.read()


def test_serving_loads_no_test_tools() -> None:
    """Plain `mockbot serve` imports neither schemathesis nor Hypothesis."""
    code = "import mockbot.cli, mockbot.server, mockbot.app, sys; print(*sys.modules)"
    loaded = run_process([sys.executable, "-c", code], timeout=60).stdout.split()
    assert loaded
    assert {"schemathesis", "hypothesis", "httpx", "pytest", "watchfiles"}.isdisjoint(loaded)


def test_version_loads_no_server() -> None:
    code = "import mockbot.cli, sys; print(*sys.modules)"
    loaded = run_process([sys.executable, "-c", code], timeout=60).stdout.split()
    assert loaded
    assert {"uvicorn", "openapi_core", "jsonschema"}.isdisjoint(loaded)
