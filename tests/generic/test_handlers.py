import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.settings import ContractMode
from tests.big_document import big_document
from tests.generic.asking import INFO, MEDIA, Serve, ask, get


@pytest.mark.parametrize(
    ("version", "mode", "paths"),
    [
        ("3.1.0", "enforce", 40),
        ("3.0.3", "observe", 40),
        pytest.param("3.1.0", "observe", 160, marks=pytest.mark.slow),
        pytest.param("3.0.3", "enforce", 160, marks=pytest.mark.slow),
    ],
)
def test_the_responses_of_a_large_document_fit_the_document(
    serve: Serve, version: str, mode: ContractMode, paths: int
) -> None:
    app = serve(big_document(version, paths), contract=mode)
    operations = list(app.profile.contract.operations.by_name.values())
    body = {"page": 1, "size": 10, "total": 1}
    lines = [re.sub(r"\{[^}]*\}", "7", each.name) for each in operations]
    responses = ask(
        app, *((line, body if each.media_types else None) for line, each in zip(lines, operations, strict=True))
    )
    assert len(responses) > 1.9 * paths
    validate = app.profile.contract.validation.response
    assert {response.status_code for response in responses} == {200, 201, 204}
    for operation, response in zip(operations, responses, strict=True):
        assert validate(operation, response.status_code, response.headers.raw, response.content) == []


@pytest.mark.parametrize(
    ("content", "media_type", "body"),
    [
        ({MEDIA: {"schema": {"type": "integer"}, "example": 5}}, MEDIA, b"5\n"),
        ({MEDIA: {"schema": {"type": "integer"}, "examples": {"a": {"value": 6}}}}, MEDIA, b"6\n"),
        ({MEDIA: {"schema": {"type": "integer", "example": 7}}}, MEDIA, b"7\n"),
        ({MEDIA: {"schema": {"type": "integer", "minimum": 8}}}, MEDIA, b"8\n"),
        ({MEDIA: {}}, MEDIA, b"{}\n"),
        ({"text/html": {}, "application/problem+json": {"schema": {"const": 1}}}, "application/problem+json", b"1\n"),
        ({"text/plain": {"schema": {"type": "string", "example": "hi"}}}, "text/plain", b"hi"),
        (
            {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            "application/octet-stream",
            b"a",
        ),
        ({"image/*": {}}, "image/x", b"a"),
        ({"text/event-stream": {"schema": {"const": {"a": 1}}}}, "text/event-stream", b'data: {"a": 1}\n\n' * 3),
        ({"text/event-stream": {"example": "event: x\ndata: 1\n\n"}}, "text/event-stream", b"event: x\ndata: 1\n\n"),
        ({"text/event-stream": {"schema": {"type": "string"}}}, "text/event-stream", b"data: a\n\n" * 3),
    ],
)
def test_a_body_is_an_example_or_the_smallest_that_fits(
    serve: Serve, content: dict[str, Any] | None, media_type: str, body: bytes
) -> None:
    (response,) = ask(serve(get(content)), "GET /v2/a")
    assert (response.status_code, response.headers["content-type"], response.content) == (200, media_type, body)


def test_required_headers_are_sent_and_an_empty_response_has_no_body(serve: Serve) -> None:
    document = get()
    document["paths"]["/v2/a"]["get"]["responses"] = {
        "204": {
            "description": "gone",
            "headers": {
                "X-Left": {
                    "required": True,
                    "schema": {"type": "array", "items": {"type": "integer", "const": 3}, "minItems": 2},
                },
                "X-Name": {"required": True, "schema": {"type": "string"}},
                "X-Other": {"schema": {"type": "string"}},
            },
        }
    }
    (response,) = ask(serve(document), "GET /v2/a")
    assert (response.status_code, response.content) == (204, b"")
    assert (response.headers["x-left"], response.headers["x-name"], response.headers.get("x-other")) == (
        "3,3",
        "a",
        None,
    )
    assert "content-type" not in response.headers


def test_an_example_that_does_not_fit_is_replaced_and_logged_once(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("mockbot"), "propagate", True)
    app = serve(get({MEDIA: {"schema": {"type": "integer"}, "example": "five"}}))
    assert [response.content for response in ask(app, "GET /v2/a", "GET /v2/a")] == [b"0\n", b"0\n"]
    (record,) = caplog.records
    assert "GET /v2/a: the example of its 200 does not fit" in record.getMessage()


def test_an_operation_without_a_possible_response_is_a_501_with_the_reason(serve: Serve) -> None:
    (response,) = ask(serve(get({MEDIA: {"schema": False}})), "GET /v2/a")
    assert (response.status_code, response.headers["content-type"]) == (501, "application/problem+json")
    assert response.json()["detail"] == "mockbot can make no example for GET /v2/a: nothing fits false"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"content": {"multipart/mixed": {"schema": {"type": "object"}}}}, "nothing can be written as multipart/mixed"),
        ({"headers": {"X-A": {"required": True, "example": "a\r\nX-B: c"}}}, "HTTP has no header 'X-A' with the value"),
        ({"headers": {"X A": {"required": True, "example": "a"}}}, "HTTP has no header 'X A' with the value 'a'"),
    ],
)
def test_a_response_that_http_or_a_text_cannot_represent_is_a_501(serve: Serve, response: Any, reason: str) -> None:
    document = get()
    document["paths"]["/v2/a"]["get"]["responses"]["200"] |= response
    for each in response.get("headers", {}).values():
        each["schema"] = {"type": "string"}
    (response,) = ask(serve(document), "GET /v2/a")
    assert response.status_code == 501
    assert response.json()["detail"].startswith(f"mockbot can make no example for GET /v2/a: {reason}")


