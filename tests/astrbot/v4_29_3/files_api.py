"""A client of AstrBot 4.29.3 that sends forms."""

from collections.abc import Sequence
from typing import Any

from mockbot.astrbot.v4_29_3.profile import BLUEPRINT, profile
from mockbot.source import Source
from mockbot.world.fixture import Fixture, Fixtures
from tests.conftest import Client, Reply, make_client

KEY = ("X-API-Key", "abk_all")
OTHER_KEY = ("X-API-Key", "abk_other")
FORM = ("Content-Type", "multipart/form-data; boundary=b")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01"


def fixture_of(rows: dict[str, Any]) -> Fixture:
    return Fixtures(BLUEPRINT).parse(Source("inline", {"version": 1, **rows}, {"": 1}))


def api(attachments: Sequence[dict[str, Any]] = (), **settings: Any) -> Client:
    """Return a client of a new server in observe mode, whose world has these rows of attachments."""
    keys = [{"key": key, "scopes": ["file"]} for key in ("abk_all", "abk_other")]
    fixture = fixture_of({"keys": keys, "attachments": list(attachments)})
    return make_client(fixture, profile=profile(), **settings)


def part(name: str, content: bytes, filename: str | None = None, media: str | None = "text/plain") -> bytes:
    """Return a part of a form, a file if it has a file name; quotes and backslashes are escaped."""
    head = f'form-data; name="{name}"'
    if filename is not None:
        escaped = filename.replace("\\", "\\\\").replace('"', '\\"')
        head += f'; filename="{escaped}"'
    kind = "" if media is None or filename is None else f"Content-Type: {media}\r\n"
    return f"--b\r\nContent-Disposition: {head}\r\n{kind}\r\n".encode() + content + b"\r\n"


async def send(client: Client, target: str, *parts: bytes, key: tuple[str, str] = KEY) -> Reply:
    """Send a form."""
    body = b"".join([*parts, b"--b--\r\n"])
    return await client.request("POST", target, body, headers=[key, FORM, ("Content-Length", str(len(body)))])


async def upload(client: Client, filename: str, content: bytes = b"x", media: str | None = "text/plain") -> Any:
    """Upload a file and return the data of the response."""
    reply = await send(client, "/api/v1/file", part("file", content, filename, media))
    assert reply.json["status"] == "ok", reply.json
    return reply.json["data"]


async def get(client: Client, target: str, *headers: tuple[str, str]) -> Reply:
    return await client.get(f"/api/v1{target}", headers=[KEY, *headers])


async def post(client: Client, step: str, body: Any, key: tuple[str, str] = KEY) -> Any:
    """Send a JSON body to a step of an upload in pieces; return its data, or the text of the error."""
    reply = await client.request("POST", f"/api/v1/files/upload/{step}", body, headers=[key])
    return reply.json.get("data", reply.json.get("message"))
