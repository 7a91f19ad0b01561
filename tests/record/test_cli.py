"""`mockbot record` as a command: its options, its mistakes, what it prints and writes."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import yaml

from mockbot.cli import main
from mockbot.errors import UserError
from mockbot.record.folder import Folder, Names
from mockbot.settings import Settings
from tests.processes import started
from tests.record.stage import SECONDS, mockbot

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "mockbot", "record"]


@contextmanager
def recording(
    tmp_path: Path, url: str, *options: str, command: Sequence[str] = COMMAND
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command, and yield it and the URL of the proxy."""
    ready = tmp_path / "ready.json"
    words = [*command, url, "--to", str(tmp_path / "to"), "--port", "0", "--ready-file", str(ready), *options]
    with started(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not ready.exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)  # until the process is ready
        yield process, json.loads(ready.read_text("utf-8"))["base_url"]


def chat(url: str, key: str = "abk_demo") -> httpx.Response:
    body = {"username": "ada", "message": "hello"}
    return httpx.post(f"{url}/api/v1/chat", json=body, headers={"X-API-Key": key}, timeout=SECONDS)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_end_writes_the_recording_and_says_how_to_play_it(ending: signal.Signals, tmp_path: Path) -> None:
    with mockbot(Settings(pace_ms=0)) as upstream, recording(tmp_path, upstream) as (process, url):
        assert chat(url).status_code == 200
        process.send_signal(ending)
        printed, log = process.communicate(timeout=60)
    folder = tmp_path / "to"
    assert process.returncode == 0, log
    assert printed.splitlines()[-2:] == [
        f"written: {folder / 'fixture.yaml'} and 1 in {folder / 'scripts'}",
        f"play it: mockbot serve --fixture {folder / 'fixture.yaml'}",
    ]
    assert "drift: none" in printed
    assert "POST /api/v1/chat 200" in log
    assert yaml.safe_load((folder / "scripts" / "hello.yaml").read_text("utf-8"))[0]["when"] == {"message": "hello"}
    assert "abk_demo" not in printed + log


WRITES_WITHOUT_END = """
import sys
from mockbot.record import recording as module
from mockbot.cli import main

async def recording(*_):
    print("writing", file=sys.stderr, flush=True)
    while True:
        pass

module.recording = recording
main(sys.argv[1:])
"""


def test_a_second_interrupt_ends_the_writing(tmp_path: Path) -> None:
    with recording(tmp_path, URL, command=[sys.executable, "-c", WRITES_WITHOUT_END, "record"]) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.readline() == "writing\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "mockbot: stopped; the recording is not written\n")
    assert not (tmp_path / "to" / "fixture.yaml").exists()


def test_a_stream_that_is_open_at_the_end_does_not_delay_it(tmp_path: Path) -> None:
    with mockbot(Settings()) as upstream, recording(tmp_path, upstream) as (process, url):
        body = {"username": "ada", "message": "slow"}
        headers = {"X-API-Key": "abk_demo"}
        with httpx.stream("POST", f"{url}/api/v1/chat", json=body, headers=headers, timeout=SECONDS) as response:
            pieces = response.iter_raw()  # without a name, the stream would be closed at once
            next(pieces)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "not in the scripts (1):\n  POST /api/v1/chat (200): the response is not complete (cut)" in printed


def test_the_log_as_json_has_no_keys(tmp_path: Path) -> None:
    with mockbot(Settings(pace_ms=0)) as upstream, recording(tmp_path, upstream, "--log", "json") as (process, url):
        chat(url, "abk_wrong_key_0123456789")
        httpx.get(f"{url}/api/v1/configs", params={"api_key": "abk_wrong_key_0123456789"}, timeout=SECONDS)
        process.send_signal(signal.SIGINT)
        printed, log = process.communicate(timeout=60)
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines if "status" in line] == [401, 401]
    assert "abk_wrong_key" not in printed + log
    assert printed.count("(401): it was refused for its key, which a recording does not have") == 2
    assert "played in another way" not in printed


def mistake(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["record", *options])
    assert ended.value.code == 2
    return capsys.readouterr().err


