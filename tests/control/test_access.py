import pytest

from mockbot.control.access import refusal
from mockbot.settings import Settings

LOCAL = Settings()
SECRET = Settings(control_token="s3cret")


def status(
    settings: Settings = LOCAL, peer: str | None = "127.0.0.1", host: str | None = "127.0.0.1:6185", **headers: str
) -> int | None:
    """Return the status of the refusal of a request, or None if it is allowed; `x_y` is the header `x-y`."""
    fields = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in fields.items() if value is not None]
    scope = {"scheme": "http", "client": peer and (peer, 50000), "headers": raw}
    refused = refusal(scope, settings)
    return None if refused is None else refused.status


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", None])
def test_this_machine_may_call(peer: str | None) -> None:
    assert status(peer=peer) is None


@pytest.mark.parametrize("peer", ["10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "somewhere"])
def test_other_machines_may_not_call(peer: str) -> None:
    assert status(peer=peer) == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "mock.localhost:6185", "[::1]:6185", "127.0.0.1"])
def test_names_of_this_machine_are_allowed(host: str) -> None:
    assert status(host=host) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:6185", "127.0.0.1.evil.example", "", None, "a@127.0.0.1", "[::1"]
)
def test_other_names_that_resolve_to_this_machine_are_refused(host: str | None) -> None:
    assert status(host=host) == 403


def test_the_host_setting_is_a_name_of_this_machine() -> None:
    for setting in ("mockbot.test", "MockBot.Test"):
        assert status(Settings(host=setting), host="mockbot.test:6185") is None
        assert status(Settings(host=setting), host="MOCKBOT.test") is None
        assert status(Settings(host=setting), host="other.test") == 403


@pytest.mark.parametrize("name", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_a_request_through_a_proxy_is_not_from_this_machine(name: str) -> None:
    assert status(LOCAL, **{name: "10.0.0.1"}) == 403


@pytest.mark.parametrize("settings", [LOCAL, SECRET])
@pytest.mark.parametrize(
    "sent",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_pages_of_other_sites_are_refused_even_with_the_token(settings: Settings, sent: dict[str, str]) -> None:
    assert status(settings, authorization="Bearer s3cret", **sent) == 403


def test_mockbots_own_pages_may_call() -> None:
    assert status(origin="http://127.0.0.1:6185", sec_fetch_site="same-origin") is None


def test_with_a_token_only_clients_that_send_it_may_call() -> None:
    assert status(SECRET, peer="10.0.0.1", host="mockbot:6185", authorization="bearer s3cret") is None
    assert status(SECRET, authorization="Bearer s3cre") == 401
    assert status(SECRET, authorization="Basic s3cret") == 401
    assert status(SECRET, authorization="Bearer s3cret\u00e9") == 401
    assert status(SECRET) == 401


def test_the_repr_of_settings_has_no_token() -> None:
    assert "s3cret" not in repr(SECRET)
