"""A client of the control API, for servers in a thread, in a container or on another machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockbot.errors import NoAnswer, UserError
from mockbot.limited import Connection, Limit, SecureConnection, reason, whole
from mockbot.testing.files import real_files
from mockbot.wording import readable

SECONDS = 60.0
"""The limit for one response, from the connection to its last byte."""
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of a response: more than a page of the largest journal has, or the snapshot of the largest world."""


class Control:
    """The control API of the mockbot at `base_url`; `token` is its `--control-token`."""

    def __init__(self, base_url: str, token: str = "", seconds: float = SECONDS) -> None:
        """Take the limit for a response in `seconds`; raise UserError if `base_url` is not an HTTP URL."""
        self.base_url, self.token, self._seconds = base_url.rstrip("/"), token, seconds
        self.unready = ""
        """Why no request can be sent yet; empty if one can."""
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UserError(f"{base_url}: not the URL of a mockbot, such as http://127.0.0.1:6185")

    def __repr__(self) -> str:
        return f"<Control {self.base_url}>"

    def ask(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """Return the JSON of the response, None if it has no body. Raise UserError with the details of a refusal."""
        __tracebackhide__ = True  # pytest shows the line of the test
        try:
            with self.open(method, path, body, query) as response:
                text = self._whole(response)
            return json.loads(text) if text else None
        except UserError as error:
            raise type(error)(str(error)) from None
        except (ValueError, RecursionError):
            raise UserError(f"{self.base_url} is not a mockbot: its response to {method} {path} is not JSON") from None

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str | int] = MappingProxyType({}),
        seconds: float | None = None,
    ) -> Iterator[HTTPResponse]:
        """Yield a response to read from, for at most `seconds` if given. Raise UserError like `ask`."""
        if self.unready:
            raise UserError(self.unready)
        address = urlsplit(self.base_url)
        kind = SecureConnection if address.scheme == "https" else Connection
        connection = kind(address.netloc, limit=Limit(self._seconds if seconds is None else seconds, MOST_BYTES))
        target = f"{address.path}/__mockbot__/{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            try:
                with real_files():  # the server may be in this process
                    connection.request(method, target, content, headers)
                    response = connection.getresponse()
            except (OSError, ValueError, HTTPException) as error:
                raise self._no_answer(error) from None
            with response:
                if response.status == 401:
                    raise UserError(self._needs_token)
                if not 200 <= response.status < 300:
                    raise UserError(_refusal(self._whole(response), f"{method} {path}: {response.status}"))
                yield response
        finally:
            connection.close()

    def _whole(self, response: HTTPResponse) -> bytes:
        try:
            return whole(response)
        except (OSError, ValueError, HTTPException) as error:
            raise self._no_answer(error) from None

    @property
    def _needs_token(self) -> str:
        if self.token:
            return f"{self.base_url} rejects this control token; it must be that of its --control-token"
        return f"{self.base_url} requires its control token; give it as MOCKBOT_CONTROL_TOKEN or as `token`"

    def _no_answer(self, error: Exception) -> NoAnswer:
        return NoAnswer(readable(f"no mockbot answers at {self.base_url}: {reason(error)}"))


def _refusal(text: bytes, request: str) -> str:
    """Return the text of problem details; of any other body the beginning, with the request and its status."""
    try:
        problem = json.loads(text)
        broken = [f"{row['in']} {row['at']}: {row['message']}" for row in problem.get("violations", ())]
        if len(broken) == 1 and broken[0].endswith(f": {problem['detail']}"):
            return readable(broken[0])
        return readable("\n  ".join([problem["detail"], *broken]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return readable(f"{request}: {text[:500].decode('utf-8', 'replace')}")
