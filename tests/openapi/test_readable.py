import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.generic.document import own_document
from mockbot.generic.profile import profile
from mockbot.openapi import bundle
from mockbot.openapi.upgrade import upgraded

INFO: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
THING = "type: object\nrequired: [id]\nproperties:\n  id: {type: integer}\n  next: {$ref: 'thing.yaml'}\n"


def of(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**INFO, "paths": paths, **more}


def written(path: Path, value: Any) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def response(schema: Any, media_type: str = "application/json") -> dict[str, Any]:
    return {"get": {"responses": {"200": {"description": "ok", "content": {media_type: {"schema": schema}}}}}}


def test_a_document_is_served_as_its_author_wrote_it(tmp_path: Path) -> None:
    text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: {200: {description: ok}}}}}\n"
    document = own_document(written(tmp_path / "spec.yaml", text))
    assert {*document.effective["paths"]["/a"]["get"]["responses"]} == {"200"}
    assert json.loads(document.served)["openapi"] == "3.0.3"
    assert document.upstream_bytes == text.encode()
    spaced = json.dumps(of({"/a": response({"type": "string"})}), indent=4)
    assert own_document(written(tmp_path / "spec.json", spaced)).served == spaced.encode()


def test_references_to_files_beside_the_document_are_bundled(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    written(tmp_path / "parts" / "thing.yaml", THING)
    written(tmp_path / "parts" / "paths.yaml", json.dumps({"a/b": response({"$ref": "thing.yaml"})}))
    spec = written(tmp_path / "spec.json", of({"/a": {"$ref": "parts/paths.yaml#/a~1b"}}))
    contract = profile(spec).contract
    validate = contract.validation.response
    headers = [(b"content-type", b"application/json")]
    operation = contract.operations.by_name["GET /a"]
    assert validate(operation, 200, headers, b'{"id": 1, "next": {"id": 2}}') == []
    assert [each.at for each in validate(operation, 200, headers, b'{"id": 1, "next": {"id": "x"}}')] == ["/next/id"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("../outside.json", "leads out of the document's folder"),
        ("/etc/passwd", "leads out of the document's folder"),
        ("https://example.com/thing.json", "only files beside the document are read"),
        ("missing.json", "cannot be read"),
    ],
)
def test_other_references_are_rejected(tmp_path: Path, reference: str, message: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    written(tmp_path / "outside.json", {"type": "string"})
    with pytest.raises(UserError, match=message):
        own_document(written(folder / "spec.json", of({"/a": response({"$ref": reference})})))


def test_a_reference_in_data_is_not_followed(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "example": {"$ref": "https://example.com"},
        "properties": {"example": {"$ref": "#/x-s"}},
    }
    document = own_document(written(tmp_path / "s.json", of({"/a": response(schema)}, **{"x-s": {"type": "string"}})))
    content = document.effective["paths"]["/a"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == schema


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"maximum": 0, "exclusiveMaximum": True, "minimum": 0}, {"exclusiveMaximum": 0, "minimum": 0}),
        ({"exclusiveMaximum": True, "exclusiveMinimum": False}, {}),
        ({"$ref": "#/a", "description": "ignored"}, {"$ref": "#/a"}),
        (
            {"required": ["a", "b"], "properties": {"a": {"writeOnly": True}, "b": {}}},
            {"required": ["a", "b"], "properties": {"a": {"writeOnly": True}, "b": {}}},
        ),
    ],
)
def test_openapi_3_0_is_converted_to_3_1(old: Any, new: Any) -> None:
    assert upgraded({"openapi": "3.0.3", "components": {"schemas": {"S": old}}}) == {
        "openapi": "3.1.0",
        "components": {"schemas": {"S": new}},
    }


@pytest.fixture
def url() -> Iterator[str]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/spec.json"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(of({"/a": response({"type": "string"})})).encode() if found else b"")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_document_is_fetched_from_a_url(url: str) -> None:
    assert "/a" in own_document(f"{url}/spec.json").effective["paths"]
    with pytest.raises(UserError, match=r"none.json: cannot be fetched: HTTP Error 404: Not Found$"):
        own_document(f"{url}/none.json")


def test_the_document_is_all_that_is_fetched_from_a_url() -> None:
    asked: list[str] = []
    references = ["thing.json", "/thing.json", "parts/../thing.json", "//127.0.0.1/thing.json", "file:///etc/hostname"]

    class Referring(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            others = [*references, f"http://{self.headers['Host']}/thing.json"]
            document = of({"/a": response({"oneOf": [{"$ref": each} for each in others]})})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Referring) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with pytest.raises(UserError, match="only files beside the document are read"):
            own_document(f"http://127.0.0.1:{server.server_port}/spec.json")
        server.shutdown()
        thread.join()
    assert asked == ["/spec.json"]


def test_the_files_of_a_document_have_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1000)
    for number in range(5):
        written(tmp_path / f"{number}.json", {"type": "string", "description": "x" * 300})
    references = [{"$ref": f"{number}.json"} for number in range(5)]
    with pytest.raises(UserError, match="its files are larger than 1000 bytes together"):
        own_document(written(tmp_path / "spec.json", of({"/a": response({"oneOf": references})})))


@pytest.mark.parametrize("spec", ["http://127.0.0.1:1/spec", "http://[", "https://me:secret@127.0.0.1:1/"])
def test_an_unusable_url_is_one_line_without_its_password(spec: str) -> None:
    with pytest.raises(UserError, match="cannot be fetched") as caught:
        own_document(spec)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("form", "good", "bad"), [("byte", "YWJj", "\u00e9"), ("byte", "", "YQ"), ("time", "12:00:00Z", "12:00:00")]
)
def test_formats_follow_their_standards(tmp_path: Path, form: str, good: str, bad: str) -> None:
    schema = {"type": "string", "format": form}
    contract = profile(written(tmp_path / "spec.json", of({"/a": response(schema)}))).contract
    found = [
        contract.validation.response(
            contract.operations.by_name["GET /a"],
            200,
            [(b"content-type", b"application/json")],
            json.dumps(text).encode(),
        )
        for text in (good, bad)
    ]
    assert [[each.rule for each in violations] for violations in found] == [[], ["format"]]


@pytest.mark.parametrize(
    "damage",
    [
        {"paths": []},
        {"paths": {"/a": []}},
        {"components": []},
        {"paths": {"/a": {"get": []}}},
        {"paths": {"/a": {"get": None}}},
        {"paths": {"/a": {"$ref": "#/nowhere"}}},
    ],
)
def test_a_document_that_cannot_be_served_is_a_user_error(tmp_path: Path, damage: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"spec.json:1: "):
        own_document(written(tmp_path / "spec.json", {**INFO, **damage}))
