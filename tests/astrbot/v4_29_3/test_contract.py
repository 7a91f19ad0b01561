import base64
import json
import re
import tomllib
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockbot import resources, source
from mockbot.astrbot.v4_29_3.order import EventOrder
from mockbot.astrbot.v4_29_3.profile import profile
from mockbot.contract.contract import Contract
from mockbot.contract.events import Events
from mockbot.contract.stream import StreamRules
from mockbot.generic.examples import Example, Examples
from mockbot.jsontext import spaced
from mockbot.openapi import overlay
from mockbot.openapi.client import client_document
from mockbot.openapi.document import add_events, overlaid_document
from mockbot.violation import Violation
from tests.astrbot.v4_29_3.recorded import RESPONSES, STREAMS

FILES = resources.contracts("astrbot-4.29.3")
EVENTS = FILES / "chat-events.schema.json"
CHAT, SEND, FILE = "POST /api/v1/chat", "POST /api/v1/im/messages", "POST /api/v1/file"
JSON_BODY = [(b"content-type", b"application/json")]
SUCCESSES = [name for name, row in RESPONSES.items() if '"status":"ok"' in row.get("body", "")]
ERRORS = [name for name, row in RESPONSES.items() if row.get("body", "").startswith('{"status":"error"')]


@pytest.fixture(scope="module")
def contract() -> Contract:
    document = overlaid_document("astrbot-4.29.3", FILES / "openapi.json", FILES / "overlay.yaml", EVENTS)
    rules = StreamRules(Events(json.loads(EVENTS.read_bytes())), EventOrder)
    return Contract.of(document, chat=CHAT, rules=rules, integer=int)


def violations(contract: Contract, row: dict[str, Any], body: bytes) -> list[Violation]:
    headers = [(name.encode(), value.encode()) for name, value in row["headers"].items()]
    return contract.validation.response(contract.operations.by_name[row["operation"]], row["status"], headers, body)


def stream(row: dict[str, Any]) -> bytes:
    return "".join(f"data: {spaced(event)}\n\n" for event in row["events"]).encode()


def test_the_published_document_is_not_changed(contract: Contract) -> None:
    published = (FILES / "openapi.json").read_bytes()
    assert len(published) == 215832  # BEHAVIOUR.md 12
    assert contract.document.upstream_bytes == published


def test_the_effective_contract_is_valid_openapi(contract: Contract) -> None:
    for document in (contract.document.effective, client_document(contract.document.effective)):
        assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_action_of_the_overlay_has_a_source_and_one_effect() -> None:
    laid: Any = source.load(FILES / "overlay.yaml").value
    sections = set(re.findall(r"^##+ (\d+(?:\.\d+)?)", (FILES / "BEHAVIOUR.md").read_text("utf-8"), re.MULTILINE))
    for action in laid["actions"][2:]:
        assert set(action) in ({"target", "description", "update"}, {"target", "description", "remove"})
        cited = re.search(r"BEHAVIOUR\.md ([\d., and]+)|\([a-z]+_\w+", action["description"])
        assert cited is not None, action["description"]
        assert set(re.findall(r"\d+(?:\.\d+)?", cited[1] or "")) <= sections


def test_the_overlay_does_not_repeat_what_a_newer_document_says() -> None:
    newer = json.loads((FILES / "openapi.json").read_bytes())
    username = {"name": "username", "in": "query", "required": True, "schema": {"type": "string"}}
    newer["paths"]["/api/v1/chat/sessions"]["get"]["parameters"] = [username]
    newer["paths"]["/api/v1/chat"]["post"]["security"] = [{"Key": []}]
    newer["paths"]["/api/v1/configs"] = {"get": {"operationId": "own", "responses": {"200": {"description": "ok"}}}}
    newer["components"]["securitySchemes"] = {"Key": {"type": "http", "scheme": "bearer"}}
    newer["components"]["schemas"]["ImMessageRequest"]["required"] = ["umo", "message"]
    effective = overlay.apply(source.load(FILES / "overlay.yaml"), newer)
    add_events(effective, EVENTS)
    assert [error.message for error in OpenAPIV31SpecValidator(effective).iter_errors()] == []
    assert effective["paths"]["/api/v1/chat/sessions"]["get"]["parameters"] == [username]
    assert effective["paths"]["/api/v1/chat"]["post"]["security"] == [{"Key": []}]
    assert effective["paths"]["/api/v1/configs"]["get"]["operationId"] == "own"


