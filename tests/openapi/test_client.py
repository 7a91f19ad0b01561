"""`/openapi.client.json`: the document that generators of clients read."""

import json
from typing import Any

import pytest

from mockbot.contract.contract import Contract
from mockbot.jsontext import follow
from mockbot.openapi.client import client_document

Json = dict[str, Any]


def document(answers: Json | None = None, **components: Json) -> Json:
    answers = answers or {"200": {"description": "yes"}}
    info = {"title": "t", "version": "1"}
    operation = {"responses": answers, "servers": [{"url": "http://elsewhere"}]}
    return {"openapi": "3.1.0", "info": info, "paths": {"/a": {"get": operation}}, "components": components}


def schema(given: Json, **others: Json) -> Any:
    """Return a schema as it is in the document for clients."""
    cleaned = client_document(document(schemas={"Thing": given, **others}))
    return next(iter(cleaned["components"]["schemas"].values()))


@pytest.fixture
def astrbot(contract: Contract) -> Json:
    return client_document(json.loads(contract.document.served))


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ({"type": "null"}, {"const": None}),
        ({"type": ["null"]}, {"const": None}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"properties": {"type": {"type": "null"}}}, {"properties": {"type": {"const": None}}}),
        ({"const": "ok"}, {"const": "ok", "type": "string", "enum": ["ok"]}),
        ({"const": 1}, {"const": 1}),
        ({"oneOf": [{"type": "string"}]}, {"anyOf": [{"type": "string"}]}),
        ({"properties": {"links": {"type": "string"}}}, {"properties": {"links": {"type": "string"}}}),
        ({"example": {"type": "null", "links": {}}}, {"example": {"type": "null", "links": {}}}),
    ],
)
def test_schemas(given: Json, cleaned: Json) -> None:
    assert schema(given) == cleaned


@pytest.mark.parametrize(
    ("names", "new"),
    [
        (["Error.Item"], ["ErrorItem"]),
        (["io.k8s.v1.Pod"], ["ioK8sV1Pod"]),
        (["Event.tool_call"], ["EventToolCall"]),
        (["Error.Item", "ErrorItem"], ["ErrorItem2", "ErrorItem"]),
        (["a.b", "a..b"], ["aB", "aB2"]),
        (["snake_case", "kebab-case"], ["snake_case", "kebab-case"]),
    ],
)
def test_names_of_components_have_no_dots(names: list[str], new: list[str]) -> None:
    cleaned = client_document(document(schemas={name: {"title": name} for name in names}))
    assert list(cleaned["components"]["schemas"]) == new
    assert [each["title"] for each in cleaned["components"]["schemas"].values()] == names


def test_references_follow_the_new_names() -> None:
    whole = {"$ref": "#/components/schemas/a.b"}
    part = {"$ref": "#/components/schemas/a%2Eb/properties/c"}
    assert schema({"items": whole, "not": part}, **{"a.b": {}}) == {
        "items": {"$ref": "#/components/schemas/aB"},
        "not": {"$ref": "#/components/schemas/aB/properties/c"},
    }


def test_discriminators_and_security_follow_the_new_names() -> None:
    branches = [{"$ref": f"#/components/schemas/{name}"} for name in ("pet.cat", "pet.dog", "pet.cow")]
    mapping = {"miaow": "pet.cat", "wuff": "#/components/schemas/pet.dog"}
    given = {"oneOf": branches, "discriminator": {"propertyName": "says", "mapping": mapping}}
    assert schema(given, **{"pet.cat": {}, "pet.dog": {}, "pet.cow": {}}) == {
        "oneOf": [{"$ref": f"#/components/schemas/pet{name}"} for name in ("Cat", "Dog", "Cow")],
        "discriminator": {
            "propertyName": "says",
            "mapping": {
                "miaow": "#/components/schemas/petCat",
                "wuff": "#/components/schemas/petDog",
                "pet.cow": "#/components/schemas/petCow",
            },
        },
    }
    secured = {**document(securitySchemes={"api.key": {"type": "http"}}), "security": [{"api.key": []}]}
    assert client_document(secured)["security"] == [{"apiKey": []}]


def test_a_way_of_sending_a_key_that_is_marked_is_left_out() -> None:
    schemes = {"Header": {"type": "http"}, "Query": {"type": "apiKey", "x-mockbot-client": False}}
    cleaned = client_document({**document(securitySchemes=schemes), "security": [{"Header": []}, {"Query": []}]})
    assert list(cleaned["components"]["securitySchemes"]) == ["Header"]
    assert cleaned["security"] == [{"Header": []}]


def test_files_in_forms_are_binary() -> None:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    encoded = {**file, "contentEncoding": "base64"}
    assert schema({"properties": {"a": file, "b": encoded}})["properties"] == {
        "a": {**file, "format": "binary"},
        "b": encoded,
    }


def test_links_and_the_servers_of_single_operations_are_left_out() -> None:
    answers = {"200": {"description": "yes", "links": {"next": {"operationId": "a"}}}}
    cleaned = client_document(document(answers, links={"Next": {"operationId": "a"}}))
    assert cleaned["paths"] == {"/a": {"get": {"responses": {"200": {"description": "yes"}}}}}
    assert cleaned["components"] == {}


def test_what_is_marked_is_left_out_wherever_it_is_referred_to() -> None:
    marked = {"description": "no", "x-mockbot-client": False}
    answers = {
        "200": {"description": "yes", "content": {"text/html": {"x-mockbot-client": False}, "application/json": {}}},
        "404": {"$ref": "#/components/responses/Not.Found"},
        "405": marked,
        "410": {"$ref": "#/components/responses/Gone"},
    }
    cleaned = client_document(document(answers, responses={"Not.Found": marked, "Gone": {"description": "gone"}}))
    responses = cleaned["paths"]["/a"]["get"]["responses"]
    assert list(responses) == ["200", "410"]
    assert list(responses["200"]["content"]) == ["application/json"]
    assert list(cleaned["components"]["responses"]) == ["Gone"]


@pytest.mark.parametrize("key", ["schema", "itemSchema"])
def test_the_schema_of_a_stream_is_that_of_the_data_of_an_event(key: str) -> None:
    event = {"properties": {"data": {"type": "string", "contentSchema": {"type": "integer"}}}}
    given = document({"200": {"description": "yes", "content": {"text/event-stream": {key: event}}}})
    cleaned = client_document({**given, "openapi": "3.2.0"})
    assert cleaned["openapi"] == "3.1.1"
    content = cleaned["paths"]["/a"]["get"]["responses"]["200"]["content"]
    assert content == {"text/event-stream": {"schema": {"type": "integer"}}}


def test_astrbots_document(astrbot: Json) -> None:
    text = json.dumps(astrbot)
    assert '"links"' not in text
    assert '"type": "null"' not in text
    assert not [name for names in astrbot["components"].values() for name in names if "." in name]
    for item in astrbot["paths"].values():
        for operation in item.values():
            assert {"200", "400", "401"} <= operation["responses"].keys()
            assert not {"404", "405", "413"} & operation["responses"].keys()
    chat = astrbot["paths"]["/api/v1/chat"]["post"]["responses"]["200"]["content"]
    assert chat == {"text/event-stream": {"schema": {"$ref": "#/components/schemas/ChatEvent"}}}


def test_every_reference_of_astrbots_document_has_a_target(astrbot: Json) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [each for item in node.values() for each in references(item)]
        return [each for item in node for each in references(item)] if isinstance(node, list) else []

    found = references(astrbot)
    assert found
    assert all(follow(astrbot, reference) is not None for reference in found)
