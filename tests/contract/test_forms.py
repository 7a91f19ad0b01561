"""Bodies: forms as tables (OpenAPI 3.1, 4.8.14.2 and 4.8.14.3), and the media type that counts."""

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.small import Small, places

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
STRING, INTEGER, NUMBER, BOOLEAN = ({"type": name} for name in ("string", "integer", "number", "boolean"))
INTEGERS = {"type": "array", "items": INTEGER}
POINT = {"type": "object", "properties": {"x": INTEGER, "y": INTEGER}, "required": ["x"]}
POINTS = {"type": "array", "items": POINT}


def body(content: dict[str, Any], **more: Any) -> Small:
    return Small({"requestBody": {"required": True, "content": content} | more})


def sent(small: Small, content_type: str, data: bytes) -> list[tuple[str, str, str]]:
    return places(small.request(headers=[(b"content-type", content_type.encode())], body=data))


def with_property(schema: Any, **more: Any) -> dict[str, Any]:
    return {"schema": {"type": "object", "properties": {"p": schema}, "required": ["p"]} | more}


@pytest.mark.parametrize(
    ("schema", "encoding", "text", "value"),
    [
        (STRING, {}, "p=5", "5"),
        (STRING, {}, "p=", ""),
        (STRING, {}, "p=a+b%26c", "a b&c"),
        (INTEGER, {}, "p=5", 5),
        (NUMBER, {}, "p=0.5", 0.5),
        (BOOLEAN, {}, "p=true", True),
        ({"type": ["integer", "null"]}, {}, "p=", None),
        ({"enum": [1, "auto"]}, {}, "p=1", 1),
        (INTEGERS, {}, "p=1&p=2", [1, 2]),
        (INTEGERS, {}, "p=1", [1]),
        (INTEGERS, {"explode": False}, "p=1,2", [1, 2]),
        (INTEGERS, {"style": "spaceDelimited", "explode": False}, "p=1+2", [1, 2]),
        (INTEGERS, {"style": "pipeDelimited", "explode": False}, "p=1%7C2", [1, 2]),
        (INTEGERS, {"style": "deepObject"}, "p[0]=1&p[1]=2", [1, 2]),
        (INTEGERS, {}, "p[]=1&p[]=2", [1, 2]),
        (INTEGERS, {"contentType": "application/json"}, "p=[1,2]", [1, 2]),
        (POINT, {}, 'p={"x":1}', {"x": 1}),
        (POINT, {}, "x=1&y=2", {"x": 1, "y": 2}),
        (POINT, {}, "p[x]=1&p[y]=2", {"x": 1, "y": 2}),
        (POINT, {"style": "deepObject", "explode": True}, "p[x]=1", {"x": 1}),
        (POINT, {"explode": False}, "p=x,1,y,2", {"x": 1, "y": 2}),
        (POINT, {"contentType": "application/json"}, "p=%7B%22x%22:1%7D", {"x": 1}),
        (POINTS, {}, 'p={"x":1}&p={"x":2}', [{"x": 1}, {"x": 2}]),
        (POINTS, {}, "p[0][x]=1&p[1][x]=2", [{"x": 1}, {"x": 2}]),
        ({"anyOf": [POINT, {"enum": [""]}]}, {}, "p=", ""),
        ({"anyOf": [POINT, {"enum": [""]}]}, {}, "p[x]=1", {"x": 1}),
        ({}, {}, "p=1", "1"),
    ],
)
def test_a_property_of_an_urlencoded_form(schema: Any, encoding: dict[str, Any], text: str, value: Any) -> None:
    def found(const: Any) -> Any:
        media = with_property({"allOf": [schema, {"const": const}]})
        return sent(body({FORM: media | {"encoding": {"p": encoding}}}), FORM, text.encode())

    assert found(value) == []
    assert found("other") != []


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (INTEGER, "p=x", [("body", "/p", "type")]),
        (INTEGERS, "p=1&p=x", [("body", "/p/1", "type")]),
        (POINT, "p[y]=x", [("body", "/p/x", "required"), ("body", "/p/y", "type")]),
        (POINT, "p=x", [("body", "/p", "type")]),
        (INTEGER, "q=1", [("body", "/p", "required"), ("body", "/q", "additionalProperties")]),
        (INTEGER, "p=1&q=1", [("body", "/q", "additionalProperties")]),
        (INTEGER, "p=1&q[x]=1", [("body", "/q[x]", "additionalProperties")]),
    ],
)
def test_a_violation_in_an_urlencoded_form(schema: Any, text: str, expected: Any) -> None:
    media = with_property(schema, additionalProperties=False)
    assert sorted(sent(body({FORM: media}), FORM, text.encode())) == expected


