"""BEHAVIOUR.md section 9.2."""

from typing import Any

import pytest

from mockbot.astrbot.v4_29_3.profile import profile
from mockbot.world.snapshot import snapshot
from tests.astrbot.v4_29_3.files_api import KEY, PNG, api, fixture_of, get, upload
from tests.conftest import Client, make_client

pytestmark = pytest.mark.anyio
TEXT = b"content of doc"


async def doc(client: Client) -> Any:
    return await upload(client, "doc.txt", TEXT)


@pytest.mark.parametrize("target", ["/file?attachment_id={}", "/files/{}", "/files/{}/content"])
async def test_a_download_has_the_bytes_and_the_headers_in_order(target: str) -> None:
    client = api()
    reply = await get(client, target.format((await doc(client))["attachment_id"]))
    assert (reply.status, reply.body) == (200, TEXT)
    assert [name for name, _ in reply.headers][:5] == [
        "content-type",
        "accept-ranges",
        "content-length",
        "last-modified",
        "etag",
    ]
    assert dict(reply.headers)["last-modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert dict(reply.headers)["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("media", "sent"),
    [
        ("text/html; charset=latin-1", "text/html; charset=latin-1"),
        ("text/csv; header=present", "text/csv; header=present; charset=utf-8"),
        ("application/json", "application/json"),
        ("", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
async def test_the_media_type_is_that_of_the_upload(media: str | None, sent: str) -> None:
    client = api()
    data = await upload(client, "a.bin", b"x", media)
    assert (await get(client, f"/files/{data['attachment_id']}")).header("content-type") == sent


@pytest.mark.parametrize(
    ("media", "content"),
    [("text/plain", b"\xff"), ("application/json", b"{}"), ("application/json", b"{"), ("multipart/form-data", b"x")],
)
@pytest.mark.parametrize("mode", ["observe", "enforce"])
async def test_the_content_need_not_fit_its_media_type(mode: str, media: str, content: bytes) -> None:
    client = api(contract=mode)
    data = await upload(client, "a.bin", content, media)
    for headers in ((), (("Range", "bytes=0-0"),)):
        reply = await get(client, f"/files/{data['attachment_id']}", *headers)
        assert (reply.status < 300, reply.body) == (True, content[:1] if headers else content)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/file?attachment_id=nope", "Attachment not found"),
        ("/file?attachment_id=", "Missing key: attachment_id"),
        ("/file?attachment_id=gone", "File access error"),
        ("/files/nope", "Attachment not found"),
        ("/files/gone", "File access error"),
        ("/files/nope/content", "Attachment not found"),
        ("/files/content", "Missing key: filename"),
        ("/files/content?filename=", "Missing key: filename"),
        ("/files/content?filename=nope.txt", "File access error"),
        ("/files/content?filename=../cmd_config.json", "File access error"),
        ("/files/content?filename=gone.txt", "File access error"),
    ],
)
async def test_what_cannot_be_downloaded(target: str, message: str) -> None:
    gone = {"id": "gone", "filename": "gone.txt", "type": "file", "gone": True}
    outside = {"id": "out", "filename": "cmd_config.json", "type": "file", "path": "/AstrBot/data/cmd_config.json"}
    reply = await get(api(attachments=[gone, outside]), target)
    assert (reply.status, reply.json) == (200, {"status": "error", "message": message})


async def test_the_id_is_required() -> None:
    reply = await get(api(), "/file")
    missing = {"type": "missing", "loc": ["query", "attachment_id"], "msg": "Field required", "input": None}
    assert (reply.status, reply.json) == (422, {"detail": [missing]})


async def test_the_last_of_several_ids_counts() -> None:
    client = api()
    wanted = (await doc(client))["attachment_id"]
    assert (await get(client, f"/file?attachment_id=nope&attachment_id={wanted}")).body == TEXT


@pytest.mark.parametrize(
    ("asked", "status", "where", "body"),
    [
        ("bytes=2-5", 206, "bytes 2-5/14", b"nten"),
        ("bytes=-3", 206, "bytes 11-13/14", b"doc"),
        ("bytes=11-", 206, "bytes 11-13/14", b"doc"),
        ("bytes=-99", 206, "bytes 0-13/14", TEXT),
        ("bytes=11-99", 206, "bytes 11-13/14", b"doc"),
        ("Bytes = 0-0", 206, "bytes 0-0/14", b"c"),
        ("bytes=0-3,2-5", 206, "bytes 0-5/14", b"conten"),
        ("bytes=,0-0,-,x-y", 206, "bytes 0-0/14", b"c"),
        ("bytes=99-100", 416, "bytes */14", b""),
        ("bytes=0-0,14-", 416, "bytes */14", b""),
        ("bytes=-0", 416, "bytes */14", b""),
        ("items=0-1", 400, None, b"Only support bytes range"),
        ("bytes", 400, None, b"Malformed range header."),
        ("bytes=", 400, None, b"Range header: range must be requested"),
        ("bytes=5-2", 400, None, b"Range header: start must be less than end"),
        (f"bytes={'0-0,' * 100}1-1", 200, None, TEXT),
    ],
)
async def test_ranges(asked: str, status: int, where: str | None, body: bytes) -> None:
    client = api()
    reply = await get(client, f"/files/{(await doc(client))['attachment_id']}", ("Range", asked))
    assert (reply.status, reply.header("content-range"), reply.body) == (status, where, body)
    assert reply.header("content-length") == str(len(body))
    assert reply.header("content-type") == "text/plain; charset=utf-8"
    assert (reply.header("accept-ranges") == "bytes") is (status < 400)


async def test_the_headers_of_a_range_that_cannot_be_satisfied_are_in_order() -> None:
    client = api()
    reply = await get(client, f"/files/{(await doc(client))['attachment_id']}", ("Range", "bytes=99-"))
    assert [name for name, _ in reply.headers][:3] == ["content-range", "content-length", "content-type"]


async def test_several_ranges_are_parts_of_one_body() -> None:
    client = api()
    reply = await get(client, f"/files/{(await doc(client))['attachment_id']}", ("Range", "bytes=-3,0-1"))
    media, _, boundary = str(reply.header("content-type")).partition("; boundary=")
    assert (reply.status, media) == (206, "multipart/byteranges")
    assert reply.header("content-length") == str(len(reply.body))
    first, second, third, end = reply.body.split(f"--{boundary}".encode())
    head = b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes %s/14\r\n\r\n%s\r\n"
    assert (first, second, third, end) == (b"", head % (b"0-1", b"co"), head % (b"11-13", b"doc"), b"--")


async def test_conditions_are_ignored_but_that_of_a_range() -> None:
    client = api()
    at = f"/files/{(await doc(client))['attachment_id']}"
    etag = str((await get(client, at)).header("etag"))
    since = ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")
    assert [(await get(client, at, each)).status for each in (since, ("If-None-Match", etag))] == [200, 200]
    ranged = [
        (await get(client, at, ("Range", "bytes=0-1"), ("If-Range", value))).status
        for value in (etag, "Thu, 01 Jan 2026 00:00:00 GMT", '"other"')
    ]
    assert ranged == [206, 206, 200]


async def test_files_of_another_size_or_time_have_another_etag() -> None:
    client = api()
    first, second = await upload(client, "a", b"1"), await upload(client, "a", b"12")
    client.clock.advance(1)
    third = await upload(client, "a", b"1")
    etags = {(await get(client, f"/files/{each['attachment_id']}")).header("etag") for each in (first, second, third)}
    assert len(etags) == 3


async def test_a_stored_name_finds_the_file() -> None:
    client = api()
    data = await upload(client, "a b.jpg", PNG, "image/x")
    for folder in ("", "../"):
        reply = await get(client, f"/files/content?filename={folder}{data['stored_filename'].replace(' ', '%20')}")
        assert (reply.body, reply.header("content-type")) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("1_a.png", "image/png"),
        ("1_a.WAV", "audio/wav"),
        ("1_a.txt", "text/plain; charset=utf-8"),
        ("1_a.pdf", "application/pdf"),
        ("1_a", "application/octet-stream"),
    ],
)
async def test_the_media_type_of_what_the_bot_sent_is_that_of_its_name(name: str, media: str) -> None:
    sent = {"id": "sent", "filename": name, "type": "file", "text": "x"}
    client = api(attachments=[sent])
    for target in (f"/files/content?filename={name}", "/files/sent"):
        reply = await get(client, target)
        assert (reply.body, reply.header("content-type")) == (b"x", media)


