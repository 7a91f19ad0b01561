"""A small client of AstrBot's Open API: chat, sessions, files. Needs nothing but Python.

bot = AstrBot("http://127.0.0.1:6185", "abk_...")
for text in bot.chat("ada", "hello"):
    print(text, end="")
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

ATTEMPTS = 3


class BotError(Exception):
    """AstrBot refused the request, or its response was incomplete."""


@dataclass
class AstrBot:
    """An AstrBot at `base_url`; `sleep` waits before a retry."""

    base_url: str
    key: str
    sleep: Callable[[float], None] = time.sleep

    def chat(self, username: str, message: str, session_id: str | None = None) -> Iterator[str]:
        """Yield the reply piece by piece. Raise BotError if it ends too early."""
        body = {"username": username, "message": message, "enable_streaming": True}
        if session_id is not None:
            body["session_id"] = session_id
        response = self._send("POST", "chat", json.dumps(body).encode(), "application/json")
        try:
            for event in events(response):
                match event:
                    case {"type": "plain", "streaming": True, "chain_type": None, "data": str(text)}:
                        yield text
                    case {"type": "error", "data": str(reason)}:
                        raise BotError(reason)
                    case {"type": "end"}:
                        return
            raise BotError("the reply broke off")
        except (OSError, HTTPException) as error:
            raise BotError("the reply broke off") from error
        finally:
            response.close()

    def sessions(self, username: str, page: int = 1, page_size: int = 20) -> list[dict[str, Any]]:
        """Return a page of a user's chat sessions, latest first."""
        query = urlencode({"username": username, "page": page, "page_size": page_size})
        sessions: list[dict[str, Any]] = self._ask("GET", f"chat/sessions?{query}")["sessions"]
        return sessions

    def upload(self, filename: str, content: bytes) -> str:
        """Upload a file and return its attachment id."""
        boundary = uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        body = (
            f"{head}Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        attachment: str = self._ask("POST", "file", body, f"multipart/form-data; boundary={boundary}")["attachment_id"]
        return attachment

    def _ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Any:
        """Return the data in AstrBot's envelope."""
        response = self._send(method, path, body, content_type)
        envelope = json.loads(response.read())
        if envelope["status"] != "ok":
            raise BotError(envelope["message"])
        return envelope["data"]

    def _send(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> HTTPResponse:
        """Send a request, and again after `Retry-After` if AstrBot is busy; return a response with status 200."""
        for attempt in range(1, ATTEMPTS + 1):
            response = self._once(method, path, body, content_type)
            if response.status == 200:
                return response
            wait = response.headers.get("Retry-After")
            reason = response.read().decode("utf-8", "replace")
            if response.status not in (429, 503) or wait is None or attempt == ATTEMPTS:
                break
            self.sleep(float(wait))
        raise BotError(f"{response.status}: {reason}")

    def _once(self, method: str, path: str, body: bytes | None, content_type: str) -> HTTPResponse:
        address = urlsplit(self.base_url)
        connection = HTTPConnection(address.netloc, timeout=30)
        headers = {"X-API-Key": self.key, "Connection": "close"} | (
            {"Content-Type": content_type} if content_type else {}
        )
        connection.request(method, f"{address.path}/api/v1/{path}", body, headers)
        return connection.getresponse()


def events(response: HTTPResponse) -> Iterator[Any]:
    """Yield the JSON of each server-sent event."""
    data: list[str] = []
    for line in response:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text.startswith("data:"):
            data.append(text[5:].removeprefix(" "))
        elif not text and data:
            yield json.loads("\n".join(data))
            data.clear()
