"""What `mockbot.testing` hands out."""

import mockbot
from mockbot import testing
from mockbot.testing.names import HOMES


def test_every_name_is_there_and_has_a_home() -> None:
    assert testing.__all__ == sorted(HOMES)
    assert {name: hasattr(testing, name) for name in HOMES} == dict.fromkeys(HOMES, True)
    assert mockbot.MockBot is testing.MockBot


def test_another_name_is_not_there() -> None:
    assert not hasattr(testing, "nope")
