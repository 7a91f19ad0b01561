"""BEHAVIOUR.md section 9.3."""

from typing import Any

import pytest

from mockbot.astrbot.v4_29_3.uploads import CHUNK, MOST, uploads_of
from mockbot.settings import Settings
from tests.astrbot.v4_29_3.files_api import KEY, OTHER_KEY, PNG, api, get, part, post, send
from tests.conftest import Client

pytestmark = pytest.mark.anyio
GONE = "Upload session not found or expired"


async def start(client: Client, size: int = 11, **fields: Any) -> str:
    data = await post(client, "init", {"filename": "chunky.txt", "total_size": size, **fields})
    return str(data["upload_id"])


async def chunk(client: Client, upload_id: str, index: str, content: bytes, key: tuple[str, str] = KEY) -> Any:
    parts = (part("upload_id", upload_id.encode()), part("chunk_index", index.encode()), part("chunk", content, "blob"))
    reply = await send(client, "/api/v1/files/upload/chunk", *parts, key=key)
    return reply.json.get("data", reply.json.get("message"))


async def status(client: Client, upload_id: str) -> Any:
    return await post(client, "status", {"upload_id": upload_id})


async def test_a_file_is_sent_in_pieces() -> None:
    client = api()
    size = CHUNK + 5
    data = await post(client, "init", {"filename": "a/b.bin", "total_size": size, "content_type": "text/x"})
    assert list(data) == ["upload_id", "chunk_size", "total_chunks"]
    assert (data["chunk_size"], data["total_chunks"]) == (CHUNK, 2)
    upload_id = data["upload_id"]
    assert await chunk(client, upload_id, "1", b"12345") == {"received": 1, "total": 2, "chunk_index": 1}
    assert await chunk(client, upload_id, " 0 ", b"x" * CHUNK) == {"received": 2, "total": 2, "chunk_index": 0}
    assert await chunk(client, upload_id, "1", b"54321") == {"received": 2, "total": 2, "chunk_index": 1}
    done = await post(client, "complete", {"upload_id": upload_id})
    assert list(done) == ["attachment_id", "filename", "stored_filename", "type"]
    assert (done["filename"], done["type"]) == ("b.bin", "file")
    reply = await get(client, f"/files/{done['attachment_id']}")
    assert reply.header("content-type") == "text/x; charset=utf-8"
    assert reply.body == b"x" * CHUNK + b"54321"
    assert await post(client, "complete", {"upload_id": upload_id}) == GONE


async def test_an_image_in_pieces_gets_its_extension() -> None:
    client = api()
    upload_id = await start(client, len(PNG), filename="photo", content_type="image/jpeg")
    await chunk(client, upload_id, "0", PNG)
    done = await post(client, "complete", {"upload_id": upload_id})
    assert (done["filename"], done["type"]) == ("photo.png", "image")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"total_size": 11}, "Missing key: filename"),
        ({"filename": None, "total_size": 11}, "Missing key: filename"),
        ({"filename": "", "total_size": 0}, "Missing key: filename"),
        ({"filename": "a", "total_size": 0}, "Invalid file size"),
        ({"filename": "a", "total_size": -1}, "Invalid file size"),
        ({"filename": "a"}, "Invalid file size"),
        ({"filename": "a", "total_size": 536870913}, "File too large (limit 512 MB)"),
    ],
)
async def test_what_cannot_be_started(body: Any, message: str) -> None:
    assert await post(api(), "init", body) == message


async def test_a_file_that_the_world_cannot_keep_is_refused() -> None:
    client = api()
    upload_id = await start(client, Settings().max_attachment_bytes + 1)
    assert "raise max_attachment_bytes" in await chunk(client, upload_id, "0", b"x" * CHUNK)
    assert (await status(client, upload_id))["received_chunks"] == []


@pytest.mark.parametrize(("size", "total"), [(1, 1), (CHUNK, 1), (CHUNK + 1, 2), (20_000_000, 20)])
async def test_the_number_of_chunks(size: int, total: int) -> None:
    assert (await post(api(), "init", {"filename": "a", "total_size": size}))["total_chunks"] == total


