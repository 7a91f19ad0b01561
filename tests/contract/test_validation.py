import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockbot.contract.contract import Contract
from mockbot.generic.profile import profile
from mockbot.violation import Violation
from tests.recorded import RESPONSES

Headers = Sequence[tuple[bytes, bytes]]
JSON = [(b"content-type", b"application/json")]
CHAT, FILE, SESSIONS, SEND = (
    "POST /api/v1/chat",
    "POST /api/v1/file",
    "GET /api/v1/chat/sessions",
    "POST /api/v1/im/message",
)


class Validate(Protocol):
    """Validates a request, which is empty unless its parts are given."""

    def __call__(self, name: str, body: Any = b"", query: bytes = b"", headers: Headers = JSON) -> list[Violation]: ...


@pytest.fixture(scope="module")
def validate(contract: Contract) -> Validate:

    def request(name: str, body: Any = b"", query: bytes = b"", headers: Headers = JSON) -> list[Violation]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return contract.validation.request(contract.operations.by_name[name], query, headers, content)

    return request


def found(violations: list[Violation]) -> list[tuple[str, str, str, str]]:
    return [(each.part, each.at, each.rule, each.message) for each in violations]


def test_a_valid_request_has_no_violations(validate: Validate) -> None:
    assert validate(CHAT, {"username": "alice", "message": [{"type": "plain", "text": "hi"}]}) == []
    assert validate(SEND, {"umo": "webchat:FriendMessage:x", "message": "hi"}) == []
    assert validate(SESSIONS, query=b"username=alice&page=2&page_size=100&more=1", headers=[]) == []


def test_all_violations_are_reported_at_once(validate: Validate) -> None:
    assert found(validate(SESSIONS, query=b"page=0&page_size=ten&platform_id=")) == [
        ("query", "/page", "minimum", "`page` must be at least 1, got 0"),
        ("query", "/page_size", "type", '`page_size` must be an integer, got "ten"'),
        ("query", "/platform_id", "minLength", "`platform_id` must not be empty"),
        ("query", "/username", "required", "`username` is required"),
    ]
    assert [
        each.at for each in validate(CHAT, {"message": [{"type": "plain"}, {"type": 5}], "enable_streaming": "no"})
    ] == [
        "/username",
        "/message/1/type",
        "/message/1/type",
        "/enable_streaming",
    ]


def test_a_violation_names_the_part_of_a_message(validate: Validate) -> None:
    (violation,) = validate(CHAT, {"username": "alice", "message": [{"type": "sticker"}]})
    assert (violation.at, violation.rule, violation.value) == ("/message/0/type", "enum", "sticker")


def test_a_wrong_type_is_reported_with_the_possible_types(validate: Validate) -> None:
    assert found(validate(CHAT, {"username": "alice", "message": 5})) == [
        ("body", "/message", "type", "`message` must be a string or an array, got the number 5")
    ]