URL = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([URL], "Missing option '--to'"),
        (["127.0.0.1:1", "--to", "new"], "127.0.0.1:1: not the URL of a server, such as http://127.0.0.1:6185"),
        (["http://me:secret@127.0.0.1:1", "--to", "new"], "the URL of the server has a user or a password in it"),
        ([URL, "--to", "file"], "--to file: cannot be written"),
        ([URL, "--to", "old"], "--to old: old/fixture.yaml is there already; name another folder, or overwrite with"),
        ([URL, "--to", "new", "--timeout", "0"], "'0' is not a number of seconds from 0.1 to 3600"),
        ([URL, "--to", "new", "--spec", "no.yaml"], "no.yaml"),
        ([URL, "--to", "new", "--astrbot", "1"], "'1' is not one of '4.19.4', '4.29.3'"),
    ],
)
def test_a_mistake_is_one_line_before_the_proxy_starts(
    options: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "fixture.yaml").write_text("version: 1\n", encoding="utf-8")
    said = mistake(capsys, *options, "--port", "0")
    assert said.startswith("mockbot: ")
    assert sentence in said
    assert "secret" not in said
    assert len(said.splitlines()) == 1
    assert sorted(str(path) for path in Path().rglob("*")) == ["file", "old", "old/fixture.yaml"]


def test_a_port_in_use_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = mistake(capsys, URL, "--to", str(tmp_path / "to"), "--port", str(port))
    assert f"cannot listen on 127.0.0.1 port {port}" in said


def test_a_recording_is_overwritten_only_with_force(tmp_path: Path) -> None:
    (tmp_path / "fixture.yaml").write_text("mine\n", encoding="utf-8")
    with pytest.raises(UserError, match="--force"):
        Folder(tmp_path)
    assert (tmp_path / "fixture.yaml").read_text("utf-8") == "mine\n"
    Folder(tmp_path, force=True).write({"version": 1, "bots": [{"id": "a"}]}, {}, "recorded")
    assert (tmp_path / "fixture.yaml").read_text("utf-8") == "# recorded\nversion: 1\nbots:\n  - {id: a}\n"


def test_what_has_appeared_since_the_start_is_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / "fixture.yaml").write_text("mine\n", encoding="utf-8")
    files = folder.write({"version": 1}, {"a.yaml": [{"name": "a"}]}, "recorded")
    assert (tmp_path / "fixture.yaml").read_text("utf-8") == "mine\n"
    assert files == [tmp_path / "recording-2" / "fixture.yaml", tmp_path / "recording-2" / "scripts" / "a.yaml"]
    assert all(file.exists() for file in files)


@pytest.mark.parametrize("name", ["fixture.yaml", "scripts/a.yaml", ".fixture.yaml.new", "scripts/.a.yaml.new"])
def test_nothing_is_written_through_a_link(name: str, tmp_path: Path) -> None:
    (mine := tmp_path / "mine").write_text("mine\n", encoding="utf-8")
    (tmp_path / "to" / "scripts").mkdir(parents=True)
    (tmp_path / "to" / name).symlink_to(mine)
    with suppress(UserError):
        Folder(tmp_path / "to", force=True).write({"version": 1}, {"a.yaml": [{"name": "a"}]}, "recorded")
    assert mine.read_text("utf-8") == "mine\n"


@pytest.mark.parametrize("name", ["fixture.yaml", "scripts"])
def test_what_is_no_regular_file_is_refused_before_the_recording(name: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=rf"{name}: (not a |a link, and is not written to)"):
        Folder(tmp_path / "to", force=True)


def test_no_file_is_replaced_if_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fixture.yaml").write_text("mine\n", encoding="utf-8")
    (tmp_path / "scripts" / "a.yaml").mkdir(parents=True)
    with pytest.raises(UserError, match=r"a\.yaml: a folder, and is not written to"):
        Folder(tmp_path, force=True).write({"version": 1}, {"a.yaml": [{"name": "a"}]}, "recorded")
    assert (tmp_path / "fixture.yaml").read_text("utf-8") == "mine\n"


def test_names_are_words_of_the_message_and_unique() -> None:
    names = Names()
    assert [names.new(text, "other") for text in ("What is it?", "what is it!", "../../etc", "", "天气 如何")] == [
        "what-is-it",
        "what-is-it-2",
        "etc",
        "other",
        "天气-如何",
    ]
    assert len(names.new("word " * 100, "other")) <= 48
