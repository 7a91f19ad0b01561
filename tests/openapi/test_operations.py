import time
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.contract.contract import Contract
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operations


@pytest.fixture(scope="module")
def operations() -> Operations:
    item = {"responses": {"200": {"description": "ok"}}}
    paths = {
        "/things": {"get": item, "post": item},
        "/things/{id}": {"get": item},
        "/things/new": {"post": item},
        "/{kind}/{id}": {"delete": item},
    }
    return Operations(Document(b"", {"paths": paths}, b""))


def test_a_method_and_a_path_are_an_operation(operations: Operations) -> None:
    route = operations.find("POST", "/things")
    assert route.operation is operations.by_name["POST /things"]
    assert route.allow == ("GET", "POST")


def test_a_path_without_the_method_lists_its_methods(operations: Operations) -> None:
    route = operations.find("PATCH", "/things")
    assert (route.operation, route.allow) == (None, ("GET", "POST"))


def test_an_unknown_path_has_no_methods(operations: Operations) -> None:
    assert operations.find("GET", "/").allow == ()
    assert operations.find("GET", "/things/").allow == ()


def test_the_parameters_of_a_template_are_read_from_the_path(operations: Operations) -> None:
    route = operations.find("GET", "/things/a b.c")
    assert route.operation is operations.by_name["GET /things/{id}"]
    assert route.parameters == {"id": "a b.c"}


def test_fewer_parameters_take_precedence(operations: Operations) -> None:
    assert operations.find("POST", "/things/new").operation is operations.by_name["POST /things/new"]
    assert operations.find("GET", "/things/7").operation is operations.by_name["GET /things/{id}"]
    assert operations.find("DELETE", "/others/7").parameters == {"kind": "others", "id": "7"}


def test_an_operation_has_the_media_types_of_its_body(contract: Contract) -> None:
    by_name = contract.operations.by_name
    assert by_name["POST /api/v1/file"].media_types == ("multipart/form-data",)
    assert by_name["GET /api/v1/im/bots"].media_types == ()


@given(st.text(), st.text())
def test_any_method_and_path_have_a_route(operations: Operations, method: str, path: str) -> None:
    route = operations.find(method, path)
    assert route.operation is None or route.operation.method in route.allow


def found(paths: dict[str, str], target: str, method: str = "GET", **more: Any) -> tuple[str | None, dict[str, str]]:
    """Return the path that a target leads to in a document with these paths and methods, and its parameters."""
    item: dict[str, Any] = {"responses": {}}
    items = {path: dict.fromkeys(methods.split(), item) for path, methods in paths.items()}
    operations = Operations(Document(b"", {"paths": items, **more}, b""), keep_slashes=True)
    path, _, query = target.partition("?")
    route = operations.find(method, unquote(path), path.encode(), query.encode())
    return None if route.operation is None else route.operation.path, dict(route.parameters)


