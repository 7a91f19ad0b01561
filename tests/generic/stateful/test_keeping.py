"""A row fits the schema of a row, whatever the schema of the request allows."""

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.generic.stateful.petstore import opened

Open = Callable[..., Any]
OPEN = {"type": "object"}
ROW: dict[str, Any] = {
    "type": "object",
    "required": ["id", "s"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer"},
        "s": {"enum": ["on", "no"]},
        "n": {"type": ["integer", "null"]},
        "inner": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    },
}
FIRST = {"id": 3, "s": "on", "n": 1, "inner": {"a": 1}}


@pytest.fixture
def open_shop(tmp_path: Path) -> Open:
    return contextmanager(lambda *args, **options: opened(tmp_path, *args, **options))


def switches(asked: Any = OPEN, row: Any = ROW, methods: tuple[str, ...] = ("get", "put", "patch")) -> dict[str, Any]:
    """Return a document with a collection; `asked` is the schema of its requests, `row` that of its responses."""
    sent = {"200": {"description": "x", "content": {"application/json": {"schema": row}}}}
    body = {"required": True, "content": {"application/json": {"schema": asked}}}
    listed = {"200": {"description": "x", "content": {"application/json": {"schema": {"type": "array", "items": row}}}}}
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    change = {"requestBody": body, "responses": sent}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switches", "version": "1"},
        "paths": {
            "/ww": {"get": {"responses": listed}, "post": change},
            "/ww/{id}": {
                "parameters": [one],
                **{name: change if name != "get" else {"responses": sent} for name in methods},
            },
        },
    }


JSON = {"Content-Type": "application/json"}
MISTAKES = [
    ({"s": "zzz"}, '`s` must be one of "on", "no"; got "zzz"'),
    ({"s": "no", "n": "x"}, '`n` must be an integer or null, got the string "x"'),
    ({"s": "no", "inner": {"a": "x"}}, '`inner.a` must be an integer, got the string "x"'),
    ({"s": "no", "colour": "red"}, "`colour` is not known here"),
]


def refuses(shop: Any, line: str, body: Any, message: str) -> None:
    before = shop("GET /ww").json()
    refused = shop(line, body, headers=JSON)
    assert refused.status_code in (400, 422), refused.text
    assert message in refused.json()["detail"]
    assert shop("GET /ww").json() == before


@pytest.mark.parametrize("line", ["POST /ww", "PUT /ww/3", "PATCH /ww/3"])
@pytest.mark.parametrize(("body", "message"), MISTAKES)
def test_what_does_not_fit_the_schema_of_a_row_is_refused(open_shop: Open, line: str, body: Any, message: str) -> None:
    with open_shop(switches()) as shop:
        assert shop("POST /ww", FIRST).json() == FIRST
        refuses(shop, line, body, message)


def test_a_change_by_post_is_refused_too(open_shop: Open) -> None:
    with open_shop(switches(methods=("get", "post"))) as shop:
        shop("POST /ww", FIRST)
        refuses(shop, "POST /ww/3", {"s": "zzz"}, '`s` must be one of "on", "no"; got "zzz"')
        assert shop("POST /ww/3", {"s": "no"}).json() == {**FIRST, "s": "no"}


def test_a_described_request_can_be_looser_than_a_row(open_shop: Open) -> None:
    asked = {"type": "object", "properties": {"id": {"type": "integer"}, "s": {"type": "string"}}}
    with open_shop(switches(asked)) as shop:
        shop("POST /ww", {"id": 3, "s": "on"})
        refuses(shop, "PUT /ww/3", {"s": "zzz"}, '`s` must be one of "on", "no"; got "zzz"')


def test_null_removes_a_property_or_is_kept_where_the_row_must_have_it(open_shop: Open) -> None:
    with open_shop(switches()) as shop:
        shop("POST /ww", FIRST)
        refuses(shop, "PATCH /ww/3", {"s": None}, "`s` is required")
        refuses(shop, "PATCH /ww/3", {"inner": {"a": None}}, "`inner.a` is required")
        changed = shop("PATCH /ww/3", {"n": None, "inner": None}, headers=JSON)
        assert changed.json() == shop("GET /ww/3").json() == {"id": 3, "s": "on"}
    with open_shop(switches(row={**ROW, "required": ["n"]})) as shop:
        shop("POST /ww", FIRST)
        assert shop("PATCH /ww/3", {"n": None}, headers=JSON).json() == {**FIRST, "n": None}


def test_a_property_of_another_type_in_requests_is_not_kept(open_shop: Open) -> None:
    asked = {
        "type": "object",
        "properties": {**ROW["properties"], "tags": {"type": "array", "items": {"type": "string"}}},
    }
    with open_shop(switches(asked)) as shop:
        assert shop("POST /ww", {**FIRST, "tags": ["a"]}).json() == FIRST
        assert shop("PATCH /ww/3", {"n": 2, "tags": ["a"]}, headers=JSON).json() == {**FIRST, "n": 2}
        assert shop("GET /ww/3").json() == {**FIRST, "n": 2}


def test_a_property_that_only_requests_have_is_kept_and_not_shown(open_shop: Open) -> None:
    asked = {"type": "object", "properties": {"password": {"type": "string"}}}
    with open_shop(switches(asked)) as shop:
        created = shop("POST /ww", {"id": 3, "s": "no", "password": "x"})
        assert (created.status_code, created.json()) == (200, {"id": 3, "s": "no"})
