from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.generic.asking import Serve, ask, get
from tests.generic.test_security import SCHEMES


def test_a_refusal_is_a_problem_that_the_document_need_not_describe(serve: Serve) -> None:
    document = get(security=[{"Key": []}])
    document["paths"]["/v2/a"]["get"]["parameters"] = [
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
    ]
    app = serve({**document, "components": {"securitySchemes": SCHEMES}})
    (unauthorized,) = ask(app, "GET /v2/a?page=1", key=False)
    bad, unknown, method = ask(app, "GET /v2/a?page=x", "GET /v2/b", "POST /v2/a?page=1")
    refused = [unauthorized, bad, unknown, method]
    assert [each.status_code for each in refused] == [401, 400, 404, 405]
    assert {each.headers["content-type"] for each in refused} == {"application/problem+json"}
    assert [each.get("in") for each in bad.json()["violations"]] == ["query"]
    assert method.headers["allow"] == "GET, HEAD, OPTIONS"
    (served,) = ask(app, "GET /openapi.json")
    assert served.json() == {**document, "servers": [{"url": "http://t"}], "components": {"securitySchemes": SCHEMES}}


WRONG = '`page` must be an integer, got "x"'
PAGE = [{"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}]
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def wanting_a_page(responses: dict[str, Any]) -> dict[str, Any]:
    document = get(parameters=PAGE)
    document["paths"]["/v2/a"]["get"]["responses"] |= {
        code: {"description": "no", **({} if schema is None else {"content": {"application/json": {"schema": schema}}})}
        for code, schema in responses.items()
    }
    return document


def an(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*required], "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("responses", "status", "body"),
    [
        ({"400": an("message", message=STRING)}, 400, {"message": WRONG}),
        ({"400": an(message=STRING)}, 400, {"message": WRONG}),
        ({"422": an(detail=STRING)}, 422, {"detail": WRONG}),
        ({"422": an(msg=STRING), "400": an(message=STRING)}, 400, {"message": WRONG}),
        ({"4XX": an(message=STRING)}, 400, {"message": WRONG}),
        ({"default": an(message=STRING)}, 400, {"message": WRONG}),
        ({"default": an(message=STRING), "4XX": an(error=STRING)}, 400, {"error": WRONG}),
        (
            {"400": an("error", error=an("code", "message", code=INTEGER, message=STRING))},
            400,
            {"error": {"code": 400, "message": WRONG}},
        ),
        (
            {"400": an("errors", errors={"type": "array", "items": an("message", message=STRING)})},
            400,
            {"errors": [{"message": WRONG}]},
        ),
        ({"400": an("status", "title", status=INTEGER, title=STRING)}, 400, {"status": 400, "title": WRONG}),
        ({"400": an("message", message={**STRING, "maxLength": 10})}, 400, {"message": WRONG[:10]}),
        (
            {"400": an("error", "message", error={"enum": ["bad"]}, message=STRING)},
            400,
            {"error": "bad", "message": WRONG},
        ),
        ({"400": STRING}, 400, WRONG),
        ({"400": an("code", code=INTEGER), "default": an("code", code=INTEGER)}, 400, {"code": 0}),
    ],
)
def test_a_refusal_is_what_the_document_describes(serve: Serve, responses: Any, status: int, body: Any) -> None:
    (refused,) = ask(serve(wanting_a_page(responses)), "GET /v2/a?page=x")
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/json")
    assert refused.json() == body


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ({}, 400),
        ({"404": an("message", message=STRING)}, 400),
        ({"400": an("code", code=INTEGER)}, 422),
        ({"400": None}, 400),
    ],
)
def test_a_refusal_is_a_problem_where_the_document_has_no_place_for_the_message(
    serve: Serve, responses: Any, status: int
) -> None:
    (refused,) = ask(serve(wanting_a_page(responses)), "GET /v2/a?page=x")
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert (refused.json()["status"], refused.json()["detail"]) == (status, WRONG)
    assert [each["at"] for each in refused.json()["violations"]] == ["/page"]