def test_every_operation_describes_the_errors_of_astrbot_and_mockbot(contract: Contract) -> None:
    assert len(contract.operations.by_name) == 323
    for operation in contract.operations.by_name.values():
        expected = {"200", "400", "401", "403", "404", "405", "413", "500"}
        expected |= {"411"} if operation.method in ("POST", "PUT", "PATCH") else set()
        expected |= {"415"} if operation.media_types else set()
        assert expected <= set(operation.definition["responses"])
    for name in ("GET /api/v1/configs", "POST /api/v1/im/message"):  # the document leaves them out
        assert contract.operations.by_name[name].operation_id


def test_operations_with_a_scope_need_a_key(contract: Contract) -> None:
    schemes = contract.document.effective["components"]["securitySchemes"]
    assert [scheme.get("name", "bearer") for scheme in schemes.values()] == [
        "X-API-Key", "bearer", "Authorization", "api_key", "key",
    ]  # fmt: skip
    for operation in contract.operations.by_name.values():
        needed: Any = [{name: []} for name in schemes] if "x-astrbot-scope" in operation.definition else None
        assert operation.definition.get("security") == needed


@pytest.mark.parametrize("name", RESPONSES)
def test_recorded_responses_have_no_violations(contract: Contract, name: str) -> None:
    row = RESPONSES[name]
    body = base64.b64decode(row["base64"]) if "base64" in row else row["body"].encode()
    assert violations(contract, row, body) == []


@pytest.mark.parametrize("name", STREAMS)
def test_recorded_streams_have_no_violations(contract: Contract, name: str) -> None:
    assert violations(contract, STREAMS[name], stream(STREAMS[name])) == []
    validator = contract.stream(contract.operations.by_name[CHAT])
    assert validator is not None
    assert validator.validate(stream(STREAMS[name]), over=True) == []


def test_the_recorded_streams_have_nearly_every_kind_of_event() -> None:
    schema = json.loads(EVENTS.read_bytes())
    known = {branch["$ref"].rpartition("/")[2] for branch in schema["oneOf"]}
    events = [event for row in STREAMS.values() for event in row["events"]]
    seen = {event["type"] for event in events} | {event["chain_type"] for event in events if event.get("chain_type")}
    seen |= {"complete_push" for event in events if event["type"] == "complete" and "chain_type" in event}
    assert known - seen == {"error"}  # only read in AstrBot's source
    assert seen <= known


@pytest.mark.parametrize("name", SUCCESSES)
def test_a_success_without_data_is_noticed(contract: Contract, name: str) -> None:
    row = RESPONSES[name]
    value = json.loads(row["body"])
    for wrong in ({**value, "data": 5}, {key: value[key] for key in ("status", "message")}, {**value, "status": "no"}):
        assert violations(contract, row, json.dumps(wrong).encode()) != []
    for key in value["data"] if isinstance(value["data"], dict) else ():
        data = {other: value["data"][other] for other in value["data"] if other != key}
        assert violations(contract, row, json.dumps({**value, "data": data}).encode()) != []


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in ERRORS
        if not name.startswith(("list_plugin_none", "smsg_thread", "fs_get", "fs_path", "fs_name"))
    ],
)
def test_an_error_of_astrbot_has_no_data(contract: Contract, name: str) -> None:
    value = json.loads(RESPONSES[name]["body"])
    assert violations(contract, RESPONSES[name], json.dumps(value | {"data": None}).encode()) != []
    assert violations(contract, RESPONSES[name], json.dumps(value | {"message": None}).encode()) != []


