"""Every block in the documentation runs or is valid, in the order in which a reader meets it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from tests.docs.elsewhere import ELSEWHERE, FILES_ELSEWHERE, SET_UP
from tests.docs.pages import ROOT, blocks_of, fences, markdown_files, runnable
from tests.docs.player import Player
from tests.docs.terminal import Terminal

HEAVY = pytest.mark.xdist_group("schemathesis")
SLOW = ("add-a-version", "choose-the-version", "fuzz-a-client", "serve-another-document", "use-in-pytest")
MARKS = {
    "docs/how-to/check-a-server.md": (HEAVY, pytest.mark.slow),
    **{f"docs/how-to/{page}.md": (pytest.mark.slow,) for page in SLOW},
}


@pytest.fixture(scope="module")
def shared() -> Iterator[MockBot]:
    with MockBot() as server:
        yield server


@pytest.mark.parametrize("page", [pytest.param(page, marks=MARKS.get(page, ())) for page in runnable()])
def test_the_blocks_of_a_page_work(page: str, shared: MockBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        Player(Terminal(tmp_path, shared, monkeypatch, stack)).play(blocks_of(ROOT / page))


@pytest.mark.parametrize("path", markdown_files(), ids=str)
def test_every_fence_is_read_as_a_block(path: Path) -> None:
    """The tests would miss a fence that is indented, unclosed or without a language."""
    assert fences(path.read_text("utf-8")) == 2 * len(blocks_of(path))


def test_the_set_up_is_two_commands() -> None:
    readme = [
        command for block in blocks_of(ROOT / "README.md") if block.language == "sh" for command in block.commands
    ]
    assert [command for command in readme if command.startswith("python3")] == list(SET_UP)
    assert SET_UP[1] in (ROOT / ".ci" / "run").read_text("utf-8")


def test_blocks_that_other_tests_run_exist() -> None:
    blocks = [block for page in runnable() for block in blocks_of(ROOT / page)]
    assert ELSEWHERE.keys() <= {command for block in blocks if block.language == "sh" for command in block.commands}
    assert FILES_ELSEWHERE.keys() <= {block.name for block in blocks}
    for test in [*ELSEWHERE.values(), *FILES_ELSEWHERE.values()]:
        assert (ROOT / test).is_file()
