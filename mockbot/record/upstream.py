"""The server behind the proxy: requests are sent as they came, responses are read as they arrive."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import httpx

from mockbot.errors import UserError
from mockbot.record.headers import Fields

CONNECT_SECONDS = 5.0


class UpstreamError(Exception):
    """The server gave no usable response: the status for the client, 502 or 504, and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class RequestBody(httpx.AsyncByteStream):
    """The pieces of a request body; `sent` is called after the last one."""

    def __init__(self, pieces: AsyncIterator[bytes], sent: Callable[[], None]) -> None:
        self._pieces, self._sent = pieces, sent

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece
        self._sent()


class Upstream:
    """Sends requests to one server; each has its own connection, so that none meets one that is closing."""

    def __init__(self, url: str, seconds: float) -> None:
        """Raise UserError if `url` is not a URL of a server. `seconds` is how long the server may be silent."""
        self.base_url = url.rstrip("/")
        parts = urlsplit(self.base_url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.query or parts.fragment:
            raise UserError(f"{url}: not the URL of a server, such as http://127.0.0.1:6185")
        if "@" in parts.netloc:
            raise UserError("the URL of the server has a user or a password in it; let the client send credentials")
        self._url = httpx.URL(f"{parts.scheme}://{parts.netloc}")
        self._path = parts.path.encode()
        self.host = parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii")
        self._seconds = seconds
        self._transport = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def send(self, method: str, target: bytes, headers: Fields, pieces: AsyncIterator[bytes]) -> httpx.Response:
        """Return the response to a request when its head has come; raise UpstreamError if there is none.

        `target` is what the client asked for: a path with its query, or `*`. The time for the head begins when the
        body has been sent, and interim responses do not extend it.
        """
        seconds, connect = self._seconds, min(self._seconds, CONNECT_SECONDS)
        limits = {"connect": connect, "read": seconds, "write": seconds, "pool": None}
        if target.startswith(b"/"):
            target = self._path + target
        try:
            async with asyncio.timeout(None) as deadline:
                loop = asyncio.get_running_loop()
                body = RequestBody(pieces, lambda: deadline.reschedule(loop.time() + seconds))
                extensions = {"timeout": limits, "target": target}
                request = httpx.Request(method, self._url, headers=headers, stream=body, extensions=extensions)
                response = await self._transport.handle_async_request(request)
        except (httpx.HTTPError, TimeoutError) as error:
            raise self.failure(error) from None
        if response.status_code < 200:
            await response.aclose()
            raise UpstreamError(502, f"{self.base_url} switched protocols, which was not asked for")
        if response.status_code > 599:
            await response.aclose()
            raise UpstreamError(
                502, f"{self.base_url} sent the status {response.status_code}, which HTTP does not have"
            )
        return response

    def failure(self, error: Exception) -> UpstreamError:
        """Return what an error of httpx, or a TimeoutError, means for the client."""
        match error:
            case httpx.ConnectTimeout():
                return UpstreamError(504, f"{self.base_url} accepted no connection in time")
            case httpx.TimeoutException() | TimeoutError():
                return UpstreamError(504, f"{self.base_url} was silent for {self._seconds:g} s; --timeout changes that")
            case httpx.ConnectError():
                return UpstreamError(502, f"{self.base_url} accepts no connection: {error}")
            case httpx.LocalProtocolError():
                return UpstreamError(502, f"the request cannot be passed on: {error}")
            case _:
                return UpstreamError(502, f"{self.base_url} sent no valid response: {error or type(error).__name__}")

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
