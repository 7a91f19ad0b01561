from pathlib import Path
from typing import Any

import pytest

from tests.generic.asking import Serve, ask, get

NOT_BASIC = "Invalid credentials: the Authorization header has no Basic credentials"
SCHEMES = {
    "Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Basic": {"type": "http", "scheme": "basic"},
    "Query": {"type": "apiKey", "in": "query", "name": "token"},
    "Cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "OAuth": {"type": "oauth2", "flows": {}},
    "Token": {"type": "apiKey", "in": "header", "name": "Authorization"},
}


@pytest.mark.parametrize(
    ("security", "line", "headers", "status"),
    [
        ([], "GET /v2/a", {}, 200),
        ([{}, {"Key": []}], "GET /v2/a", {}, 200),
        ([{"Key": []}], "GET /v2/a", {}, 401),
        ([{"Key": []}], "GET /v2/a", {"X-API-Key": "any"}, 200),
        ([{"Key": []}, {"Bearer": []}], "GET /v2/a", {"Authorization": "Bearer any"}, 200),
        ([{"Key": [], "Basic": []}], "GET /v2/a", {"X-API-Key": "any"}, 401),
        ([{"Basic": []}], "GET /v2/a", {"Authorization": "Basic eDp5"}, 200),
        ([{"OAuth": []}], "GET /v2/a", {"Authorization": "Bearer any"}, 200),
        ([{"OAuth": []}], "GET /v2/a", {"Authorization": "Bearer "}, 401),
        ([{"Query": []}], "GET /v2/a?token=x", {}, 200),
        ([{"Query": []}], "GET /v2/a?token=", {}, 401),
        ([{"Cookie": []}], "GET /v2/a", {"Cookie": "sid=x"}, 200),
        ([{"Cookie": []}], "GET /v2/a", {}, 401),
        # a request has one Authorization header, so it fulfils one of the schemes that use it
        ([{"Token": [], "Bearer": []}], "GET /v2/a", {"Authorization": "Token any"}, 200),
        ([{"Token": [], "Bearer": []}], "GET /v2/a", {"Authorization": "Bearer any"}, 200),
        ([{"Token": [], "Bearer": []}], "GET /v2/a", {}, 401),
        ([{"Key": [], "Basic": [], "OAuth": []}], "GET /v2/a", {"X-API-Key": "a", "Authorization": "Bearer b"}, 200),
        ([{"Key": [], "Basic": [], "OAuth": []}], "GET /v2/a", {"Authorization": "Bearer b"}, 401),
        ([{"Key": [], "Basic": [], "OAuth": []}], "GET /v2/a", {"X-API-Key": "a"}, 401),
    ],
)
def test_authentication_follows_the_document(
    serve: Serve, security: Any, line: str, headers: dict[str, str], status: int
) -> None:
    app = serve({**get(security=security), "components": {"securitySchemes": SCHEMES}})
    (response,) = ask(app, line, key=False, headers=headers)
    assert response.status_code == status


@pytest.mark.parametrize(("key", "status"), [("good", 200), ("wrong", 401)])
def test_a_fixture_with_keys_accepts_no_other_key(serve: Serve, tmp_path: Path, key: str, status: int) -> None:
    (tmp_path / "keys.yaml").write_text("keys: [{key: good}]")
    document = {**get(security=[{"Key": []}]), "components": {"securitySchemes": SCHEMES}}
    app = serve(document, fixture=str(tmp_path / "keys.yaml"))
    assert ask(app, "GET /v2/a", headers={"X-API-Key": key})[0].status_code == status
    (entry,) = app.worlds.get("default").journal
    assert entry.refused == (
        "" if status == 200 else "unknown key ***; the world default has the keys of the fixture keys"
    )
    (missing,) = ask(app, "GET /v2/a", key=False)
    assert missing.status_code == 401
    assert list(app.worlds.get("default").journal)[-1].refused == "Missing API key"