@pytest.mark.parametrize(
    ("index", "content", "message"),
    [
        ("x", b"hello world", "Invalid chunk_index"),
        ("1.0", b"hello world", "Invalid chunk_index"),
        ("9" * 5000, b"hello world", "Invalid chunk_index"),
        ("7", b"hello world", "Chunk index out of range"),
        ("-1", b"hello world", "Chunk index out of range"),
        ("0", b"hello", "Chunk size mismatch: got 5 bytes, expected 11"),
        ("0", b"x" * (CHUNK + 1), "Chunk exceeds the size limit"),
    ],
)
async def test_what_is_no_chunk_is_not_received(index: str, content: bytes, message: str) -> None:
    client = api()
    upload_id = await start(client)
    assert await chunk(client, upload_id, index, content) == message
    assert (await status(client, upload_id))["received_chunks"] == []


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ([], [("missing", "upload_id"), ("missing", "chunk_index"), ("missing", "chunk")]),
        ([part("upload_id", b""), part("chunk_index", b"0"), part("chunk", b"x", "b")], [("missing", "upload_id")]),
        ([part("upload_id", b"u"), part("chunk_index", b"0"), part("chunk", b"x")], [("value_error", "chunk")]),
        (
            [part("upload_id", b"u", "f"), part("chunk_index", b"0"), part("chunk", b"x", "b")],
            [("string_type", "upload_id")],
        ),
    ],
)
async def test_the_fields_of_a_chunk(parts: list[bytes], wrong: list[tuple[str, str]]) -> None:
    reply = await send(api(), "/api/v1/files/upload/chunk", *parts)
    assert reply.status == 422
    assert [(each["type"], each["loc"][1]) for each in reply.json["detail"]] == wrong


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"filename": 1}, "string_type"),
        ({"total_size": "x"}, "int_parsing"),
        ({"content_type": []}, "string_type"),
    ],
)
async def test_the_types_of_init(body: Any, kind: str) -> None:
    reply = await api().request("POST", "/api/v1/files/upload/init", body, headers=[KEY])
    assert (reply.status, reply.json["detail"][0]["type"]) == (422, kind)


async def test_the_state_of_an_upload() -> None:
    client = api()
    upload_id = await start(client, 3 * CHUNK)
    client.clock.advance(0.5)
    found = await status(client, upload_id)
    assert list(found.items()) == [
        ("received_chunks", []),
        ("total_chunks", 3),
        ("chunk_size", CHUNK),
        ("expires_in", 3599),
    ]
    for index in ("2", "0"):
        await chunk(client, upload_id, index, b"x" * CHUNK)
    assert (await status(client, upload_id))["received_chunks"] == [0, 2]
    assert await post(client, "complete", {"upload_id": upload_id}) == "Chunks incomplete, missing: [1]..."


async def test_ten_missing_chunks_are_listed() -> None:
    client = api()
    upload_id = await start(client, 20 * CHUNK)
    listed = ", ".join(map(str, range(10)))
    assert await post(client, "complete", {"upload_id": upload_id}) == f"Chunks incomplete, missing: [{listed}]..."


async def test_an_upload_expires_an_hour_after_its_last_chunk() -> None:
    client = api()
    upload_id = await start(client, CHUNK + 1)
    client.clock.advance(3000)
    await chunk(client, upload_id, "1", b"x")
    client.clock.advance(3600)
    assert (await status(client, upload_id))["expires_in"] == 0
    client.clock.advance(1)
    assert await status(client, upload_id) == GONE
    assert await chunk(client, upload_id, "0", b"x" * CHUNK) == GONE
    assert await post(client, "complete", {"upload_id": upload_id}) == GONE
    assert await post(client, "abort", {"upload_id": upload_id}) == {}


@pytest.mark.parametrize("body", [{}, {"upload_id": None}, {"upload_id": "nope"}])
async def test_an_unknown_upload(body: Any) -> None:
    client = api()
    answers = [await post(client, step, body) for step in ("status", "complete", "abort")]
    assert answers == [GONE, GONE, {}]


async def test_an_upload_is_its_keys_own() -> None:
    client = api()
    upload_id = await start(client)
    body = {"upload_id": upload_id}
    assert await chunk(client, upload_id, "0", b"hello world", key=OTHER_KEY) == GONE
    for step in ("status", "complete", "abort"):
        assert await post(client, step, body, key=OTHER_KEY) == GONE
    assert (await status(client, upload_id))["received_chunks"] == []
    assert await post(client, "abort", body) == {}
    assert await status(client, upload_id) == GONE


async def test_the_oldest_of_too_many_uploads_is_removed() -> None:
    client = api()
    ids = [await start(client) for _ in range(MOST + 1)]
    found = [await status(client, upload_id) != GONE for upload_id in ids]
    assert found == [False, *[True] * MOST]


async def test_the_bytes_of_unfinished_uploads_are_counted() -> None:
    client = api()
    held = uploads_of(client.world)
    assert held.size == 0
    upload_id = await start(client)
    before = held.size
    await chunk(client, upload_id, "0", b"hello world")
    assert held.size >= before + 11
    await post(client, "abort", {"upload_id": upload_id})
    assert held.size == 0


async def test_the_oldest_upload_is_removed_when_there_are_too_many_bytes() -> None:
    client = api(max_attachment_bytes=2 * CHUNK)
    first, second = await start(client, CHUNK), await start(client, CHUNK)
    for upload_id in (first, second):
        await chunk(client, upload_id, "0", b"x" * CHUNK)
    assert await status(client, first) == GONE
    assert (await status(client, second))["received_chunks"] == [0]
