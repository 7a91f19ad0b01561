import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockbot.app import Mockbot, create_app
from mockbot.contract.content_coding import Decoder, TooLarge, Unsupported, codings
from mockbot.settings import Settings
from mockbot.world.worlds import DEFAULT
from tests.conftest import make_client

LIMIT = 1_000_000
TEXT = b'{"name": "' + b"a" * 5000 + b'"}'


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def decode(data: bytes, *names: str, size: int = 1000, limit: int = LIMIT) -> bytes:
    decoder = Decoder(names, limit)
    found = b"".join(piece for at in range(0, len(data), size) for piece in decoder.feed(data[at : at + size]))
    decoder.end()
    return found


@pytest.mark.parametrize("size", [1, 3, 1000, 100_000])
@pytest.mark.parametrize(
    ("names", "encode"),
    [
        (("gzip",), gzip.compress),
        (("deflate",), zlib.compress),
        (("deflate",), raw_deflate),
        (("gzip", "gzip"), lambda data: gzip.compress(gzip.compress(data, mtime=0))),
        (("deflate", "gzip"), lambda data: gzip.compress(zlib.compress(data))),
        (("gzip",), lambda data: gzip.compress(data[:7], mtime=0) + gzip.compress(data[7:], mtime=0)),
        (("gzip",), lambda data: gzip.compress(data, mtime=0) + b"\0" * 512),
    ],
)
def test_codings_are_undone_last_first(names: tuple[str, ...], encode: Callable[[bytes], bytes], size: int) -> None:
    assert decode(encode(TEXT), *names, size=size) == TEXT
    assert decode(encode(b""), *names, size=size) == b""


@pytest.mark.parametrize(
    ("names", "data", "message"),
    [
        ("gzip", b"hello", "it is not well-formed gzip"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-1], "it ends early"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:20], "it ends early"),
        ("gzip", b"\x1f", "it ends early"),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + b"\0" * 8, "it is not well-formed gzip"),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"more", "it is not well-formed gzip"),
        ("deflate", zlib.compress(TEXT) + b"more", "there is more after its end"),
        ("deflate", b"\xff\xff\xff", "it is not well-formed deflate"),
    ],
)
def test_broken_data_is_an_error_that_says_what_is_wrong(names: str, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        decode(data, names)


@pytest.mark.parametrize("names", [("gzip",), ("gzip", "gzip"), ("gzip", "gzip", "gzip")])
def test_a_body_that_becomes_huge_stops_at_the_limit(names: tuple[str, ...]) -> None:
    data = b"\0" * 200_000_000
    for _ in names:
        data = gzip.compress(data, 1, mtime=0)
    tracemalloc.start()
    before = time.process_time()
    with pytest.raises(TooLarge):
        decode(data, *names, size=1_000_000)
    assert time.process_time() - before < 0.5
    assert tracemalloc.get_traced_memory()[1] < 5 * LIMIT
    tracemalloc.stop()


def test_what_decodes_to_nothing_costs_no_more_than_its_size() -> None:
    before = time.process_time()
    assert decode(gzip.compress(b"", mtime=0) * 40_000, "gzip", size=LIMIT) == b""
    assert time.process_time() - before < 2
    with pytest.raises(TooLarge):
        decode(gzip.compress(gzip.compress(b"", mtime=0) * 100_000), "gzip", "gzip", size=LIMIT)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["gzip"], ("gzip",)),
        (["X-GZIP"], ("gzip",)),
        (["identity"], ()),
        ([""], ()),
        (["gzip, identity ,, Deflate"], ("gzip", "deflate")),
        (["deflate", "gzip"], ("deflate", "gzip")),
    ],
)
def test_codings_are_read_from_the_header(values: list[str], names: tuple[str, ...]) -> None:
    assert codings(values) == names


@pytest.mark.parametrize("values", [["br"], ["gzip, zstd"], ["gzip, gzip, gzip, gzip"], ["x"], ["gzip;q=1"]])
def test_other_codings_are_not_supported(values: list[str]) -> None:
    with pytest.raises(Unsupported):
        codings(values)


@pytest.fixture
def app(tmp_path: Path) -> Mockbot:
    schema = {"type": "object", "required": ["name"]}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"204": {"description": "ok"}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/things": {"post": operation}},
    }
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    return create_app(Settings(spec=str(path), max_body=LIMIT), log=lambda _: None)


def post(app: Mockbot, body: bytes, coding: str) -> httpx.Response:
    async def send() -> httpx.Response:
        fields = {"content-type": "application/json", "content-encoding": coding}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            return await client.post("/things", content=body, headers=fields)

    return asyncio.run(send())


def first(response: httpx.Response) -> dict[str, Any]:
    violation: dict[str, Any] = response.json()["violations"][0]
    return violation


def test_a_compressed_body_is_validated_and_recorded_as_its_content(app: Mockbot) -> None:
    assert post(app, gzip.compress(TEXT, mtime=0), "gzip").status_code == 204
    (entry,) = app.worlds.get(DEFAULT).journal
    assert (entry.body, entry.body_size, entry.violations) == (TEXT, len(TEXT), ())
    assert first(post(app, gzip.compress(b"{}", mtime=0), "gzip"))["at"] == "/name"


def test_an_unknown_coding_is_refused_with_those_that_are_supported(app: Mockbot) -> None:
    response = post(app, TEXT, "br")
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "gzip, deflate")
    assert first(response) == {
        "in": "header",
        "at": "/Content-Encoding",
        "rule": "coding",
        "message": "the content coding br is not supported, only gzip and deflate",
        "value": "br",
    }


def test_a_body_that_cannot_be_decoded_is_refused(app: Mockbot) -> None:
    response = post(app, TEXT, "gzip")
    assert response.status_code == 400
    assert "accept-encoding" not in response.headers
    assert (first(response)["in"], first(response)["rule"]) == ("body", "parse")
    assert first(response)["message"] == "the body cannot be decoded from gzip: it is not well-formed gzip"


def test_a_body_that_is_too_large_when_decoded_is_refused(app: Mockbot) -> None:
    response = post(app, gzip.compress(b" " * (LIMIT + 1)), "gzip")
    assert (response.status_code, first(response)["rule"]) == (413, "maxLength")
    assert post(app, gzip.compress(b" " * (LIMIT - len(TEXT)) + TEXT), "gzip").status_code == 204


@pytest.mark.anyio
async def test_astrbot_does_not_decode_bodies() -> None:
    client = make_client(contract="enforce")
    body = gzip.compress(json.dumps({"username": "alice", "message": "hi"}).encode())
    fields = [("X-API-Key", "abk_demo"), ("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
    reply = await client.request("POST", "/api/v1/chat", body, headers=fields)
    assert reply.status == 400
    assert "accept-encoding" not in dict(reply.headers)
