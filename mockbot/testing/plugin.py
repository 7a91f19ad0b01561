"""The entry point of the pytest plugin; `mockbot = false` in the ini file disables the fixtures.

pytest loads it on every run wherever mockbot is installed, so it imports nothing heavy.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    parser.addini("mockbot", "whether mockbot's fixtures are available", type="bool", default=True)
    parser.addini(
        "mockbot_verdict",
        "the least severity of a finding that fails a test: error, warning; note: also shows the notes; off: none",
        default="off",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker, and the fixtures unless they are disabled."""
    keywords = "fixture, scripts, contract, seed, strict_scripts, pace, frozen, allow_violations, verdict"
    keywords += ", spec, astrbot, stateful, unhandled"
    config.addinivalue_line("markers", f"mockbot({keywords}): options of the world that the fixture `mockbot` creates")
    if config.getini("mockbot"):
        from mockbot.testing import pytest_fixtures as fixtures

        config.pluginmanager.register(fixtures, "mockbot-fixtures")
