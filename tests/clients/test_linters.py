"""Linters accept the documents that mockbot serves, with the rules they have by default and without a warning."""

import json
from pathlib import Path

import pytest

from mockbot.testing import MockBot
from tests.clients.tools import fetch, needs_tools, run

pytestmark = needs_tools
SERVED = ("openapi.json", "openapi.client.json", "openapi.3.2.json")


@pytest.mark.parametrize("name", SERVED)
def test_redocly_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    save(name, tmp_path)
    printed = json.loads(run("redocly", "lint", name, "--format", "json", cwd=tmp_path))
    assert printed["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


@pytest.mark.parametrize("name", SERVED)
def test_spectral_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    save(name, tmp_path)
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    printed = run("spectral", "lint", name, "--fail-severity", "hint", "--format", "json", cwd=tmp_path)
    assert json.loads(printed[printed.index("[") : printed.rindex("]") + 1]) == []


@pytest.mark.parametrize("name", ["openapi.json", "openapi.client.json"])
def test_openapi_generator_accepts(name: str, tmp_path: Path) -> None:
    save(name, tmp_path)
    printed = run("openapi-generator-cli", "validate", "-i", name, cwd=tmp_path)
    assert "Errors" not in printed


def save(name: str, folder: Path) -> None:
    with MockBot() as bot:
        fetch(f"{bot.base_url}/{name}", folder / name)
