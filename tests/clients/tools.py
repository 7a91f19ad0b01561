"""Where the generators and linters are that `.ci/client-tools` installs, and how they are run."""

import os
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

HERE = Path(__file__).parent
CACHE = Path(os.environ["TESTS_CACHE"])
TOOLS = Path(os.environ.get("MOCKBOT_CLIENT_TOOLS") or CACHE / "mockbot" / "client-tools")
WANTED = (HERE / "package.json").read_text() + (HERE / "requirements.txt").read_text()


def are_installed() -> bool:
    installed = TOOLS / "installed"
    return installed.is_file() and installed.read_text() == WANTED


needs_tools = [
    pytest.mark.slow,
    pytest.mark.skipif(not are_installed(), reason="no generators of clients: .ci/client-tools installs them"),
]


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a tool, or Python or Node beside the tools; return what it prints, and fail with it if it fails."""
    path = os.pathsep.join([str(TOOLS / "python/bin"), str(TOOLS / "node_modules/.bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "NODE_PATH": str(TOOLS / "node_modules"), "CI": "1", **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def fetch(url: str, to: Path) -> None:
    with urlopen(url, timeout=20) as answer:
        to.write_bytes(answer.read())
