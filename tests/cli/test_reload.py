"""`mockbot reload`, on a server in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockbot.cli.main import main
from mockbot.testing.bot import MockBot
from tests.cli.test_health import nothing_there

SCRIPT = "- name: a\n  run: [{say: x}]\n"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    file = tmp_path / "scripts.yaml"
    file.write_text(SCRIPT)
    return file


@pytest.fixture
def server(scripts: Path) -> Iterator[MockBot]:
    with MockBot(scripts=scripts, control_token="secret") as server:
        yield server


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["reload", *arguments])
    return ended.value.code or 0, *capsys.readouterr()


def test_it_prints_what_has_changed(server: MockBot, scripts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripts.write_text(SCRIPT.replace("x", "y"))
    arguments = (f"{server.base_url}/w/any", "--control-token", "secret")
    assert run(capsys, *arguments) == (0, f"{arguments[0]}: scripts: 1 changed (a)\n", "")
    assert run(capsys, *arguments) == (0, f"{arguments[0]}: nothing has changed\n", "")


def test_a_file_that_cannot_be_used(
    server: MockBot, scripts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts.write_text("- run: [{sai: x}]\n- run: 7\n")
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    monkeypatch.setenv("MOCKBOT_CONTROL_TOKEN", "secret")
    status, out, err = run(capsys)
    assert (status, out) == (1, "")
    assert [line.rpartition(f"{scripts}:")[2][0] for line in err.splitlines()] == ["1", "2"]


def test_a_token_that_is_missing(server: MockBot, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, server.base_url)
    assert status == 2
    assert err.endswith(
        "requires its control token; give that of its --control-token as --control-token or MOCKBOT_CONTROL_TOKEN\n"
    )


def test_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    with nothing_there() as url:
        status, _, err = run(capsys, url)
    assert status == 3
    assert err.startswith(f"mockbot: {url}: no response: ")
