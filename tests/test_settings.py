"""What `mockbot serve` does when it is told nothing, and who may call from a browser."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from mockbot.settings import Settings


def test_nothing_told_means_astrbots_port_on_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 6185)
    assert (settings.fixture, settings.contract) == ("default", "enforce")


@pytest.mark.parametrize(
    ("told", "origins"),
    [
        ({}, ("*",)),
        ({"contract": "observe"}, ()),
        ({"contract": "observe", "cors": ("http://localhost:5173",)}, ("http://localhost:5173",)),
        ({"cors": ()}, ()),
    ],
    ids=str,
)
def test_origins_are_astrbots_in_observe_unless_told(told: dict, origins: tuple[str, ...]) -> None:
    assert replace(Settings(), **told).origins == origins


def test_settings_cannot_change_under_a_running_server() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_everything_that_could_grow_has_a_bound() -> None:
    bounds = {field.name: field.default for field in fields(Settings) if field.name.startswith("max_")}
    assert {"max_body", "max_worlds", "max_journal_entries", "max_sessions", "max_history", "max_attachments"} <= set(
        bounds
    )
    assert all(isinstance(bound, int) and bound > 0 for bound in bounds.values())