def test_a_required_form_without_fields_has_no_bytes() -> None:
    form = {"type": "object", "properties": {"p": STRING}}
    assert sent(body({FORM: {"schema": form}}), FORM, b"") == []
    assert sent(body({FORM: {"schema": form | {"required": ["p"]}}}), FORM, b"") == [("body", "/p", "required")]
    assert sent(body({FORM: {"schema": form}}), "", b"") == [("body", "", "required")]


def part(name: str, data: bytes | str, *headers: str, filename: str | None = None) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    head = "\r\n".join(["--x", disposition, *headers])
    return f"{head}\r\n\r\n".encode() + (data.encode() if isinstance(data, str) else data) + b"\r\n"


IS_JSON, IS_PNG = "Content-Type: application/json", "Content-Type: image/png"
BINARY = {"type": "string", "format": "binary"}


@pytest.mark.parametrize(
    ("schema", "encoding", "parts", "expected"),
    [
        (STRING | {"const": "5"}, {}, [part("p", "5")], []),
        (INTEGER | {"const": 5}, {}, [part("p", "5")], []),
        (INTEGER, {}, [part("p", "x")], [("/p", "type")]),
        (BOOLEAN | {"const": True}, {}, [part("p", "true")], []),
        (INTEGERS | {"const": [1, 2]}, {}, [part("p", "1"), part("p", "2")], []),
        (INTEGERS, {}, [part("p", "1"), part("p", "x")], [("/p/1", "type")]),
        # JSON: by the type of the part, by the encoding, or by the schema
        (POINT, {}, [part("p", '{"x":1}', IS_JSON)], []),
        (POINT, {}, [part("p", '{"x":"a"}', IS_JSON)], [("/p/x", "type")]),
        (POINT, {}, [part("p", "{", IS_JSON)], [("/p", "parse")]),
        (POINT, {}, [part("p", '{"x":1}')], []),
        (POINT, {}, [part("p", "x")], [("/p", "type")]),
        (POINT, {"contentType": "application/json"}, [part("p", '{"y":1}')], [("/p/x", "required")]),
        (POINTS, {}, [part("p", '{"x":1}', IS_JSON), part("p", '{"x":"a"}', IS_JSON)], [("/p/1/x", "type")]),
        (POINT, {"style": "deepObject"}, [part("p[x]", "1")], []),
        (POINT, {"style": "deepObject"}, [part("p[x]", "a")], [("/p/x", "type")]),
        (INTEGERS | {"const": [1, 2]}, {"style": "form", "explode": False}, [part("p", "1,2")], []),
        # files are strings of their bytes
        (BINARY, {}, [part("p", bytes(range(256)), IS_PNG, filename="a.png")], []),
        (BINARY | {"maxLength": 4}, {}, [part("p", "12345", filename="a")], [("/p", "maxLength")]),
        ({"contentMediaType": "image/png"}, {}, [part("p", b"\xff", IS_PNG, filename="a.png")], []),
        ({"type": "array", "items": BINARY, "maxItems": 1}, {}, [part("p", "1", filename="a")] * 2,
         [("/p", "maxItems")]),
        (BINARY, {}, [part("p", '{"x":1}', IS_JSON, filename="a.json")], []),
        (BINARY, {}, [part("p", "{", IS_JSON, filename="a.json")], []),
        ({"type": "array", "items": BINARY}, {}, [part("p", "[1]", IS_JSON, filename="a.json")], []),
        (POINT, {}, [part("p", '{"x":"a"}', IS_JSON, filename="a.json")], [("/p/x", "type")]),
        # the type of the part
        (BINARY, {"contentType": "image/png, image/jpeg"}, [part("p", "x", IS_PNG, filename="a")], []),
        (BINARY, {"contentType": "image/*"}, [part("p", "x", IS_PNG, filename="a")], []),
        (BINARY, {"contentType": "image/gif"}, [part("p", "x", IS_PNG, filename="a")], [("/p", "contentType")]),
        # headers of parts
        (STRING, {"headers": {"X-N": {"schema": INTEGER, "required": True}}}, [part("p", "x", "X-N: 5")], []),
        (STRING, {"headers": {"X-N": {"schema": INTEGER, "required": True}}}, [part("p", "x")], [("/p", "required")]),
        (STRING, {"headers": {"X-N": {"schema": INTEGER}}}, [part("p", "x")], []),
        (STRING, {"headers": {"X-N": {"schema": INTEGER}}}, [part("p", "x", "X-N: a")], [("/p", "schema")]),
        # others
        (STRING, {}, [part("p", "x"), part("q", "x")], [("/q", "additionalProperties")]),
        (STRING, {}, [part("q", "x")], [("/p", "required"), ("/q", "additionalProperties")]),
        (STRING, {}, [], [("", "parse")]),
    ],
)  # fmt: skip
def test_the_parts_of_a_multipart_form(schema: Any, encoding: Any, parts: list[bytes], expected: Any) -> None:
    media = with_property(schema, additionalProperties=False) | {"encoding": {"p": encoding}}
    found = sent(body({MULTIPART: media}), f"{MULTIPART}; boundary=x", b"".join(parts) + b"--x--\r\n")
    assert sorted((at, rule) for _, at, rule in found) == expected