@pytest.mark.parametrize(
    ("media_type", "schema", "text"),
    [
        ("text/plain", STRING, WRONG),
        ("application/octet-stream", STRING, WRONG),
        ("application/xml", an(message=STRING), f"<root><message>{WRONG}</message></root>"),
        ("application/problem+json", {"type": "object"}, '"violations":[{"in":"query"'),
        ("application/json", {"type": "object"}, '"violations":[{"in":"query"'),
    ],
)
def test_a_refusal_is_written_in_the_media_type_of_the_document(
    serve: Serve, media_type: str, schema: Any, text: str
) -> None:
    document = wanting_a_page({"400": STRING})
    document["paths"]["/v2/a"]["get"]["responses"]["400"]["content"] = {media_type: {"schema": schema}}
    (refused,) = ask(serve(document), "GET /v2/a?page=x")
    assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (400, media_type)
    assert text in refused.text


def test_a_range_of_statuses_keeps_each_status_apart(serve: Serve) -> None:
    document = wanting_a_page({"4XX": an("code", code=INTEGER), "default": an("code", code=INTEGER)})
    document["paths"]["/v2/a"]["get"]["security"] = [{"Key": []}]
    app = serve({**document, "components": {"securitySchemes": SCHEMES}})
    refused = [*ask(app, "GET /v2/a?page=x"), *ask(app, "GET /v2/a?page=x", key=False)]
    assert [(each.status_code, each.json()) for each in refused] == [(400, {"code": 0}), (401, {"code": 0})]


def test_head_is_get_without_a_body_and_options_lists_the_methods(serve: Serve) -> None:
    app = serve(get({"application/json": {"example": {"a": 1}}}))
    head, options, trace, unknown = ask(app, "HEAD /v2/a", "OPTIONS /v2/a", "TRACE /v2/a", "OPTIONS /v2/b")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "8")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert (trace.status_code, trace.headers["allow"], unknown.status_code) == (405, "GET, HEAD, OPTIONS", 404)
    assert "x-mockbot-violations" not in options.headers.keys() | head.headers.keys()


def test_options_of_the_whole_server_lists_the_methods_of_all_paths(serve: Serve) -> None:
    document = get()
    document["paths"]["/v2/b"] = {"delete": {"responses": {"204": {"description": "gone"}}}}
    app = serve(document)

    async def at_the_server(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": "*", "raw_path": b"*"} if scope["type"] == "http" else scope, receive, send)

    allowed, other = ask(at_the_server, "OPTIONS /", "GET /")
    assert (allowed.status_code, allowed.headers["allow"]) == (204, "GET, DELETE, HEAD, OPTIONS")
    assert (other.status_code, other.json()["violations"][0]["in"]) == (404, "route")


NOTHING = {"oneOf": [{"type": "object"}, {"type": "object"}]}
"""A schema that no value fits."""


@pytest.mark.parametrize(
    ("responses", "statuses"),
    [
        ({"401": NOTHING}, [403, 400]),
        ({"401": NOTHING, "403": NOTHING}, [400, 400]),
        ({"400": NOTHING, "422": NOTHING}, [401, 400]),
        ({"default": NOTHING}, [401, 400]),
        ({"4XX": NOTHING}, [401, 400]),
    ],
)
def test_a_response_that_cannot_exist_is_no_server_error(serve: Serve, responses: Any, statuses: list[int]) -> None:
    document = wanting_a_page(responses)
    document["paths"]["/v2/a"]["get"]["security"] = [{"Key": []}]
    app = serve({**document, "components": {"securitySchemes": SCHEMES}})
    refused = [*ask(app, "GET /v2/a?page=1", key=False), *ask(app, "GET /v2/a?page=x")]
    assert [each.status_code for each in refused] == statuses
    assert [each.json()["detail"] for each in refused] == ["Missing API key", WRONG]
    assert refused[0].headers["www-authenticate"] == 'ApiKey realm="Key"'


def test_an_answer_that_cannot_exist_has_a_reason_also_where_the_document_has_a_default(serve: Serve) -> None:
    error = {"description": "no", "content": {"application/json": {"schema": an(message=STRING)}}}
    document = get({"application/json": {"schema": NOTHING}})
    document["paths"]["/v2/a"]["get"]["responses"]["default"] = error
    (answer,) = ask(serve(document), "GET /v2/a")
    assert (answer.status_code, "the same branch twice" in answer.json()["detail"]) == (501, True)
    (answer,) = ask(serve(document, unhandled="problem"), "GET /v2/a")
    assert (answer.status_code, "no handler" in answer.json()["detail"]) == (501, True)
