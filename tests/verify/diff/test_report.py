"""Differences are grouped by cause, each with its smallest example."""

import json

from mockbot.verify.client import Sent
from mockbot.verify.diff.causes import Cause, at, cause_of
from mockbot.verify.diff.differences import Difference
from mockbot.verify.diff.page import page
from mockbot.verify.diff.play import Answer, Pair
from mockbot.verify.diff.report import grouped

CAUSES = (
    Cause("first", "The first.", "10", (), at("/a")),
    Cause("second", "The second.", "2.1", (), at("/a", "/b")),
    Cause("written", "The notation.", "1", (), at("/n"), notation=True),
)


def pair_of(exchange: str, old: dict[str, int], new: dict[str, int], body: bytes = b"") -> Pair:
    sent = Sent("POST", "/x", "1.1", (("X-API-Key", "k"), ("X-Other", "o")), body)
    return Pair(exchange, sent, Answer(200, (), "json", {**old}), Answer(200, (), "json", {**new}))


def test_the_first_cause_that_fits_is_taken() -> None:
    pair = pair_of("e", {}, {})
    found = [cause_of(pair, Difference(place, "", ""), CAUSES) for place in ("/a", "/b", "/c")]
    assert [each and each.name for each in found] == ["first", "second", None]


def test_groups_are_in_the_order_of_their_sections_and_unknown_causes_are_last() -> None:
    diff = grouped("1", "2", [pair_of("e", {"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2})], CAUSES)
    assert [(each.name, each.section) for each in diff.groups] == [("second", "2.1"), ("first", "10"), ("other", "")]
    assert diff.groups[-1].sentence == "At /c."


def test_exchanges_are_counted_once() -> None:
    pairs = [pair_of("e", {"a": 1}, {"a": 2}), pair_of("e", {"a": 1}, {"a": 3}), pair_of("f", {"a": 1}, {"a": 1})]
    diff = grouped("1", "2", pairs, CAUSES)
    assert (diff.exchanges, diff.same, diff.groups[0].exchanges) == (2, 1, 1)


def test_an_exchange_that_differs_in_notation_only_counts_as_the_same() -> None:
    diff = grouped("1", "2", [pair_of("e", {"n": 1}, {"n": 2})], CAUSES)
    assert (diff.same, [each.name for each in diff.groups]) == (1, ["written"])


def test_the_example_is_the_smallest_request() -> None:
    pairs = [pair_of("long", {"a": 1}, {"a": 2}, b"a longer body"), pair_of("short", {"a": 1}, {"a": 2}, b"{}")]
    example = grouped("1", "2", pairs, CAUSES).groups[0].example
    assert (example.exchange, example.request) == ("short", "POST /x\nX-API-Key: k\n\n{}")
    assert (example.old, example.new) == ('200 {"a": 1}', '200 {"a": 2}')


def test_a_body_that_is_no_text_is_shown_as_its_size() -> None:
    example = grouped("1", "2", [pair_of("e", {"a": 1}, {"a": 2}, b"\xff\xfe")], CAUSES).groups[0].example
    assert example.request.endswith("\n\n<2 bytes>")


def test_the_page_and_the_json_have_every_group() -> None:
    diff = grouped("1", "2", [pair_of("e", {"a": 1, "c": 1}, {"a": 2, "c": 2})], CAUSES)
    text = page(diff)
    assert "## first\n\nThe first. Section 10.\n\n```http\nPOST /x\n" in text
    assert "| [other](#other) | At /c. | 1 |" in text
    value = json.loads(json.dumps(diff.as_json()))
    assert [each["name"] for each in value["groups"]] == ["first", "other"]
    assert value["groups"][0]["example"]["difference"] == {"at": "/a", "old": "1", "new": "2"}


def test_the_page_without_differences_says_so() -> None:
    text = page(grouped("1", "2", [pair_of("e", {}, {})], CAUSES))
    assert text.endswith("All 1 exchanges have the same responses.\n")
