"""Wrong arguments of `MockBot(...)` are named, with what is right."""

from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.testing import MockBot
from mockbot.testing.arguments import settings_of


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"contract": "enforced"}, "must be 'enforce' or 'observe', not 'enforced'; did you mean 'enforce'?"),
        ({"contract": None}, "`contract` must be 'enforce' or 'observe', not None"),
        ({"fixtur": "empty"}, "MockBot has no argument `fixtur`; did you mean `fixture`?"),
        ({"port": "8000"}, "`port` must be a whole number, not '8000'"),
        ({"port": 70_000}, "`port` must be a whole number up to 65535, not 70000"),
        ({"port": -1}, "`port` must be a whole number, not -1"),
        ({"port": True}, "`port` must be a whole number, not True"),
        ({"scripts": 5}, "`scripts` must be a path or None, not 5"),
        ({"strict_scripts": "yes"}, "`strict_scripts` must be True or False, not 'yes'"),
        ({"cors": "http://a.example"}, "`cors` must be a list of texts or None, not 'http://a.example'"),
        ({"timeout": float("nan")}, "`timeout` must be a number, not nan"),
        ({"max_worlds": 1.5}, "`max_worlds` must be a whole number, not 1.5"),
        ({"pace": "fast"}, "`pace` must be a number of milliseconds from 0 to 60000, or a duration such as"),
        ({"pace": -1}, "not -1"),
        ({"pace": None}, "not None"),
    ],
)
def test_a_wrong_argument_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as raised:
        MockBot(**given)
    assert message in str(raised.value)


def test_arguments_are_converted() -> None:
    given = {
        "scripts": "a.yaml",
        "spec": Path("b.json"),
        "fixture": Path("c.yaml"),
        "cors": ["*"],
        "seed": -1,
        "timeout": 1,
    }
    found = settings_of("2s", given)
    assert (found.scripts, found.spec, found.fixture) == (Path("a.yaml"), "b.json", "c.yaml")
    assert (found.cors, found.seed, found.timeout, found.pace_ms, found.port) == (("*",), -1, 1.0, 2000.0, 0)


def test_every_setting_may_be_given_as_it_is_by_default() -> None:
    given = {name: getattr(Settings(), name) for name in Settings.__slots__}
    assert settings_of(0, given) == Settings()