def test_a_multipart_form_without_parts_is_an_empty_object() -> None:
    small = body({MULTIPART: {"schema": {"type": "object", "properties": {"p": STRING}}}})
    assert sent(small, f"{MULTIPART}; boundary=x", b"--x--\r\n") == []


def test_a_multipart_response_is_validated_too() -> None:
    content = {MULTIPART: with_property(INTEGER)}
    small = Small({"responses": {"200": {"description": "ok", "content": content}}})
    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    assert small.response(headers, part("p", "5") + b"--x--\r\n") == []
    (violation,) = small.response(headers, part("p", "five") + b"--x--\r\n")
    assert (violation.side, violation.part, violation.at, violation.rule) == ("response", "body", "/p", "type")


def marked(*names: str) -> Small:
    """Return an operation that takes each of these media types; each allows only its own name as value."""
    return body({name: {"schema": {"const": name}} for name in names})


@pytest.mark.parametrize(
    ("documented", "content_type", "chosen"),
    [
        (["application/json", "*/*"], "application/json", "application/json"),
        (["*/*", "application/*", "application/json"], "application/json", "application/json"),
        (["*/*", "application/*"], "application/json", "application/*"),
        (["application/*", "application/*+json"], "application/problem+json", "application/*+json"),
        (["application/json"], "Application/JSON; charset=UTF-8", "application/json"),
        (["application/json; charset=utf-8"], "application/json", "application/json; charset=utf-8"),
        (
            ["application/json", "application/json;version=2"],
            "application/json; version=2",
            "application/json;version=2",
        ),
        (["application/json;version=2", "application/json"], "application/json", "application/json"),
        (["application/json;version=2", "application/json"], "application/json; version=3", "application/json"),
        (["application/json;version=2"], "application/json", "application/json;version=2"),
        (["application/json;version=2"], "application/json;version=3", None),
        (["application/json"], "text/json", None),
        (["application/*"], "text/plain", None),
        (["text/*", "text/plain"], "text/csv", "text/*"),
        (["application/*+json"], "application/json", None),
    ],
)
def test_the_most_specific_media_type_counts(documented: list[str], content_type: str, chosen: str | None) -> None:
    data = (chosen or "x") if content_type.startswith("text/") else json.dumps(chosen)
    found = sent(marked(*documented), content_type, data.encode())
    assert found == ([] if chosen else [("media type", "", "content")])


