import pytest

from mockbot.control.access import refusal
from mockbot.settings import Settings

LOCAL = Settings()
SECRET = Settings(control_token="s3cret")


def verdict(settings: Settings = LOCAL, peer: str | None = "127.0.0.1", host: str | None = "127.0.0.1:6185", **more):
    fields = {"host": host, **{name.replace("_", "-"): value for name, value in more.items()}}
    headers = [(name.encode(), value.encode()) for name, value in fields.items() if value is not None]
    scope = {"scheme": "http", "client": peer and (peer, 50000), "headers": headers}
    refused = refusal(scope, settings)
    return refused and refused.status


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", None])
def test_this_machine_may_call(peer: str | None) -> None:
    assert verdict(peer=peer) is None


@pytest.mark.parametrize("peer", ["10.0.0.1", "2001:db8::1", "::ffff:10.0.0.1", "somewhere"])
def test_others_may_not(peer: str) -> None:
    assert verdict(peer=peer) == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "mock.localhost:6185", "[::1]:6185", "127.0.0.1"])
def test_names_of_this_machine(host: str) -> None:
    assert verdict(host=host) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:6185", "127.0.0.1.evil.example", "", None, "a@127.0.0.1", "[::1"]
)
def test_a_name_that_somebody_pointed_here_is_refused(host: str | None) -> None:
    assert verdict(host=host) == 403


def test_the_address_it_was_told_to_listen_on_is_a_name_of_it() -> None:
    assert verdict(Settings(host="mockbot.test"), host="mockbot.test:6185") is None


@pytest.mark.parametrize("name", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_who_comes_through_a_proxy_is_not_from_here(name: str) -> None:
    assert verdict(**{name: "10.0.0.1"}) == 403


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
def test_pages_of_other_sites_are_refused_whatever_they_know(settings: Settings, sent: dict[str, str]) -> None:
    assert verdict(settings, authorization="Bearer s3cret", **sent) == 403


def test_mockbots_own_pages_may_call() -> None:
    assert verdict(origin="http://127.0.0.1:6185", sec_fetch_site="same-origin") is None


def test_with_a_token_everybody_who_has_it_may_call_and_nobody_else() -> None:
    assert verdict(SECRET, peer="10.0.0.1", host="mockbot:6185", authorization="bearer s3cret") is None
    assert verdict(SECRET, authorization="Bearer s3cre") == 401
    assert verdict(SECRET, authorization="Basic s3cret") == 401
    assert verdict(SECRET, authorization="Bearer s3cret\u00e9") == 401
    assert verdict(SECRET) == 401


def test_a_token_is_not_shown_where_settings_are() -> None:
    assert "s3cret" not in repr(SECRET)
