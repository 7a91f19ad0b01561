"""schemathesis' own checks of state: a deleted resource is gone, a created one is there."""

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mockbot.testing import MockBot
from tests.generic.stateful.petstore import PETSTORE
from tests.processes import run

CHECKS = "use_after_free,ensure_resource_availability,not_a_server_error,response_schema_conformance"


def linked() -> Any:
    """Return a document of three operations, with links from the first to the others."""
    document = deepcopy(PETSTORE)
    pets, pet = document["paths"]["/pets"], document["paths"]["/pets/{petId}"]
    key = {"parameters": {"petId": "$response.body#/id"}}
    pets["post"]["responses"]["201"]["links"] = {each: {"operationId": each, **key} for each in ("getPet", "deletePet")}
    again = {"operationId": "getPet", "parameters": {"petId": "$request.path.petId"}}
    pet["delete"]["responses"]["204"]["links"] = {"again": again}
    paths = {"/pets": {"post": pets["post"]}}
    paths["/pets/{petId}"] = {name: pet[name] for name in ("parameters", "get", "delete")}
    return {**document, "paths": paths}


@pytest.mark.slow
@pytest.mark.parametrize("stateful", [True, False])
def test_the_checks_of_state_pass_with_stateful_only(tmp_path: Path, stateful: bool) -> None:
    path = tmp_path / "petstore.json"
    path.write_text(json.dumps(linked()))
    with MockBot(spec=str(path), stateful=stateful) as bot:
        options = ["--phases", "stateful", "--checks", CHECKS, "--max-examples", "20", "--seed", "1", "-w", "1"]
        program = "from schemathesis.cli import schemathesis; schemathesis()"
        command = [sys.executable, "-c", program, "run", f"{bot.base_url}/openapi.json", *options]
        done = run(command, timeout=120, cwd=tmp_path)
    if stateful:
        assert done.returncode == 0, done.stdout + done.stderr
    else:
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Deleted resource still available" in done.stdout, done.stdout
