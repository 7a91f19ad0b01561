"""The requests that are measured, and the scripts that chats play."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mockbot.jsontext import JSON

KEY = "abk_demo_all"
"""A key of mockbot's default fixture."""
FRAMES = 21
AROUND = {"4.19.4": 5, "4.29.3": 7}
"""The frames of a chat besides those of its text: `session_id`, `agent_stats`, `complete` and so on."""
LONG = 2000


@dataclass(frozen=True, slots=True)
class Operation:
    """One request, which is sent again and again."""

    name: str
    method: str
    target: str
    media: str = ""
    body: bytes = b""
    frames: int = 0
    """How many frames its stream has; 0 if the response is no stream."""
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that it needs."""
        return {"X-API-Key": KEY} | ({"Content-Type": self.media} if self.media else {})

    def raw(self, address: str, *more: str) -> bytes:
        """Return the request as bytes, with more header lines."""
        length = [f"Content-Length: {len(self.body)}"] if self.method == "POST" else []
        fields = [f"Host: {address}", *length, *(f"{name}: {value}" for name, value in self.headers.items()), *more]
        return "\r\n".join([f"{self.method} {self.target} HTTP/1.1", *fields, "", ""]).encode() + self.body


def operations(version: str) -> tuple[Operation, ...]:
    """Return the six operations of a version of AstrBot, and a request that breaks the contract."""
    return (
        Operation("bots", "GET", "/api/v1/im/bots"),
        Operation("configs", "GET", "/api/v1/configs"),
        Operation("sessions", "GET", "/api/v1/chat/sessions?page=1&page_size=20&username=alice"),
        message(version, "Good morning."),
        upload(1024),
        chat("bench"),
        posted("rejected", message_path(version), {"umo": "team_qq:GroupMessage:1", "message": 5}, status=400),
    )


def message(version: str, text: JSON) -> Operation:
    """Return a request that sends a message to a bot."""
    return posted("message", message_path(version), {"umo": "team_qq:GroupMessage:1", "message": text})


def message_path(version: str) -> str:
    """Return where a version of AstrBot takes messages to bots."""
    return "/api/v1/im/message" if version == "4.19.4" else "/api/v1/im/messages"


def upload(size: int) -> Operation:
    """Return a request that uploads a file of so many bytes."""
    head = (
        b'--bench\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\nContent-Type: text/plain\r\n'
    )
    body = head + b"\r\n" + (b"0123456789abcde\n" * (size // 16 + 1))[:size] + b"\r\n--bench--\r\n"
    return Operation("file", "POST", "/api/v1/file", "multipart/form-data; boundary=bench", body)


def chat(text: str, prefix: str = "") -> Operation:
    """Return a chat; `bench` has 21 frames, `idle` has none for an hour after the first ones, `paced` has thousands."""
    body: JSON = {"username": "alice", "message": text, "enable_streaming": True}
    return posted("chat", prefix + "/api/v1/chat", body, frames=FRAMES if text == "bench" else LONG)


def posted(name: str, target: str, body: JSON, frames: int = 0, status: int = 200) -> Operation:
    """Return a request with a JSON body."""
    return Operation(name, "POST", target, "application/json", json.dumps(body).encode(), frames, status)


def scripts(version: str) -> str:
    """Return a script file for mockbot that has the chats, as JSON, which is YAML."""
    words = [f"word{number:02} " for number in range(FRAMES - AROUND[version])]
    return json.dumps(
        {
            "version": 1,
            "scripts": [
                {"name": "bench", "when": {"message": {"equals": "bench"}}, "run": [{"say": words}]},
                {"name": "paced", "when": {"message": {"equals": "paced"}}, "run": [{"say": ["word "] * LONG}]},
                {
                    "name": "idle",
                    "when": {"message": {"equals": "idle"}},
                    "run": [{"say": ["word "]}, {"wait": "60m"}, {"say": ["end"]}],
                },
            ],
        }
    )