def test_an_example_is_a_success(contract: Contract) -> None:
    examples = Examples(contract.document, contract.validation)
    for name in SUCCESSES:
        found = examples.of(contract.operations.by_name[RESPONSES[name]["operation"]])
        assert isinstance(found, Example)
        assert json.loads(found.body)["status"] == "ok"


def test_refusals_of_mockbot_have_violations(contract: Contract) -> None:
    violation = Violation("request", "body", "/username", "required", "`username` is required").as_json()
    refused = {"status": "error", "message": "no", "data": {"violations": [violation]}}
    for operation in contract.operations.by_name.values():
        for status in (400, 404, 413, 500):
            found = contract.validation.response(operation, status, JSON_BODY, json.dumps(refused).encode())
            assert found == []
    chat = contract.operations.by_name[CHAT]
    empty = json.dumps(refused | {"data": {"violations": []}}).encode()
    assert contract.validation.response(chat, 400, JSON_BODY, empty) != []


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (CHAT, {"username": "a", "message": "hi", "flags": {"more": 1}, "more": 1}, []),
        (CHAT, {"username": "a", "files": [{"type": "image", "attachment_id": "i"}]}, []),
        (CHAT, {"message": 5}, [("/message", "type"), ("/username", "required")]),
        (CHAT, {"username": "a"}, [("/message", "required")]),
        (CHAT, {"username": None, "message": "hi"}, [("/username", "type")]),
        (SEND, {"umo": "webchat:FriendMessage:a:b", "message": [{"type": "plain", "text": "hi"}]}, []),
        (SEND, {"umo": "webchat:Message:a", "message": "hi"}, [("/umo", "pattern")]),
        (SEND, {"umo": "webchat:FriendMessage:a"}, [("/message", "required")]),
        ("POST /api/v1/files/upload/init", {"filename": "a", "total_size": 0}, [("/total_size", "minimum")]),
        ("POST /api/v1/chat/sessions/batch-delete", {"session_ids": []}, [("/session_ids", "minItems")]),
    ],
)  # fmt: skip
def test_requests(contract: Contract, name: str, body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    operation = contract.operations.by_name[name]
    found = contract.validation.request(operation, b"", JSON_BODY, json.dumps(body).encode())
    assert [(each.at, each.rule) for each in found] == expected


def test_the_list_of_sessions_needs_a_username(contract: Contract) -> None:
    operation = contract.operations.by_name["GET /api/v1/chat/sessions"]
    assert contract.validation.request(operation, b"username=alice&page=2", [], b"") == []
    found = contract.validation.request(operation, b"page=0", [], b"")
    assert [(each.at, each.rule) for each in found] == [("/username", "required"), ("/page", "minimum")]


def test_a_file_of_json_can_be_uploaded(contract: Contract) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n'
        b'Content-Type: application/json\r\n\r\n{"a": 1}\r\n--b--\r\n'
    )
    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    assert contract.validation.request(contract.operations.by_name[FILE], b"", headers, body) == []


def test_the_two_kinds_of_complete_are_distinguished() -> None:
    events = Events(json.loads(EVENTS.read_bytes()))
    whole: dict[str, Any] = {
        "type": "complete",
        "data": "",
        "streaming": True,
        "message_id": "39daae98-ad9f-40b0-9019-b4144ee99d72",
    }

    def at(event: dict[str, Any]) -> list[str]:
        return [each.at for each in events.check(event)]

    assert at(whole | {"reasoning": ""}) == at(whole | {"chain_type": None}) == []
    assert at(whole) == at(whole | {"chain_type": None, "reasoning": ""}) == ["/reasoning"]
    (unknown,) = events.check(whole | {"chain_type": "thought"})
    assert unknown.message == '`chain_type` must be one of null; got "thought"'


def test_the_settings_for_schemathesis_name_the_operations_that_answer_400() -> None:
    (group,) = tomllib.loads((FILES / "schemathesis.toml").read_text("utf-8"))["operations"]
    assert set(group["include-name"]) == profile().refusing
    assert 400 in group["checks"]["positive_data_acceptance"]["expected-statuses"]
