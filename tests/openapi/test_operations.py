import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operations


@pytest.fixture(scope="module")
def operations():
    item = {"responses": {"200": {"description": "ok"}}}
    paths = {
        "/things": {"get": item, "post": item},
        "/things/{id}": {"get": item},
        "/things/new": {"post": item},
        "/{kind}/{id}": {"delete": item},
    }
    return Operations(Document(b"", {"paths": paths}, b""))


def test_a_method_and_a_path_are_an_operation(operations):
    route = operations.find("POST", "/things")
    assert route.operation is operations.by_name["POST /things"]
    assert route.allow == ("GET", "POST")


def test_a_path_without_that_method_says_which_it_has(operations):
    route = operations.find("PATCH", "/things")
    assert (route.operation, route.allow) == (None, ("GET", "POST"))


def test_an_unknown_path_has_no_methods(operations):
    assert operations.find("GET", "/").allow == ()
    assert operations.find("GET", "/things/").allow == ()


def test_a_template_takes_its_parameters_out_of_the_path(operations):
    route = operations.find("GET", "/things/a b.c")
    assert route.operation.name == "GET /things/{id}"
    assert route.parameters == {"id": "a b.c"}


def test_fewer_parameters_win(operations):
    assert operations.find("POST", "/things/new").operation.name == "POST /things/new"
    assert operations.find("GET", "/things/7").operation.name == "GET /things/{id}"
    assert operations.find("DELETE", "/others/7").parameters == {"kind": "others", "id": "7"}


def test_the_contract_says_what_a_body_may_be(contract):
    by_name = contract.operations.by_name
    assert by_name["POST /api/v1/file"].media_types == ("multipart/form-data",)
    assert by_name["GET /api/v1/im/bots"].media_types == ()


@given(st.text(), st.text())
def test_any_method_and_path_get_a_route(operations, method, path):
    route = operations.find(method, path)
    assert route.operation is None or route.operation.method in route.allow
