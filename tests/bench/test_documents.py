"""The bench of documents, on two small documents."""

import json
from pathlib import Path

import pytest

from bench.documents import __main__ as bench
from bench.documents.answers import Schemas, outcome
from bench.documents.requests import Request, Requests
from bench.documents.rows import asked
from bench.documents.styles import styled
from bench.documents.values import Values
from mockbot.jsontext import JSON

GOOD = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 3}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {
                    "200": {"description": "ok", "content": {"application/json": {"schema": {"type": "integer"}}}}
                },
            }
        }
    },
}


def test_each_document_gets_a_row_and_all_a_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.json").write_text(json.dumps(GOOD))
    (tmp_path / "bad.json").write_text('{"openapi": "3.1.0"}')
    monkeypatch.setattr("sys.argv", ["bench", str(tmp_path)])
    bench.main()
    _, bad, good, total = capsys.readouterr().out.splitlines()
    assert bad.split()[:3] == ["bad.json", "mockbot", "NO"]
    assert good.split()[:6] == ["good.json", "mockbot", "yes", "1", "2", "2"]
    assert total.startswith("1 of 2 start, 100.00% right")


def test_an_operation_gets_a_minimal_and_a_full_request() -> None:
    minimal, full = Requests(GOOD, Values(GOOD, lambda _, __: True)).all()
    assert isinstance(minimal, Request)
    assert isinstance(full, Request)
    assert (minimal.target, full.target.partition("?")[0]) == ("/pets/3", "/pets/3")
    assert "tags=" in full.target


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        ({"in": "query"}, ["a", "b"], [("p", "a"), ("p", "b")]),
        ({"in": "query", "explode": False}, ["a", "b"], [("p", "a,b")]),
        ({"in": "query", "style": "pipeDelimited", "explode": False}, ["a", "b"], [("p", "a%7Cb")]),
        ({"in": "query", "style": "deepObject"}, {"k": {"n": 1}}, [("p[k][n]", "1")]),
        ({"in": "path", "style": "label"}, ["a", "b"], ".a,b"),
        ({"in": "path", "style": "matrix", "explode": True}, {"k": 1}, ";k=1"),
        ({"in": "header"}, {"k": 1}, "k,1"),
    ],
)
def test_parameters_are_written_in_their_style(parameter: dict[str, JSON], value: JSON, text: object) -> None:
    assert styled({"name": "p", **parameter}, value) == text


@pytest.mark.parametrize(
    ("status", "body", "expected"), [(200, b"", "right"), (200, b"{}", "invalid"), (201, b"", "invalid")]
)
def test_an_operation_without_responses_promises_an_empty_200(status: int, body: bytes, expected: str) -> None:
    found, _ = outcome(Schemas({}), {}, lambda node: node, status, {}, body)
    assert found == expected


def test_an_interim_response_is_not_what_a_client_waits_for() -> None:
    operation = {"responses": {"103": {"description": "Early Hints"}}}
    assert outcome(Schemas({}), operation, lambda node: node, 103, {}, b"")[0] == "invalid"


@pytest.mark.parametrize(
    ("schema", "body", "expected"),
    [
        ({"type": "integer"}, b"1\n2\n", "right"),
        ({"type": "array", "items": {"type": "integer"}}, b"1\n2\n", "right"),
        ({"type": "integer"}, b'1\n"a"\n', "invalid"),
        ({"type": "integer"}, b"1\n{\n", "invalid"),
    ],
)
def test_each_line_of_ndjson_is_validated(schema: JSON, body: bytes, expected: str) -> None:
    media = {"application/x-ndjson": {"schema": schema}}
    operation = {"responses": {"200": {"content": media}}}
    found, _ = outcome(Schemas({}), operation, lambda node: node, 200, {"content-type": "application/x-ndjson"}, body)
    assert found == expected


def test_a_fragment_of_a_path_is_not_sent_so_any_of_its_operations_may_answer() -> None:
    paths = {"/a#x": {"get": {"summary": "x"}}, "/a": {"get": {}}, "/b": {"get": {}}, "/a#y": {"post": {}}}
    assert asked("GET /a#x", paths) == [{"summary": "x"}, {}]
    assert asked("GET /b", paths) == [{}]


@pytest.mark.parametrize(("body", "expected"), [(b'"1970-01-01"', "right"), (b'"noon"', "invalid")])
def test_a_format_may_be_what_tells_the_branches_of_a_oneof_apart(body: bytes, expected: str) -> None:
    date = {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    operation = {"responses": {"200": {"content": {"application/json": {"schema": date}}}}}
    found, _ = outcome(Schemas({}), operation, lambda node: node, 200, {"content-type": "application/json"}, body)
    assert found == expected
