"""The distributions are complete: the sdist for contributors, and the wheel, which serves from any folder."""

import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.request
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.processes import run, started

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("release")]  # one worker, so that they are built once
SHIPPED = sorted(path for folder in ("contracts", "fixtures") for path in (ROOT / folder).rglob("*") if path.is_file())
PAGES = sorted(path for path in (ROOT / "mockbot/console/assets").rglob("*") if path.is_file())
CONTRIBUTORS = [
    ".ci/client-tools",
    ".ci/packages",
    ".ci/run",
    ".ci/vendor",
    ".github/dependabot.yml",
    ".github/workflows/ci.yaml",
    ".github/workflows/image.yaml",
    ".github/workflows/newest.yaml",
    ".pre-commit-config.yaml",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "pyproject.toml",
    "tests/conftest.py",
    "tox.ini",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with sdist and wheel: the one that DISTRIBUTIONS names, else a new one."""
    if given := os.environ.get("DISTRIBUTIONS"):
        return Path(given)
    folder = tmp_path_factory.mktemp("distributions")
    _quietly(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("astrbot_mockbot-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> set[str]:
    """The files of the sdist, named from the root of the repository."""
    (found,) = built.glob("astrbot_mockbot-*.tar.gz")
    with tarfile.open(found) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def _quietly(*command: str) -> None:
    done = run(command, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_sdist_has_what_a_contributor_needs(sdist: set[str]) -> None:
    missing = sorted({*CONTRIBUTORS, *(str(path.relative_to(ROOT)) for path in SHIPPED)} - sdist)
    assert not missing, missing


def test_sdist_has_every_file_of_the_repository(sdist: set[str]) -> None:
    """A new folder has to be named in pyproject.toml."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files"]
    try:
        listed = run(git, cwd=ROOT, timeout=10).stdout
    except OSError:
        listed = ""
    # nothing is listed outside of a checkout, such as in an unpacked sdist, which is complete by definition
    missing = sorted({name for name in listed.splitlines() if (ROOT / name).exists()} - sdist)
    assert not missing, missing


def test_wheel_has_every_file_that_is_read_while_serving(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read("mockbot/data/openapi.json") == (ROOT / "openapi.json").read_bytes()
        for path in SHIPPED:
            assert archive.read(f"mockbot/data/{path.relative_to(ROOT)}") == path.read_bytes()
        for path in (*PAGES, *(ROOT / "mockbot" / "cli" / "project").rglob("*.*")):
            assert archive.read(str(path.relative_to(ROOT))) == path.read_bytes()
    assert "mockbot/py.typed" in names
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def test_wheel_names_its_command_its_licence_and_its_readme(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        assert "mockbot = mockbot.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        metadata = archive.read(f"{info}/METADATA").decode()
        assert f"{info}/licenses/mockbot/console/assets/docs/swagger-ui/LICENSE" in archive.namelist()
    assert "Name: astrbot-mockbot\n" in metadata
    assert "License-Expression: MIT AND Apache-2.0 AND BSD-3-Clause\n" in metadata
    minors = re.findall(r"^Classifier: Programming Language :: Python :: 3\.(\d+)$", metadata, re.MULTILINE)
    assert f"Requires-Python: >=3.{minors[0]}\n" in metadata
    assert (ROOT / "README.md").read_text("utf-8") in metadata


def test_wheel_serves_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """As the first command of README, but with the wheel instead of the checkout."""
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    _quietly(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV", "MOCKBOT"))}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [str(scripts / "mockbot"), "serve", "--port", "0"]
    with started(command, cwd=elsewhere, env=clean, stdout=subprocess.PIPE) as server:
        assert server.stdout
        base_url = server.stdout.readline().split()[-1]
        key = server.stdout.readline().split()[-1]
        request = urllib.request.Request(f"{base_url}/api/v1/im/bots", headers={"X-API-Key": key})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert json.load(response)["status"] == "ok"
        with urllib.request.urlopen(f"{base_url}/docs", timeout=10) as response:
            assert b"API reference" in response.read()
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert list(elsewhere.iterdir()) == []
