"""Uses a client of openapi-python-client, whose functions do not stream: the reply is read with its httpx client."""

import json
import os
from io import BytesIO

from generated.api.open_api import list_bots, list_configs, list_sessions, send_message, upload_file
from generated.client import AuthenticatedClient
from generated.models import ChatEventPlain, ChatSendRequest, SendMessageRequest, UploadFileBody
from generated.types import File

client = AuthenticatedClient(os.environ["BASE"], os.environ["KEY"])
bots = list_bots.sync(client=client)
configs = list_configs.sync(client=client)
sessions = list_sessions.sync(client=client, username="alice")
body = UploadFileBody(File(BytesIO(b"hello"), "hello.txt", "text/plain"))
file = upload_file.sync(client=client, body=body)
sent = send_message.sync(client=client, body=SendMessageRequest("webchat:FriendMessage:alice", "hello"))

types, reply = [], ""
request = ChatSendRequest(username="alice", message="hello")
with client.get_httpx_client().stream("POST", "/api/v1/chat", json=request.to_dict()) as stream:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            types.append(event["type"])
            if event["type"] == "plain" and event["chain_type"] is None:
                reply += ChatEventPlain.from_dict(event).data

refused = list_sessions.sync_detailed(client=client, username="alice", page=0)
stranger = list_bots.sync_detailed(client=AuthenticatedClient(os.environ["BASE"], "abk_unknown"))

print(
    json.dumps(
        {
            "bots": bots.data.bot_ids,
            "configs": [config.name for config in configs.data.configs],
            "sessions": sessions.data.total,
            "file": file.data.type_.value,
            "message": sent.status.value,
            "events": [types[0], types[-1]],
            "reply": reply,
            "refused": [refused.status_code, refused.parsed.data.violations[0].rule],
            "stranger": [stranger.status_code, stranger.parsed.message],
        }
    )
)
