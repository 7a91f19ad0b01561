"""Uses a client of openapi-python-client, whose functions do not stream: streams are read with its httpx client."""

import json
import os
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from generated.api.chat import stop_chat_session_api_v1_chat_sessions_session_id_stop_post as stop_session
from generated.api.open_api import chat_sessions_api_v1_chat_sessions_get as list_sessions
from generated.api.open_api import download_open_api_file, upload_open_api_file
from generated.api.open_api import list_configs_api_v1_configs_get as list_configs
from generated.api.open_api import list_im_bots_api_v1_im_bots_get as list_bots
from generated.api.open_api import send_im_message_api_v1_im_messages_post as send_message
from generated.client import AuthenticatedClient
from generated.models import (
    BodyUploadOpenApiFile,
    ChatEventPlain,
    ChatEventRunSnapshot,
    ChatEventRunStarted,
    ImMessageRequest,
    OpenApiChatRequest,
)
from generated.types import File

SESSION = "of-the-key"
client = AuthenticatedClient(os.environ["BASE"], os.environ["KEY"])


def events(method: str, path: str, body: OpenApiChatRequest | None = None) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream as they come."""
    given = None if body is None else body.to_dict()
    with client.get_httpx_client().stream(method, path, json=given) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


bots = list_bots.sync(client=client)
configs = list_configs.sync(client=client)
file = upload_open_api_file.sync(
    client=client, body=BodyUploadOpenApiFile(File(BytesIO(b"hello"), "hello.txt", "text/plain"))
)
download = download_open_api_file.sync(client=client, attachment_id=file.data.attachment_id)
sent = send_message.sync(client=client, body=ImMessageRequest(umo="webchat:FriendMessage:alice", message="hello"))

types, reply = [], ""
for event in events("POST", "/api/v1/chat", OpenApiChatRequest(username="alice", message="hello")):
    types.append(event["type"])
    if event["type"] == "plain":
        reply += ChatEventPlain.from_dict(event).data
sessions = list_sessions.sync(client=client, username="alice")

resumed = []
request = OpenApiChatRequest(username=os.environ["ME"], session_id=SESSION, message="wait")
for event in events("POST", "/api/v1/chat", request):
    if event["type"] == "run_started":
        run_id = ChatEventRunStarted.from_dict(event).data.run_id
        for again in events("GET", f"/api/v1/chat/runs/{run_id}/stream"):
            resumed.append(again["type"])
            if again["type"] == "run_snapshot":
                assert ChatEventRunSnapshot.from_dict(again).data.run_id == run_id
                stop_session.sync(SESSION, client=client)

refused = list_sessions.sync_detailed(client=client, username="alice", page=0)
stranger = list_bots.sync_detailed(client=AuthenticatedClient(os.environ["BASE"], "abk_unknown"))

print(
    json.dumps(
        {
            "bots": bots.data.bot_ids,
            "configs": [config.name for config in configs.data.configs],
            "sessions": sessions.data.total,
            "file": file.data.type_.value,
            "download": download.payload.read().decode(),
            "message": sent.status,
            "events": [types[0], types[-1]],
            "reply": reply,
            "resumed": [resumed[0], resumed[-1]],
            "refused": [refused.status_code, refused.parsed.data.violations[0].rule],
            "stranger": [stranger.status_code, stranger.parsed.message],
        }
    )
)
