"""h11's end of one connection, with the wording and the limits of the imitated server."""

from __future__ import annotations

import re
from collections.abc import Callable

import h11

MAX_CHUNK = 2**31
"""Bytes that the chunk of a body may announce; more than any setting allows, so that nothing waits for them."""
MAX_HEAD = 64 * 1024
"""Bytes of a request line and headers; larger heads get 431."""
MAX_METHOD = 32
"""Characters of a method; longer ones get 501 (RFC 9112 section 3). The longest registered one has 17."""
TLS = b"\x16\x03"
"""How a client begins that expects TLS (RFC 8446 section 5.1)."""
REASONS = {
    400: "it is not HTTP/1.1 (RFC 9112)",
    413: f"a chunk of its body is larger than {MAX_CHUNK} bytes",
    431: f"its line and headers are longer than {MAX_HEAD} bytes",
    501: f"its method is longer than {MAX_METHOD} characters, or it has another Transfer-Encoding than chunked",
}
ABSOLUTE = re.compile(rb"https?://(?:[^/?#@]*@)?(?P<host>[^/?#@]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


class ServerConnection(h11.Connection):
    """Limits the heads of requests, writes no reason phrases, and adds headers to the interim 100."""

    def __init__(self, common_headers: Callable[[], list[tuple[bytes, bytes]]]) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._common_headers = common_headers
        self.refusal = 400
        """The status for a request that `next_event` did not accept."""
        self.is_tls = False
        """Whether the client has begun as for https."""

    def receive_data(self, data: bytes) -> None:
        """Take bytes of the client."""
        self.is_tls = self.their_state is h11.IDLE and data.startswith(TLS)
        super().receive_data(data)

    @property
    def why(self) -> str:
        """Return why a request was refused, without anything that the client has sent."""
        return (
            "it begins with TLS; send it to http://, not https://"
            if self.is_tls
            else REASONS.get(self.refusal, REASONS[400])
        )

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return the next event; raise RemoteProtocolError, and set `refusal`, if it is not acceptable."""
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            self.refusal = error.error_status_hint
            # h11 raises an error in a method of its own, and so in a frame that has it
            raise h11.RemoteProtocolError(str(error), self.refusal) from error.with_traceback(None)
        here = len(event.data) if isinstance(event, h11.Data) else 0
        if getattr(self._reader, "_bytes_in_chunk", 0) + here > MAX_CHUNK:  # h11 would wait for all of them
            self.refusal = 413
            raise h11.RemoteProtocolError("the chunk is too large", error_status_hint=413)
        if isinstance(event, h11.Request) and len(event.method) > MAX_METHOD:
            self.refusal = 501
            raise h11.RemoteProtocolError("the method is too long", error_status_hint=501)
        if isinstance(event, h11.Request) and _size(event) > MAX_HEAD:
            self.refusal = 431
            raise h11.RemoteProtocolError("the head is too large", error_status_hint=431)
        return _origin_form(event) if isinstance(event, h11.Request) else event

    @property
    def reads_as_it_is(self) -> bool:
        """Return whether what comes next is a body whose length is known, of which any amount takes little time."""
        return self.their_state is h11.SEND_BODY and not hasattr(self._reader, "_bytes_in_chunk")

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Return the bytes of an event."""
        if isinstance(event, h11.Response):
            event = h11.Response(status_code=event.status_code, headers=event.headers.raw_items(), reason=b"")
        elif isinstance(event, h11.InformationalResponse):
            headers = self._common_headers()
            event = h11.InformationalResponse(status_code=event.status_code, headers=headers, reason=b"")
        return super().send_with_data_passthrough(event)


def _origin_form(request: h11.Request) -> h11.Request:
    """Return a request with an absolute target as the same request with path and Host (RFC 9112 section 3.2.2)."""
    found = ABSOLUTE.fullmatch(request.target)
    if found is None:
        return request
    target = found["rest"] if found["rest"].startswith(b"/") else b"/" + found["rest"]
    headers = [
        (name, found["host"] if name.lower() == b"host" else value) for name, value in request.headers.raw_items()
    ]
    return h11.Request(method=request.method, target=target, headers=headers, http_version=request.http_version)


def _size(request: h11.Request) -> int:
    """Return the bytes of a request's method, target and headers, with two separators for each header."""
    fields = sum(len(name) + len(value) + 4 for name, value in request.headers)
    return len(request.method) + len(request.target) + fields