@pytest.mark.parametrize(
    ("body", "headers", "part", "rule", "message"),
    [
        (b"", JSON, "body", "required", "a body is required"),
        (b"{}", [], "media type", "content", "the body must be application/json, but there is no Content-Type"),
        (b"{}", [(b"content-type", b"text/plain")], "media type", "content",
         'the body must be application/json, got "text/plain"'),
        (b"{", JSON, "body", "parse",
         "the body cannot be read as application/json: expecting property name enclosed in double quotes "
         "in line 1, column 2"),
        (b'{"username": "\xff"}', JSON, "body", "parse",
         "the body cannot be read as application/json: byte 14 is not UTF-8"),
        (b'{"username":' + b"[" * 100_000, JSON, "body", "parse",
         "the body cannot be read as application/json: it is nested too deep"),
        (b"[]", JSON, "body", "type", "the body must be an object, got an empty array"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_one_violation(
    validate: Validate, body: Any, headers: Headers, part: str, rule: str, message: str
) -> None:
    assert found(validate(CHAT, body, headers=headers)) == [(part, "", rule, message)]


@pytest.mark.parametrize("suffix", [b"", b";", b"; a", b"; a=b=c", b'; charset="UTF-8"', b"; =", b";;;"])
def test_malformed_parameters_of_a_content_type_are_ignored(validate: Validate, suffix: bytes) -> None:
    body = {"username": "alice", "message": "hi"}
    assert validate(CHAT, body, headers=[(b"content-type", b"Application/JSON" + suffix)]) == []


def form(name: str) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.bin"\r\nContent-Type: image/png'
    return f"--=x\r\n{head}\r\n\r\n".encode() + bytes(range(256)) + b"\r\n--=x--\r\n"


def test_an_upload_may_have_any_bytes(validate: Validate) -> None:
    assert validate(FILE, form("file"), headers=[(b"content-type", b'multipart/form-data; boundary="=x"')]) == []


@pytest.mark.parametrize(
    ("content_type", "body", "at", "rule"),
    [
        (b'multipart/form-data; boundary="=x"', form("File"), "/file", "required"),
        (b"multipart/form-data; boundary=y", form("file"), "", "parse"),
        (b"multipart/form-data", form("file"), "", "parse"),
        (b'multipart/form-data; boundary="=x"', b"garbage", "", "parse"),
        (b"application/json", b"{}", "", "content"),
    ],
)
def test_an_upload_that_cannot_be_read_is_one_violation(
    validate: Validate, content_type: bytes, body: Any, at: str, rule: str
) -> None:
    assert [(each.at, each.rule) for each in validate(FILE, body, headers=[(b"content-type", content_type)])] == [
        (at, rule)
    ]


def test_host_and_authorization_are_not_validated(validate: Validate) -> None:
    headers = [*JSON, (b"host", b"elsewhere:1"), (b"authorization", b"Bearer")]
    assert validate(CHAT, {"username": "alice", "message": "hi"}, headers=headers) == []


def test_the_first_of_repeated_values_counts(validate: Validate) -> None:
    assert validate(SESSIONS, query=b"username=alice&page=1&page=x") == []
    assert [each.at for each in validate(SESSIONS, query=b"username=alice&page=x&page=1")] == ["/page"]


@pytest.mark.parametrize("number", ["1_0", "%2B5", "+5+", "%D9%A1"])
def test_astrbot_reads_integers_in_the_query_as_python_does(validate: Validate, number: str) -> None:
    assert validate(SESSIONS, query=f"username=a&page={number}".encode()) == []


def test_the_largest_page_is_the_last_before_astrbot_crashes(validate: Validate) -> None:
    last = (2**63 - 1) // 100
    assert validate(SESSIONS, query=b"username=a&page_size=100&page=%d" % last) == []
    assert [each.rule for each in validate(SESSIONS, query=b"username=a&page=%d" % (last + 1))] == ["maximum"]


def test_a_number_of_ten_thousand_digits_is_a_violation(validate: Validate) -> None:
    assert [each.rule for each in validate(SESSIONS, query=b"username=a&page=" + b"9" * 10_000)] == ["type"]
    assert [each.rule for each in validate(CHAT, b'{"username":' + b"9" * 10_000 + b"}")] == ["parse"]


def test_at_most_a_hundred_violations_are_reported(validate: Validate) -> None:
    assert len(validate(CHAT, {"username": "alice", "message": [0] * 5000})) == 100
    ninety = validate(CHAT, {"username": "alice", "message": [0] * 90})
    assert 90 <= len(ninety) < 100


def test_a_long_value_is_shortened(validate: Validate) -> None:
    (violation,) = validate(CHAT, {"username": "alice", "message": [{"type": "x" * 5000}]})
    assert len(str(violation.value)) == 120
    assert len(violation.message) < 250


@pytest.mark.parametrize("depth", [400, 900, 990, 1200])
def test_nesting_near_the_recursion_limit_is_a_violation(validate: Validate, depth: int) -> None:
    for body in (b'{"message":%s}', b'{"message":[%s]}', b'{"username":%s}'):
        assert validate(CHAT, body % (b"[" * depth + b"]" * depth))


odd_types = st.sampled_from([b"application/json", b"multipart/form-data; boundary=x", b"text/event-stream", b"*/*"])
headers = st.lists(
    st.tuples(st.sampled_from([b"content-type", b"cookie", b"host", b"content-length"]), st.binary() | odd_types),
    max_size=3,
)
pieces = st.sampled_from([
    b"--x\r\n", b"--x--", b"\r\n\r\n", b'Content-Disposition: form-data; name="file"', b"\r\n", b"[", b"]", b"{", b"}",
    b'"message":', b'"username":', b",", b"null", b"1e999", b'"\\ud800"', b"username=", b"page=", b"&", b"%", b"%FF",
    b"\0", b"-1", b"+1_0",
])  # fmt: skip
some_bytes = st.binary() | st.lists(pieces).map(b"".join)


@given(st.sampled_from([CHAT, FILE, SESSIONS, SEND]), some_bytes, headers, some_bytes)
@example(SESSIONS, b"username=%ED%A0%80&page=\xd9\xa1", [], b"")
@example(CHAT, b"", JSON, b'{"username": "\\ud800", "message": 1e999}')
@example(CHAT, b"", [(b"content-type", b"#")], b"{}")
def test_no_request_raises(contract: Contract, name: str, query: bytes, headers: Headers, body: bytes) -> None:
    operation = contract.operations.by_name[name]
    for violation in contract.validation.request(operation, query, headers, body):
        assert (violation.side, violation.message[-1:]) != ("response", "")
        json.dumps(violation.as_json(), allow_nan=False)


@given(st.sampled_from([CHAT, SESSIONS]), st.integers(100, 599), headers, some_bytes)
def test_no_response_raises(contract: Contract, name: str, status: int, headers: Headers, body: bytes) -> None:
    operation = contract.operations.by_name[name]
    for violation in contract.validation.response(operation, status, headers, body):
        json.dumps(violation.as_json(), allow_nan=False)


@pytest.mark.parametrize("name", RESPONSES)
def test_recorded_responses_have_no_violations(contract: Contract, name: str) -> None:
    recorded = RESPONSES[name]
    operation = contract.operations.by_name[recorded["operation"]]
    headers = [(b"content-type", recorded["content_type"].encode())]
    assert contract.validation.response(operation, recorded["status"], headers, recorded["body"].encode()) == []


OK: dict[str, Any] = {"status": "ok", "message": None, "data": {"bot_ids": []}}
REFUSED: dict[str, Any] = {"status": "error", "message": "no", "data": None}


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, OK, []),
        (200, REFUSED, []),
        (400, REFUSED | {"data": {"violations": []}}, ["/data/violations"]),
        (200, OK | {"data": None}, ["/data"]),
        (200, OK | {"data": {}}, ["/data/bot_ids"]),
        (200, OK | {"data": {"bot_ids": [5]}}, ["/data/bot_ids/0"]),
        (200, OK | {"status": "fine"}, ["/status"]),
        (200, REFUSED | {"data": {}}, ["/data/bot_ids", "/data"]),
        (200, {}, ["/status", "/message", "/data"]),
        (403, OK, ["/status", "/message", "/data"]),
        (418, OK, [""]),
    ],
)
def test_a_response_is_validated_by_its_status(
    contract: Contract, status: int, answer: Any, expected: list[str]
) -> None:
    operation = contract.operations.by_name["GET /api/v1/im/bots"]
    violations = contract.validation.response(operation, status, JSON, json.dumps(answer).encode())
    assert [each.at for each in violations] == expected