@pytest.mark.parametrize(
    ("scheme", "headers", "status"),
    [
        ("Bearer", {"Authorization": "Bearer good"}, 200),
        ("Bearer", {"Authorization": "Bearer wrong"}, 401),
        ("OAuth", {"Authorization": "Bearer good"}, 200),
        ("OAuth", {"Authorization": "Bearer wrong"}, 401),
        ("Cookie", {"Cookie": "sid=good"}, 200),
        ("Cookie", {"Cookie": "sid=wrong"}, 401),
        ("Token", {"Authorization": "good"}, 200),
        ("Token", {"Authorization": "Token good"}, 200),
        ("Token", {"Authorization": "Token wrong"}, 401),
        ("Basic", {"Authorization": "Basic YWRhOmdvb2Q="}, 200),  # ada:good
        ("Basic", {"Authorization": "Basic YWRhOndyb25n"}, 401),  # ada:wrong
    ],
)
def test_the_keys_of_a_fixture_are_valid_in_every_scheme(
    serve: Serve, tmp_path: Path, scheme: str, headers: dict[str, str], status: int
) -> None:
    (tmp_path / "keys.yaml").write_text("keys: [{key: good}]")
    document = {**get(security=[{scheme: []}]), "components": {"securitySchemes": SCHEMES}}
    app = serve(document, fixture=str(tmp_path / "keys.yaml"))
    assert ask(app, "GET /v2/a", key=False, headers=headers)[0].status_code == status


@pytest.mark.parametrize("text", ["", "not-base64!", "eA==", "bm8gY29sb24="])
def test_a_basic_credential_is_a_user_and_a_password_in_base64(serve: Serve, text: str) -> None:
    app = serve({**get(security=[{"Basic": []}]), "components": {"securitySchemes": SCHEMES}})
    assert ask(app, "GET /v2/a", headers={"Authorization": f"Basic {text}"})[0].status_code == 401


def test_a_401_names_the_schemes_and_is_what_the_document_describes(serve: Serve) -> None:
    document = get(security=[{"Key": []}, {"Basic": [], "Bearer": []}])
    schema = {
        "type": "object",
        "required": ["msg"],
        "properties": {"msg": {"type": "string"}, "n": {"type": "integer"}},
    }
    document["paths"]["/v2/a"]["get"]["responses"]["4XX"] = {
        "description": "no",
        "content": {"application/json": {"schema": schema}},
    }
    (refused,) = ask(serve({**document, "components": {"securitySchemes": SCHEMES}}), "GET /v2/a", key=False)
    assert (refused.status_code, refused.json()) == (401, {"msg": "Missing API key"})
    assert refused.headers["www-authenticate"] == 'ApiKey realm="Key", Basic realm="Basic", Bearer realm="Bearer"'


def test_a_scheme_that_http_does_not_carry_is_ignored(serve: Serve) -> None:
    schemes = {"TLS": {"type": "mutualTLS"}}
    app = serve({**get(security=[{"TLS": []}]), "components": {"securitySchemes": schemes}})
    assert ask(app, "GET /v2/a", key=False)[0].status_code == 200


@pytest.mark.parametrize(
    ("scheme", "headers", "message"),
    [
        ("Key", {}, "Missing API key"),
        ("Bearer", {}, "Missing bearer token"),
        ("OAuth", {}, "Missing bearer token"),
        ("Basic", {}, "Missing Basic credentials"),
        (
            "Basic",
            {"Authorization": "Bearer x"},
            "Invalid credentials: the Authorization header has no Basic credentials",
        ),
        (
            "Basic",
            {"Authorization": "Basic !"},
            "Invalid credentials: the Authorization header has no Basic credentials",
        ),
    ],
)
def test_a_refusal_says_what_is_missing(serve: Serve, scheme: str, headers: dict[str, str], message: str) -> None:
    app = serve({**get(security=[{scheme: []}]), "components": {"securitySchemes": SCHEMES}})
    (response,) = ask(app, "GET /v2/a", key=False, headers=headers)
    assert response.json()["detail"] == message
