"""Verify: what fits, what nearly fits, and what cannot be asked."""

from time import process_time
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.journal.entry import Entry
from mockbot.journal.query import parse_query
from mockbot.journal.verify import Verified, verify
from tests.journal.sample import HELLO, MINIMUM, chat, exchange

SESSIONS = "/api/v1/chat/sessions"
ENTRIES = [
    chat(1, headers=(("Accept", "text/event-stream"),), script="greeting"),
    chat(2, body={"username": "bob", "message": {"deep": [1, "two", None, True]}}, faults=("cut",), ended="cut"),
    exchange(3, path=SESSIONS, query="username=ada&page=0&tag=a&tag=b", status=400, violations=(MINIMUM,)),
    exchange(4, path="/api/v1/file", method="POST", body=b"\xff\x00", status=500),
]


def asked(where: Any, count: Any = None, operation: Any = None, entries: list[Entry] = ENTRIES) -> Verified:
    return verify(entries, parse_query({"operation": operation, "where": where, "count": count}))


@pytest.mark.parametrize(
    ("where", "fitted"),
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
        ({"/message/deep/1": {"regex": "T?wo"}}, "e2"),
        ({"/message/deep/0": 1}, "e2"),
        ({"/message/deep/0": True}, ""),
        ({"/message/deep/3": True}, "e2"),
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
def test_fields_of_an_entry(where: Any, fitted: str) -> None:
    assert asked(where).fitted == tuple(fitted.split())


def test_an_operation_is_asked_for_first() -> None:
    assert asked({}, operation="POST /api/v1/chat").fitted == ("e1", "e2")


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
    ],
)
def test_counts(count: Any, ok: bool, words: str) -> None:
    verified = asked({"path": "/api/v1/chat"}, count)
    assert (verified.ok, str(verified.expected)) == (ok, words)


def test_never_is_a_count_too() -> None:
    assert asked({"status": 503}, 0).ok


def test_a_miss_names_the_nearest_and_its_first_field_that_does_not_fit() -> None:
    verified = asked({"method": "POST", "/message": {"equals": "hallo"}, "status": 200})
    assert not verified.ok
    assert verified.as_text().splitlines()[:2] == [
        "0 entries fit, expected at least 1",
        '  e1 POST /api/v1/chat: /message should be "hallo" but is "hello"',
    ]
    assert verified.nearest[2].misses == 2
    assert str(verified.nearest[2]).endswith('/api/v1/file: /message should be "hallo" but is missing, and 1 more')
    assert verified.as_json()["nearest"][0] == {
        "entry": "e1",
        "request": "POST /api/v1/chat",
        "miss": {"field": "/message", "expected": {"equals": "hallo"}, "actual": "hello"},
        "misses": 1,
    }


def test_of_equal_misses_the_closest_call_comes_first_then_the_latest() -> None:
    entries = [chat(number, body=HELLO | {"message": text}) for number, text in enumerate(["x", "helo", "y"])]
    assert [near.entry for near in asked({"/message": "hello"}, entries=entries).nearest] == ["e1", "e2", "e0"]


def test_too_many_are_listed_and_nothing_is_near() -> None:
    verified = asked({}, {"max": 0}, entries=[exchange(number) for number in range(12)])
    assert verified.nearest == ()
    assert verified.as_text() == "12 entries fit, expected exactly 0: e0, e1, e2, e3, e4, e5, e6, e7, e8, e9 and 2 more"


def test_an_empty_journal_has_nothing_near() -> None:
    assert asked({}, entries=[]).as_json() == {
        "ok": False,
        "count": 0,
        "expected": {"min": 1, "max": None},
        "entries": [],
        "nearest": [],
        "message": "0 entries fit, expected at least 1",
    }


def test_long_values_are_cut_in_sentences() -> None:
    verified = asked({"/message": {"contains": "?"}}, entries=[chat(body={"message": "a" * 10_000})])
    assert len(verified.as_text()) < 400


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ([], "a query is an object"),
        ({"were": {}}, "/were: a query has operation, where and count only"),
        ({"operation": 1}, "/operation: "),
        ({"where": []}, "/where: an object"),
        ({"where": {"colour": "red"}}, "/where/colour: no such field; there are method, path, "),
        ({"where": {"query": "a=1"}}, "/where/query: an object of names"),
        ({"where": {"query": {"a": {"regex": "("}}}}, "/where/query/a/regex: not a regular expression"),
        ({"where": {"/message": {"contains": 1}}}, "/where/~1message/contains: must be a text"),
        ({"count": -1}, "/count: "),
        ({"count": True}, "/count: "),
        ({"count": 1.5}, "/count: "),
        ({"count": {}}, "/count: "),
        ({"count": {"min": 2, "max": 1}}, "/count: "),
        ({"count": {"least": 1}}, "/count: "),
    ],
)
def test_nonsense_is_named_with_its_place(query: Any, complaint: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_query(query)
    assert str(raised.value).startswith(complaint)


def test_whatever_a_body_is_it_can_be_asked_about() -> None:
    deep = exchange(body=b"[" * 100_000, method="POST")
    assert not asked({"/a": 1}, entries=[deep]).ok


def test_no_expression_holds_the_server_up() -> None:
    query = parse_query({"where": {"/message": {"regex": "^(a+)+$"}}})
    begin = process_time()
    assert not verify([chat(1, body=HELLO | {"message": "a" * 50_000 + "!"})], query).ok
    assert process_time() - begin < 2
