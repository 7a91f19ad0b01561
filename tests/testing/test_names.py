"""The public names of `mockbot.testing`."""

import mockbot
from mockbot import testing
from mockbot.testing.names import MODULES


def test_every_name_can_be_imported() -> None:
    assert testing.__all__ == sorted(MODULES)
    assert {name: hasattr(testing, name) for name in MODULES} == dict.fromkeys(MODULES, True)
    assert mockbot.MockBot is testing.MockBot


def test_other_names_do_not_exist() -> None:
    assert not hasattr(testing, "nope")
