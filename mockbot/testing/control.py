"""A client of the control API, for servers in a thread, in a container or on another machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockbot.errors import NoAnswer, UserError
from mockbot.testing.files import real_files

SECONDS = 30.0
"""The limit for one response."""


class Control:
    """The control API of the mockbot at `base_url`; `token` is its `--control-token`."""

    def __init__(self, base_url: str, token: str = "") -> None:
        """Raise UserError if `base_url` is not an HTTP URL."""
        self.base_url, self.token = base_url.rstrip("/"), token
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
                text = response.read()
        except UserError as error:
            raise type(error)(str(error)) from None
        return json.loads(text) if text else None

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str | int] = MappingProxyType({}),
        seconds: float = SECONDS,
    ) -> Iterator[HTTPResponse]:
        """Yield a response to read from, with `seconds` between two reads at most. Raise UserError like `ask`."""
        address = urlsplit(self.base_url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = kind(address.netloc, timeout=seconds)
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
            except (OSError, HTTPException) as error:
                reason = str(error) or type(error).__name__
                raise NoAnswer(f"no mockbot answers at {self.base_url}: {reason}") from None
            if response.status >= 400:
                raise UserError(_refusal(response.read(), f"{method} {path}: {response.status}"))
            yield response
        finally:
            connection.close()


def _refusal(text: bytes, request: str) -> str:
    """Return the text of problem details; of any other body the beginning, with the request and its status."""
    try:
        problem = json.loads(text)
        broken = [f"  {row['in']} {row['at']}: {row['message']}" for row in problem.get("violations", ())]
        return "\n".join([problem["detail"], *broken])
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"{request}: {text[:500].decode('utf-8', 'replace')}"
