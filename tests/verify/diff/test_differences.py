"""Two responses to one request are compared without ids, times and paths."""

from typing import Any

import pytest

from mockbot.jsontext import JSON
from mockbot.verify.client import Sent
from mockbot.verify.diff.differences import Difference, differences, normal
from mockbot.verify.diff.play import Answer, Pair

SENT = Sent("GET", "/api/v1/im/bots", "1.1", (), b"")
ONE, OTHER = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"


def pair_of(old: Answer, new: Answer, **options: Any) -> Pair:
    return Pair("4.19.4/x: y", SENT, old, new, **options)


def json_of(content: JSON, status: int = 200, **headers: str) -> Answer:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, (("content-type", "application/json"), *named), "json", content)


def stream_of(*frames: JSON, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(200, headers, "stream", list(frames))


def found(old: Answer, new: Answer, **options: Any) -> list[tuple[str, str, str]]:
    return [(each.at, each.old, each.new) for each in differences(pair_of(old, new, **options))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ONE, OTHER),
        ("2026-01-01T00:00:00.000001+00:00", "2026-02-02T10:00:00+00:00"),
        ("[IMAGE]20260101000000000_00ff.png", "[IMAGE]20260102000000000_1234.png"),
        ("/srv/one/data/cmd_config.json", "/opt/other/data/cmd_config.json"),
        ('{"id": "a", "ts": 1.5, "result": "x"}', '{"id": "a", "ts": 2.5, "result": "x"}'),
        ({"id": 1, "start_time": 1.0}, {"id": 2, "start_time": 2.0}),
        ("AstrBot v4.19.4 /help", "AstrBot v4.29.3 /name"),
    ],
)
def test_ids_times_and_texts_of_the_installation_are_no_difference(old: JSON, new: JSON) -> None:
    assert found(json_of({"data": old}), json_of({"data": new})) == []


def test_other_numbers_and_texts_are_differences() -> None:
    assert found(json_of({"total": 1, "name": "a"}), json_of({"total": 2, "name": "b"})) == [
        ("/total", "1", "2"),
        ("/name", '"a"', '"b"'),
    ]


def test_responses_of_another_status_differ_as_a_whole() -> None:
    old, new = json_of({"message": "a", "data": None}), json_of({"message": "b"}, 400)
    assert found(old, new) == [("answer", '200 {"message": "a", "data": null}', '400 {"message": "b"}')]


def test_another_state_in_the_envelope_differs_as_a_whole() -> None:
    assert [at for at, *_ in found(json_of({"status": "ok"}), json_of({"status": "error"}))] == ["answer"]


def test_coding_and_allow_are_compared_in_responses_that_differ_as_a_whole() -> None:
    old = Answer(405, (("allow", "GET, HEAD"),), "text/html", "x")
    new = Answer(405, (("allow", "GET"), ("vary", "Accept-Encoding")), "json", {})
    assert found(old, new)[1:] == [("header vary", "", "Accept-Encoding"), ("header allow", "GET, HEAD", "GET")]


def test_the_order_in_allow_is_no_difference() -> None:
    assert found(json_of({}, allow="GET, HEAD"), json_of({}, allow="HEAD, GET")) == []


def test_order_of_keys_missing_keys_and_items() -> None:
    old, new = json_of({"a": 1, "b": [1, 2], "c": 3}), json_of({"b": [1, 5], "a": 1})
    assert found(old, new) == [(" order of keys", "a, b", "b, a"), ("/b/1", "2", "5"), ("/c", "3", "")]


def test_the_line_feed_after_json_is_compared() -> None:
    old, new = Answer(200, (), "json", {}, "{}\n"), Answer(200, (), "json", {}, "{}")
    assert found(old, new) == [("end of the body", "a line feed", "")]


def test_names_and_order_of_headers_are_compared_but_not_those_of_mockbot() -> None:
    old = stream_of(headers=(("content-type", "text/event-stream"), ("etag", '"x"'), ("x-mockbot-entry", "1")))
    new = stream_of(headers=(("etag", '"y"'), ("content-type", "text/event-stream"), ("age", "1")))
    assert found(old, new) == [
        ("order of headers", "content-type, etag", "etag, content-type"),
        ("header age", "", "there"),
    ]


SAVED: JSON = {"type": "message_saved", "data": {"id": 1}}
END: JSON = {"type": "end", "data": ""}


def plain(text: str) -> JSON:
    return {"type": "plain", "data": text}


def test_a_frame_that_only_one_stream_has() -> None:
    assert found(stream_of(END), stream_of({"type": "run_started"}, END)) == [("frames run_started", "", "1")]


def test_frames_in_another_order() -> None:
    old, new = stream_of(plain("a"), SAVED, END), stream_of(SAVED, plain("a"), END)
    assert found(old, new) == [
        ("order of frames", "plain → message_saved → end", "message_saved → plain → end"),
    ]


def test_a_value_in_frames_is_named_once_with_the_type_of_the_frame() -> None:
    old = stream_of({"type": "stats", "data": {"x": [1]}}, {"type": "stats", "data": {"x": [1]}})
    new = stream_of({"type": "stats", "data": {"x": [2]}}, {"type": "stats", "data": {"x": [3]}})
    assert found(old, new) == [("stats /data/x/*", "1", "2")]


def test_the_same_frames_of_a_kind_are_paired_where_their_numbers_differ() -> None:
    old, new = stream_of(plain("a"), plain("b")), stream_of(plain("new"), plain("a"), plain("b"))
    assert found(old, new) == [("frames plain", "2", "3")]


def test_frames_that_a_client_that_left_did_not_see_are_no_difference() -> None:
    old, new = stream_of(plain("a"), plain("b"), END), stream_of({"type": "run_started"}, plain("a"))
    assert found(old, new, cut=True) == [("frames run_started", "", "1")]
    assert ("frames end", "1", "") in found(old, new)


def test_prompts_of_the_installation_are_left_out_of_what_the_model_received() -> None:
    text = '{"last_user": [{"text": "hi"}, {"text": "<system_reminder>%s</system_reminder>"}], "tools": [%s]}'
    assert normal(text % ("Monday", '"a"')) == normal(text % ("Friday", '"b"'))
    assert normal(text.replace("hi", "ho") % ("", "")) != normal(text % ("", ""))


def test_a_difference_is_shortened() -> None:
    (one,) = differences(pair_of(json_of({"a": "x" * 900}), json_of({"a": "y"})))
    assert isinstance(one, Difference)
    assert len(one.old) < 500


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("in /AstrBot/data/temp/a.txt", "in <data>/temp/a.txt"),
        ("C:/a/data, '/b/data/data' and /c/data", "C:<data>, '<data>' and <data>"),
        ("/data /database/a /a/database", "/data /database/a /a/database"),
    ],
)
def test_the_path_of_the_data_is_left_out(text: str, same: str) -> None:
    assert normal(text) == same
