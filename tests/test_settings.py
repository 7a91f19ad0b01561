"""The default settings, and the origins from which browsers can call."""

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from mockbot.settings import Settings


def test_the_default_is_astrbots_port_on_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 6185)
    assert (settings.fixture, settings.contract) == ("default", "enforce")


@pytest.mark.parametrize(
    ("changes", "origins"),
    [
        ({}, ("*",)),
        ({"contract": "observe"}, ()),
        ({"contract": "observe", "cors": ("http://localhost:5173",)}, ("http://localhost:5173",)),
        ({"cors": ()}, ()),
    ],
    ids=str,
)
def test_origins_are_those_of_astrbot_in_observe_by_default(changes: dict[str, Any], origins: tuple[str, ...]) -> None:
    assert replace(Settings(), **changes).origins == origins


def test_settings_are_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().__setattr__("port", 1)


def test_everything_that_can_grow_has_a_limit() -> None:
    bounds = {field.name: field.default for field in fields(Settings) if field.name.startswith("max_")}
    assert {"max_body", "max_worlds", "max_journal_entries", "max_sessions", "max_history", "max_attachments"} <= set(
        bounds
    )
    assert all(isinstance(bound, int) and bound > 0 for bound in bounds.values())
