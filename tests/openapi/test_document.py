import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import resources, source
from mockbot.astrbot.v4_19_4.profile import FILES, profile_with
from mockbot.contract.contract import Contract
from mockbot.errors import UserError


def test_the_published_document_is_not_changed(contract: Contract) -> None:
    published = resources.openapi().read_bytes()
    assert contract.document.upstream_bytes == published
    assert contract.document.effective != json.loads(published)


def test_the_effective_contract_is_valid_openapi(contract: Contract) -> None:
    errors = OpenAPIV31SpecValidator(contract.document.effective).iter_errors()
    assert [error.message for error in errors] == []


def test_every_operation_has_an_id_and_all_its_responses(contract: Contract) -> None:
    operations = contract.operations.by_name.values()
    assert [operation.operation_id for operation in operations] == [
        "listBots", "uploadFile", "chat", "listSessions", "sendMessage", "listConfigs",
    ]  # fmt: skip
    for operation in operations:
        expected = {"200", "400", "401", "403", "404", "405", "413", "500"} | (
            {"415"} if operation.media_types else set()
        )
        assert set(operation.definition["responses"]) == expected
        assert operation.definition["security"] == [{"ApiKeyHeader": []}, {"BearerAuth": []}]


def test_the_effective_contract_contains_the_events(contract: Contract) -> None:
    schemas = contract.document.effective["components"]["schemas"]
    references = [branch["$ref"].rpartition("/")[2] for branch in schemas["ChatEvent"]["oneOf"]]
    assert "ChatEvent.plain" in references
    assert set(references) <= set(schemas)


def test_every_action_of_the_overlay_has_a_description_and_one_effect() -> None:
    overlay: Any = source.load(FILES / "overlay.yaml").value
    for action in overlay["actions"]:
        assert action["description"]
        assert set(action) in ({"target", "description", "update"}, {"target", "description", "remove"})


def test_the_overlay_is_applied_to_a_newer_document_as_far_as_it_fits(tmp_path: Path, contract: Contract) -> None:
    newer = json.loads(resources.openapi().read_bytes())
    del newer["paths"]["/api/v1/chat"]
    newer["paths"]["/api/v2/things/{id}"] = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"responses": {"200": {"description": "a thing"}}},
    }
    path = tmp_path / "newer.json"
    path.write_text(json.dumps(newer))
    effective = profile_with(str(path)).document.effective
    assert "405" in effective["paths"]["/api/v2/things/{id}"]["get"]["responses"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not well-formed"),
        ("[]", ":1: not an OpenAPI document: it is not an object"),
        ("{}", "not an OpenAPI 3.0, 3.1 or 3.2 document: it has no `openapi`"),
        ('{"openapi": "4.0.0"}', "not an OpenAPI 3.0, 3.1 or 3.2 document: its `openapi` is '4.0.0'"),
        ('{\n"swagger": "2.0"}', ":2: not an OpenAPI 3 document: it is Swagger 2.0; convert it first"),
        ('{"openapi": "3.1.0"}', "has no `paths`, no `webhooks` and no `components`"),
        (
            '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"$ref": "#/nowhere"}}}',
            "nowhere",
        ),
    ],
)
def test_an_unusable_document_is_a_user_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "document.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        profile_with(str(path))
    assert str(path) in str(caught.value)


def test_a_missing_document_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        profile_with(str(tmp_path / "none.json"))
