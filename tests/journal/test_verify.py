"""Verify: matches, near misses, and invalid queries."""

from time import process_time
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.journal.entry import Entry
from mockbot.journal.query import MOST, parse_query
from mockbot.journal.verify import Verified, verify
from mockbot.jsontext import JSON
from tests.journal.sample import HELLO, MINIMUM, chat, exchange

SESSIONS = "/api/v1/chat/sessions"
ENTRIES = [
    chat(1, headers=(("Accept", "text/event-stream"),), script="greeting"),
    chat(2, body={"username": "bob", "message": {"deep": [1, "two", None, True]}}, faults=("cut",), ended="cut"),
    exchange(3, path=SESSIONS, query="username=ada&page=0&tag=a&tag=b", status=400, violations=(MINIMUM,)),
    exchange(4, path="/api/v1/file", method="POST", body=b"\xff\x00", status=500),
]


def result_of(where: Any, count: Any = None, operation: Any = None, entries: list[Entry] = ENTRIES) -> Verified:
    return verify(entries, parse_query({"operation": operation, "where": where, "count": count}))


@pytest.mark.parametrize(
    ("where", "matched"),
    [
        ({}, "e1 e2 e3 e4"),
        ({"method": "POST"}, "e1 e2 e4"),
        ({"path": {"contains": "chat"}}, "e1 e2 e3"),
        ({"path": {"regex": "chat$"}}, "e1 e2"),
        ({"status": 400}, "e3"),
        ({"status": "400"}, ""),
        ({"status": {"regex": "^[45]"}}, "e3 e4"),
        ({"query": {"page": "0"}}, "e3"),
        ({"query": {"tag": "b"}}, "e3"),
        ({"query": {"page": None}}, "e1 e2 e4"),
        ({"headers": {"accept": {"contains": "event-stream"}}}, "e1"),
        ({"/message": "hello"}, "e1"),
        ({"/message": {"equals": "hello"}}, "e1"),
        ({"message": "hello"}, "e1"),
        ({"message": {"regex": "^hel"}}, "e1"),
        ({"message": None, "method": "POST"}, "e2 e4"),
        ({"/message/deep/1": {"regex": "T?wo"}}, "e2"),
        ({"/message/deep/0": 1}, "e2"),
        ({"/message/deep/0": True}, ""),
        ({"/message/deep/3": True}, "e2"),
        ({"/message/deep/3": 1}, ""),
        ({"/message/deep": [1, "two", None]}, ""),
        ({"/message/deep": [1, "two", None, 1]}, ""),
        ({"/message": {"deep": [1, "two", None, True], "more": 1}}, ""),
        ({"/message": {"other": [1, "two", None, True]}}, ""),
        ({"/message": {}}, ""),
        ({"body": {"a": 1}}, ""),
        ({"/message/deep": [1.0, "two", None, True]}, "e2"),
        ({"/message": {"deep": [1, "two", None, True]}}, "e2"),
        ({"/message": {"equals": {"deep": [1, "two", None, True]}}}, "e2"),
        ({"/message/deep/9": None, "method": "POST"}, "e1 e2 e4"),
        ({"/message/deep/x": {"contains": ""}}, ""),
        ({"session": "s"}, "e1 e2"),  # the second one's was made by its answer
        ({"username": {"regex": "^(ada|bob)$"}}, "e1 e2 e3"),
        ({"script": "greeting"}, "e1"),
        ({"script": None, "method": "POST"}, "e2 e4"),
        ({"ended": "cut"}, "e2"),
        ({"violations": "minimum"}, "e3"),
        ({"violations": "/page"}, "e3"),
        ({"violations": []}, "e1 e2 e4"),
        ({"faults": {"contains": "cu"}}, "e2"),
        ({"faults": []}, "e1 e3 e4"),
        ({"body": {"contains": '"hello"'}}, "e1"),
        ({"username": "ada", "status": 200}, "e1"),
    ],
)
def test_fields_that_match(where: Any, matched: str) -> None:
    assert result_of(where).matched == tuple(matched.split())


