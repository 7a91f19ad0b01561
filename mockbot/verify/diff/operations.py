"""The operations of AstrBot 4.29.3 that 4.19.4 does not have."""

from __future__ import annotations

import re

from mockbot.verify.diff.causes import Cause, answer, path

CAUSES: tuple[Cause, ...] = (
    Cause(
        "document",
        "The server has its OpenAPI document and pages that show it, without a key.",
        "12",
        ("## 12.",),
        answer(lambda pair: bool(re.fullmatch(r"/api/v1/(openapi\.json|docs|redoc)", pair.request.target))),
    ),
    Cause(
        "im-messages",
        "`POST /im/messages` is the same operation as `POST /im/message`.",
        "7",
        ("## 7.",),
        path("/im/messages", "POST"),
    ),
    Cause(
        "resume",
        "A client can resume a running stream: `GET /chat/runs/{run_id}/stream`.",
        "8",
        ("## 8.", "| run_snapshot"),
        path("/chat/runs/.*", "GET"),
    ),
    Cause(
        "config-lists",
        "Configs are also listed for the scopes `chat` and `config`: `GET /chat/configs`, `GET /config-profiles`.",
        "5",
        ("N: GET /api/v1/chat/configs",),
        path("/(chat/configs|config-profiles)", "GET"),
    ),
    Cause(
        "session-operations",
        "Sessions can be made, shown, renamed, deleted and stopped, and their messages edited.",
        "6.2",
        ("### 6.2", "### 11.9"),
        path("/chat/(sessions/.+|threads.*|projects.*)"),
    ),
    Cause(
        "chunked-uploads",
        "A file can be uploaded in pieces: `POST /files/upload/…`.",
        "9.3",
        ("### 9.3",),
        path("/files/upload/.*"),
    ),
    Cause(
        "upload-to-files",
        "`POST /files` is the same operation as `POST /file`.",
        "9.1",
        (),
        path("/files", "POST"),
    ),
    Cause(
        "downloads",
        "Files can be downloaded: `GET /file`, `GET /files/{id}`, `GET /files/content`.",
        "9.2",
        ("### 9.2",),
        path("/files?(/.*)?", "GET", "DELETE"),
    ),
    Cause(
        "other-lists",
        "Plugins, providers, bots, personas and conversations are listed, each for a scope of its own.",
        "10",
        ("## 10.", "| bot, provider, persona"),
        path("/(plugins|providers|provider-sources|bots|personas|conversations|stats)(/.*)?", "GET"),
    ),
)
"""The causes, in the order in which they are tried; they are tried before those of answers."""
