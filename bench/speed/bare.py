"""A bare Starlette application: each route does the least that its operation needs, and validates nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bench.speed.operations import FRAMES, LONG

PACE = float(os.environ.get("BENCH_PACE", "0")) / 1000
MESSAGE_ID = "769d58b7-3aeb-40ed-9608-0915baf2227b"
FRAME = (
    b'data: {"type": "plain", "data": "word00 ", "streaming": true, "chain_type": null, "message_id": "%s"}\n\n'
    % MESSAGE_ID.encode()
)
CONFIGS = [
    {"id": f"{number}f9d3c1e", "name": f"config {number}", "path": f"abconf_{number}.json", "is_default": not number}
    for number in range(3)
]
SESSIONS = [
    {
        "session_id": f"session-{number}",
        "platform_id": "webchat",
        "creator": "alice",
        "display_name": None,
        "is_group": 0,
        "created_at": "2026-01-05T09:00:00+00:00",
        "updated_at": "2026-01-05T09:00:00+00:00",
    }
    for number in range(2)
]


def ok(data: object) -> Response:
    """Return the envelope of AstrBot's responses."""
    return JSONResponse({"status": "ok", "message": None, "data": data})


async def bots(_: Request) -> Response:
    """Return three ids."""
    return ok({"bot_ids": ["team_qq", "helpdesk_telegram", "old_discord"]})


async def configs(_: Request) -> Response:
    """Return three configs."""
    return ok({"configs": CONFIGS})


async def sessions(request: Request) -> Response:
    """Return the page of sessions that the query asks for."""
    page, size = int(request.query_params["page"]), int(request.query_params["page_size"])
    found = SESSIONS[(page - 1) * size : page * size]
    return ok({"sessions": found, "page": page, "page_size": size, "total": len(SESSIONS)})


async def message(request: Request) -> Response:
    """Read a JSON body."""
    await request.json()
    return ok({})


async def file(request: Request) -> Response:
    """Read a multipart form, and the file in it."""
    async with request.form() as form:
        given = form["file"]
        assert isinstance(given, UploadFile)
        await given.read()
        return ok({"attachment_id": MESSAGE_ID, "filename": given.filename, "type": "file"})


async def chat(request: Request) -> Response:
    """Read a JSON body and stream frames, one a send."""
    text = (await request.json())["message"]
    return StreamingResponse(frames(text), media_type="text/event-stream")


async def frames(text: str) -> AsyncIterator[bytes]:
    """Yield 21 frames, or thousands at the pace of BENCH_PACE ms, or one and then nothing for an hour."""
    for _ in range({"bench": FRAMES, "idle": 1}.get(text, LONG)):
        yield FRAME
        if PACE:
            await asyncio.sleep(PACE)
    if text == "idle":
        await asyncio.sleep(3600)


app = Starlette(
    routes=[
        Route("/api/v1/im/bots", bots),
        Route("/api/v1/configs", configs),
        Route("/api/v1/chat/sessions", sessions),
        Route("/api/v1/im/message", message, methods=["POST"]),
        Route("/api/v1/file", file, methods=["POST"]),
        Route("/api/v1/chat", chat, methods=["POST"]),
    ]
)