PARTS = [
    {"type": "plain", "text": "two plain "},
    {"type": "image", "attachment_id": "a", "text": "no"},
    {"type": "plain", "text": "parts"},
    "no part",
]


@pytest.mark.parametrize(
    ("message", "matched"),
    [("hello", "e1"), ({"contains": "plain"}, "e2"), ("two plain parts", "e2"), (None, "e3"), ({"regex": "^h"}, "e1")],
)
def test_a_message_is_short_for_its_text(message: Any, matched: str) -> None:
    bodies = [HELLO, HELLO | {"message": PARTS}, HELLO | {"message": PARTS[1:2]}]
    entries = [chat(number, body=body) for number, body in enumerate(bodies, 1)]
    queries: list[Any] = [{"message": message}, {"where": {"message": message}}]
    for query in queries:
        assert verify(entries, parse_query(query)).matched == (matched,)


def test_a_matcher_of_text_matches_json_without_escapes() -> None:
    entries = [chat(1, body=HELLO | {"message": {"text": "für"}})]
    assert result_of({"/message": {"contains": "für"}}, entries=entries).ok


def test_a_message_and_other_conditions_all_count() -> None:
    query = parse_query({"operation": "POST /api/v1/chat", "message": "hello", "where": {"status": 500}})
    result = verify(ENTRIES, query)
    assert not result.ok
    assert 'POST /api/v1/chat with message "hello" and status 500' in result.as_text()


def test_an_operation_is_a_condition() -> None:
    assert result_of({}, operation="POST /api/v1/chat").matched == ("e1", "e2")


@pytest.mark.parametrize(
    ("count", "ok", "words"),
    [
        (None, True, "at least 1"),
        (2, True, "exactly 2"),
        (1, False, "exactly 1"),
        (0, False, "exactly 0"),
        ({"min": 1}, True, "at least 1"),
        ({"max": 2}, True, "at most 2"),
        ({"max": 1}, False, "at most 1"),
        ({"min": 3, "max": 4}, False, "from 3 to 4"),
        ({"min": 2, "max": 2}, True, "exactly 2"),
        ({"min": 1, "max": 2}, True, "from 1 to 2"),
        ({"min": 2}, True, "at least 2"),
        ({"min": 0}, True, "at least 0"),
    ],
)
def test_count_is_a_number_or_a_range(count: Any, ok: bool, words: str) -> None:
    result = result_of({"path": "/api/v1/chat"}, count)
    assert (result.ok, str(result.expected)) == (ok, words)


def test_count_may_be_zero() -> None:
    assert result_of({"status": 503}, 0).ok


def test_near_misses_name_the_first_field_that_does_not_match() -> None:
    result = result_of({"method": "POST", "/message": {"equals": "hallo"}, "status": 200})
    assert not result.ok
    assert result.as_text().splitlines()[:2] == [
        '0 entries match method "POST" and /message "hallo" and status 200, expected at least 1',
        '  e1 POST /api/v1/chat: /message should be "hallo" but is "hello"',
    ]
    assert result.nearest[2].misses == 2
    assert str(result.nearest[2]).endswith('/api/v1/file: /message should be "hallo" but is missing, and 1 more')
    assert result.nearest[0].as_json() == {
        "entry": "e1",
        "request": "POST /api/v1/chat",
        "miss": {"field": "/message", "expected": {"equals": "hallo"}, "actual": "hello"},
        "misses": 1,
    }


def test_of_equal_misses_the_closest_text_comes_first_then_the_latest() -> None:
    entries = [chat(number, body=HELLO | {"message": text}) for number, text in enumerate(["x", "helo", "y"])]
    assert [near.entry for near in result_of({"/message": "hello"}, entries=entries).nearest] == ["e1", "e2", "e0"]


def test_too_many_matches_are_listed_without_near_misses() -> None:
    result = result_of({}, {"max": 0}, entries=[exchange(number) for number in range(12)])
    assert result.nearest == ()
    assert result.as_text() == "12 entries match, expected exactly 0: e0, e1, e2, e3, e4, e5, e6, e7, e8, e9 and 2 more"


