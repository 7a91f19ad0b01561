"""Responses in the media types that documents have."""

from time import process_time
from typing import Any

import pytest

from mockbot.contract.contract import Contract
from mockbot.generic.accept import ordered
from mockbot.generic.examples import Example, Examples
from mockbot.openapi.document import Document
from mockbot.openapi.readable import make_readable
from tests.generic.asking import Serve, ask, get

ITEM = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
CSV, NDJSON, EVENTS = "text/csv", "application/x-ndjson", "text/event-stream"


def example(document: dict[str, Any]) -> Example:
    """Return the example of GET /v2/a, also of a document that mockbot would not start with."""
    make_readable(document)
    contract = Contract.of(Document(b"", document, b""))
    found = Examples(contract.document, contract.validation).of(contract.operations.by_name["GET /v2/a"])
    assert isinstance(found, Example)
    return found


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/*", "text/csv"),
        ("application/xml", "application/xml"),
        ("application/xml, application/json;q=0.9", "application/xml"),
        ("application/xml;q=0.1, application/json;q=0.9", "application/json"),
        ("application/*;q=0.5, text/csv;q=0.6", "text/csv"),
        ("*/*;q=0.8, application/json;q=0.1", "text/csv"),
        ("*/*, application/json;q=0", "text/csv"),
        ("application/json;q=broken", "application/json"),
        ("image/png", "application/json"),  # none fits: the first, as RFC 9110 (15.5.7) allows
        (",;,q=1", "application/json"),
    ],
)
def test_the_media_type_is_what_the_request_accepts(serve: Serve, accept: str, media_type: str) -> None:
    content = {name: {"schema": ITEM} for name in (CSV, "application/json", "application/xml")}
    (response,) = ask(serve(get(content)), "GET /v2/a", headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, media_type)


def test_a_range_is_answered_with_what_the_request_names_in_it(serve: Serve) -> None:
    app = serve(get({"image/*": {"schema": {"type": "string", "format": "binary"}}}))
    (response,) = ask(app, "GET /v2/a", headers={"Accept": "text/html, image/gif, image/png;q=0.5"})
    assert (response.headers["content-type"], response.content[:4]) == ("image/gif", b"GIF8")


def test_a_media_type_that_nothing_can_be_made_for_is_skipped(serve: Serve) -> None:
    content = {"application/json": {"schema": False}, "text/plain": {"example": "hello"}}
    (response,) = ask(serve(get(content)), "GET /v2/a")
    assert response.text == "hello"


@pytest.mark.parametrize(
    ("media_type", "media", "body"),
    [
        ("application/xml", {"example": "<a/>"}, b"<a/>"),
        ("application/xml", {"schema": ITEM, "example": {"a": 5}}, b"<root><a>5</a></root>"),
        ("application/yaml", {"example": "a: 1\n"}, b"a: 1\n"),
        ("application/yaml", {"schema": ITEM}, b'{"a":0}\n'),
        (CSV, {"example": "a,b\n1,2\n"}, b"a,b\n1,2\n"),
        (CSV, {"schema": {"type": "array", "minItems": 2, "items": ITEM}}, b"a\r\n0\r\n0\r\n"),
        (CSV, {"schema": {"type": "string"}, "example": "x"}, b"x"),
        (NDJSON, {"example": '{"a":1}\n{"a":2}\n'}, b'{"a":1}\n{"a":2}\n'),
        (NDJSON, {"examples": {"one": {"value": [{"a": 1}, {"a": 2}]}}}, b'{"a":1}\n{"a":2}\n'),
        (NDJSON, {"schema": ITEM}, b'{"a":0}\n' * 3),
        (NDJSON, {"schema": {"type": "array", "items": ITEM}}, b'{"a":0}\n' * 3),
        (NDJSON, {"itemSchema": {"oneOf": [ITEM, {"const": 7}]}}, b'{"a":0}\n7\n'),
        ("application/json-seq", {"itemSchema": ITEM}, b'\x1e{"a":0}\n' * 3),
        (EVENTS, {"itemSchema": ITEM}, b'data: {"a": 0}\n\n' * 3),
        (EVENTS, {"schema": {"anyOf": [{"const": 1}, {"const": 2}]}}, b"data: 1\n\ndata: 2\n\n"),
        (EVENTS, {"schema": {"type": "array", "items": {"const": 1}}}, b"data: 1\n\n" * 3),
        (EVENTS, {"examples": {"one": {"value": [{"a": 1}, {"a": 2}]}}}, b'data: {"a": 1}\n\ndata: {"a": 2}\n\n'),
        ("text/plain", {"schema": {"type": "integer", "minimum": 5}}, b"5"),
        ("text/plain", {"example": {"a": 1}}, b'{"a":1}'),
        ("application/x-www-form-urlencoded", {"example": {"a": 1, "b": "c d"}}, b"a=1&b=c+d"),
        ("application/json", {"examples": [{"a": 4}]}, b'{"a":4}\n'),
        ("application/json", {"schema": ITEM, "example": '{"a": 3}'}, b'{"a":3}\n'),
        (
            "application/json",
            {"examples": {"far": {"externalValue": "http://127.0.0.1:1/x"}}, "schema": ITEM},
            b'{"a":0}\n',
        ),
    ],
)
def test_a_body_is_written_in_the_notation_of_its_media_type(media_type: str, media: Any, body: bytes) -> None:
    made = example(get({media_type: media})).body
    assert made.removeprefix(b"<?xml version='1.0' encoding='utf-8'?>\n") == body


