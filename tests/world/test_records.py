import pytest

from mockbot.world.records import Key

SCOPES = {"chat", "config", "file", "im"}


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (None, SCOPES),
        ({"*"}, SCOPES),
        (set(), set()),
        ({"chat"}, {"chat"}),
        ({"CHAT", "chat:read"}, set()),
        ({"chat", "im", "unknown"}, {"chat", "im"}),
    ],
)
def test_scopes(scopes: set[str] | None, allowed: set[str]) -> None:
    key = Key("k", None if scopes is None else frozenset(scopes))
    assert {scope for scope in SCOPES if key.allows(scope)} == allowed


def test_keys_expire_and_are_revoked() -> None:
    assert [Key("k", expires=10).valid(now) for now in (9, 10, 11)] == [True, False, False]
    assert not Key("k", revoked=True).valid(0)
