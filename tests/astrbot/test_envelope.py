import pytest

from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.astrbot.v4_19_4.pages import page, unknown_page
from tests.conftest import KEY, make_client

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("status", "size"), [(400, 167), (405, 153), (413, 171), (500, 265)])
def test_pages_have_werkzeugs_length(status: int, size: int) -> None:
    assert len(page(status).body) == size


def test_the_page_of_unknown_paths_has_its_length() -> None:
    assert len(unknown_page().body) == 196
    assert unknown_page().body.startswith(b"404 Not found")


def test_envelopes_are_astrbots_to_the_byte() -> None:
    assert ENVELOPE.ok({}).body == b'{"status":"ok","message":null,"data":{}}\n'
    assert ENVELOPE.error("ü").body == b'{"status":"error","message":"\\u00fc","data":null}\n'


async def test_json_responses_have_astrbots_headers_in_order() -> None:
    reply = await make_client().get("/api/v1/im/bots")
    assert [name for name, _ in reply.headers] == ["content-type", "content-length", "x-mockbot-entry"]


async def test_405_and_options_place_allow_as_astrbot_does() -> None:
    client = make_client()
    orders = {method: (await client.request(method, "/api/v1/chat")).headers[:3] for method in ("PUT", "OPTIONS")}
    assert [name for name, _ in orders["PUT"]] == ["content-type", "allow", "content-length"]
    assert [name for name, _ in orders["OPTIONS"]] == ["allow", "content-type", "content-length"]


async def test_head_gets_the_headers_of_get_and_no_body() -> None:
    client = make_client()
    got, head = await client.get("/api/v1/configs"), await client.request("HEAD", "/api/v1/configs")
    assert (head.body, head.header("content-length")) == (b"", str(len(got.body)))


async def test_the_first_of_repeated_values_counts_and_names_have_no_case() -> None:
    client = make_client()
    assert (await client.get("/api/v1/chat/sessions?username=bob&username=alice")).json["data"]["total"] == 1
    assert (await client.get("/api/v1/im/bots", headers=[("x-API-key", "bad"), KEY])).status == 401