def test_events_have_the_fields_of_their_schema() -> None:
    kinds = [
        {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {"const": name},
                "id": {"type": "string", "minLength": 1},
                "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": ITEM},
            },
        }
        for name in ("start", "end")
    ]
    made = example(get({EVENTS: {"itemSchema": {"oneOf": kinds}}})).body
    assert made == b'event: start\nid: a\ndata: {"a":0}\n\nevent: end\nid: a\ndata: {"a":0}\n\n'


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"type": "object", "xml": {"name": "pet"}}, "<pet />"),
        ({"$ref": "#/components/schemas/Pet"}, "<Pet />"),
        ({"properties": {"id": {"type": "integer", "xml": {"attribute": True}}}}, '<root id="0" />'),
        ({"properties": {"id": {"type": "integer", "xml": {"name": "ID"}}}}, "<root><ID>0</ID></root>"),
        (
            {"properties": {"tags": {"type": "array", "minItems": 2, "items": {"const": "x"}}}},
            "<root><tags>x</tags><tags>x</tags></root>",
        ),
        (
            {
                "properties": {
                    "tags": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"const": "x", "xml": {"name": "tag"}},
                        "xml": {"wrapped": True, "name": "list"},
                    }
                }
            },
            "<root><list><tag>x</tag></list></root>",
        ),
        (
            {"xml": {"name": "p", "namespace": "urn:a", "prefix": "s"}, "type": "object"},
            '<s:p xmlns:s="urn:a" />',
        ),
    ],
)
def test_xml_follows_the_xml_keywords(serve: Serve, schema: Any, body: str) -> None:
    whole = {"type": "object", "required": [*schema["properties"]], **schema} if "properties" in schema else schema
    document = get({"application/xml": {"schema": whole}})
    document["components"] = {"schemas": {"Pet": {"type": "object"}}}
    (response,) = ask(serve(document), "GET /v2/a")
    assert response.text.partition("\n")[2] == body


@pytest.mark.parametrize(
    "media_type", ["image/png", "image/gif", "application/pdf", "application/zip", "image/svg+xml"]
)
def test_a_file_is_a_small_one_of_its_kind(serve: Serve, media_type: str) -> None:
    (response,) = ask(serve(get({media_type: {"schema": {"type": "string", "format": "binary"}}})), "GET /v2/a")
    starts = (b"\x89PNG", b"GIF8", b"%PDF", b"PK", b"<svg")
    assert (response.status_code, response.content.startswith(starts)) == (200, True)


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (("404", "400"), 400),
        (("503", "4XX"), 400),
        (("500",), 500),
        (("101", "429"), 429),
        (("default", "302"), 302),
        (("default", "400"), 200),
        (("404", "204"), 204),
        (("3XX",), 302),
    ],
)
def test_an_operation_answers_with_its_best_status(serve: Serve, codes: tuple[str, ...], status: int) -> None:
    document = get()
    document["paths"]["/v2/a"]["get"]["responses"] = {code: {"description": "x"} for code in codes}
    assert ask(serve(document), "GET /v2/a")[0].status_code == status


def test_a_response_that_comes_before_the_final_one_is_a_501(serve: Serve) -> None:
    document = get()
    document["paths"]["/v2/a"]["get"]["responses"] = {"101": {"description": "WebSocket"}}
    (response,) = ask(serve(document), "GET /v2/a")
    assert (response.status_code, "only 101" in response.json()["detail"]) == (501, True)


@pytest.mark.parametrize(("code", "expected"), [("302", ("/", "a")), ("201", ("/", None)), ("200", (None, None))])
def test_optional_headers_of_a_redirect_are_sent(serve: Serve, code: str, expected: tuple[str | None, ...]) -> None:
    document = get()
    headers = {"Location": {"schema": {"type": "string"}}, "X-Why": {"schema": {"type": "string"}}}
    document["paths"]["/v2/a"]["get"]["responses"] = {code: {"description": "x", "headers": headers}}
    (response,) = ask(serve(document), "GET /v2/a")
    assert (response.headers.get("location"), response.headers.get("x-why")) == expected


def test_an_operation_whose_responses_are_unknown_has_an_empty_one() -> None:
    document = get()
    del document["paths"]["/v2/a"]["get"]["responses"]
    assert example(document) == Example(200)


@pytest.mark.parametrize("text", [",", '","', "a/b;q=1,"])
def test_a_long_accept_header_is_read_in_linear_time(text: str) -> None:
    begin = process_time()
    ordered(["application/json", "text/csv"], text * (60_000 // len(text)))
    assert process_time() - begin < 1.5


@pytest.mark.parametrize(
    ("examples", "body"),
    [
        (['{"a": 1}\n{"a": 2}\n'], b'{"a": 1}\n{"a": 2}\n'),
        (["a,b", {"a": 3}], b'{"a":3}\n'),
        (["a,b"], b'{"a":0}\n' * 3),
    ],
)
def test_a_text_is_an_example_of_ndjson_only_if_its_lines_are_json(examples: list[Any], body: bytes) -> None:
    named = {str(number): {"value": each} for number, each in enumerate(examples)}
    assert example(get({NDJSON: {"schema": ITEM, "examples": named}})).body == body


def test_an_array_is_written_with_a_row_where_none_is_no_text(serve: Serve) -> None:
    row = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    (response,) = ask(serve(get({CSV: {"schema": {"type": "array", "items": row}}})), "GET /v2/a")
    assert (response.status_code, response.text.split()) == (200, ["a", "0"])
