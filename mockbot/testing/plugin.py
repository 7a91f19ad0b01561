"""The door of the pytest plugin: says what there is, and opens to nothing more when `mockbot = false` in the ini file.

pytest loads it on every run of whoever has mockbot installed, so it imports as good as nothing.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what an ini file can say."""
    parser.addini("mockbot", "whether mockbot's fixtures are there", type="bool", default=True)
    parser.addini(
        "mockbot_verdict",
        "fail a test for findings on its client from this severity on: error, warning, note; off: for none",
        default="off",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and the fixtures unless they are switched off."""
    keywords = "fixture, scripts, contract, seed, strict_scripts, pace, frozen, allow_violations, verdict"
    config.addinivalue_line("markers", f"mockbot({keywords}): what the world of the fixture `mockbot` is like")
    if config.getini("mockbot"):
        from mockbot.testing import pytest_fixtures as fixtures

        config.pluginmanager.register(fixtures, "mockbot-fixtures")
