"""BEHAVIOUR.md section 9.1, and the errors of forms in 3.3 and 3.4."""

import re
from typing import Any

import pytest

from tests.astrbot.v4_29_3.files_api import FORM, KEY, PNG, api, part, send, upload
from tests.conftest import Reply

pytestmark = pytest.mark.anyio
STAMP = re.compile(r"20260101000000000_[0-9a-f]{4}")
"""The time of the frozen clock."""
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
BMP = b"BM" + bytes(12) + b"\x28\x00\x00\x00"


@pytest.mark.parametrize("target", ["/api/v1/file", "/api/v1/files"])
async def test_an_upload_is_answered_with_its_names_and_type(target: str) -> None:
    reply = await send(api(), target, part("file", b"hello", "a.txt"))
    data = reply.json["data"]
    assert reply.status == 200
    assert list(data) == ["attachment_id", "filename", "stored_filename", "type"]
    assert (data["filename"], data["type"]) == ("a.txt", "file")
    assert STAMP.fullmatch(data["stored_filename"].removesuffix("_a.txt"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.txt", "a.txt"),
        ("../up.txt", "up.txt"),
        ("/AstrBot/abs.txt", "abs.txt"),
        ("sub/dir/x.txt", "x.txt"),
        ("sub/", "sub"),
        ("C:\\Users\\me\\x.txt", "x.txt"),
        ("  padded name .txt ", "padded name .txt"),
        (".env", ".env"),
        ("README", "README"),
        ('we"ird.txt', 'we"ird.txt'),
        ("a%2Fb%00.txt", "a%2Fb%00.txt"),
        ("a;b.txt", "a;b.txt"),
        ("a\0b.txt", "ab.txt"),
        ("图片 🌍.txt", "图片 🌍.txt"),
        ("n" * 195, "n" * 195),
        ("é" * 97, "é" * 97),
    ],
)
async def test_a_name_is_its_last_component(sent: str, kept: str) -> None:
    data = await upload(api(), sent)
    assert data["filename"] == kept
    assert data["stored_filename"].endswith(f"_{kept}")


@pytest.mark.parametrize("sent", ["", ".", "..", "/", "\\", "  ", "a/.."])
async def test_without_a_name_it_is_a_time_stamp(sent: str) -> None:
    data = await upload(api(), sent)
    assert STAMP.fullmatch(data["filename"])
    assert STAMP.fullmatch(data["stored_filename"].removesuffix(f"_{data['filename']}"))


@pytest.mark.parametrize("sent", ["n" * 196, "é" * 98])
async def test_a_name_of_more_than_195_bytes_crashes_the_server(sent: str) -> None:
    reply = await send(api(), "/api/v1/file", part("file", b"x", sent))
    assert (reply.status, reply.json) == (500, {"status": "error", "message": "Internal server error"})


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("image/x", "image"),
        ("imagex/foo", "image"),
        ("image", "image"),
        ("IMAGE/PNG", "file"),
        ("audio/wav", "record"),
        ("video/mp4", "video"),
        ("application/pdf", "file"),
        ("", "file"),
        (None, "file"),
    ],
)
async def test_the_type_is_the_prefix_of_the_media_type(media: str | None, kind: str) -> None:
    assert (await upload(api(), "a", media=media))["type"] == kind


@pytest.mark.parametrize(
    ("name", "media", "content", "kept", "type_"),
    [
        ("photo.jpg", "image/jpeg", PNG, "photo.png", "image/png"),
        ("photo", "image/webp", PNG, "photo.png", "image/png"),
        ("photo.PNG", "image/x", PNG, "photo.PNG", "image/png"),
        (".env", "image/x", PNG, ".env.png", "image/png"),
        ("a.b.jpeg", "image/jpeg", JPEG, "a.b.jpg", "image/jpeg"),
        ("a.png", "image/png", b"GIF89a" + bytes(7), "a.gif", "image/gif"),
        ("a.png", "image/png", WEBP, "a.webp", "image/webp"),
        ("a.png", "image/png", BMP, "a.bmp", "image/bmp"),
        ("a.png", "image/png", b"II*\0", "a.tiff", "image/tiff"),
        ("a.png", "image/png", b"\0\0\0\x1cftypavif", "a.avif", "image/avif"),
        ("x.png", "image/png", b"no image", "x.png", "image/png"),
        ("x.jpg", "image/jpeg", PNG[:8], "x.jpg", "image/jpeg"),
        ("x.jpg", "text/plain", PNG, "x.jpg", "text/plain; charset=utf-8"),
        ("x.jpg", "IMAGE/JPEG", PNG, "x.jpg", "IMAGE/JPEG"),
    ],
)
async def test_an_image_gets_the_extension_and_type_of_its_content(
    name: str, media: str, content: bytes, kept: str, type_: str
) -> None:
    client = api()
    data = await upload(client, name, content, media)
    assert (data["filename"], data["stored_filename"][22:]) == (kept, f"_{kept}")
    reply = await client.get(f"/api/v1/files/{data['attachment_id']}", headers=[KEY])
    assert (reply.header("content-type"), reply.body) == (type_, content)


