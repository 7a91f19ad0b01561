"""The examples work, and a failing test of theirs names each bug that is planted in their code."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from tests.processes import run as run_process
from tests.testing.test_plugin import ALONE

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PYTHON, NODE = EXAMPLES / "python-sdk", EXAMPLES / "node-sdk"


@pytest.fixture
def suite(pytester: pytest.Pytester, server: MockBot, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The Python example, in a folder of its own, against the server of these tests."""
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(PYTHON, pytester.path, dirs_exist_ok=True, ignore=ignored)
    return pytester


def plant(file: Path, right: str, wrong: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(right) == 1, right
    file.write_text(text.replace(right, wrong), encoding="utf-8")


def run(suite: pytest.Pytester) -> pytest.RunResult:
    return suite.runpytest_inprocess(*ALONE, "-p", "no:xdist")


def test_the_python_sdk_passes(suite: pytest.Pytester) -> None:
    result = run(suite)
    assert result.ret == 0
    assert result.parseoutcomes().keys() == {"passed"}


PLANTED = {
    "contract violation": ('"page": page,', '"page": page - 1,', "`page` must be at least 1, got 0"),
    "contract violation in a body": (
        '"enable_streaming": True',
        '"enable_streaming": "yes"',
        "`enable_streaming` must be a boolean, got the string *yes",
    ),
    "retry storm": (
        "ATTEMPTS = 3",
        "ATTEMPTS = 8",
        "error: too-many-attempts: GET /api/v1/chat/sessions: sent 8 times",
    ),
    "impatience": ("self.sleep(float(wait))", "pass", "error: retry-after-ignored: GET /api/v1/chat/sessions"),
    "early stop": (
        'case {"type": "end"}',
        'case {"type": "complete"}',
        "warning: dropped-before-end: POST /api/v1/chat",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "name"), PLANTED.values(), ids=PLANTED)
def test_a_bug_in_the_python_sdk_is_named(suite: pytest.Pytester, right: str, wrong: str, name: str) -> None:
    plant(suite.path / "astrbot_sdk.py", right, wrong)
    result = run(suite)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*{name}*"])


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


def node(folder: Path, server: MockBot) -> subprocess.CompletedProcess[str]:
    command = ["node", "--test", "--test-reporter=tap", "--test-concurrency=4"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    return run_process(command, cwd=folder, env=clean | {"MOCKBOT_URL": server.base_url}, timeout=60)


@needs_node
def test_the_node_sdk_passes(server: MockBot) -> None:
    done = node(NODE, server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
    names = [row["name"] for row in server.control.ask("GET", "worlds")["worlds"]]
    assert not [name for name in names if name.startswith("node-")]


NODE_PLANTED = {
    "contract violation": ("page, page_size: pageSize", "page: page - 1, page_size: pageSize", "contract-violation"),
    "retry storm": ("ATTEMPTS = 3", "ATTEMPTS = 8", "too-many-attempts"),
    "early stop": ("case 'end'", "case 'complete'", "dropped-before-end"),
}


@needs_node
@pytest.mark.parametrize(("right", "wrong", "name"), NODE_PLANTED.values(), ids=NODE_PLANTED)
def test_a_bug_in_the_node_sdk_is_named(tmp_path: Path, server: MockBot, right: str, wrong: str, name: str) -> None:
    shutil.copytree(NODE, tmp_path, dirs_exist_ok=True)
    plant(tmp_path / "astrbot.mjs", right, wrong)
    done = node(tmp_path, server)
    assert done.returncode == 1, done.stdout + done.stderr
    assert name in done.stdout
