"""tox, the workflows and the pages for contributors agree with each other and with the code."""

import ast
import configparser
import itertools
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / ".github/workflows").iterdir())
}
CI = WORKFLOWS["ci.yaml"]["jobs"]
TOX = configparser.ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini", "utf-8")
MINORS = [name.rpartition(" 3.")[2] for name in PROJECT["classifiers"] if re.search(r" 3\.\d+$", name)]
"""The versions of Python that are supported: `11` for 3.11."""


def environments() -> set[str]:
    """Return the names of the tox environments, with `py3{11,12}` as two."""
    names = [section.removeprefix("testenv:") for section in TOX.sections() if section.startswith("testenv:")]
    parts = [[part.strip("{}").split(",") for part in re.split(r"(\{.*?\})", name)] for name in names]
    return {"".join(each) for alternatives in parts for each in itertools.product(*alternatives)}


def steps(workflow: str) -> list[dict[str, Any]]:
    return [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]


def library(requirement: str) -> str:
    """Return the name in a requirement, extras included: `coverage[toml]` of `coverage[toml]>=7.10`."""
    return re.split(r"[^\w.\[\]-]", requirement)[0].lower()


def test_classifiers_tox_and_ci_name_the_same_pythons() -> None:
    assert PROJECT["requires-python"] == f">=3.{MINORS[0]}"
    assert {name for name in environments() if name.startswith("py3")} == {f"py3{minor}" for minor in MINORS}
    assert CI["tests"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in MINORS]


def test_ci_runs_environments_that_tox_has() -> None:
    named = set(CI["checks"]["strategy"]["matrix"]["environment"])
    for workflow in WORKFLOWS:
        named |= {found for step in steps(workflow) for found in re.findall(r"tox -e (\w+)", step.get("run", ""))}
    assert {"lint", "type", "coverage", "slow", "selfcheck", "build", "newest"} <= named
    assert named <= environments()


def test_the_gate_needs_every_other_job() -> None:
    assert set(CI["gate"]["needs"]) == CI.keys() - {"gate"}
    assert CI["gate"]["if"] == "always()"
    assert all(result in CI["gate"]["steps"][0]["env"]["FAILED"] for result in ("failure", "cancelled", "skipped"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_and_runs_actions_at_a_fixed_commit(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    assert all("timeout-minutes" in job and "permissions" not in job for job in workflow["jobs"].values())
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"]) for step in steps(name) if "uses" in step)


def test_the_image_workflow_waits_for_the_health_check() -> None:
    commands = [step.get("run", "") for step in steps("image.yaml")]
    assert any(command.startswith("docker compose up --build --wait") for command in commands)
    assert "docker compose exec -T mockbot mockbot health" in commands


def test_newest_has_every_library_without_bounds() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = {library(each) for each in (*PROJECT["dependencies"], *extras["check"], *extras["test"])}
    listed = TOX["testenv:newest"]["deps"].split()
    assert {name.lower() for name in listed} == wanted - {"astrbot-mockbot[check]", "astrbot-mockbot[fuzz]"}


def test_pre_commit_runs_environments_that_tox_has() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    entries = [hook["entry"].rpartition(" ")[2] for hook in repository["hooks"]]
    assert entries == ["lint", "type"]
    assert set(entries) <= environments()


def test_contributing_names_every_environment() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert not [name for name in environments() if name not in ("py312", "py313") and f"{name}`" not in page]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_links_lead_to_files(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s#]+)\)", (ROOT / page).read_text("utf-8"))
    assert not [target for target in targets if not (ROOT / target).exists()]


def test_every_promise_has_existing_tests() -> None:
    promises = (ROOT / "SECURITY.md").read_text("utf-8").partition("## What mockbot promises")[2].partition("\n## ")[0]
    for promise in promises.split("\n* ")[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise)
        assert named, promise
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert name in functions, f"{path}::{name}"