@pytest.mark.parametrize(
    ("documented", "content_type", "schema", "data", "expected"),
    [
        ("*/*", "application/json", POINT, b'{"x": "a"}', [("body", "/x", "type")]),
        ("*/*", "application/vnd.x+json", POINT, b"{", [("body", "", "parse")]),
        ("*/*", FORM, POINT, b"x=1", []),
        ("*/*", FORM, POINT, b"x=a", [("body", "/x", "type")]),
        ("text/*", "text/plain", INTEGER, b"5", []),
        ("text/*", "text/plain", INTEGER, b"x", [("body", "", "type")]),
        ("text/plain", "text/plain", STRING | {"maxLength": 2}, "äöü".encode(), [("body", "", "maxLength")]),
        ("text/plain", "text/plain; charset=iso-8859-1", STRING | {"const": "ä"}, b"\xe4", []),
        ("text/plain", "text/plain; charset=Latin-1", STRING | {"const": "ä"}, b"\xe4", []),
        ("text/plain", "text/plain; charset=Shift_JIS", STRING | {"const": "あ"}, b"\x82\xa0", []),
        ("text/plain", "text/plain", STRING, b"\xff", [("body", "", "parse")]),
        ("text/plain", "text/plain; charset=foo", STRING, b"a", [("body", "", "parse")]),
        ("text/plain", "text/plain; charset=punycode", STRING, b"a", [("body", "", "parse")]),
        ("application/octet-stream", "application/octet-stream", BINARY | {"maxLength": 2}, b"\xff" * 3,
         [("body", "", "maxLength")]),
        ("image/*", "image/png", BINARY, b"\xff", []),
        # nothing here reads XML
        ("application/xml", "application/xml", POINT, b"<x>", []),
        ("text/xml", "text/xml", POINT, b"<x>", []),
    ],
)  # fmt: skip
def test_a_body_is_read_by_what_it_says_it_is(
    documented: str, content_type: str, schema: Any, data: bytes, expected: Any
) -> None:
    assert sent(body({documented: {"schema": schema}}), content_type, data) == expected


def test_a_body_that_no_operation_has_is_ignored() -> None:
    assert sent(Small({}), "application/json", b"{") == []


def test_a_required_body_that_is_absent_is_a_violation() -> None:
    assert places(body({"application/xml": {"schema": POINT}}).request()) == [("body", "", "required")]


MUCH = 10.0
"""Seconds of CPU time that nothing here comes near, while what grows with the square goes far beyond."""
LARGE = [
    (FORM, "&".join(f"p{number}=1" for number in range(100_000)).encode()),
    (FORM, "&".join(f"p[{number}]=1" for number in range(5_000)).encode()),
    (FORM, ("p" + "[a]" * 30_000 + "=1").encode()),
    (FORM, "&".join(f"p[a{number}][b][c]=1" for number in range(5_000)).encode()),
    (FORM, ("p=" + "[" * 100_000).encode()),
    (f"{MULTIPART}; boundary=x", part("p", "[" * 100_000) + b"--x--"),
    (f"{MULTIPART}; boundary=x", b"".join(part(f"p[{number}]", "1") for number in range(900)) + b"--x--"),
    (f"{MULTIPART}; boundary=x", part("p", b"--" * 500_000) + b"--x--"),
]


@pytest.mark.parametrize(("content_type", "data"), LARGE, ids=range(len(LARGE)))
@pytest.mark.parametrize("schema", [INTEGERS, {"type": "object", "additionalProperties": POINT}, {}], ids=range(3))
def test_a_form_takes_time_by_its_size(schema: Any, content_type: str, data: bytes) -> None:
    media = with_property(schema)
    small = body({FORM: media, MULTIPART: media})
    begin = process_time()
    sent(small, content_type, data)
    assert process_time() - begin < MUCH


pieces = st.sampled_from([b"p", b"[", b"]", b"=", b"&", b"%", b"1", b"--x\r\n", b"--x--", b"\r\n\r\n", part("p", "{")])
types = st.sampled_from([FORM, f"{MULTIPART}; boundary=x", "text/plain; charset=utf-16", "a/b", "*/*", ""])


@given(st.sampled_from([STRING, INTEGERS, POINT, POINTS, {}, True, False]), types, st.lists(pieces).map(b"".join))
def test_no_body_raises(schema: Any, content_type: str, data: bytes) -> None:
    found = sent(body({"*/*": with_property(schema)}), content_type, data)
    assert all(where in ("body", "media type") for where, _, _ in found)
