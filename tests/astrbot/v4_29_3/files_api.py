"""A server with the operations on files of AstrBot 4.29.3 only, and a client that sends forms."""

import json
from collections.abc import Sequence
from typing import Any

from mockbot.astrbot.disk import FOLDER
from mockbot.astrbot.handler import OperationHandler
from mockbot.astrbot.installation import Installation, read_installation
from mockbot.astrbot.keys import KEY_PATTERN, Authentication
from mockbot.astrbot.state import AstrBotState
from mockbot.astrbot.v4_29_3 import downloads, files, uploads
from mockbot.astrbot.v4_29_3.answers import ANSWERS, ENVELOPE
from mockbot.astrbot.v4_29_3.keys import RULES
from mockbot.astrbot.v4_29_3.steps import Syntax, TypesOf, steps
from mockbot.contract.contract import Contract
from mockbot.openapi.document import Document
from mockbot.profile import Profile
from mockbot.source import Source
from mockbot.world.blueprint import Blueprint
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.world import World
from tests.conftest import Client, Reply, make_client

KEY = ("X-API-Key", "abk_all")
OTHER_KEY = ("X-API-Key", "abk_other")
FORM = ("Content-Type", "multipart/form-data; boundary=b")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01"


class State(AstrBotState):
    def __init__(self, installation: Installation, world: World) -> None:
        super().__init__(installation, world)
        self.uploads = uploads.Uploads(world)


def definition(path: str) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("attachment_id",)
        if f"{{{name}}}" in path
    ]
    responses = {"default": {"description": "Any response."}}
    return {"x-astrbot-scope": "file", "parameters": parameters, "responses": responses}


def document() -> Document:
    paths: dict[str, Any] = {}
    for module in (files, downloads, uploads):
        for operation in module.HANDLERS:
            method, path = operation.split(" ")
            paths.setdefault(path, {})[method.lower()] = definition(path)
    value = {"openapi": "3.1.0", "info": {"title": "files", "version": "4.29.3"}, "paths": paths}
    text = json.dumps(value).encode()
    return Document(text, value, text)


DOCUMENT = document()
BLUEPRINT = Blueprint(
    contract=Contract.of(DOCUMENT),
    scopes=frozenset({"file"}),
    folder=FOLDER,
    key_pattern=KEY_PATTERN,
    read_own=read_installation,
    make_state=State,
)
HANDLERS = {**files.HANDLERS, **downloads.HANDLERS, **uploads.HANDLERS}
PROFILE = Profile(
    name="files",
    title="files",
    version="4.29.3",
    contract=Contract.of(DOCUMENT),
    overlay=None,
    blueprint=BLUEPRINT,
    server_header="hypercorn-h11",
    error=ENVELOPE.refusal,
    steps=steps(
        Authentication(DOCUMENT, ENVELOPE, RULES),
        Syntax(uploads.BODIES, {**files.FORMS, **uploads.FORMS}),
        TypesOf(uploads.BODIES, downloads.QUERIES, {**files.OTHERS, **uploads.OTHERS}),
    ),
    handlers={name: OperationHandler(function, ANSWERS) for name, function in HANDLERS.items()},
    exchanges=None,
    deviations=None,
)


def fixture_of(rows: dict[str, Any]) -> Fixture:
    return Fixtures(BLUEPRINT).parse(Source("inline", {"version": 1, **rows}, {"": 1}))


def api(attachments: Sequence[dict[str, Any]] = (), **settings: Any) -> Client:
    """Return a client of a new server in observe mode, whose world has these rows of attachments."""
    keys = [{"key": key, "scopes": ["file"]} for key in ("abk_all", "abk_other")]
    fixture = fixture_of({"keys": keys, "attachments": list(attachments)})
    return make_client(fixture, profile=PROFILE, **settings)


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
