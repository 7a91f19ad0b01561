"""Single facts that a second installation of AstrBot 4.19.4 showed (BEHAVIOUR.md section 15)."""

import pytest

from tests.conftest import KEY, Client, make_client

pytestmark = pytest.mark.anyio


def methods(allow: str | None) -> set[str]:
    return set((allow or "").split(", "))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/file", "/api/v1/im/message"])
async def test_a_405_of_a_path_with_post_allows_post(client: Client, method: str, path: str) -> None:
    reply = await client.request(method, path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/nope"])
async def test_a_405_of_any_other_path_does_not(client: Client, path: str) -> None:
    reply = await client.request("PUT", path)
    assert reply.status == 405
    assert methods(reply.header("allow")) == {"OPTIONS", "GET", "HEAD"}


@pytest.mark.parametrize("method", ["get", "Get"])
@pytest.mark.parametrize("path", ["/api/v1/im/bots", "//api/v1/im/bots", "///api/v1/im/bots"])
async def test_a_method_in_lower_case_and_slashes_at_the_start_are_accepted(
    client: Client, method: str, path: str
) -> None:
    reply = await client.request(method, path)
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert (await client.request("post", "//api/v1/im/message", {"umo": "x", "message": "x"})).status == 200


async def test_slashes_within_a_path_and_before_a_path_without_key_are_not_special(client: Client) -> None:
    assert (await client.get("/api/v1//im/bots")).body.startswith(b"404 Not found")
    assert (await client.request("GET", "//api/v1/im/bots", headers=[])).status == 401


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/im/bots", "//api/chat/sessions", "/apix"])
async def test_paths_of_the_dashboard_need_its_token(client: Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        reply = await client.request(method, path)
        assert (reply.status, reply.json["message"]) == (401, "未授权")
        assert b"\\u672a\\u6388\\u6743" in reply.body
    reply = await client.get(path, headers=[KEY, ("Authorization", "Bearer abk_demo")])
    assert (reply.status, reply.json["message"]) == (401, "Token 无效")
    assert (await make_client(contract="enforce").get(path)).status == 404


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("abk_demo%00", 200),
        ("abk_demo" + "%00" * 56, 200),
        ("abk_demo" + "%00" * 57, 401),
        ("%00", 401),
        ("abk_demo%00x", 401),
        ("%00abk_demo", 401),
    ],
)
async def test_a_key_of_up_to_64_bytes_may_end_with_nul(client: Client, key: str, status: int) -> None:
    reply = await client.get(f"/api/v1/im/bots?api_key={key}", headers=[])
    assert reply.status == status
    assert status == 200 or reply.json["message"] == "Invalid API key"


@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/configs", "/api/v1/chat/sessions?username=a"])
async def test_the_body_of_a_get_is_not_limited(client: Client, path: str) -> None:
    length = ("Content-Length", str(128 * 1024 * 1024 + 1))
    reply = await client.get(path, headers=[KEY, length])
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert (await client.request("POST", "/api/v1/chat", headers=[KEY, length])).status == 413


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (r"C:\Users\x.txt", r"C:\Users\x.txt"),
        (r"a\x.txt", r"a\x.txt"),
        (r"a\\x.txt", r"a\x.txt"),
        (r"a\"x.txt", 'a"x.txt'),
        (r"a\\\x.txt", r"a\\x.txt"),
        (r"\\host\x.txt", r"\host\x.txt"),
    ],
)
async def test_a_backslash_in_a_file_name_is_kept(sent: str, kept: str) -> None:
    for mode in ("observe", "enforce"):
        assert (await make_client(contract=mode).upload(sent)).json["data"]["filename"] == kept


def form(*parts: tuple[str, bytes]) -> bytes:
    heads = (b"--b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), data) for head, data in parts)
    return b"".join(heads) + b"--b--\r\n"


FILE = ('name="file"; filename="a"', b"x" * 600_000)
FORM = [KEY, ("Content-Type", "multipart/form-data; boundary=b")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(FILE, ('name="a"', b"x" * 600_000)), 413),
        (form(FILE, ('name="a"', b"x" * 500_000)), 200),
        (form(FILE, *[('name="a"', b"")] * 1100), 413),
        (form(FILE, *[('name="a"', b"")] * 999), 200),
    ],
    ids=["long text", "text at the limit", "many parts", "parts at the limit"],
)
async def test_the_limits_of_forms(body: bytes, status: int) -> None:
    reply = await make_client().request("POST", "/api/v1/file", body, headers=FORM)
    assert reply.status == status
    assert status == 200 or reply.body.startswith(b"<!doctype html>\n<html lang=en>\n<title>413 Request Entity")
    reply = await make_client(contract="enforce").request("POST", "/api/v1/file", body, headers=FORM)
    assert reply.status in (200, 400, 413)
    assert (reply.json["status"] == "ok") == (status == 200)
