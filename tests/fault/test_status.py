"""Faults that replace a response."""

from typing import Any

import pytest

from mockbot.fault.catalogue import Early, Redirect, Status
from mockbot.fault.fault import ASKED, Asked, Fault
from tests.fault.streams import bent, body, start, summary, whole

JSON = whole(b"{json}")


def answer(fault: Fault, **head: Any) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a response with the fault."""
    left = bent(fault, [{**start(), **head}, body(b"x", more=False)])
    assert [message["type"] for message in left] == ["http.response.start", "http.response.body"]
    return left[0]["status"], {name.decode(): value.decode() for name, value in left[0]["headers"]}, left[1]["body"]


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (
            Status(200, body="json"),
            (200, {"content-type": "application/json", "content-length": "20"}, b'{"unexpected": true}'),
        ),
        (
            Status(200, body="json", content_type="text/event-stream"),
            (200, {"content-type": "text/event-stream", "content-length": "20"}, b'{"unexpected": true}'),
        ),
        (Status(204, body="html", content_type="text/html"), (204, {}, b"")),
        (Status(205), (205, {"content-length": "0"}, b"")),
        (Status(304), (304, {}, b"")),
        (
            Status(429, body="empty", retry_after=0),
            (429, {"content-length": "0", "retry-after": "0"}, b""),
        ),
        (Status(429, body="empty"), (429, {"content-length": "0"}, b"")),
        (Status(429, body="empty", retry_after_text=""), (429, {"content-length": "0", "retry-after": ""}, b"")),
        (
            Status(429, body="empty", retry_after=1, retry_after_text="soon"),
            (429, {"content-length": "0", "retry-after": "soon"}, b""),
        ),
    ],
)
def test_another_answer(fault: Fault, left: Any) -> None:
    assert answer(fault) == left


def test_an_error_envelope_with_200() -> None:
    assert answer(Status(200))[2] == b'{"status":"error","message":"OK","data":null}\n'


@pytest.mark.parametrize(
    ("fault", "kind", "expects"),
    [
        (Status(), "legal", "error"),
        (Status(429, retry_after=-1), "violation", "error"),
        (Status(429, retry_after=0), "legal", "error"),
        (Status(429, retry_after=-1, retry_after_date=True), "legal", "error"),
        (Status(429, retry_after_text="soon"), "violation", "error"),
        (Status(200, body="html"), "violation", "error"),
        (Status(204), "legal", "either"),
        (Status(304), "legal", "either"),
        (Redirect(), "legal", "either"),
        (Early(), "legal", "error"),
    ],
)
def test_kinds(fault: Fault, kind: str, expects: str) -> None:
    assert (fault.kind, fault.expects) == (kind, expects)


@pytest.mark.parametrize(
    ("fault", "asked", "location"),
    [
        (Redirect(), Asked("/a%20b?c=d", "localhost:80"), "http://localhost:80/a%20b?c=d"),
        (Redirect(other_host=True), Asked("/a", "localhost:80"), "http://127.0.0.1:80/a"),
        (Redirect(other_host=True), Asked("/a", "127.0.0.1"), "http://localhost/a"),
        (Redirect(other_host=True), Asked("/a", "[::1]:80", "https"), "https://localhost:80/a"),
        (Redirect(other_host=True), Asked("/a", "[::1]"), "http://localhost/a"),
        (Redirect(other_host=True), Asked("/a", "mockbot:80"), "http://mockbot:80/a"),
        (Redirect(), Asked("/a"), "/a"),
    ],
)
def test_the_location_of_a_redirect_is_the_request_itself(fault: Fault, asked: Asked, location: str) -> None:
    assert answer(fault, **{ASKED: asked}) == (307, {"location": location, "content-length": "0"}, b"")


def test_a_redirect_of_an_application_without_a_request() -> None:
    assert answer(Redirect(304)) == (304, {"location": "/"}, b"")


def test_an_early_answer_closes_the_connection() -> None:
    status, headers, data = answer(Early())
    assert (status, headers["connection"]) == (413, "close")
    assert (
        data == b'{"status":"error","message":"Request Entity Too Large","data":null}\n' or b"Content Too Large" in data
    )


@pytest.mark.parametrize("fault", [Early(), Redirect(), Status()])
def test_messages_before_the_head_pass(fault: Fault) -> None:
    left = bent(fault, [{"type": "mockbot.sleep", "seconds": 2, "left": False}, *JSON])
    assert summary(left)[0] == 2