def test_an_empty_journal_has_no_near_misses() -> None:
    assert result_of({}, entries=[]).as_json() == {
        "ok": False,
        "count": 0,
        "expected": {"min": 1, "max": None},
        "entries": [],
        "nearest": [],
        "astray": [],
        "message": "0 entries match, expected at least 1",
    }


def test_long_values_are_cut_in_the_text() -> None:
    result = result_of({"/message": {"contains": "?"}}, entries=[chat(body={"message": "a" * 10_000})])
    assert len(result.as_text()) < 400


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ([], "a query must be an object"),
        ({"were": {}}, "/were: a query has only operation, where, count and message"),
        ({"operation": 1}, "/operation: "),
        ({"where": []}, "/where: must be an object"),
        ({"where": {"colour": "red"}}, "/where/colour: no such field; known are method, path, "),
        ({"where": {"query": "a=1"}}, "/where/query: must be an object"),
        ({"where": {"query": {"a": {"regex": "("}}}}, "/where/query/a/regex: not a regular expression"),
        ({"where": {"/message": {"contains": 1}}}, "/where/~1message/contains: must be a text"),
        ({"operation": 1}, '/operation: must be a text such as "POST /api/v1/chat"'),
        ({"message": {"contians": "x"}}, "/message/contians: no such matcher; did you mean `contains`?"),
        ({"message": {"regex": "("}}, "/message/regex: not a regular expression"),
        ({"where": {"path": {"x": 1}}}, "/where/path/x: no such matcher; expected one of equals, contains, regex"),
        ({"where": {"path": {}}}, "/where/path/: no such matcher; expected one of equals, contains, regex"),
        ({"where": {"path": {"equals": "a", "regex": "b"}}}, "/where/path/equals: no such matcher"),
        ({"where": {"path": {"contians": "x"}}}, "/where/path/contians: no such matcher; did you mean `contains`?"),
        ({"where": {"path": {"regex": "("}}}, "/where/path/regex: not a regular expression"),
        ({"where": {"headers": {"a/b": {"x": 1}}}}, "/where/headers/a~1b/x: no such matcher"),
        ({"count": {"min": True}}, "/count: "),
        ({"count": {"min": -1}}, "/count: "),
        ({"count": {"min": "1"}}, "/count: "),
        ({"count": {"max": 1.0}}, "/count: "),
        ({"count": {"max": -1}}, "/count: "),
        ({"count": {"min": 0, "max": 1, "x": 1}}, "/count: "),
        ({"count": -1}, "/count: "),
        ({"count": True}, "/count: "),
        ({"count": 1.5}, "/count: "),
        ({"count": {}}, "/count: "),
        ({"count": {"min": 2, "max": 1}}, "/count: "),
        ({"count": {"least": 1}}, "/count: "),
    ],
)
def test_a_mistake_in_a_query_is_reported_with_its_pointer(query: Any, message: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_query(query)
    assert str(raised.value).startswith(message)


def test_a_body_that_is_nested_too_deeply_does_not_match() -> None:
    deep = exchange(body=b"[" * 100_000, method="POST")
    assert not result_of({"/a": 1}, entries=[deep]).ok


def test_an_expression_takes_linear_time() -> None:
    query = parse_query({"where": {"/message": {"regex": "^(a+)+$"}}})
    begin = process_time()
    assert not verify([chat(1, body=HELLO | {"message": "a" * 50_000 + "!"})], query).ok
    assert process_time() - begin < 2


def test_a_query_has_a_bounded_number_of_conditions() -> None:
    where: dict[str, JSON] = {f"/a{number}": 1 for number in range(MOST)}
    assert len(parse_query({"where": where}).where) == MOST
    with pytest.raises(UserError, match=f"/where: a query has at most {MOST} conditions"):
        parse_query({"where": {**where, "headers": {"x": "y"}}})
