"""A command says in one sentence which extra it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = "import sys; sys.modules[sys.argv[1]] = None; from mockbot.cli import main; main(sys.argv[2:])"


@pytest.mark.parametrize(
    ("library", "command", "extra"),
    [
        ("hypothesis", ["fuzz", "--", "true"], "fuzz"),
        ("schemathesis", ["check"], "check"),
        ("httpx", ["record", "http://127.0.0.1:1", "--to", "folder"], "record"),
    ],
)
def test_a_command_without_its_extra_says_what_to_install(
    tmp_path: Path, library: str, command: list[str], extra: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, library, *command], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"`mockbot {command[0]}` needs {library}; install it with: pip install 'astrbot-mockbot[{extra}]'" in line


def test_the_help_shows_no_range_where_there_is_none() -> None:
    done = subprocess.run([sys.executable, "-m", "mockbot", "serve", "--help"], capture_output=True, text=True)
    assert "None]" not in done.stdout.replace("\n", "")
