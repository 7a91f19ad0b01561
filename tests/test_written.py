"""Nothing but a regular file is written to, whatever option names the path."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mockbot.cli.fuzz_files import Files
from mockbot.cli.main import main
from mockbot.errors import UserError
from mockbot.record.folder import Folder
from mockbot.server.ready_file import ReadyFile
from mockbot.verify.check.run import _har
from mockbot.written import write

Make = Callable[[Path], object]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


OTHERS: dict[str, Make] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a socket": _socket,
    "a device": lambda path: path.symlink_to("/dev/null"),
    "a link to a file that is not there": lambda path: path.symlink_to(path.parent / "outside" / "made.txt"),
}
COMMANDS = {
    "check": ["check", "--max-examples", "1", "--junit"],
    "diff": ["diff", "4.19.4", "4.19.4", "--json"],
    "serve": ["serve", "--port", "0", "--ready-file"],
    "record": ["record", "http://127.0.0.1:9", "--port", "0", "--to", "recording", "--ready-file"],
    **{option: ["fuzz", f"--{option}"] for option in ("json", "junit", "html")},
}
WRITERS: dict[str, Make] = {
    "a text": lambda path: write(path, "x"),
    "a ready file": ReadyFile,
    "an HTTP archive": lambda path: _har(path, "").__enter__(),
    "the report of fuzz": lambda path: Files(json=path).touch(),
    "a recording": lambda path: Folder(path.parent, force=True).write({}, {}, ""),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_only_regular_files_are_written(tmp_path: Path, writer: str, kind: str) -> None:
    path = tmp_path / "fixture.yaml"
    (tmp_path / "outside").mkdir()
    OTHERS[kind](path)
    before = path.lstat()
    with pytest.raises(UserError, match=r"fixture\.yaml: (a |cannot)"):
        WRITERS[writer](path)
    assert path.lstat().st_ino == before.st_ino
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_ends_a_command_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    client = ["--", "true"] if COMMANDS[command][0] == "fuzz" else []
    with pytest.raises(SystemExit) as ended:
        main([*COMMANDS[command], "pipe", *client])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert err.endswith("pipe: a pipe, and is not written to; name another file\n")
    assert (out, err.count("\n")) == ("", 1)


def test_a_file_and_a_link_to_one_are_written(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    write(file, "a longer text")
    link.symlink_to(file)
    write(link, "short \ud800")
    assert file.read_text() == "short \\ud800"


def test_a_ready_file_does_not_follow_a_link_that_was_put_in_its_way(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / f".ready.{os.getpid()}").symlink_to(victim)
    with ReadyFile(tmp_path / "ready") as ready:
        ready.write("http://127.0.0.1:1", "k")
        assert (tmp_path / "ready").read_text().startswith('{"base_url"')
    assert victim.read_text() == "kept"
