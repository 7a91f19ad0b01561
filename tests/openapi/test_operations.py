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
