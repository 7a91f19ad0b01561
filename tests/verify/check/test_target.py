"""The visible state of a server, as `check` compares it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.errors import UserError
from mockbot.verify.check.deviations import Deviations
from mockbot.verify.check.rules import BrokenEnvelope, Rules
from mockbot.verify.check.target import Target


def target(respond: Callable[[httpx.Request], httpx.Response], asked: list[str] | None = None) -> Target:
    def noted(request: httpx.Request) -> httpx.Response:
        (asked if asked is not None else []).append(str(request.url.raw_path.decode()))
        return respond(request)

    return Target("http://there/", "k", transport=httpx.MockTransport(noted))


def listing(total: int, **session: Any) -> Callable[[httpx.Request], httpx.Response]:
    rows = [{"session_id": "s", "creator": "ada", "updated_at": "now", **session}]
    return lambda _: httpx.Response(200, json={"data": {"sessions": rows, "total": total}})


def test_a_rejected_key_is_a_user_error() -> None:
    target(lambda _: httpx.Response(200)).reach()
    with pytest.raises(UserError, match="http://there rejects this key; give another with --key or MOCKBOT_KEY"):
        target(lambda _: httpx.Response(401)).reach()


def test_lists_are_read_again_only_after_an_accepted_request() -> None:
    asked: list[str] = []
    server = target(lambda _: httpx.Response(200, json={"data": {}}), asked)
    server.state(["ada"], fresh=False)
    server.state(["ada"], fresh=False)
    lists = ["/api/v1/im/bots", "/api/v1/configs", "/api/v1/chat/sessions?username=ada&page_size=100"]
    assert asked == lists
    server.state(["ada"], fresh=True)
    server.forget()
    server.state([], fresh=False)
    assert asked == lists * 2 + lists[:2]


def test_a_later_title_is_no_change_but_a_new_session_is() -> None:
    def shown(respond: Callable[[httpx.Request], httpx.Response]) -> object:
        return target(respond).state(["ada"], fresh=True)["/api/v1/chat/sessions ada"]

    assert shown(listing(1)) == shown(listing(1, display_name="A title", updated_at="later"))
    assert shown(listing(1)) != shown(listing(2))
    assert shown(listing(101)) == [101]


def test_a_list_that_cannot_be_read_is_none() -> None:
    assert set(target(lambda _: httpx.Response(200, text="no JSON")).state([], fresh=True).values()) == {None}


@pytest.mark.parametrize("data", [b'"x"', b"{}", b'{"violations": []}'])
def test_an_error_with_status_200_has_no_data(data: bytes) -> None:
    rules = Rules(v4_19_4.profile().contract, target(listing(0)), Deviations(), timeout=1)
    body = b'{"status": "error", "message": "m", "data": ' + data + b"}"
    response = SimpleNamespace(status_code=200, headers={"content-type": ["application/json"]}, content=body)
    case = SimpleNamespace(operation=SimpleNamespace(label="POST /x"))
    with pytest.raises(BrokenEnvelope, match="its data is not null"):
        rules.error_envelope(None, response, case)
    response.content = body.replace(data, b"null")
    assert rules.error_envelope(None, response, case) is None