def test_redirects_defaults_and_ranges_are_successes_when_there_is_no_other(serve: Serve) -> None:
    document = get()
    document["paths"] = {
        f"/{code}": {"get": {"responses": {code: {"description": "ok"}, "404": {"description": "no"}}}}
        for code in ("302", "default", "2XX")
    }
    responses = ask(serve(document), "GET /302", "GET /default", "GET /2XX")
    assert [response.status_code for response in responses] == [302, 200, 200]


def test_with_unhandled_problem_only_operations_without_a_handler_are_a_501(serve: Serve) -> None:
    document = json.loads(json.dumps(get(path="/api/v1/new")))
    document["paths"]["/api/v1/configs"] = {"get": {"responses": {"200": {"description": "ok"}}}}
    app = serve(document, unhandled="problem", astrbot="4.19.4")
    headers = {"X-API-Key": app.key}
    new, configs, unknown = ask(app, "GET /api/v1/new", "GET /api/v1/configs", "GET /api/v1/none", headers=headers)
    assert (new.status_code, new.json()["message"]) == (501, "mockbot has no handler for GET /api/v1/new")
    assert (configs.status_code, configs.json()["status"]) == (200, "ok")
    assert unknown.status_code == 404


def test_a_literal_path_takes_precedence_and_path_parameters_are_validated(serve: Serve) -> None:
    document = get(path="/things/{thing-id}")
    parameter = {"name": "thing-id", "in": "path", "required": True, "schema": {"type": "integer"}}
    document["paths"]["/things/{thing-id}"]["parameters"] = [parameter]
    document["paths"]["/things/fixed"] = get({"text/plain": {}})["paths"]["/v2/a"]
    good, bad, fixed = ask(serve(document), "GET /things/7", "GET /things/x", "GET /things/fixed")
    assert (good.status_code, bad.status_code, fixed.text) == (200, 400, "a")
    assert bad.json()["violations"][0]["in"] == "path"


def test_observe_refuses_only_requests_without_an_operation(serve: Serve) -> None:
    document = get()
    document["paths"]["/v2/a"]["get"]["parameters"] = [
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
    ]
    app = serve(document, contract="observe")
    bad, head, unknown = ask(app, "GET /v2/a?page=x", "HEAD /v2/a?page=1", "GET /v2/b")
    assert (bad.status_code, bad.headers["x-mockbot-violations"], head.status_code, unknown.status_code) == (
        200,
        "1",
        200,
        404,
    )


def test_with_a_version_of_astrbot_its_paths_need_a_key(serve: Serve) -> None:
    app = serve(get(path="/api/v1/new", security=[]), astrbot="4.19.4")
    assert ask(app, "GET /api/v1/new", key=False)[0].status_code == 401


def test_a_document_without_a_version_of_astrbot_has_no_handlers_of_astrbot(serve: Serve) -> None:
    assert ask(serve(get()), "GET /api/v1/im/bots")[0].status_code == 404


def test_a_document_that_is_not_openapi_is_a_user_error(serve: Serve) -> None:
    with pytest.raises(UserError, match="not an OpenAPI"):
        serve({"swagger": "2.0"})


def test_the_log_names_the_parts_of_a_fixture_without_effect(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fixture = tmp_path / "mine.yaml"
    fixture.write_text("keys: [{key: abk_x}]\nbots: [{id: b}]\nsessions: [{session_id: s, creator: ada}]\n")
    serve({**INFO, "paths": {}}, fixture=str(fixture))
    assert caplog.messages == [f"{fixture}:2: without effect when a document is served alone: bots, sessions"]