def test_a_response_needs_a_body_its_media_type_and_its_headers(contract: Contract) -> None:
    operation = contract.operations.by_name["GET /api/v1/im/bots"]
    validate = contract.validation.response
    assert found(validate(operation, 200, JSON, b"")) == [("body", "", "required", "a body is required")]
    assert [each.part for each in validate(operation, 200, [(b"content-type", b"text/html")], b"x")] == ["media type"]
    assert found(validate(operation, 405, JSON, json.dumps(REFUSED).encode())) == [
        ("header", "/Allow", "required", "`Allow` is required")
    ]
    assert validate(operation, 405, [*JSON, (b"allow", b"GET")], json.dumps(REFUSED).encode()) == []


def test_parameters_in_path_header_and_cookie_are_validated(contract: Contract, tmp_path: Path) -> None:
    integer = {"schema": {"type": "integer"}, "required": True}
    places = [{"name": "id", "in": "path"}, {"name": "X-Page", "in": "header"}, {"name": "c", "in": "cookie"}]
    item = {"get": {"parameters": [place | integer for place in places], "responses": {"200": {"description": "ok"}}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things/{id}": item}}
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    other = profile(str(path)).contract
    route = other.operations.find("GET", "/things/x")
    assert route.operation is not None
    violations = other.validation.request(route.operation, b"", [(b"x-page", b"y")], b"", route.parameters)
    assert [(each.part, each.at, each.rule) for each in violations] == [
        ("path", "/id", "type"),
        ("header", "/X-Page", "type"),
        ("cookie", "/c", "required"),
    ]
    fields = [(b"x-page", b"2"), (b"cookie", b"c=3")]
    assert other.validation.request(route.operation, b"", fields, b"", {"id": "1"}) == []


def test_an_empty_username_is_a_violation_in_query_and_body(validate: Validate) -> None:
    assert [each.rule for each in validate(SESSIONS, query=b"username=")] == ["minLength"]
    assert found(validate(CHAT, {"username": "", "message": "hi"})) == [
        ("body", "/username", "minLength", "`username` must not be empty")
    ]