async def test_the_path_and_the_name_that_a_client_sends_are_not_opened() -> None:
    client = api()
    for name in ("/etc/passwd", "..", ".", "/", "a/..", "%00"):
        assert (await get(client, f"/files/content?filename={name}")).json["message"] == "File access error"


async def test_delete_answers_but_deletes_nothing() -> None:
    client = api()
    wanted = (await doc(client))["attachment_id"]
    for attachment_id in (wanted, "nope"):
        reply = await client.request("DELETE", f"/api/v1/files/{attachment_id}", headers=[KEY])
        assert reply.json == {"status": "ok", "message": None, "data": {"attachment_id": attachment_id}}
    assert (await get(client, f"/files/{wanted}")).body == TEXT


async def test_a_loaded_snapshot_downloads_the_same() -> None:
    client = api()
    client.clock.advance(60)
    data = await upload(client, "photo.jpg", PNG, "text/x")
    rows = snapshot(client.world)
    again = make_client(fixture_of(rows), profile=profile())
    targets = (f"/files/{data['attachment_id']}", f"/files/content?filename={data['stored_filename']}")
    for target in targets:
        before, after = await get(client, target), await get(again, target)
        names = ("content-type", "etag", "last-modified")
        assert [before.header(name) for name in names] == [after.header(name) for name in names]
        assert before.body == after.body == PNG


async def test_a_media_type_that_is_no_header_crashes_the_server() -> None:
    bad = {"id": "bad", "filename": "a", "type": "file", "text": "x", "content_type": "a/b\r\nX-Injected: 1"}
    reply = await get(api(attachments=[bad]), "/files/bad")
    assert (reply.status, reply.header("x-injected")) == (500, None)
