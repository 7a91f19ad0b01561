from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.openapi import overlay
from mockbot.source import parse


def applied(document: dict[str, Any], *actions: str) -> dict[str, Any]:
    lines = "".join(f"  - {action}\n" for action in actions)
    return overlay.apply(parse(f"overlay: 1.0.0\nactions:\n{lines}", "o.yaml"), document)


def test_an_update_merges_objects_and_appends_to_arrays() -> None:
    before = {"a": {"b": {"c": 1}, "list": [1]}}
    after = applied(before, "{target: $.a, update: {b: {d: 2}, list: [2]}}", "{target: $.a.list, update: 3}")
    assert after == {"a": {"b": {"c": 1, "d": 2}, "list": [1, 2, 3]}}
    assert before == {"a": {"b": {"c": 1}, "list": [1]}}


def test_an_update_reaches_every_node_that_is_selected() -> None:
    document: dict[str, Any] = {"paths": {"/a": {"get": {}}, "/b": {"get": {}, "post": {}}}}
    after = applied(document, "{target: '$.paths.*.get', update: {seen: true}}")
    assert after == {"paths": {"/a": {"get": {"seen": True}}, "/b": {"get": {"seen": True}, "post": {}}}}


def test_updates_of_two_nodes_share_nothing() -> None:
    after = applied({"a": {}, "b": {}}, "{target: '$.*', update: {list: []}}", "{target: $.a.list, update: 1}")
    assert after == {"a": {"list": [1]}, "b": {"list": []}}


def test_remove_deletes_nodes_from_objects_and_arrays() -> None:
    after = applied({"a": 1, "list": [1, 2, 3]}, "{target: $.a, remove: true}", "{target: '$.list[0:2]', remove: true}")
    assert after == {"list": [3]}


def test_a_target_may_select_nothing() -> None:
    assert applied({"a": 1}, "{target: $.b.c, update: {d: 1}}", "{target: $.b, remove: true}") == {"a": 1}


def test_the_document_itself_cannot_be_removed() -> None:
    assert applied({"a": 1}, "{target: $, remove: true}", "{target: $, update: {b: 2}}") == {"a": 1, "b": 2}


def test_an_update_of_another_kind_replaces_what_it_names() -> None:
    after = applied({"a": {"b": 1}, "l": [1], "s": 1}, "{target: $, update: {a: 2, l: {x: 1}, s: {y: 1}}}")
    assert after == {"a": 2, "l": {"x": 1}, "s": {"y": 1}}
    assert applied({"a": {"b": 1}, "s": 1}, "{target: $.a, update: 5}", "{target: $.s, update: {b: 1}}") == {
        "a": {"b": 1},
        "s": 1,
    }


def test_only_true_removes() -> None:
    assert applied({"a": {}}, "{target: $.a, remove: false, update: {b: 1}}") == {"a": {"b": 1}}


def test_a_strict_target_must_select_something() -> None:
    laid = parse("overlay: 1.0.0\nactions:\n  - target: $.b\n    update: {}\n", "o.yaml")
    with pytest.raises(UserError, match=r"o.yaml:3: the target selects nothing: \$\.b"):
        overlay.apply(laid, {"a": 1}, strict=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("actions: []", "o.yaml:1: not an OpenAPI Overlay"),
        ("overlay: 10.0.0\nactions: []", "o.yaml:1: not an OpenAPI Overlay"),
        ("overlay: 2.1.0\nactions: []", "o.yaml:1: not an OpenAPI Overlay"),
        ("overlay: 1.0.0\nactions: 5", "o.yaml:2: /actions: must be a list"),
        ("overlay: 1.0.0\nactions:\n- update: {}", "o.yaml:3: /actions/0: must be an action with a `target`"),
        ("overlay: 1.0.0\nactions:\n- target: '$['", "o.yaml:3: not a JSONPath"),
    ],
)
def test_an_invalid_overlay_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message.replace("$", r"\$")):
        overlay.apply(parse(text, "o.yaml"), {})