@pytest.mark.parametrize(
    ("paths", "target", "path", "parameters"),
    [
        ("/k/{id} /k/{id}:go", "/k/7:go", "/k/{id}:go", {"id": "7"}),
        ("/k/{id} /k/{id}:go", "/k/7:stop", "/k/{id}", {"id": "7:stop"}),
        ("/a/{x} /a/{x}.json", "/a/b.json", "/a/{x}.json", {"x": "b"}),
        ("/a/{x} /a/{x}.json", "/a/.json", "/a/{x}", {"x": ".json"}),
        ("/{a} /{a}-{b}", "/x-y-z", "/{a}-{b}", {"a": "x-y", "b": "z"}),
        ("/{a} /{a}-{b}", "/xyz", "/{a}", {"a": "xyz"}),
        ("/{a}{b}", "/xyz", "/{a}{b}", {"a": "xy", "b": "z"}),
        ("/{a}/{b} /{a}/c /d/{b}", "/d/c", "/{a}/c", {"a": "d"}),
        ("/users/me /users/{id}", "/users/me", "/users/me", {}),
        ("/a/{x}", "/a/b%2Fc", "/a/{x}", {"x": "b/c"}),
        ("/a/{x} /a/{x}/{y}", "/a/b%2Fc/d%20%C3%A9", "/a/{x}/{y}", {"x": "b/c", "y": "d é"}),
        ("/a/{x}", "/a/", None, {}),
        ("/a/ /a", "/a/", "/a/", {}),
        ("/a/", "/a", None, {}),
        ("/a(b)[c].* /{x}", "/a(b)[c].*", "/a(b)[c].*", {}),
        ("/a#copy /b", "/a", "/a#copy", {}),
        ("/a#copy /a", "/a", "/a", {}),
        ("/a#copy /a", "/a%23copy", "/a#copy", {}),
        ("/a /a?x=1", "/a?x=1&y=2", "/a?x=1", {}),
        ("/a /a?x=1", "/a?x=2", "/a", {}),
        ("/a?x=1", "/a", None, {}),
        ("a/b", "/a/b", "a/b", {}),
    ],
)
def test_the_template_with_the_most_text_is_found(
    paths: str, target: str, path: str | None, parameters: dict[str, str]
) -> None:
    assert found(dict.fromkeys(paths.split(), "get"), target) == (path, parameters)


def test_a_template_that_has_the_method_comes_before_one_with_more_text() -> None:
    assert found({"/a/b": "post", "/a/{x}": "get"}, "/a/b") == ("/a/{x}", {"x": "b"})


@pytest.mark.parametrize(
    ("servers", "targets"),
    [
        ([{"url": "https://example.com/v1"}], ["/x/7", "/v1/x/7"]),
        ([{"url": "https://example.com/v1/"}, {"url": "/v2"}], ["/x/7", "/v1/x/7", "/v2/x/7"]),
        ([{"url": "https://{h}/{v}/b", "variables": {"v": {"default": "v3"}}}], ["/x/7", "/v3/b/x/7"]),
        ([{"url": "https://{h}.example.com:{port}", "variables": {}}], ["/x/7"]),
        ([{"url": "//example.com/a%20b"}], ["/x/7", "/a%20b/x/7"]),
        ([{"url": "./v1"}], ["/x/7", "/v1/x/7"]),
        ([{"url": "http://["}, {"url": 5}, None], ["/x/7"]),
    ],
)
def test_base_paths_of_servers_are_optional(servers: Any, targets: list[str]) -> None:
    for target in targets:
        assert found({"/x/{id}": "get", "/{a}/{b}/{c}": "get"}, target, servers=servers) == ("/x/{id}", {"id": "7"})


def test_servers_of_a_path_and_of_an_operation_count_before_those_of_the_document() -> None:
    get = {"responses": {}, "servers": [{"url": "/own"}]}
    item = {"servers": [{"url": "/path"}], "get": get, "post": {"responses": {}}}
    document = {"servers": [{"url": "/base"}], "paths": {"/a": item, "/b": {"get": {"responses": {}}}}}
    operations = Operations(Document(b"", document, b""))
    pairs = [(method, path) for method in ("GET", "POST") for path in ("/own/a", "/path/a", "/base/a", "/base/b", "/a")]
    assert [pair for pair in pairs if operations.find(*pair).operation] == [
        ("GET", "/own/a"), ("GET", "/base/b"), ("GET", "/a"), ("POST", "/path/a"), ("POST", "/a"),
    ]  # fmt: skip


def test_many_parameters_in_a_segment_take_no_time() -> None:
    names = "".join(f"{{a{number}}}-" for number in range(40))
    operations = Operations(Document(b"", {"paths": {f"/{names}x": {"get": {"responses": {}}}}}, b""))
    started = time.process_time()
    for _ in range(10):
        assert operations.find("GET", "/" + "-" * 20_000 + "y").operation is None
    assert time.process_time() - started < 1


@pytest.mark.parametrize("method", ["query", "copy", "trace"])
def test_every_method_of_a_path_is_an_operation(method: str) -> None:
    assert found({"/a": method}, "/a", method.upper()) == ("/a", {})
