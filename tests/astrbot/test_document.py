"""A user's own document with AstrBot's handlers (`--astrbot VERSION --spec FILE`)."""

import json
from pathlib import Path

from mockbot.astrbot.v4_19_4.profile import profile_with
from tests.big_document import big_document

INFO = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def written(path: Path, value: object) -> str:
    path.write_text(json.dumps(value))
    return str(path)


def test_every_operation_describes_the_errors_of_mockbot(tmp_path: Path) -> None:
    contract = profile_with(written(tmp_path / "spec.json", big_document(paths=4))).contract
    operation = next(iter(contract.operations.by_name.values()))
    statuses = {"400", "401", "403", "404", "405", "413", "415", "500", "501"}
    assert statuses <= {*operation.definition["responses"]}
    body = b'{"status":"error","message":"no","data":null}'
    for status in (401, 404):
        assert contract.validation.response(operation, status, [(b"content-type", b"application/json")], body) == []


def test_an_operation_id_of_the_overlay_is_removed_from_another_operation(tmp_path: Path) -> None:
    bare = {"responses": {"200": {"description": "ok"}}}
    paths = {"/api/v1/configs": {"get": bare}, "/other": {"get": {**bare, "operationId": "listConfigs"}}}
    found = profile_with(written(tmp_path / "spec.json", {**INFO, "paths": paths}))
    assert [each.operation_id for each in found.contract.operations.by_name.values()] == ["listConfigs", ""]
    assert {*found.handlers} == {"GET /api/v1/configs"}
