"""Faults of JSON: the text before and after."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.fault.catalogue import (
    BigInt,
    DateTime,
    Drop,
    Enum,
    Extra,
    Large,
    Null,
    Paging,
    Retype,
    Surrogate,
    Text,
)
from mockbot.fault.catalogue.texts import MOST
from mockbot.fault.fault import Fault, abort, pause, raw
from mockbot.sse import Parser
from tests.fault.streams import Messages, bent, body, start, stream, summary, whole

ROWS = '{"data":{"rows":[{"id":1},{"id":2}],"page":1,"total":2}}'


def bent_json(fault: Fault, text: str) -> str:
    """Return a JSON body with the fault; its Content-Length must be right."""
    left = bent(fault, whole(text.encode()))
    sent: bytes = left[-1]["body"]
    assert dict(left[0]["headers"])[b"content-length"] == b"%d" % len(sent)
    return sent.decode()


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (Null(), '{"type":"a","data":{"x":1}}', '{"type":"a","data":null}'),
        (Null("/data/x"), '{"data": {"x": 1.0, "y": 1e2}}', '{"data": {"x": null, "y": 1e2}}'),
        (Null("/*/id"), '[{"id":1},{"x":1},{"id":2}]', '[{"id":null},{"x":1},{"id":null}]'),
        (Null("/1"), "[1,2]", "[1,null]"),
        (Null(""), "[1,2]", "null"),
        (Null("/none"), '{"a":1}', '{"a":1}'),
        (Null(), '{"a":null,"b":2}', '{"a":null,"b":null}'),
        (Null(), "3", "3"),
        (Null("/a~1b/m~0n"), '{"a/b":{"m~n":1}}', '{"a/b":{"m~n":null}}'),
        (Null("/a"), '{"a":1,"a":2}', '{"a":null,"a":null}'),
        (Drop(), '{"type":"a","data":1,"x":2}', '{"type":"a","x":2}'),
        (Drop("/data"), '{"data": 1, "x": 2}', '{"x": 2}'),
        (Drop("/data"), '{"data": 1}', "{}"),
        (Drop("/x"), '{"data": 1, "x": [2]}', '{"data": 1}'),
        (Drop("/*"), "[1, 2, 3]", "[]"),
        (Drop("/*/a"), '[{"a":1,"b":2},{"b":2,"a":1}]', '[{"b":2},{"b":2}]'),
        (Drop(""), "[1]", "[1]"),
        (Extra(), '{"a":1}', '{"a":1,"mockbot_extra":true}'),
        (Extra(), '{"a": 1}', '{"a": 1, "mockbot_extra": true}'),
        (Extra(key='"é'), "{}", '{"\\"é":true}'),
        (Extra("/data/*"), '{"data":[{},2]}', '{"data":[{"mockbot_extra":true},2]}'),
        (Extra(), "[1]", "[1]"),
        (Enum(), '{"data":"x","type":"plain"}', '{"data":"x","type":"mockbot_unknown"}'),
        (Enum(), '{"chain_type":null,"status":"ok"}', '{"chain_type":null,"status":"mockbot_unknown"}'),
        (Enum(), '{"data":"x"}', '{"data":"x"}'),
        (Enum("/data", value="é"), '{"data":"x"}', '{"data":"é"}'),
        (BigInt(), '{"a":1.0,"b":7}', '{"a":1.0,"b":9007199254740993}'),
        (BigInt(value="-" + "9" * 400), "[1]", f"[-{'9' * 400}]"),
        (BigInt(), '{"a":"1"}', '{"a":"1"}'),
        (BigInt("/a"), '{"a":true}', '{"a":true}'),
        (Retype(), '{"type":"a","data":"x"}', '{"type":"a","data":{}}'),
        (Retype("/a", to="string"), '{"a":1}', '{"a":""}'),
        (Retype(to="array"), '{"a":[],"b":1}', '{"a":[],"b":[]}'),
        (Surrogate(), '{"type":"a","id":"b","data":"x"}', '{"type":"a","id":"b","data":"x\\ud83d"}'),
        (Surrogate("/data"), '{"data":1}', '{"data":1}'),
        (Text(), '{"data":"x"}', '{"data":"x\u2028\u2029\u0085\\u000b\\f\\u001c"}'),
        (Text(what="framing"), '{"data":""}', '{"data":"data: x\\n\\nid: 1\\n\\n"}'),
        (Large(bytes=5), '{"data":"é"}', '{"data":"éxxx"}'),
        (Large(bytes=2), '{"data":"long"}', '{"data":"long"}'),
        (Paging(), ROWS, ROWS.replace('{"id":1},{"id":2}', "")),
        (Paging(), '{"a":[],"count":0,"has_more":false}', '{"a":[],"count":1,"has_more":true}'),
        (Paging("total"), ROWS, ROWS.replace('"total":2', '"total":1002')),
        (Paging("total"), '{"a":[],"hasMore":true}', '{"a":[],"hasMore":false}'),
        (Paging("repeat"), ROWS, ROWS.replace('{"id":2}', '{"id":2},{"id":1},{"id":2}')),
        (Paging("repeat"), '{"a":[],"total":0}', '{"a":[],"total":0}'),
        (Paging(), '{"a":[1],"b":[2],"total":1}', '{"a":[1],"b":[2],"total":1}'),
        (Paging(), '{"a":[1],"page":1}', '{"a":[1],"page":1}'),
    ],
)
def test_only_the_named_values_of_a_body_change(fault: Fault, given: str, left: str) -> None:
    assert bent_json(fault, given) == left


@pytest.mark.parametrize(
    ("form", "given", "left"),
    [
        ("nanoseconds", "2026-01-06T18:30:00+00:00", "2026-01-06T18:30:00.123456789+00:00"),
        ("nanoseconds", "2026-01-06T18:30:00.5", "2026-01-06T18:30:00.523456789Z"),
        ("lower_z", "2026-01-01T01:30:00.25+02:00", "2025-12-31T23:30:00.25z"),
        ("lower_z", "2026-01-01T01:30:00-02:30", "2026-01-01T04:00:00z"),
        ("lower_z", "2026-01-01 01:30:00", "2026-01-01T01:30:00z"),
        ("lower_z", "2026-02-31T01:30:00Z", "2026-02-31T01:30:00z"),
        ("lower_z", "0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00z"),
        ("no_colon", "2026-01-06T18:30:00Z", "2026-01-06T18:30:00+0000"),
        ("no_colon", "2026-01-06T18:30:00-08:00", "2026-01-06T18:30:00-0800"),
        ("no_zone", "2026-01-06T18:30:00.5Z", "2026-01-06T18:30:00.5"),
    ],
)
def test_forms_of_a_date_time(form: Any, given: str, left: str) -> None:
    assert bent_json(DateTime(form=form), f'{{"a":"no","b":"{given}"}}') == f'{{"a":"no","b":"{left}"}}'


def test_kinds_of_the_forms_of_a_date_time() -> None:
    assert [(DateTime().kind, DateTime().expects)] == [("legal", "same")]
    assert [(DateTime(form="no_zone").kind, DateTime(form="no_zone").expects)] == [("violation", "either")]


@pytest.mark.parametrize("what", ["separators", "framing", "emoji", "controls"])
def test_each_text_is_one_event_for_a_right_reader(what: Any) -> None:
    left = bent(Text(what=what), stream(b'data: {"type": "a", "data": "x"}\n\n'))
    (event,) = Parser().feed(left[1]["body"])
    assert len(json.loads(event.data)["data"]) > 6
    assert json.loads(event.data)["type"] == "a"


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        ([b'data: {"a": 1}\n\n', b"data: [DONE]\n\n"], [b'data: {"a": null}\n\n', b"data: [DONE]\n\n"]),
        ([b'data: {"a"', b": 1}\n", b"\n"], [b'data: {"a": null}\n\n']),
        ([b'data: {"a": 1}\n\ndata: {"b', b'": 1}\n\n'], [b'data: {"a": null}\n\n', b'data: {"b": null}\n\n']),
        ([b'data:{"a":1}\r\n\r\n'], [b'data:{"a":null}\r\n\r\n']),
        ([b'data: {"a": 1}\r', b"\n\r", b"\n: c"], [b'data: {"a": null}\r\n\r', b"\n", b": c"]),
        ([b'data: {"a": 1}\r\r', b"data: [1]\r\r"], [b'data: {"a": null}\r\r', b"data: [null]\r\r"]),
        ([b'\xef\xbb\xbfdata: {"a": 1}\n\n'], [b'\xef\xbb\xbfdata: {"a": null}\n\n']),
        ([b'id: 1\ndata: {"a":\n: c\ndata: 1}\nevent: x\n\n'], [b'id: 1\ndata: {"a":\ndata: null}\n: c\nevent: x\n\n']),
        ([b"data\n\n", b": c\n\n", b"data: \xff\n\n"], [b"data\n\n", b": c\n\n", b"data: \xff\n\n"]),
        ([b'data: {"a": 1}'], [b'data: {"a": 1}']),
        ([b'data: {"a": 1}\n', b""], [b'data: {"a": 1}\n']),
    ],
)
def test_each_event_of_a_stream_changes_as_soon_as_it_is_complete(pieces: list[bytes], left: list[bytes]) -> None:
    assert summary(bent(Null(), stream(*pieces))) == [200, *left, "."]


@given(st.lists(st.integers(1, 9), max_size=40))
def test_the_pieces_of_a_stream_do_not_change_what_is_sent(sizes: list[int]) -> None:
    whole_stream = b'data: {"a": "\xc3\xa9"}\r\n\r\nevent: x\rdata: {"b": [1]}\r\r: c\n\ndata: 1\n\n'
    pieces, at = [], 0
    for size in sizes:
        pieces.append(whole_stream[at : at + size])
        at += size
    left = bent(Null(), stream(*pieces, whole_stream[at:]))
    sent = b"".join(message["body"] for message in left[1:])
    assert sent == b'data: {"a": null}\r\n\r\nevent: x\rdata: {"b": null}\r\r: c\n\ndata: 1\n\n'


def test_in_a_script_the_rest_is_a_stream() -> None:
    assert summary(bent(Null(), stream(b"", b"data: [1]\n\n")[1:])) == [b"data: [null]\n\n", "."]


@pytest.mark.parametrize(
    "head",
    [
        start(content_type="text/plain"),
        start(),
        start(content_type="application/json", content_encoding="gzip"),
        start(content_type="text/event-stream", content_encoding="gzip"),
    ],
)
def test_what_is_not_plain_json_passes_unchanged(head: Messages) -> None:
    given: Any = [head, body(b'{"a":'), body(b"1}\n\n", more=False)]
    assert bent(Null(), given) == given


@pytest.mark.parametrize("text", ["", "{", "NaN", "[" * 100_000, '{"a":1}x', "\ufeff{}"])
def test_a_body_that_is_not_json_passes_unchanged(text: str) -> None:
    assert bent_json(Null(""), text) == text


def test_a_media_type_with_other_case_and_parameters() -> None:
    given = [start(content_type="Application/Problem+JSON; charset=utf-8"), body(b"[1]", more=False)]
    assert summary(bent(Null(), given)) == [200, b"[null]", "."]


def test_a_body_in_pieces_is_changed_as_a_whole() -> None:
    given = [start(content_type="application/json"), body(b'{"a"'), body(b":1}"), body(b"", more=False)]
    left = bent(Null(), given)
    assert summary(left) == [200, b'{"a":null}', "."]
    assert dict(left[0]["headers"])[b"content-length"] == b"10"


def test_what_is_kept_is_sent_before_the_connection_ends() -> None:
    given = [*whole(b"[1]")[:1], body(b"[1"), pause(2), abort("cut")]
    assert summary(bent(Null(), given)) == [2, 200, b"[1", "cut"]
    events: Messages = [*stream()[:1], body(b"data: [1"), abort("cut")]
    assert summary(bent(Null(), events)) == [200, b"data: [1", "cut"]


def test_bytes_after_the_response_stay_there() -> None:
    assert summary(bent(Null(), [*whole(b"[1]"), raw(b"x")])) == [200, b"[null]", ".", "x"]
    assert summary(bent(Null(), [*stream(b"data: [1]"), raw(b"x")])) == [200, b"data: [1]", ".", "x"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES, st.sampled_from([None, 2]), st.booleans())
def test_a_null_at_every_place_of_the_first_level(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace").decode()
    expected = [None] * len(value) if isinstance(value, list) else value
    expected = dict.fromkeys(json.loads(text), None) if isinstance(value, dict) else expected
    if isinstance(value, list | dict) or ascii_only:
        assert json.loads(bent_json(Null("/*"), text)) == expected
    dropped = json.loads(bent_json(Drop("/*"), text))
    assert dropped == ([] if isinstance(value, list) else {} if isinstance(value, dict) else json.loads(text))


def test_a_large_body_takes_little_time() -> None:
    text = '{"data":[' + ",".join(f'{{"id":{index},"x":[{{"y":1}}]}}' for index in range(20_000)) + "]}"
    began = time.process_time()
    left = bent_json(Drop("/data/*/id"), text)
    assert time.process_time() - began < 10  # a second; minutes if it were quadratic
    assert '"id"' not in left


def test_large_texts_have_a_bound_together() -> None:
    rows = json.dumps({"rows": ["a"] * 20})
    left = json.loads(bent_json(Large(at="/rows/*", bytes=MOST // 4), rows))["rows"]
    assert [len(each) >= MOST // 4 for each in left] == [True] * 4 + [False] * 16
    once = bent_json(Large(at="/rows/7", bytes=MOST), rows)
    assert MOST < len(once) < MOST + 1000
    assert bent_json(Large(at="/rows/8", bytes=MOST), once) == once
