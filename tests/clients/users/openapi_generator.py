"""Uses a Python client of openapi-generator; `..._without_preload_content` leaves the reply to be read as it comes."""

import json
import os

from generated import (
    ApiClient,
    ChatEvent,
    ChatEventPlain,
    ChatSendRequest,
    Configuration,
    OpenAPIApi,
    SendMessageRequest,
)
from generated.exceptions import BadRequestException, UnauthorizedException

configuration = Configuration(api_key={"ApiKeyHeader": os.environ["KEY"]})
api = OpenAPIApi(ApiClient(configuration))
bots = api.list_bots()
configs = api.list_configs()
sessions = api.list_sessions(username="alice")
file = api.upload_file(file=("hello.txt", b"hello"))
message = SendMessageRequest.from_dict({"umo": "webchat:FriendMessage:alice", "message": "hello"})
sent = api.send_message(message)

types, reply = [], ""
request = ChatSendRequest.from_dict({"username": "alice", "message": "hello"})
stream = api.chat_without_preload_content(request)
for line in stream:
    if line.startswith(b"data: "):
        event = ChatEvent.from_json(line.removeprefix(b"data: ").decode()).actual_instance
        types.append(event.type)
        if isinstance(event, ChatEventPlain):
            reply += event.data

try:  # the client checks arguments itself, unless a model is made without it
    api.chat(ChatSendRequest.model_construct(username="", message=request.message))
except BadRequestException as error:
    refused = [error.status, error.data.data.violations[0].rule]
try:
    OpenAPIApi(ApiClient(Configuration(api_key={"ApiKeyHeader": "abk_unknown"}))).list_bots()
except UnauthorizedException as error:
    stranger = [error.status, error.data.message]

print(
    json.dumps(
        {
            "bots": bots.data.bot_ids,
            "configs": [config.name for config in configs.data.configs],
            "sessions": sessions.data.total,
            "file": file.data.type,
            "message": sent.status,
            "events": [types[0], types[-1]],
            "reply": reply,
            "refused": refused,
            "stranger": stranger,
        }
    )
)