async def test_one_name_twice_makes_two_files() -> None:
    client = api()
    uploads = [await upload(client, "same.txt", content) for content in (b"one", b"two")]
    replies = [await client.get(f"/api/v1/files/{each['attachment_id']}", headers=[KEY]) for each in uploads]
    assert [reply.body for reply in replies] == [b"one", b"two"]


async def test_a_stored_name_is_given_once_though_its_time_and_digits_come_again() -> None:
    client = api()
    stored = [(await upload(client, "a", b""))["stored_filename"] for _ in range(600)]
    assert len(set(stored)) == 600


async def test_the_same_seed_gives_the_same_names() -> None:
    first, second = [await upload(api(), "") for _ in range(2)]
    assert first == second


async def form(*parts: bytes) -> Reply:
    return await send(api(), "/api/v1/file", *parts)


async def test_the_last_of_several_files_counts_and_other_fields_do_not() -> None:
    reply = await form(part("file", b"1", "first"), part("note", b"n"), part("file", b"2", "second"))
    assert reply.json["data"]["filename"] == "second"


async def test_rfc_5987_is_ignored() -> None:
    head = "--b\r\nContent-Disposition: form-data; name=\"file\"; {}filename*=UTF-8''real%20name.txt\r\n\r\nx\r\n"
    both = await form(head.format('filename="fallback.txt"; ').encode())
    alone = await form(head.format("").encode())
    assert both.json["data"]["filename"] == "fallback.txt"
    assert alone.json["detail"][0]["input"] == "x"


MISSING = {"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}
TEXT = {
    "type": "value_error",
    "loc": ["body", "file"],
    "msg": "Value error, Expected UploadFile, received: <class 'str'>",
    "input": "plain field",
    "ctx": {"error": {}},
}


@pytest.mark.parametrize(
    ("parts", "detail"),
    [
        ([], MISSING),
        ([part("files", b"x", "x.txt")], MISSING),
        ([part("File", b"x", "x.txt")], MISSING),
        ([part("file", b"")], MISSING),
        ([part("file", b"plain field")], TEXT),
        ([part("file", b"x", "x.txt"), part("file", b"plain field")], TEXT),
    ],
)
async def test_a_form_needs_a_file(parts: list[bytes], detail: Any) -> None:
    reply = await form(*parts)
    assert (reply.status, reply.json) == (422, {"detail": [detail]})


@pytest.mark.parametrize(
    ("media", "body", "detail"),
    [
        (None, b"", MISSING),
        ("application/json", b'{"file": "x"}', MISSING),
        ("application/octet-stream", b"abc", MISSING),
        ("application/x-www-form-urlencoded", b"file=plain+field", TEXT),
        ("application/x-www-form-urlencoded", b"file=x&file=plain+field", TEXT),
        ("application/x-www-form-urlencoded", b"file=", MISSING),
    ],
)
async def test_other_bodies_have_no_file(media: str | None, body: bytes, detail: Any) -> None:
    headers = [KEY, *([("Content-Type", media)] if media else [])]
    reply = await api().request("POST", "/api/v1/file", body, headers=headers)
    assert (reply.status, reply.json) == (422, {"detail": [detail]})


NAMELESS = b'--b\r\nContent-Disposition: form-data; filename="x.txt"\r\n\r\nx\r\n--b--\r\n'
BROKEN = "Invalid multipart data."


@pytest.mark.parametrize(
    ("media", "body", "message"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--", "Missing boundary in multipart."),
        (FORM[1], b" garbage", BROKEN),
        (FORM[1], part("file", b"hello", "t.txt").replace(b"--b", b"--c"), BROKEN),
        (FORM[1], NAMELESS, 'The Content-Disposition header field "name" must be provided.'),
        (FORM[1], part("a", b"x" * (1024 * 1024 + 1)) + b"--b--", "Part exceeded maximum size of 1024KB."),
        (FORM[1], part("a", b"") * 1001 + b"--b--", "Too many fields. Maximum number of fields is 1000."),
        (
            f"{FORM[1]}; charset=punycode",
            b"--b--",
            'The form cannot be read: the charset "punycode" is not known; send UTF-8',
        ),
    ],
)
@pytest.mark.parametrize("key", [[KEY], []])
async def test_a_broken_form_is_refused_before_the_key_is_read(
    key: list[tuple[str, str]], media: str, body: bytes, message: str
) -> None:
    headers = [*key, ("Content-Type", media), ("Content-Length", str(len(body)))]
    reply = await api().request("POST", "/api/v1/file", body, headers=headers)
    assert (reply.status, reply.json) == (400, {"status": "error", "message": message})


async def test_a_form_without_its_last_boundary_is_read_as_far_as_it_goes() -> None:
    body = part("file", b"hello", "t.txt") + part("note", b"cut")[:-4]
    headers = [KEY, FORM, ("Content-Length", str(len(body)))]
    reply = await api().request("POST", "/api/v1/file", body, headers=headers)
    assert reply.json["data"]["filename"] == "t.txt"
