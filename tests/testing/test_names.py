"""The public names of `mockbot.testing`."""

from inspect import signature

import mockbot
from mockbot import testing
from mockbot.testing.names import MODULES


def test_every_name_can_be_imported() -> None:
    assert testing.__all__ == sorted(MODULES)
    assert {name: hasattr(testing, name) for name in MODULES} == dict.fromkeys(MODULES, True)
    assert mockbot.MockBot is testing.MockBot


def test_the_classes_show_what_they_are_made_with() -> None:
    assert list(signature(testing.Chunk).parameters) == ["at", "data"]
    assert "message" in signature(testing.Violation).parameters


def test_other_names_do_not_exist() -> None:
    assert not hasattr(testing, "nope")
