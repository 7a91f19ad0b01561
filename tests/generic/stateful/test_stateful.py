"""POST, list, get, put, patch and delete with `--stateful`, as a person expects them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.world.snapshot import snapshot
from mockbot.world.worlds import DEFAULT
from tests.generic.stateful.petstore import PETSTORE, Shop, fixture_of, opened

NOW = "2026-01-01T00:00:00Z"
REX = {"id": 1, "name": "Rex", "status": "available", "created_at": NOW, "updated_at": NOW}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from opened(tmp_path)


Open = Callable[..., Any]


def deep(levels: int) -> Any:
    return [] if levels == 1 else [deep(levels - 1)]


@pytest.fixture
def open_shop(tmp_path: Path) -> Open:
    return contextmanager(lambda *args, **options: opened(tmp_path, *args, **options))


def names(shop: Shop, query: str) -> list[str]:
    return [pet["name"] for pet in shop(f"GET /pets?{query}").json()["data"]]


def test_a_created_row_is_listed_and_returned_until_it_is_deleted(shop: Shop) -> None:
    assert shop("GET /pets").json() == {"data": [], "total": 0, "has_more": False}
    created = shop("POST /pets", {"name": "Rex"})
    assert (created.status_code, created.json(), created.headers["location"]) == (201, REX, "/pets/1")
    assert shop("GET /pets").json() == {"data": [REX], "total": 1, "has_more": False}
    assert shop("GET /pets/1").json() == REX
    assert shop("DELETE /pets/1").status_code == 204
    missing = shop("GET /pets/1")
    assert (missing.status_code, missing.json()) == (404, {"code": 404, "message": "There is no pet with the id 1"})
    assert shop("GET /pets").json()["total"] == 0


def test_put_replaces_a_row_but_not_its_key_and_creation(shop: Shop) -> None:
    shop("POST /pets", {"name": "Rex", "tag": "dog"})
    shop.app.worlds.get(DEFAULT).clock.advance(60)
    later = {"id": 1, "name": "Max", "status": "sold", "created_at": NOW, "updated_at": "2026-01-01T00:01:00Z"}
    assert shop("PUT /pets/1", {"name": "Max", "status": "sold"}).json() == later
    assert shop("GET /pets/1").json() == later


def test_patch_merges(shop: Shop) -> None:
    shop("POST /pets", {"name": "Rex", "tag": "dog"})
    assert shop("PATCH /pets/1", {"tag": None, "age": 3}).json() == {**REX, "age": 3}
    assert shop("GET /pets/1").json() == {**REX, "age": 3}


@pytest.mark.parametrize("line", ["GET /pets/9", "DELETE /pets/9", "PUT /pets/9", "PATCH /pets/9"])
def test_an_unknown_row_is_a_404_in_the_form_of_the_document(shop: Shop, line: str) -> None:
    refused = shop(line, {"name": "x"} if line[:2] in ("PU", "PA") else None)
    assert (refused.status_code, refused.json()["code"]) == (404, 404)


def test_an_undocumented_404_is_a_problem(shop: Shop) -> None:
    refused = shop("DELETE /owners/nobody")
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    assert refused.json()["detail"] == "There is no owner with the username nobody"


def test_keys_are_not_used_again(shop: Shop) -> None:
    for _ in range(2):
        shop("POST /pets", {"name": "x"})
    shop("DELETE /pets/2")
    assert shop("POST /pets", {"name": "x"}).json()["id"] == 3


def test_an_invalid_request_changes_nothing(shop: Shop) -> None:
    assert shop("POST /pets", {"name": ""}).status_code == 400
    assert shop("GET /pets").json()["total"] == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=sold", ["Bo"]),
        ("status=available&tag=cat", ["Al"]),
        ("tag=cat&tag=dog", ["Al", "Bo", "Cy"]),
        ("age=3", ["Al"]),
        ("name=Cy", ["Cy"]),
        ("q=C", ["Al", "Cy"]),
        ("sort=age", ["Cy", "Bo", "Al"]),
        ("sort=-age", ["Al", "Bo", "Cy"]),
        ("sort=name:desc", ["Cy", "Bo", "Al"]),
        ("sort=status,-name", ["Cy", "Al", "Bo"]),
        ("per_page=2", ["Al", "Bo"]),
        ("per_page=2&page=2", ["Cy"]),
        ("per_page=2&page=3", []),
        ("sort=-name&per_page=1&page=2", ["Bo"]),
        ("colour=red", ["Al", "Bo", "Cy"]),
    ],
)
def test_lists_are_filtered_sorted_and_paged(shop: Shop, query: str, found: list[str]) -> None:
    shop("POST /pets", {"name": "Al", "tag": "cat", "age": 3})
    shop("POST /pets", {"name": "Bo", "tag": "dog", "age": 2, "status": "sold"})
    shop("POST /pets", {"name": "Cy", "tag": "dog"})
    assert names(shop, query) == found


def test_a_page_names_the_next_one(shop: Shop) -> None:
    for name in "abc":
        shop("POST /pets", {"name": name})
    first = shop("GET /pets?per_page=2")
    assert (first.headers["x-total-count"], first.json()["has_more"]) == ("3", True)
    assert first.headers["link"] == '<http://127.0.0.1/pets?per_page=2&page=2>; rel="next"'
    last = shop("GET /pets?per_page=2&page=2")
    assert ("link" in last.headers, last.json()["has_more"]) == (False, False)


def listed(*parameters: dict[str, Any], schema: Any = None) -> dict[str, Any]:
    document = deepcopy(PETSTORE)
    document["paths"]["/pets"]["get"]["parameters"] = [{"in": "query", **each} for each in parameters]
    if schema is not None:
        response = document["paths"]["/pets"]["get"]["responses"]["200"]
        response["content"]["application/json"]["schema"] = schema
    return document


@pytest.mark.parametrize(
    ("parameters", "query", "found"),
    [
        (["limit", "offset"], "limit=2&offset=1", "bc"),
        (["limit", "offset"], "offset=3", "d"),
        (["limit", "skip"], "limit=1&skip=2", "c"),
        (["page", "page_size"], "page=2&page_size=3", "d"),
        (["pageNumber", "pageSize"], "pageNumber=1&pageSize=3", "abc"),
        (["limit", "cursor"], "limit=2&cursor=2", "cd"),
        (["limit", "starting_after"], "limit=1&starting_after=1", "b"),
        (["limit", "offset"], "limit=-1", "abcd"),
        (["limit", "offset"], "limit=0&offset=-2", "abcd"),
        (["page", "limit"], "page=-1&limit=3", "abc"),
        ([], "", "abcd"),
    ],
)
def test_styles_of_paging(open_shop: Open, parameters: list[str], query: str, found: str) -> None:
    document = listed(*({"name": name, "schema": {"type": "integer"}} for name in parameters))
    with open_shop(document) as shop:
        for name in "abcd":
            shop("POST /pets", {"name": name})
        assert "".join(names(shop, query)) == found


def test_a_size_that_no_page_can_have_is_as_if_absent(open_shop: Open) -> None:
    with open_shop(listed({"name": "limit", "schema": {"type": "integer", "default": 2}})) as shop:
        for name in "abcd":
            shop("POST /pets", {"name": name})
        assert names(shop, "limit=-1") == names(shop, "") == ["a", "b"]


ARRAY = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
META = {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        (ARRAY, [REX]),
        ({"type": "object", "properties": {"pets": ARRAY}}, {"pets": [REX]}),
        ({"properties": {"results": ARRAY, "warnings": ARRAY}}, {"results": [REX]}),
        ({"properties": {"items": ARRAY, "meta": META}, "required": ["meta"]}, {"items": [REX], "meta": {"total": 1}}),
        ({"properties": {"data": ARRAY, "pageSize": {"type": "integer"}}}, {"data": [REX], "pageSize": 1}),
        ({"allOf": [{"properties": {"data": ARRAY}}, {"properties": {"count": {"type": "integer"}}}]}, None),
    ],
)
def test_a_list_has_the_shape_of_the_document(open_shop: Open, schema: Any, shape: Any) -> None:
    with open_shop(listed(schema=schema)) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert shop("GET /pets").json() == (shape or {"data": [REX], "count": 1})


def test_a_row_can_be_inside_another_object(open_shop: Open) -> None:
    document = deepcopy(PETSTORE)
    for path, method, status in [("/pets", "post", "201"), ("/pets/{petId}", "get", "200")]:
        media = document["paths"][path][method]["responses"][status]["content"]["application/json"]
        media["schema"] = {"type": "object", "required": ["pet"], "properties": {"pet": media["schema"]}}
    body = document["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"] = {"type": "object", "required": ["pet"], "properties": {"pet": body["schema"]}}
    with open_shop(document) as shop:
        assert shop("POST /pets", {"pet": {"name": "Rex"}}).json() == {"pet": REX}
        assert shop("GET /pets/1").json() == {"pet": REX}


def test_a_key_that_exists_is_a_409_where_the_document_has_it(shop: Shop) -> None:
    assert shop("POST /owners", {"username": "ada", "password": "x"}).json() == {"username": "ada"}
    assert shop("POST /owners", {"username": "ada"}).status_code == 409


def test_put_creates_where_the_document_has_201(shop: Shop) -> None:
    assert shop("PUT /owners/ada", {"username": "ada", "cats": 1}).status_code == 201
    assert shop("PUT /owners/ada", {"username": "ada", "cats": 2}).status_code == 200


def test_a_form_creates_a_row(shop: Shop) -> None:
    created = shop("POST /owners", data={"username": "7", "cats": "2"})
    assert created.json() == {"username": "7", "cats": 2}


def test_nested_rows_belong_to_their_parent(shop: Shop) -> None:
    assert shop("POST /owners/ada/notes", {"text": "x"}).status_code == 404
    for owner in ("ada", "bob"):
        shop("POST /owners", {"username": owner})
        shop(f"POST /owners/{owner}/notes", {"text": owner})
    (note,) = shop("GET /owners/ada/notes").json()
    assert note["text"] == "ada"
    assert shop(f"GET /owners/ada/notes/{note['id']}").json() == note
    assert shop(f"GET /owners/bob/notes/{note['id']}").status_code == 404
    shop("DELETE /owners/ada")
    assert shop("GET /owners/ada/notes").status_code == 404
    shop("POST /owners", {"username": "ada"})
    assert shop("GET /owners/ada/notes").json() == []


def test_other_operations_answer_as_before(shop: Shop) -> None:
    assert shop("GET /status").json() == {"ok": True}
    assert shop.app.collections == ("/pets", "/owners", "/owners/{username}/notes")


def test_without_the_option_nothing_is_kept(open_shop: Open) -> None:
    with open_shop(stateful=False) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert shop("GET /pets/99").status_code == 200


def test_worlds_share_nothing_and_have_their_prefix_in_locations(shop: Shop) -> None:
    created = shop("POST /w/one/pets", {"name": "Rex"})
    assert created.headers["location"] == "/w/one/pets/1"
    assert shop("GET /w/one/pets").json()["total"] == 1
    assert shop("GET /w/two/pets").json()["total"] == 0


def test_a_location_has_the_base_path_of_the_request(open_shop: Open) -> None:
    document = {**PETSTORE, "servers": [{"url": "/api/v3"}, {"url": "https://example.com/pets"}]}
    with open_shop(document) as shop:
        for prefix in ("/api/v3", "/w/one/api/v3", "/pets", "", "/w/one"):
            location = shop(f"POST {prefix}/pets", {"name": "Rex"}).headers["location"]
            assert location.startswith(f"{prefix}/pets/")
            assert shop(f"GET {location}").json()["name"] == "Rex"


def exercise(shop: Shop) -> list[bytes]:
    lines: list[tuple[Any, ...]] = [
        ("POST /owners", {"username": "ada"}),
        ("POST /owners/ada/notes", {"text": "a"}),
        ("POST /pets", {"name": "Rex"}),
        ("DELETE /pets/1",),
        ("POST /pets", {"name": "Max"}),
        ("GET /owners/ada/notes",),
        ("GET /pets",),
    ]
    return [shop(*line).content for line in lines]


def test_the_same_seed_and_requests_give_the_same_bytes(open_shop: Open) -> None:
    with open_shop(seed=1) as one, open_shop(seed=1) as same, open_shop(seed=2) as other:
        first = exercise(one)
        assert exercise(same) == first
        assert exercise(other) != first


def test_a_reset_world_is_empty_again(shop: Shop) -> None:
    first = exercise(shop)
    assert shop("POST /__mockbot__/worlds/default/reset", {}).status_code == 200
    assert exercise(shop) == first


def test_a_world_made_from_a_snapshot_has_the_same_rows_and_continues_the_ids(shop: Shop) -> None:
    exercise(shop)
    app = shop.app
    saved = snapshot(app.worlds.get(DEFAULT))
    assert shop("PUT /__mockbot__/worlds/copy", {"fixture": saved, "clock": "frozen"}).status_code == 201
    assert snapshot(app.worlds.get("copy")) == saved
    assert fixture_of(app, saved).resources[0].resource.path == "/owners"
    assert shop("GET /w/copy/pets").content == shop("GET /pets").content
    assert shop("POST /w/copy/pets", {"name": "x"}).json()["id"] == 3


def test_rows_are_limited_and_the_oldest_go_first(open_shop: Open) -> None:
    with open_shop(max_rows=3) as shop:
        for name in "abcde":
            shop("POST /pets", {"name": name})
        assert names(shop, "") == ["c", "d", "e"]


def test_bytes_of_rows_are_limited_and_counted(open_shop: Open) -> None:
    with open_shop(max_row_bytes=50_000) as shop:
        world = shop.app.worlds.get(DEFAULT)
        for _ in range(30):
            shop("POST /pets", {"name": "x" * 2000})
        assert 30_000 < world.rows.size <= 50_000
        assert world.size >= world.rows.size
        assert shop("POST /pets", {"name": "x" * 60_000}).status_code == 507


def test_a_change_that_is_too_large_leaves_the_row(open_shop: Open) -> None:
    with open_shop(max_row_bytes=50_000) as shop:
        shop("POST /pets", {"name": "Rex"})
        for line in ("PUT /pets/1", "PATCH /pets/1"):
            assert shop(line, {"name": "x" * 60_000}).status_code == 507
            assert shop("GET /pets/1").json() == REX


def test_the_oldest_row_can_grow(open_shop: Open) -> None:
    with open_shop(max_row_bytes=50_000) as shop:
        for _ in range(3):
            shop("POST /pets", {"name": "x" * 12_000})
        assert shop("PATCH /pets/1", {"name": "y" * 30_000}).status_code == 200
        assert shop("GET /pets/1").json()["name"] == "y" * 30_000
        assert shop("GET /pets/2").status_code == 404


def test_a_fixture_names_collections_and_their_rows(open_shop: Open) -> None:
    with open_shop(fixture={"pets": [{"id": 7, "name": "Rex"}]}) as shop:
        assert shop("GET /pets/7").json()["name"] == "Rex"
        assert shop("POST /pets", {"name": "Max"}).json()["id"] == 8
        assert names(shop, "") == ["Rex", "Max"]
        assert shop("DELETE /owners/nobody").status_code == 204, "not named, so it is answered as before"


def test_a_fixture_can_name_paths_and_key(open_shop: Open) -> None:
    place = {"path": "/pets", "item": "/pets/{petId}", "key": "id", "rows": [{"id": 1, "name": "Rex"}]}
    with open_shop(fixture={"animals": place}) as shop:
        assert names(shop, "name=Rex") == ["Rex"]


@pytest.mark.parametrize(
    ("resources", "mistake"),
    [
        ({"pats": []}, r"fixture.yaml:2: /resources/pats: no path with an item path ends with /pats"),
        ({"pets": {"path": "/pats"}}, r"/resources/pets/path: the document has no path /pats; did you mean `/pets`"),
        ({"pets": {"path": "/status"}}, "say which one with `item`"),
        ({"pets": {"item": "/pats/{id}"}}, r"/resources/pets/item: the document has no path"),
        ({"pets": [{"name": "Rex"}]}, r"fixture.yaml:3: /resources/pets/0: `id` is missing, which is in the path"),
        ({"pets": [{"id": 1}, {"id": 1}]}, "the row 0 has the same `id`"),
        (
            {"pets": [{"id": 5, "name": 7}]},
            r"fixture.yaml:4: /resources/pets/0/name: `name` must be a string, got",
        ),
        ({"pets": {"rows": [{"id": 5, "tag": 7}]}}, r"fixture.yaml:5: /resources/pets/rows/0/tag: `tag` must be a st"),
        ({"pets": [{"id": "x"}]}, r"fixture.yaml:3: /resources/pets/0/id: `id` must be an integer, got the string"),
        ({"pets": [{"id": 1, "nam": "Rex"}]}, r"/resources/pets/0/nam: `nam` is not known here; did you mean `name`"),
        ({"pets": [{"id": 1, "created_at": "now"}]}, r"/resources/pets/0/created_at: `created_at` must be a date-time"),
        ({"owners": [{"username": "a", "x": deep(101)}]}, r"/resources/owners/0: The row has more than 100 levels"),
    ],
)
def test_mistakes_in_resources_name_file_line_and_pointer(open_shop: Open, resources: Any, mistake: str) -> None:
    with pytest.raises(UserError, match=mistake), open_shop(fixture=resources):
        pass


def test_rows_of_a_fixture_get_what_they_lack_as_new_rows_do(open_shop: Open) -> None:
    with open_shop(fixture={"pets": [{"id": 7, "name": "Rex"}, {"id": 8, "name": "Max"}]}) as shop:
        rex = {"id": 7, "name": "Rex", "status": "available", "created_at": NOW}
        assert shop("GET /pets/7").json() == rex
        assert names(shop, "status=available") == ["Rex", "Max"]
        assert shop("PATCH /pets/7", {"age": 2}).json() == {**rex, "age": 2, "updated_at": NOW}


def test_a_fixture_can_have_what_only_requests_have(open_shop: Open) -> None:
    document = deepcopy(PETSTORE)
    document["components"]["schemas"]["NewPet"]["properties"]["secret"] = {"type": "string"}
    with open_shop(document, fixture={"pets": [{"id": 1, "name": "Rex", "secret": "x"}]}) as shop:
        assert "secret" not in shop("GET /pets/1").json()
        saved = snapshot(shop.app.worlds.get(DEFAULT))
        assert saved["resources"]["pets"]["rows"][0]["secret"] == "x"
        assert fixture_of(shop.app, saved).resources[0].rows[0]["secret"] == "x"


def visits(row: Any) -> dict[str, Any]:
    """Return the pets with a nested collection, whose rows have the schema `row`."""
    document = deepcopy(PETSTORE)
    sent = {"200": {"description": "x", "content": {"application/json": {"schema": row}}}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}} for name in ("petId", "visitId")
    ]
    put = {"requestBody": body, "responses": {**sent, "201": sent["200"]}}
    patch = {"requestBody": body, "responses": sent}
    document["paths"] |= {
        "/pets/{petId}/visits": {"parameters": parameters[:1], "post": patch},
        "/pets/{petId}/visits/{visitId}": {"parameters": parameters, "put": put, "patch": patch},
    }
    return document


def test_values_of_a_path_have_the_type_of_the_parameter_where_the_row_has_none(open_shop: Open) -> None:
    json = {"Content-Type": "application/json"}
    with open_shop(visits({"type": "object"})) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert shop("POST /pets/1/visits", {}).json() == {"petId": 1, "id": 1}
        assert shop("POST /pets/1/visits", {"id": "5"}).json() == {"petId": 1, "id": 5}
        assert shop("PATCH /pets/1/visits/5", {"a": 1}, headers=json).json() == {"petId": 1, "id": 5, "a": 1}
        assert shop("PUT /pets/1/visits/9", {"a": 2}).json() == {"petId": 1, "id": 9, "a": 2}
        assert shop("POST /pets/1/visits", {}).json()["id"] == 10
    with open_shop(visits({"type": "object", "properties": {"petId": {"type": "string"}, "id": {}}})) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert shop("POST /pets/1/visits", {}).json() == {"petId": "1", "id": 1}


def without_success(path: str, method: str) -> dict[str, Any]:
    document = deepcopy(PETSTORE)
    document["paths"][path][method]["responses"] = {"405": {"description": "Invalid input"}}
    return document


def test_an_operation_of_which_only_errors_are_described_does_what_it_usually_does(open_shop: Open) -> None:
    with open_shop(without_success("/pets", "post")) as shop:
        created = shop("POST /pets", {"name": "Rex"})
        assert (created.status_code, created.json()) == (201, REX)
        assert shop("GET /pets/1").json() == REX
    with open_shop(without_success("/pets/{petId}", "delete")) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert (shop("DELETE /pets/1").status_code, shop("GET /pets/1").status_code) == (204, 404)
    with open_shop(without_success("/pets", "get")) as shop:
        shop("POST /pets", {"name": "Rex"})
        assert shop("GET /pets").json() == [REX]


@pytest.mark.parametrize(("key", "parameter"), [("", {"type": "string"}), (0, {"type": "integer", "minimum": 1})])
def test_a_key_that_cannot_be_in_a_path_is_assigned(open_shop: Open, key: Any, parameter: Any) -> None:
    with open_shop(things({"type": "object", "properties": {"id": {"type": parameter["type"]}}}, parameter)) as shop:
        created = shop("POST /things", {"id": key}).json()["id"]
        assert created not in ("", 0)
        assert shop(f"GET /things/{created}").json() == {"id": created}


@pytest.mark.parametrize("data", [{}, {"type": ["object", "array"]}])
def test_rows_are_in_the_data_of_an_envelope_that_says_nothing_of_them(open_shop: Open, data: Any) -> None:
    envelope = {
        "type": "object",
        "required": ["status", "data"],
        "additionalProperties": False,
        "properties": {"status": {"const": "ok"}, "data": data},
    }
    asked = {"type": "object", "properties": {"thing_id": {"type": "string"}, "size": {"type": "integer"}}}
    with open_shop(things(envelope, {"type": "string"}, asked)) as shop:
        row = {"thing_id": "a", "size": 1}
        assert shop("POST /things", row).json() == {"status": "ok", "data": row}
        assert shop("GET /things").json() == {"status": "ok", "data": [row]}
        assert shop("GET /things/a").json() == {"status": "ok", "data": row}
        assert shop("GET /things/b").status_code == 404


def things(answer: Any, parameter: Any, asked: Any = None) -> dict[str, Any]:
    """Return a document with one collection."""
    sent = {"200": {"description": "x", "content": {"application/json": {"schema": answer}}}}
    body = {"required": True, "content": {"application/json": {"schema": asked or answer}}}
    one = {"name": "thing_id", "in": "path", "required": True, "schema": parameter}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {"get": {"responses": sent}, "post": {"requestBody": body, "responses": sent}},
            "/things/{thing_id}": {"parameters": [one], "get": {"responses": sent}},
        },
    }


@pytest.mark.parametrize("line", ["POST /pets", "PATCH /pets/1", "PUT /pets/1"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1e999", "A number in the body is too large"),
        ('{"a":' * 600 + "1" + "}" * 600, "The body has more than 100 levels"),
    ],
)
def test_a_body_that_could_not_be_written_again_is_refused(
    open_shop: Open, line: str, value: str, message: str
) -> None:
    document = deepcopy(PETSTORE)
    for name in ("Pet", "NewPet", "PetChange"):
        document["components"]["schemas"][name]["properties"]["note"] = {}
    with open_shop(document) as shop:
        shop("POST /pets", {"name": "Rex"})
        media_type = "application/merge-patch+json" if line.startswith("PATCH") else "application/json"
        body = f'{{"name": "Max", "note": {value}}}'
        refused = shop(line, content=body, headers={"Content-Type": media_type})
        assert (refused.status_code, message in refused.text) == (400, True)
        assert shop("GET /pets").json()["data"] == [REX]
