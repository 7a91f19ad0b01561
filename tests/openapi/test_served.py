"""The documents that a server hands out, and the address in their `servers`."""

import json
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from mockbot.openapi.document import Document
from mockbot.openapi.served import Documents
from tests.conftest import make_client

pytestmark = pytest.mark.anyio
FORMS = ("/openapi.json", "/openapi.client.json", "/openapi.3.2.json")
OWN = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://a.example/v1"}]}


async def ask(path: str, document: dict[str, Any] | bytes = OWN, method: str = "GET", **scope: Any) -> Any:
    """Ask the layer for a document; return the status, the headers and the body."""
    served = document if isinstance(document, bytes) else json.dumps(document).encode()
    layer = Documents(app, Document(served, json.loads(served), served))
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the request was read")

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"type": "http", "method": method, "path": path, "headers": [(b"host", b"127.0.0.1:6185")], **scope}
    await layer(given, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the request was passed on")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("scope", "url"),
    [
        ({}, "http://127.0.0.1:6185"),
        ({"scheme": "https"}, "https://127.0.0.1:6185"),
        ({"root_path": "/w/blue"}, "http://127.0.0.1:6185/w/blue"),
        ({"root_path": "/mounted here/w/blue"}, "http://127.0.0.1:6185/mounted%20here/w/blue"),
        ({"headers": [(b"host", b"[::1]:80")]}, "http://[::1]:80"),
        ({"headers": []}, "/"),
        ({"headers": [], "root_path": "/w/blue"}, "/w/blue"),
        ({"headers": [(b"host", b'a"b')]}, "/"),
        ({"headers": [(b"host", b"a/b?c")]}, "/"),
    ],
)
async def test_servers_is_the_address_that_was_asked(path: str, scope: dict[str, Any], url: str) -> None:
    status, headers, body = await ask(path, **scope)
    assert (status, headers[b"content-type"]) == (200, b"application/json")
    assert json.loads(body)["servers"] == [{"url": url}]


async def test_nothing_but_servers_is_changed_in_a_document_of_the_users_own() -> None:
    for given in (OWN, {key: value for key, value in OWN.items() if key != "servers"}):
        body = (await ask("/openapi.json", {**given, "x-last": "é"}))[2]
        found = json.loads(body)
        assert list(found) == ["openapi", "info", "servers", "x-last"]
        assert found == {**given, "servers": [{"url": "http://127.0.0.1:6185"}], "x-last": "é"}


async def test_the_published_document_stays_byte_for_byte() -> None:
    assert (await ask("/openapi.upstream.json", b' {"servers":\n[ ]}'))[2] == b' {"servers":\n[ ]}'


async def test_worlds_have_addresses_of_their_own() -> None:
    client = make_client()
    for prefix in ("", "/w/one", "/w/two"):
        reply = await client.get(f"{prefix}/openapi.client.json", headers=[("host", "127.0.0.1:6185")])
        assert reply.json["servers"] == [{"url": f"http://127.0.0.1:6185{prefix}"}]


async def test_the_contract_in_openapi_3_2_has_a_schema_for_each_event() -> None:
    reply = await make_client().get("/openapi.3.2.json", headers=[])
    assert reply.json["openapi"] == "3.2.0"
    content = reply.json["paths"]["/api/v1/chat"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    assert list(content) == ["itemSchema"]
    assert content["itemSchema"]["properties"]["data"]["contentSchema"] == {"$ref": "#/components/schemas/ChatEvent"}
    assert (content["itemSchema"]["type"], content["itemSchema"]["required"]) == ("object", ["data"])


async def test_links_have_their_request_bodies_in_openapi_3_2_alone() -> None:
    """openapi-generator takes the request body of a link only as text; OpenAPI allows any value."""
    client = make_client()
    found = {}
    for path in ("/openapi.json", "/openapi.3.2.json"):
        document = (await client.get(path, headers=[])).json
        found[path] = document["paths"]["/api/v1/file"]["post"]["responses"]["200"]["links"]["chatWithFile"]
    assert found["/openapi.json"] == {"operationId": "chat"}
    assert found["/openapi.3.2.json"]["requestBody"]["username"] == "alice"
